/** What a test wants the model to say. */
import type { Fault } from "./faults.ts";

/** A call of a function, as the model makes it. */
export interface ReplyToolCall {
  /** The function's name. */
  name: string;
  /** JSON text, or a value that is written as such. */
  arguments: unknown;
  /** Default: an id of the form that gpt-oss gives. */
  id?: string;
}

/** An answer of the model, in whatever parts are given. */
export interface ModelReply {
  /** The answer's text. */
  text?: string;
  /** What the model thought. */
  reasoning?: string;
  /** Calls of functions. */
  toolCalls?: readonly ReplyToolCall[];
  /** Entries of `executed_tools`, by their wire names. A stream has each twice: first without its `output`. */
  executedTools?: readonly Record<string, unknown>[];
  /** Default: `stop`, or `tool_calls` where there are any. */
  finishReason?: string;
  /** Token counts. They replace those that are computed from the texts. */
  usage?: {
    /** Of messages and tools. */
    promptTokens?: number;
    /** Of the answer, reasoning included. */
    completionTokens?: number;
    /** A part of the prompt's. */
    cachedTokens?: number;
    /** A part of the completion's. */
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
  /** What is in the body, and the status. */
  error: {
    /** HTTP status. */
    status: number;
    /** The server's sentence. */
    message: string;
    /** `error.type` of the body. */
    type?: string;
    /** `error.code` of the body. */
    code?: string;
    /** `error.param` of the body. */
    param?: string;
    /** `error.failed_generation` of the body. */
    failedGeneration?: string;
    /** Beside those that every answer has. */
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
  /** The model's id. */
  model: string;
  /** The conversation so far. */
  messages: readonly RequestMessage[];
  /** Whether the answer is streamed. */
  stream?: boolean | null;
  /** What a stream has beside the answer. */
  stream_options?: {
    /** A last event tells the tokens. */
    include_usage?: boolean | null;
  } | null;
  /** The longest answer. */
  max_completion_tokens?: number | null;
  /** The older name of it. */
  max_tokens?: number | null;
  /** What the model may call. */
  tools?: readonly RequestTool[] | null;
  /** Whether it may, must, or must not. */
  tool_choice?: unknown;
  /** What the text must be. */
  response_format?: {
    /** `text`, `json_object` or `json_schema`. */
    type: string;
    /** The schema, with its name. */
    json_schema?: {
      /** What the schema is called. */
      name: string;
      /** The JSON Schema. */
      schema?: unknown;
    };
  } | null;
  /** Whether the answer tells what the model thought. */
  include_reasoning?: boolean | null;
  /** `raw`, `parsed` or `hidden`. */
  reasoning_format?: string | null;
  [field: string]: unknown;
}

/** A message as it came. */
export interface RequestMessage {
  /** `system`, `user`, `assistant` or `tool`. */
  role: string;
  /** A text, a list of parts, or null. */
  content?: unknown;
  /** The call that a message of role `tool` answers. */
  tool_call_id?: string;
  [field: string]: unknown;
}

/** A tool as it came. */
export interface RequestTool {
  /** `function`, or a tool of the server's own. */
  type: string;
  /** The function to call. */
  function?: {
    /** The function's name. */
    name: string;
    /** JSON Schema of its arguments. */
    parameters?: unknown;
  };
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
