/** What a streamed tool conversation tells. */
import type { LlmError } from "../base/error.ts";
import type { ChatChunk, ChatResponse, ToolCall } from "../base/types.ts";
import type { ToolResult } from "./tools.ts";

/**
 * What happens in a tool conversation, in this order for each turn: the chunks of the answer, then `turn` (or `turnFailed`),
 * then for each call a `toolStart` and a `toolResult`. A call that can't run has a `toolResult` alone.
 */
export type RunToolsEvent =
  | ChatChunk
  /** The model has answered; it goes on when the response has tool calls. `turn` counts from 1. */
  | {
      type: "turn";
      /** From 1. */
      turn: number;
      /** The model's answer. */
      response: ChatResponse;
    }
  /** The server refused a call that does not fit the tools; the model is told, and asked again. */
  | {
      type: "turnFailed";
      /** From 1. */
      turn: number;
      /** What the server said. */
      error: LlmError;
    }
  /** A function starts, with arguments that fit its schema. */
  | {
      type: "toolStart";
      /** The call as the model wrote it. */
      toolCall: ToolCall;
      /** What the schema made of its arguments. */
      arguments: unknown;
    }
  /** A call ended, in whatever way. Calls run together, so these come in the order in which they end. */
  | ({ type: "toolResult" } & ToolResult);
