/** What a test wants the model to say. */
import type { Fault } from "./faults.ts";

export interface ReplyToolCall {
  name: string;
  /** JSON text, or a value that is written as such. */
  arguments: unknown;
  /** Default: an id of the form that gpt-oss gives. */
  id?: string;
}

/** An answer of the model, in whatever parts are given. */
export interface ModelReply {
  text?: string;
  reasoning?: string;
  toolCalls?: readonly ReplyToolCall[];
  /** Entries of `executed_tools`, by their wire names. A stream has each twice: first without its `output`. */
  executedTools?: readonly Record<string, unknown>[];
  finishReason?: string;
  /** Over what is counted. */
  usage?: {
    promptTokens?: number;
    completionTokens?: number;
    cachedTokens?: number;
    reasoningTokens?: number;
  };
  /** Pieces that a stream cuts the text into. Default: its words. */
  pieces?: readonly string[];
  /** Milliseconds between two events of a stream. */
  eventDelayMs?: number;
  /** Milliseconds before the answer's head. */
  delayMs?: number;
  /** What goes wrong on the way. */
  fault?: Fault;
}

/** An error answer, as Groq's body has it. */
export interface ErrorReply {
  error: {
    status: number;
    message: string;
    type?: string;
    code?: string;
    param?: string;
    failedGeneration?: string;
    headers?: Record<string, string>;
  };
  /** Milliseconds before the answer's head. */
  delayMs?: number;
  /** What goes wrong on the way. */
  fault?: Fault;
}

/** A text alone is `{ text }`. */
export type Reply = string | ModelReply | ErrorReply;

/** A chat request as it came, by its wire names. */
export interface ChatRequest {
  model: string;
  messages: readonly RequestMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null } | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  tools?: readonly RequestTool[] | null;
  tool_choice?: unknown;
  response_format?: { type: string; json_schema?: { name: string; schema?: unknown } } | null;
  include_reasoning?: boolean | null;
  reasoning_format?: string | null;
  [field: string]: unknown;
}

export interface RequestMessage {
  role: string;
  content?: unknown;
  tool_call_id?: string;
  [field: string]: unknown;
}

export interface RequestTool {
  type: string;
  function?: { name: string; parameters?: unknown };
}

/** The text of a message, its text parts joined. */
export function textOf(message: RequestMessage | undefined): string {
  const content = message?.content;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : ""))
    .join(" ");
}
