/** A conversation in which the model calls functions, until it answers. */

import { throwIfAborted } from "../base/abort.ts";
import { LlmError } from "../base/error.ts";
import type { LlmProvider } from "../base/llm-provider.ts";
import type {
  BuiltInTool,
  ChatChunk,
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  Message,
  ToolCall,
  ToolChoice,
  Usage,
} from "../base/types.ts";
import { invalidRequest } from "../base/values.ts";
import { silence } from "../stream/lazy-promise.ts";
import { ResultStream } from "../stream/result-stream.ts";
import { addUsage, assistantMessage, complaint, isRefusedCall, unansweredCalls } from "./tool-messages.ts";
import {
  type Approve,
  type RunnableTool,
  runTool,
  Toolbox,
  type ToolContext,
  type ToolResult,
} from "./tools.ts";

interface ToolLoopOptions {
  tools: readonly (RunnableTool | BuiltInTool)[];
  /** Most calls of the model; one more would be needed: `GenerationFailed`. Default 10. */
  maxTurns?: number | undefined;
  /**
   * A call of no known tool, or with arguments that do not fit, found here or by the server (`tool_use_failed`): tell the
   * model (default), or `GenerationFailed`.
   */
  onInvalidArguments?: "reply" | "throw" | undefined;
  /** A function that throws: tell the model (default), or `ToolFailed` with the error as `cause`. */
  onToolError?: "reply" | "throw" | undefined;
  /**
   * Asked before each call runs, one after another in the order of the calls, with arguments that fit. `false`, or a
   * string with the reason, refuses the call; the model is told. What it throws ends the conversation: `ToolFailed`.
   */
  approve?: Approve | undefined;
}

/**
 * Options of the conversation, and of each chat in it. A `toolChoice` that forces a call holds until one was made, then
 * it is `auto`: forced again and again, no model would ever answer.
 */
export interface RunToolsOptions extends Omit<ChatOptions, "tools" | "n">, ToolLoopOptions {}
export interface RunToolsStreamOptions extends Omit<ChatStreamOptions, "tools" | "n">, ToolLoopOptions {}

/** How far a conversation came. */
export interface ToolConversation {
  /** The given messages and all that followed: give them back, with a further user message, to continue. */
  messages: Message[];
  /** Of all turns together; absent when no answer told any. */
  usage?: Usage;
  /** Calls of the model. */
  turns: number;
  /** Every call of a tool, in the order of the messages. */
  toolResults: ToolResult[];
}

export interface RunToolsResult extends ToolConversation {
  /** The final answer; `messages` ends with it. */
  response: ChatResponse;
}

export type RunToolsEvent =
  | ChatChunk
  /** The model has answered; it goes on when the response has tool calls. */
  | { type: "turn"; turn: number; response: ChatResponse }
  /** The server refused a call that does not fit the tools; the model is told, and asked again. */
  | { type: "turnFailed"; turn: number; error: LlmError }
  /** A function starts, with arguments that fit its schema. */
  | { type: "toolStart"; toolCall: ToolCall; arguments: unknown }
  /** A call ended, in whatever way. Calls run together, so these come in the order in which they end. */
  | ({ type: "toolResult" } & ToolResult);

/** Events of the conversation as it goes; `result` has what `runTools` gives. */
export type RunToolsStream = ResultStream<RunToolsEvent, RunToolsResult>;

/**
 * Chats, runs the tools that the model calls, tells it what they gave, and so on until it answers. Messages that end in
 * unanswered tool calls are taken up there.
 *
 * Rejects as `chat` does; with `GenerationFailed` when `maxTurns` are over, and with what the options make of faulty
 * calls. Nothing is lost then: `conversationOf(error)` has the conversation so far.
 */
export function runTools(
  provider: Pick<LlmProvider, "chat">,
  messages: readonly Message[],
  options: RunToolsOptions,
): Promise<RunToolsResult> {
  const ask: Ask = (soFar, chatOptions) => provider.chat(soFar, chatOptions);
  const stream = new ResultStream((signal) => converse(ask, messages, options, signal), options.signal);
  return stream.result.then((result) => result);
}

/** As `runTools`, with the text as it comes and the calls as they run. Starts when it is iterated or awaited. */
export function runToolsStream(
  provider: Pick<LlmProvider, "chatStream">,
  messages: readonly Message[],
  options: RunToolsStreamOptions,
): RunToolsStream {
  const ask: Ask = (soFar, chatOptions) => provider.chatStream(soFar, chatOptions);
  return new ResultStream((signal) => converse(ask, messages, options, signal), options.signal);
}

// Beside the error, not in it: whoever logs an error must not log the conversation.
const conversations = new WeakMap<object, ToolConversation>();

/** How far the conversation came that `runTools` gave up with this error; undefined for any other error. */
export function conversationOf(error: unknown): ToolConversation | undefined {
  return typeof error === "object" && error !== null ? conversations.get(error) : undefined;
}

