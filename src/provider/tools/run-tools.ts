/** A conversation in which the model calls functions, until it answers. */
import type { LlmProvider } from "../base/llm-provider.ts";
import type { Message } from "../base/types.ts";
import { ResultStream } from "../stream/result-stream.ts";
import { checkProvider, signalOf } from "../wire/untyped-input.ts";
import { type Ask, converse, type RunToolsResult } from "./converse.ts";
import type { RunToolsEvent } from "./events.ts";
import type { RunToolsOptions, RunToolsStreamOptions } from "./options.ts";

export { conversationOf, type ToolConversation } from "./conversation.ts";
export type { RunToolsResult } from "./converse.ts";
export type { RunToolsEvent } from "./events.ts";
export type { RunToolsOptions, RunToolsStreamOptions } from "./options.ts";

/** Events of the conversation as it goes; `result` has what `runTools` gives. */
export type RunToolsStream = ResultStream<RunToolsEvent, RunToolsResult>;

/**
 * Chats, runs the tools that the model calls, tells it what they gave, and so on until it answers. Messages that end in
 * unanswered tool calls are taken up there.
 *
 * Gives the final answer as `response`, the whole conversation as `messages`, every call as `toolResults`, and the tokens of
 * all turns together as `usage`. Calls of one turn run at the same time.
 *
 * Rejects as `chat` does; with `GenerationFailed` when `maxTurns` are over; with `ToolFailed` or `GenerationFailed` where the
 * options say that a faulty call ends the conversation; with `InvalidRequest` for wrong arguments, before anything is sent.
 * Nothing is lost then: `conversationOf(error)` has the conversation so far.
 */
export async function runTools(
  provider: Pick<LlmProvider, "chat">,
  messages: readonly Message[],
  options: RunToolsOptions,
): Promise<RunToolsResult> {
  const stream = start(
    provider,
    "chat",
    (signal) => {
      const ask: Ask = (soFar, chatOptions) => provider.chat(soFar, chatOptions);
      return converse(ask, messages, options, signal);
    },
    options,
  );
  // Awaited, because a stream's own result is never reported as unhandled, and this one must be.
  return await stream.result;
}

/**
 * As `runTools`, with the text as it comes and the calls as they run. Starts when it is iterated or its `result` is asked
 * for; what `runTools` rejects with is thrown by the loop, and `result` rejects with it.
 */
export function runToolsStream(
  provider: Pick<LlmProvider, "chatStream">,
  messages: readonly Message[],
  options: RunToolsStreamOptions,
): RunToolsStream {
  const ask: Ask = (soFar, chatOptions) => provider.chatStream(soFar, chatOptions);
  return start(
    provider,
    "chatStream",
    (signal) => {
      return converse(ask, messages, options, signal);
    },
    options,
  );
}

function start(
  provider: unknown,
  method: "chat" | "chatStream",
  work: (signal: AbortSignal) => AsyncGenerator<RunToolsEvent, RunToolsResult, void>,
  options: { signal?: AbortSignal | undefined },
): RunToolsStream {
  const checked = (signal: AbortSignal) => {
    checkProvider(provider, method);
    return work(signal);
  };
  return new ResultStream(checked, signalOf(options), (event) => event);
}
