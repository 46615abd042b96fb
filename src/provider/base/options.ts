/** How a call is made: what each operation takes beside its input. */
import type { ChatRequest } from "../../generated/wire.ts";
import type { ResponseFormat, Tool, ToolChoice } from "./messages.ts";

/** What a service may be asked for. */
export type EndpointType = "chat" | "completion" | "embedding";

// Open, so that values that are newer than this version type-check.
/** How much a reasoning model thinks. Which of these a model takes depends on the model. */
export type ReasoningEffort =
  | "none"
  | "default"
  | "minimal"
  | "low"
  | "medium"
  | "high"
  | "xhigh"
  | (string & {});
/** Groq: `parsed` gives reasoning apart, `raw` inside the text, `hidden` not at all. */
export type ReasoningFormat = "hidden" | "raw" | "parsed" | (string & {});
/** What the call is served by; what each costs and promises, the service tells. */
export type ServiceTier = "auto" | "on_demand" | "flex" | "performance" | (string & {});

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call, wherever it waits; it then rejects with kind `Cancelled`. */
  signal?: AbortSignal | undefined;
  /** The application's own name for this call, told in its `end` event. Never sent. */
  id?: string | undefined;
  /**
   * Milliseconds for the whole call: waits, tries, and a stream to its last event. Then it rejects with kind `Timeout`
   * (`timeout: "deadline"`). Default: no bound beyond those of each wait and try.
   */
  deadlineMs?: number | undefined;
  /** Milliseconds for one try: headers and body together; of a stream up to its first event. Default 60 000. */
  timeoutMs?: number | undefined;
  /** Tries beyond the first. Default 2. */
  maxRetries?: number | undefined;
  /** Milliseconds that one call may wait because the server asked for it, and between its tries. Default 60 000. */
  maxWaitMs?: number | undefined;
  /** Milliseconds that one call may wait for the limit in all. Default 600 000. */
  maxQueueMs?: number | undefined;
  /**
   * Calls that wait for the limit go by descending priority, then in order of arrival. One that waits gains a step for each
   * ten seconds, so that none waits for ever. Default 0.
   */
  priority?: number | undefined;
}

/** The request fields that `ChatOptions` names itself, and those that belong to the adapter. */
export type NamedRequestField =
  | "messages"
  | "model"
  | "stream"
  | "stream_options"
  | "tools"
  | "tool_choice"
  | "n"
  | "temperature"
  | "max_tokens"
  | "max_completion_tokens"
  | "top_p"
  | "stop"
  | "seed"
  | "user"
  | "response_format"
  | "reasoning_effort"
  | "reasoning_format"
  | "include_reasoning"
  | "service_tier"
  | "parallel_tool_calls";

/**
 * Further fields of the request, by their wire names: `search_settings`, `logprobs`, `top_k`, … On Groq, which refuses what
 * it does not know, only those of the document are sent, unless `unknownFields` says otherwise.
 */
export type ExtraRequestFields = Partial<Omit<ChatRequest, NamedRequestField>> & { [field: string]: unknown };