function remember(error: unknown, state: ToolConversation): void {
  if (typeof error === "object" && error !== null) conversations.set(error, state);
}

type Ask = (messages: readonly Message[], options: ChatStreamOptions) => Promise<ChatResponse> | ChatStream;

type Events<Result> = AsyncGenerator<RunToolsEvent, Result, void>;

async function* converse(
  ask: Ask,
  messages: readonly Message[],
  options: RunToolsStreamOptions,
  signal: AbortSignal,
): Events<RunToolsResult> {
  const { tools, maxTurns = 10, onInvalidArguments, onToolError, approve, ...chatOptions } = options;
  if (!Number.isInteger(maxTurns) || maxTurns < 1) {
    throw invalidRequest("maxTurns", `expected a whole number above 0, got ${maxTurns}`);
  }
  const toolbox = new Toolbox(tools);
  const state: ToolConversation = { messages: [...messages], turns: 0, toolResults: [] };
  const open = new Set<AbortController>();
  // The only listener, however many calls and turns there are. A break or a cancel throws nothing here.
  signal.addEventListener("abort", () => {
    remember(signal.reason, state);
    for (const call of open) call.abort(signal.reason);
  });
  const loop = { toolbox, open, state, approve, onInvalidArguments, onToolError };
  try {
    for (;;) {
      yield* runCalls(loop, unansweredCalls(state.messages));
      if (state.turns === maxTurns) throw tooManyTurns(maxTurns);
      throwIfAborted(signal);
      const answer = ask([...state.messages], {
        ...chatOptions,
        ...toolOptions(toolbox, options.toolChoice, state),
        signal,
      });
      let response: ChatResponse;
      try {
        if ("response" in answer) yield* answer;
        response = await ("response" in answer ? answer.response : answer);
      } catch (error) {
        if (onInvalidArguments === "throw" || !isRefusedCall(error)) throw error;
        state.turns++;
        if (state.turns === maxTurns) throw error;
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
  } catch (error) {
    remember(error, state);
    throw error;
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

interface Loop {
  toolbox: Toolbox;
  state: ToolConversation;
  /** One for each call: many listeners on one signal look like a leak. */
  open: Set<AbortController>;
  approve: Approve | undefined;
  onInvalidArguments: "reply" | "throw" | undefined;
  onToolError: "reply" | "throw" | undefined;
}

/** Prepares the calls in order, runs them together, and adds a message for each, in order again. */
async function* runCalls(loop: Loop, calls: readonly ToolCall[]): Events<void> {
  const { state, toolbox, open } = loop;
  const results: (ToolResult | undefined)[] = calls.map(() => undefined);
  const running = new Map<number, Promise<readonly [number, ToolResult]>>();
  const messages = [...state.messages];
  const contexts = calls.map((toolCall): ToolContext => {
    const controller = new AbortController();
    open.add(controller);
    return { toolCall, messages, signal: controller.signal };
  });
  try {
    const ready: { index: number; tool: RunnableTool; args: unknown; context: ToolContext }[] = [];
    for (const [index, context] of contexts.entries()) {
      const prepared = await toolbox.prepare(loop.approve, context);
      if ("tool" in prepared) ready.push({ index, context, ...prepared });
      else {
        throwIfWanted(loop, prepared.result);
        results[index] = prepared.result;
        yield { type: "toolResult", ...prepared.result };
      }
    }
    for (const { index, tool, args, context } of ready) {
      const run = runTool(tool, args, context).then((result) => [index, result] as const);
      // Only while it is raced does somebody listen.
      silence(run);
      running.set(index, run);
    }
    for (const { context, args } of ready) {
      yield { type: "toolStart", toolCall: context.toolCall, arguments: args };
    }
    while (running.size > 0) {
      const [index, result] = await Promise.race(running.values());
      running.delete(index);
      throwIfWanted(loop, result);
      results[index] = result;
      yield { type: "toolResult", ...result };
    }
    open.clear();
  } finally {
    // After a failure too, so that what ran already need not run again.
    for (const result of results) {
      if (result === undefined) continue;
      state.toolResults.push(result);
      state.messages.push({ role: "tool", content: result.content, toolCallId: result.toolCall.id });
    }
  }
}

function throwIfWanted({ onInvalidArguments, onToolError }: Loop, result: ToolResult): void {
  const { outcome, toolCall, content, error } = result;
  if (outcome === "failed" && onToolError === "throw") {
    throw new LlmError("ToolFailed", content.replace(/^Error: /, ""), { cause: error });
  }
  if ((outcome === "invalidArguments" || outcome === "unknownTool") && onInvalidArguments === "throw") {
    throw new LlmError("GenerationFailed", content.replace(/^Error: /, ""), {
      failedGeneration: toolCall.function.rawArguments,
    });
  }
}
