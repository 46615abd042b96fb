/**
 * What an application says and gets.
 *
 * Names are the OpenAI protocol's in camelCase. Input properties accept an explicit `undefined`, so that
 * callers under `exactOptionalPropertyTypes` can pass values through; output properties are absent when unknown.
 */
import type { ChatRequest } from "../../generated/wire.ts";
import type { HeaderReader } from "./exchange.ts";
import type { RateLimitSnapshot } from "./limits.ts";

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };
/** A JSON Schema document, as sent to the server. */
export type JsonSchema = { [key: string]: unknown };

export type EndpointType = "chat" | "completion" | "embedding";

// ---------------------------------------------------------------- what goes in

/**
 * Members of a message, a part or a call that the library has no name for, by their wire names: `cache_control`, `prefix`,
 * `extra_content`. They are sent as they are.
 */
export type ExtraMembers = { [name: string]: unknown };

export interface TextPart {
  type: "text";
  text: string;
  extra?: ExtraMembers | undefined;
}

/**
 * An image for a vision model: an http(s) or `data:` URL, or the bytes themselves (sent as a data URI).
 * Groq takes at most 20 MB a request with URLs and 4 MB as data URI.
 */
export interface ImagePart {
  type: "image";
  image: string | URL | Uint8Array | ArrayBuffer;
  /** Needed with bytes whose first bytes do not tell it (PNG, JPEG, GIF and WebP are recognised). */
  mediaType?: string | undefined;
  detail?: "auto" | "low" | "high" | undefined;
  extra?: ExtraMembers | undefined;
}

/** A part of a kind that the library has no name for, sent as it is: `{ type: "input_audio", input_audio: {…} }`. */
export interface RawPart {
  type: "raw";
  part: ExtraMembers;
}

export type ContentPart = TextPart | ImagePart | RawPart;

export interface SystemMessage {
  role: "system" | "developer";
  content: string | readonly (TextPart | RawPart)[];
  /** Tells speakers of one role apart. */
  name?: string | undefined;
  extra?: ExtraMembers | undefined;
}

export interface UserMessage {
  role: "user";
  content: string | readonly ContentPart[];
  /** Tells speakers of one role apart. */
  name?: string | undefined;
  extra?: ExtraMembers | undefined;
}

/** What the model said earlier. A `ChatResponse` is one, so it can be given back as it came. */
export interface AssistantMessage {
  role: "assistant";
  content?: string | readonly (TextPart | RawPart)[] | null | undefined;
  /** Each is answered by a `ToolMessage`. */
  toolCalls?: readonly ToolCall[] | undefined;
  /** Goes back where the service takes it: some refuse a tool conversation without it. */
  reasoning?: string | undefined;
  /** Where `reasoning` came from, and goes back to where the service takes more than one. */
  reasoningField?: ReasoningField | undefined;
  extra?: ExtraMembers | undefined;
}

/** The wire's places for reasoning: members of a message, or `thinking` parts of its content. */
export type ReasoningField = "reasoning" | "reasoning_content" | "thinking";

export interface ToolMessage {
  role: "tool";
  content: string | readonly ContentPart[];
  /** The `id` of the `ToolCall` that this answers. */
  toolCallId: string;
  /** The tool's name. No service asks for it. */
  name?: string | undefined;
  extra?: ExtraMembers | undefined;
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface FunctionTool {
  type: "function";
  function: {
    /** Letters, digits, `_`, `-`; at most 64. */
    name: string;
    description?: string | undefined;
    parameters?: JsonSchema | undefined;
    strict?: boolean | undefined;
  };
  extra?: ExtraMembers | undefined;
}

/** A tool of another service, sent as it is: `{ type: "openrouter:web_search", parameters: {…} }`. */
export interface RawTool {
  type: "raw";
  tool: ExtraMembers;
}

/** A tool that the server runs itself; on Groq for gpt-oss only. */
export interface BuiltInTool {
  type: "browser_search" | "code_interpreter";
}

export type Tool = FunctionTool | BuiltInTool | RawTool;

export type ToolChoice = "none" | "auto" | "required" | { type: "function"; function: { name: string } };

export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      jsonSchema: {
        name: string;
        description?: string | undefined;
        schema: JsonSchema;
        strict?: boolean | undefined;
      };
    };

// Open, so that values that are newer than this version type-check.
export type ReasoningEffort =
  | "none"
  | "default"
  | "minimal"
  | "low"
  | "medium"
  | "high"
  | "xhigh"
  | (string & {});
