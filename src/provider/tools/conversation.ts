/** What a tool conversation did so far, whether it succeeded or failed. */
import type { Message, Usage } from "../base/types.ts";
import type { ToolResult } from "./tools.ts";

/** What a conversation did so far. */
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

// Kept beside the error, not in it, so that logging an error does not log the conversation.
const conversations = new WeakMap<object, ToolConversation>();

/**
 * How far the conversation came that `runTools` or `runToolsStream` gave up with this error: what the tools did is done, and
 * its `messages` can be given back to go on from there. `undefined` for any other error, and before the first call.
 */
export function conversationOf(error: unknown): ToolConversation | undefined {
  return typeof error === "object" && error !== null ? conversations.get(error) : undefined;
}

export function remember(error: unknown, conversation: ToolConversation): void {
  if (typeof error === "object" && error !== null) conversations.set(error, conversation);
}
