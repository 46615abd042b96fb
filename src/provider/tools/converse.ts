/** The loop of a tool conversation: ask the model, run the tools that it calls, send the results, until it answers. */
import { throwIfAborted, unlessAborted } from "../base/abort.ts";
import { LlmError } from "../base/error.ts";
import { providerFailed } from "../base/handed-in.ts";
import type {
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  Message,
  ToolChoice,
} from "../base/types.ts";
import { readingLater } from "../base/values.ts";
import { remember, type ToolConversation } from "./conversation.ts";
import { endingOf } from "./ending.ts";
import type { RunToolsEvent } from "./events.ts";
import { type RunToolsStreamOptions, splitOptions } from "./options.ts";
import { runCalls } from "./run-calls.ts";
import type { OpenCall } from "./run-tool.ts";
import {
  addUsage,
  assistantMessage,
  checkMessages,
  complaint,
  isRefusedCall,
  unansweredCalls,
} from "./tool-messages.ts";
import { Toolbox } from "./toolbox.ts";

export interface RunToolsResult extends ToolConversation {
  /** The final answer; `messages` ends with it. */
  response: ChatResponse;
}

export type Ask = (
  messages: readonly Message[],
  options: ChatStreamOptions,
) => Promise<ChatResponse> | ChatStream;

export async function* converse(
  ask: Ask,
  messages: readonly Message[],
  options: RunToolsStreamOptions,
  outer: AbortSignal,
): AsyncGenerator<RunToolsEvent, RunToolsResult, void> {
  const { loop, chatOptions, state, toolbox } = await readingLater("messages and options", async () => {
    const { tools, ...split } = splitOptions(options);
    checkMessages(messages);
    const state: ToolConversation = { messages: [...messages], turns: 0, toolResults: [] };
    return { ...split, state, toolbox: await Toolbox.of(tools) };
  });
  const { deadlineMs, toolChoice } = chatOptions;
  const ending = endingOf(outer, deadlineMs);
  const { signal } = ending;
  const open = new Set<OpenCall>();
  // The only listener, however many calls and turns there are. A break or a cancel throws nothing here.
  signal.addEventListener("abort", () => {
    remember(signal.reason, state);
    for (const call of open) call.abort(signal.reason);
  });
  try {
    for (;;) {
      yield* runCalls(unansweredCalls(state.messages), toolbox, loop, state, open);
      if (state.turns === loop.maxTurns) throw tooManyTurns(loop.maxTurns);
      throwIfAborted(signal);
      const answer = ask([...state.messages], {
        ...chatOptions,
        ...toolOptions(toolbox, toolChoice, state),
        ...(deadlineMs !== undefined && { deadlineMs: ending.left() }),
        signal,
      });
      let response: ChatResponse;
      try {
        if ("response" in answer) yield* answer;
        response = await unlessAborted("response" in answer ? answer.response : answer, signal);
      } catch (error) {
        if (loop.onInvalidArguments === "throw" || !isRefusedCall(error)) throw error;
        state.turns++;
        if (state.turns === loop.maxTurns) throw error;
        state.messages.push(...complaint(error));
        yield { type: "turnFailed", turn: state.turns, error };
        continue;
      }
      state.turns++;
      state.messages.push(assistantMessage(response));
      if (response.usage) state.usage = addUsage(state.usage, response.usage);
      yield { type: "turn", turn: state.turns, response };
      if (response.toolCalls.length === 0) return { ...state, response };
    }
  } catch (fault) {
    // Of our own only `LlmError` comes.
    const error = providerFailed(fault);
    remember(error, state);
    throw error;
  } finally {
    ending.stop();
  }
}

function toolOptions(
  { wireTools }: Toolbox,
  toolChoice: ToolChoice | undefined,
  { toolResults }: ToolConversation,
): Pick<ChatOptions, "tools" | "toolChoice"> {
  if (wireTools.length === 0) return {};
  const forced = toolChoice === "required" || typeof toolChoice === "object";
  return { tools: wireTools, toolChoice: forced && toolResults.length > 0 ? "auto" : toolChoice };
}

function tooManyTurns(maxTurns: number): LlmError {
  return new LlmError(
    "GenerationFailed",
    `The model still calls tools after ${maxTurns} turns; raise maxTurns, or continue with the messages of conversationOf(error)`,
  );
}