export type ReasoningFormat = "hidden" | "raw" | "parsed" | (string & {});
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
type NamedRequestField =
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

export interface ChatOptions extends CallOptions {
  /** Instead of the configuration's model. */
  model?: string | undefined;
  tools?: readonly Tool[] | undefined;
  toolChoice?: ToolChoice | undefined;
  parallelToolCalls?: boolean | undefined;
  /** Number of choices. Groq takes 1; more is refused before the call. */
  n?: number | undefined;
  temperature?: number | undefined;
  /** Sent as `max_completion_tokens`. */
  maxTokens?: number | undefined;
  topP?: number | undefined;
  stop?: string | readonly string[] | undefined;
  seed?: number | undefined;
  user?: string | undefined;
  responseFormat?: ResponseFormat | undefined;
  reasoningEffort?: ReasoningEffort | undefined;
  /** Not together with `includeReasoning`: Groq refuses the pair, so the call fails before it is sent. */
  reasoningFormat?: ReasoningFormat | undefined;
  includeReasoning?: boolean | undefined;
  serviceTier?: ServiceTier | undefined;
  extra?: ExtraRequestFields | undefined;
  /**
   * What becomes of fields in `extra` that the service's document does not know, where the service is known to refuse such
   * fields, as Groq is. Default `refuse`: the call fails before it is sent. `send` is for fields newer than this version.
   */
  unknownFields?: "refuse" | "send" | undefined;
}

export type CompletionOptions = ChatOptions;

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

export interface EmbedOptions extends CallOptions {
  model?: string | undefined;
  dimensions?: number | undefined;
  user?: string | undefined;
}

// ---------------------------------------------------------------- what comes out

export interface ToolCall {
  /** Opaque, and of a different form for each model family. */
  id: string;
  type: "function";
  function: {
    name: string;
    /** The parsed arguments; `{}` when they came blank or, with `invalid`, when they are not a JSON object. */
    arguments: JsonObject;
    /** The arguments as the model wrote them. */
    rawArguments: string;
    /** Present when `rawArguments` is not a JSON object. */
    invalid?: true;
  };
  /** What the service wants back with the call, as it came: Gemini's `extra_content` with its thought signature. */
  extra?: ExtraMembers;
}

/** A tool that the server ran itself (compound systems, built-in tools). */
export interface ExecutedTool {
  index: number;
  type: string;
  /** Absent where the server does not say it. */
  name?: string;
  arguments: string;
  output?: string;
  /** The entry as it came, with `search_results` and the like. */
  raw: JsonObject;
}

/** Tokens. A figure that the server left out, and that does not follow from the other two, is absent. */
export interface Usage {
  promptTokens?: number;
  completionTokens?: number;
  /** `promptTokens` and `completionTokens`. */
  totalTokens?: number;
  /** Prompt tokens served from the cache; a part of `promptTokens`. */
  cachedTokens?: number;
  /** A part of `completionTokens`. */
  reasoningTokens?: number;
}

/** Milliseconds (Groq sends seconds). `totalMs` is prompt and completion; the queue is not part of it. */
export interface Timing {
  queueMs?: number;
  promptMs: number;
  completionMs: number;
  totalMs: number;
}

/** `other`: the server said something that this version does not know, or nothing; see `rawFinishReason`. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

export interface Choice {
  index: number;
  /** `""` where the wire has null or nothing, as on tool calls. */
  content: string;
  reasoning?: string;
  /** Where `reasoning` stood, so that it can go back there. */
  reasoningField?: ReasoningField;
  /** What the service wants back with the message, as it came: `reasoning_details`, `extra_content`. */
  extra?: ExtraMembers;
  /** Sources that the answer rests on: `citations`, `annotations`, `search_results` of the wire. */
  citations?: Citation[];
  /** Probabilities of the tokens, where they were asked for. */
  logprobs?: TokenLogprob[];
  /** What a model says instead of an answer that it refuses to give (OpenAI's `refusal`). */
  refusal?: string;
  toolCalls: ToolCall[];
  executedTools?: ExecutedTool[];
  finishReason: FinishReason;
  rawFinishReason: string | null;
}

export interface Citation {
  url: string;
  title?: string;
  /** Where in `content` it is used: first character, and the one after the last. */
  start?: number;
  end?: number;
}

