/** A chat that is streamed: the call lives as long as its stream. */
import { unlessAborted } from "../provider/base/abort.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError, memberOf } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { providerFailed } from "../provider/base/handed-in.ts";
import type { ChatStream } from "../provider/base/types.ts";
import type { Ask, AskOptions, Plan } from "./ask.ts";
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import type { EstimatedTokens } from "./cost.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { withRoute } from "./route.ts";
import { type BegunStream, RoutedStream } from "./stream.ts";
import type { RoutedChatStream } from "./types.ts";

export interface StreamPlan {
  open(candidate: Candidate, options: AskOptions): ChatStream;
  estimate(candidate: Candidate): EstimatedTokens;
  /** Milliseconds that it may be left unread. */
  idleMs: number;
}

export function openStream(
  dispatcher: Dispatcher,
  call: RouterCall,
  { open, estimate, idleMs }: StreamPlan,
  clock: Clock,
): RoutedChatStream {
  let ask: Ask<BegunStream> | undefined;
  const plan: Plan<BegunStream> = {
    ask: (candidate, options) => beginStream(() => open(candidate, options), options.signal),
    estimate,
    discard: ({ stream }) => stream.cancel(),
  };
  const begun = dispatcher.run(call, plan).then((answered) => {
    ask = answered.ask;
    return answered.answer;
  });
  return new RoutedStream({
    begun,
    signal: call.signal,
    end: (error) => call.abort(error),
    clock,
    idleMs,
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
  const stream = open();
  // One of another make may give a promise.
  hush(stream);
  try {
    const chunks = stream[Symbol.asyncIterator]();
    return { stream, chunks, first: await unlessAborted(chunks.next(), signal) };
  } catch (fault) {
    if (typeof memberOf(stream, "cancel") === "function") stream.cancel();
    throw fault;
  }
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
