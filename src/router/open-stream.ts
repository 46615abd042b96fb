/** A chat that is streamed: the call lives as long as its stream. */
import { unlessAborted } from "../provider/base/abort.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { providerFailed } from "../provider/base/handed-in.ts";
import type { ChatStream } from "../provider/base/types.ts";
import { isObject, kindOf } from "../provider/base/values.ts";
import type { Ask, AskOptions, Plan } from "./ask.ts";
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import type { EstimatedTokens } from "./cost.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { withRoute } from "./route.ts";
import { type BegunStream, closeStream, pull, RoutedStream } from "./stream.ts";
import type { RoutedChatStream } from "./types.ts";

export interface StreamPlan {
  open(candidate: Candidate, options: AskOptions): ChatStream;
  estimate(candidate: Candidate): EstimatedTokens;
  /** Milliseconds that it may be left unread. */
  idleMs: number;
  /** Milliseconds between two chunks, where the call bounds them. */
  stallMs: number | undefined;
}

export function openStream(
  dispatcher: Dispatcher,
  call: RouterCall,
  { open, estimate, idleMs, stallMs }: StreamPlan,
  clock: Clock,
): RoutedChatStream {
  let ask: Ask<BegunStream> | undefined;
  const plan: Plan<BegunStream> = {
    ask: (candidate, options) => beginStream(() => open(candidate, options), options.signal),
    estimate,
    discard: ({ stream, chunks }) => closeStream(stream, undefined, chunks),
  };
  const begun = dispatcher.run(call, plan).then((answered) => {
    const { endedBy } = call;
    if (endedBy) {
      // Ended in the turn in which it began, when nobody knew yet whom to tell.
      dispatcher.breakOff(call, answered.ask, endedBy, undefined);
      closeStream(answered.answer.stream, endedBy.message, answered.answer.chunks);
      throw endedBy;
    }
    ask = answered.ask;
    return answered.answer;
  });
  return new RoutedStream({
    begun,
    route: call.route,
    signal: call.signal,
    end: (error) => call.abort(error),
    clock,
    idleMs,
    stallMs,
    onResponse: (response) => {
      if (ask) dispatcher.finish(call, ask, response);
      call.close();
      return withRoute(response, call.route);
    },
    onFailure: (fault, { text, usage }) => {
      const { endedBy } = call;
      const error = endedBy ? withPartial(endedBy, text) : asError(fault);
      if (ask) dispatcher.breakOff(call, ask, error, usage);
      call.close();
      return call.fails(error);
    },
  });
}

/** Opens a candidate's stream and waits for its first chunk. Closes it where none comes, and when `signal` aborts. */
async function beginStream(open: () => ChatStream, signal: AbortSignal): Promise<BegunStream> {
  const stream = checkStream(open());
  try {
    const chunks = stream[Symbol.asyncIterator]();
    return { stream, chunks, first: await unlessAborted(pull(chunks), signal) };
  } catch (fault) {
    closeStream(stream);
    throw fault;
  }
}

/** One of another make may give anything. */
function checkStream(given: unknown): ChatStream {
  if (isStream(given)) return given;
  const what = hush(given) ? "a promise" : kindOf(given);
  throw new TypeError(`it gave ${what} for a stream with cancel() and response`);
}

function isStream(given: unknown): given is ChatStream {
  if (!isObject(given)) return false;
  const loops = typeof Reflect.get(given, Symbol.asyncIterator) === "function";
  // Only looked for: asked for, it may begin to read the stream.
  return loops && typeof given.cancel === "function" && "response" in given;
}

function asError(fault: unknown): LlmError {
  return providerFailed(fault, "The stream");
}

/** The error with the text that came before it. */
function withPartial(error: LlmError, text: string): LlmError {
  if (text === "" || error.partial !== undefined) return error;
  const { kind, message, retryable, timeout, cause } = error;
  return new LlmError(kind, message, { retryable, timeout, cause, partial: text });
}