/** Options of a chat. What is left out is the configuration's, else the service's. */
export interface ChatOptions extends CallOptions {
  /** Instead of the configuration's model. */
  model?: string | undefined;
  /** Functions that the model may call, and tools that the server runs itself. */
  tools?: readonly Tool[] | undefined;
  /** Whether it may, must or must not call one. Default: `auto` where there are tools. */
  toolChoice?: ToolChoice | undefined;
  /** Whether it may ask for several calls at once. Default: the service's, mostly true. */
  parallelToolCalls?: boolean | undefined;
  /** Number of choices. Groq takes 1; more is refused before the call. */
  n?: number | undefined;
  /** From 0 (the likeliest words) to 2. */
  temperature?: number | undefined;
  /**
   * The longest answer, in tokens, reasoning included; an answer that is cut has `finishReason: "length"`. Sent in the field
   * that the service heeds: `max_completion_tokens` or `max_tokens`.
   */
  maxTokens?: number | undefined;
  /** From 0 to 1: words are chosen among the likeliest that make up this share. Set this or `temperature`, not both. */
  topP?: number | undefined;
  /** Texts at which the answer ends; they are not part of it. Groq takes up to 4. */
  stop?: string | readonly string[] | undefined;
  /** A whole number; the same seed gives the same answer, as far as the service can (see `systemFingerprint`). */
  seed?: number | undefined;
  /** Your own user, for tracing abuse. Best no name that tells who it is. */
  user?: string | undefined;
  /** The form of the answer. `chatObject` is the shorter way to data. */
  responseFormat?: ResponseFormat | undefined;
  /** How much a reasoning model thinks: gpt-oss takes `low`, `medium` and `high`, qwen `none` and `default`. */
  reasoningEffort?: ReasoningEffort | undefined;
  /** How reasoning comes. Not together with `includeReasoning`: Groq refuses the pair, so the call fails before it is sent. */
  reasoningFormat?: ReasoningFormat | undefined;
  /** Whether reasoning comes at all. Default: the service's. */
  includeReasoning?: boolean | undefined;
  /** Which tier of the service answers. Default: the service's. */
  serviceTier?: ServiceTier | undefined;
  /** Further fields of the request by their wire names: `{ search_settings: { … } }`, `{ top_k: 40 }`. */
  extra?: ExtraRequestFields | undefined;
  /**
   * What becomes of fields in `extra` that the service's document does not know, where the service is known to refuse such
   * fields, as Groq is. Default `refuse`: the call fails before it is sent. `send` is for fields newer than this version.
   */
  unknownFields?: "refuse" | "send" | undefined;
}

/** Those of a chat. */
export type CompletionOptions = ChatOptions;

/** Options of a streamed chat: those of a chat, and the bounds of a stream. */
export interface ChatStreamOptions extends ChatOptions {
  /** Milliseconds between two events; keep-alive comments do not count. Default 30 000. */
  stallTimeoutMs?: number | undefined;
  /** Milliseconds from the answer's headers to its first event. Default: `stallTimeoutMs`. */
  firstEventTimeoutMs?: number | undefined;
  /** Asks for a usage trailer (`stream_options.include_usage`). Default true; false for servers that refuse it. */
  includeUsage?: boolean | undefined;
  /** Milliseconds that a stream may be left unread before it is closed. Default 600 000. */
  idleTimeoutMs?: number | undefined;
  /** Gives each event as it came, too: as a chunk of type `raw`, and in the response's `raw`. Default false. */
  includeRaw?: boolean | undefined;
  /** Longest event accepted, in characters. Default 16 Mi. */
  maxEventLength?: number | undefined;
  /** Most characters that the answer may add up to: texts, reasoning, calls, of all choices. Default 32 Mi. */
  maxResponseLength?: number | undefined;
}

/** Options of a call that brings a model to the server's disk. */
export interface PullOptions extends CallOptions {
  /** Hears how far it is; several times a second while bytes come. What it throws ends the pull. */
  onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Milliseconds between two words of the server. Default 300 000: it checks large files without a word. */
  stallTimeoutMs?: number | undefined;
}

/** What a server says while it pulls a model. */
export interface PullProgress {
  /** In the server's words: `pulling manifest`, `pulling 8eeb52dfb3bb`, `verifying sha256 digest`, `success`. */
  status: string;
  /** The file that the bytes belong to: a model has several, one after another. */
  digest?: string;
  /** Bytes of this file that are there. */
  completed?: number;
  /** Bytes that it has. */
  total?: number;
}

/** Options of a call for embeddings. */
export interface EmbedOptions extends CallOptions {
  /** Instead of the configuration's model. */
  model?: string | undefined;
  /** Length of each vector, on models that can shorten them. Default: the model's. */
  dimensions?: number | undefined;
  /** Your own user, for tracing abuse. */
  user?: string | undefined;
}