export interface TokenLogprob {
  token: string;
  /** Natural logarithm of the probability. */
  logprob: number;
  /** The likeliest tokens at this place. */
  topLogprobs?: { token: string; logprob: number }[];
}

/** What the model answered. It is an `AssistantMessage` too: `messages.push(response)` goes on with the conversation. */
export interface ChatResponse {
  role: "assistant";
  /** Not always unique: Groq's compound systems answer `stub`. */
  id: string;
  model: string;
  /** From `x-request-id`, or the body's `x_groq.id`: quote it to the vendor's support. */
  requestId?: string;
  /** Seconds since 1970, as sent. */
  created: number;
  /** Of the first choice, as the members that follow. */
  content: string;
  reasoning?: string;
  /** Where `reasoning` stood, so that it can go back there. */
  reasoningField?: ReasoningField;
  /** What the service wants back with the message, as it came. */
  extra?: ExtraMembers;
  citations?: Citation[];
  logprobs?: TokenLogprob[];
  refusal?: string;
  toolCalls: ToolCall[];
  executedTools?: ExecutedTool[];
  finishReason: FinishReason;
  rawFinishReason: string | null;
  usage?: Usage;
  timing?: Timing;
  serviceTier?: string;
  systemFingerprint?: string;
  seed?: number;
  choices: Choice[];
  /** US dollars, where the service tells what the call cost (OpenRouter, Perplexity). */
  cost?: number;
  /** What this answer's headers said of the limits. */
  rateLimits?: RateLimitSnapshot;
  /**
   * The answer as it came, parsed; of a stream its chunks in a list, where `includeRaw` asked for them. It is left out of
   * JSON, spreads and logs.
   */
  readonly raw?: unknown;
  /** The answer's headers: `headers.get("x-…")`. They are left out of JSON, spreads and logs, too. */
  readonly headers?: HeaderReader;
}

export interface CompletionResponse extends Omit<ChatResponse, "content" | "role"> {
  /** The completion; the same as `content` of a chat. */
  text: string;
}

export type ChatChunk =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "toolCallDelta"; index: number; id?: string; name?: string; arguments: string }
  | { type: "toolCall"; toolCall: ToolCall }
  | { type: "executedTool"; tool: ExecutedTool }
  | { type: "finish"; finishReason: FinishReason; rawFinishReason: string | null }
  | { type: "usage"; usage: Usage; timing?: Timing }
  /** Each event of the stream as it came, before what is made of it. Only with `includeRaw`. */
  | { type: "raw"; data: unknown };

/**
 * A streamed chat; the request goes out when it is made. Iterate it once; or await `response` or `text()`, which read it to
 * its end. Chunks are those of the first choice. A failure is thrown after the chunks that came before it, and has their
 * text as `partial`.
 */
export interface ChatStream extends AsyncIterable<ChatChunk> {
  /**
   * The final response, of the same shape as `chat` gives. Asking for it reads the stream ahead to its end, at the server's
   * pace instead of the loop's; chunks that a loop has not taken yet wait for it in memory. So it may be asked for before,
   * beside or inside the loop. Rejects with what ends the stream, `Cancelled` where the loop was left early. Never causes an
   * unhandled rejection.
   */
  readonly response: Promise<ChatResponse>;
  /** The whole text, read to the end of the stream. */
  text(): Promise<string>;
  /** Closes the connection now. A waiting reader rejects with kind `Cancelled`. */
  cancel(reason?: string): void;
}

export interface EmbeddingResponse {
  model: string;
  /** One vector for each input, in the order of the input. */
  embeddings: number[][];
  /** Tokens. A figure that the server left out is absent. */
  usage?: { promptTokens?: number; totalTokens?: number };
  requestId?: string;
}

export interface ModelInfo {
  /** May contain slashes. */
  id: string;
  ownedBy?: string;
  /** Seconds since 1970. */
  created?: number;
  /** `false`: listed, but not serving. */
  active?: boolean;
  name?: string;
  /** Tokens. */
  contextWindow?: number;
  /** Tokens. */
  maxOutputTokens?: number;
  /** Bytes, of a model that is there as a file (Ollama). */
  sizeBytes?: number;
  inputModalities?: string[];
  outputModalities?: string[];
  /** For instance `tools`, `json_mode`, `structured_outputs`, `reasoning`. */
  features?: string[];
  /** US dollars per token (the wire has them as decimal strings). */
  pricing?: { prompt?: number; completion?: number; inputCacheRead?: number };
}
