/** What a tool conversation is asked to do, and what is wrong with that. */
import type { BuiltInTool, ChatOptions, ChatStreamOptions } from "../base/types.ts";
import { CHAT_RULES, type OptionRules, type Rule } from "../wire/option-rules.ts";
import { checkCallOptions } from "../wire/untyped-input.ts";
import type { Approve, RunnableTool } from "./tools.ts";

export interface ToolLoopOptions {
  /** The functions that the model may call, made by `defineTool`, and tools that the server runs itself. */
  tools: readonly (RunnableTool | BuiltInTool)[];
  /** Most calls of the model; one more would be needed: `GenerationFailed`. Default 10. */
  maxTurns?: number | undefined;
  /**
   * Milliseconds for one call of a function, and for one question to `approve`. Then the function's signal aborts, and its
   * call has failed: `onToolError` says what follows. Default 600 000 (ten minutes); `Infinity`: no bound. A tool may have
   * its own, `timeoutMs`.
   */
  toolTimeoutMs?: number | undefined;
  /**
   * A call of no known tool, or with arguments that do not fit, found here or by the server (`tool_use_failed`): tell the
   * model (default), or `GenerationFailed`.
   */
  onInvalidArguments?: "reply" | "throw" | undefined;
  /** A function that throws or takes too long: tell the model (default), or `ToolFailed` with the error as `cause`. */
  onToolError?: "reply" | "throw" | undefined;
  /**
   * Asked before each call runs, one after another in the order of the calls, with arguments that fit. `false`, or a
   * string with the reason, refuses the call; the model is told. What it throws ends the conversation: `ToolFailed`.
   */
  approve?: Approve | undefined;
}

/**
 * Options of the conversation, and of each chat in it. A `toolChoice` that forces a call holds until one was made, then
 * it is `auto`: forced again and again, no model would ever answer. `deadlineMs` is for the whole conversation, the
 * functions included; `timeoutMs` and the other times are for each chat.
 */
export interface RunToolsOptions extends Omit<ChatOptions, "tools" | "n">, ToolLoopOptions {}
/** What `runToolsStream` takes: the options of a streamed chat, and those of the conversation. */
export interface RunToolsStreamOptions extends Omit<ChatStreamOptions, "tools" | "n">, ToolLoopOptions {}

const REACTION: Rule = ['"reply" or "throw"', (value) => value === "reply" || value === "throw"];
/** Of a tool and of all tools. */
export const TIMEOUT: Rule = ["milliseconds above 0", (value) => typeof value === "number" && value > 0];

const LOOP_RULES = {
  tools: ["a list of tools", Array.isArray],
  maxTurns: ["a whole number above 0", (value) => Number.isInteger(value) && Number(value) > 0],
  toolTimeoutMs: TIMEOUT,
  onInvalidArguments: REACTION,
  onToolError: REACTION,
  approve: ["a function", (value) => typeof value === "function"],
} satisfies Record<keyof ToolLoopOptions, Rule>;

let rules: OptionRules | undefined;
function allRules(): OptionRules {
  rules ??= new Map([...CHAT_RULES, ...Object.entries(LOOP_RULES)].filter(([name]) => name !== "n"));
  return rules;
}

/** The conversation's own options, with their defaults. */
export interface Loop {
  maxTurns: number;
  toolTimeoutMs: number;
  onInvalidArguments: "reply" | "throw";
  onToolError: "reply" | "throw";
  approve: Approve | undefined;
}

/** The conversation's own options and those of its chats; `InvalidRequest` for what is wrong with them. */
export function splitOptions(options: RunToolsStreamOptions): {
  tools: ToolLoopOptions["tools"];
  loop: Loop;
  chatOptions: Omit<ChatStreamOptions, "tools" | "n">;
} {
  checkCallOptions(options, allRules());
  const {
    tools,
    maxTurns = 10,
    toolTimeoutMs = 600_000,
    onInvalidArguments = "reply",
    onToolError = "reply",
    approve,
    ...chatOptions
  } = options;
  return { tools, loop: { maxTurns, toolTimeoutMs, onInvalidArguments, onToolError, approve }, chatOptions };
}
