/** What a configuration is: snake_case, because people write it as a document. */
import type { EndpointType, ReasoningEffort, ReasoningField, ReasoningFormat, ServiceTier } from "./types.ts";

/** The length of a limit's period. */
export type RenewalPeriod = "seconds" | "minutes" | "hours" | "days";

/** One limit: at most `calls` calls and `tokens` tokens in any period of this length. */
export interface LimitConfig {
  /** The length of the period, which slides: at no time do more calls lie in the past minute, hour, … */
  renewal_period: RenewalPeriod;
  /** Calls in the period; of these or `tokens` at least one. */
  calls?: number | string | undefined;
  /** Tokens in the period, of prompts and answers together. */
  tokens?: number | string | undefined;
}

/** A number, or its text, as it comes out of YAML and environment variables. */
type Numeric = number | string;

/**
 * Differences of a server from the service that `provider` names, one by one: for servers that no preset describes, and where a
 * preset is wrong.
 */
export interface CompatConfig {
  /** How errors call the server. */
  label?: string | undefined;
  /** What the server can do. */
  endpoints?: readonly EndpointType[] | undefined;
  /** Most choices of one call. */
  max_choices?: Numeric | undefined;
  /** It refuses request fields that it does not know, so they are refused before the call. */
  closed_requests?: boolean | undefined;
  /** Fields of the protocol that it refuses: a call that has one fails before it is sent. */
  refused_fields?: string | readonly string[] | undefined;
  /** Fields that it knows by another name: `{ seed: random_seed }`. */
  renamed_fields?: Readonly<Record<string, string>> | undefined;
  /** Which field carries `max_tokens`. Some servers ignore the other one without a word. */
  max_tokens_field?: "max_completion_tokens" | "max_tokens" | undefined;
  /** `json_object`: it knows no `json_schema`; the schema then goes into a system message, and JSON is asked for. */
  structured_output?: "json_schema" | "json_object" | undefined;
  /** It takes a JSON Schema as response format beside tools. */
  schema_beside_tools?: boolean | undefined;
  /** Where reasoning goes back: in this field, where it came from (`as_received`), or nowhere (`none`). */
  reasoning_field?: ReasoningField | "as_received" | "none" | undefined;
  /** `nested`: reasoning is turned on and off by `reasoning: { enabled }`, as on Together. */
  reasoning_request?: "effort" | "nested" | undefined;
  /** `empty`: it refuses an assistant's message without `content`, so that of one that only calls is an empty text. */
  content_beside_calls?: "omitted" | "empty" | undefined;
  /** `system`: it knows no role `developer`, so such messages are sent as the system's. */
  developer_role?: "developer" | "system" | undefined;
  /** It takes `name` on messages; where not, one that has it fails before it is sent. */
  message_names?: boolean | undefined;
  /** Which members that services want back this one takes; others are left out. */
  vendor_fields?: readonly ("reasoning_details" | "extra_content" | "thought_signature")[] | undefined;
  /** It takes `stream_options`, which ask for the usage of a stream. */
  stream_usage?: boolean | undefined;
  /** `optional`: its streams may end without a `finish_reason`, which is a failure elsewhere. */
  finish_reason?: "required" | "optional" | undefined;
  /** Which header carries the key: `authorization`, or `api-key`. */
  auth?: "bearer" | "api-key" | undefined;
  /** What the limits of its headers hold for, where these do not say it. */
  limit_periods?: LimitPeriods | undefined;
}

/** Milliseconds that a server's limits hold for. */
export interface LimitPeriods {
  /** Of the limit on requests. */
  requests?: Numeric | undefined;
  /** Of the limit on tokens. */
  tokens?: Numeric | undefined;
}

/** How the service is reached, and what requests hold where a call does not say it. */
export interface ConnectionConfig {
  /** The service's key; in a file best as `${GROQ_API_KEY}`, taken from the environment. Servers that take any need none. */
  api_key?: string | undefined;
  /**
   * The server's URL, up to before `/chat/completions`. Default: the service's own, where it has one for all. A query, as
   * Azure's `?api-version=…`, goes along with every request.
   */
  base_url?: string | undefined;
  /** Allows plain http to other hosts than this one. Default false. */
  allow_insecure?: boolean | undefined;
  /** Milliseconds for one attempt, body included. Default 60 000. */
  timeout_ms?: Numeric | undefined;
  /** Milliseconds between two events of a stream. Default 30 000. */
  stall_timeout_ms?: Numeric | undefined;
  /** Tries beyond the first. Default 2. */
  max_retries?: Numeric | undefined;
  /**
   * Sends `idempotency-key`, the same for all tries of a call, and `x-retry-count`. Default: true on Node, false where a
   * browser may ask the server first whether it allows them.
   */
  retry_headers?: boolean | undefined;
  /** Milliseconds that one call may wait because the server asked for it, and between its tries. Default 60 000. */
  max_wait_ms?: Numeric | undefined;
  /** Calls under way at once, of all models and kinds that a limit counts. Default: no bound. */
  max_concurrent?: Numeric | undefined;
  /** Calls that may wait for the limit, for each model. Default 10 000. */
  max_queue?: Numeric | undefined;
  /** Milliseconds that one call may wait for the limit in all. Default 600 000. */
  max_queue_ms?: Numeric | undefined;
  /** From 0 (the likeliest words) to 2. Default: the service's. */
  temperature?: Numeric | undefined;
  /** From 0 to 1: words are chosen among the likeliest that make up this share. Default: the service's. */
  top_p?: Numeric | undefined;
  /** The longest answer, in tokens, reasoning included. Default: the service's. */
  max_tokens?: Numeric | undefined;
  /** Texts at which an answer ends. */
  stop?: string | readonly string[] | undefined;
  /** A whole number; the same seed gives the same answer, as far as the service can. */
  seed?: Numeric | undefined;
  /** How much a reasoning model thinks. Which of these a model takes depends on the model. */
  reasoning_effort?: ReasoningEffort | undefined;
  /** How the reasoning comes: not at all, in the text, or apart. */
  reasoning_format?: ReasoningFormat | undefined;
  /** Which tier of the service answers. */
  service_tier?: ServiceTier | undefined;
  /** Your own user, for tracing abuse. */
  user?: string | undefined;
  /** Differences of this server from the service that `provider` names. */
  compat?: CompatConfig | undefined;
}

/** A configuration, in code or as YAML: snake_case, because people write it as a document. */
export interface ModelConfig {
  /** What the application calls it. */
  name: string;
  /**
   * The service: `groq`, `openai`, `openrouter`, `mistral`, `deepseek`, `cerebras`, `together`, `xai`, `gemini`, `azure`,
   * `ollama`, `lmstudio`, `llamacpp`, `vllm` and others (docs/services.md), or `openai-compatible` for any other server.
   */
  provider: string;
  /** The model's id at the service. May contain slashes. */
  model: string;
  /** What calls are allowed. Default: `[chat, completion]`. */
  supported_endpoints?: readonly EndpointType[] | undefined;
  /** How the service is reached, and what requests hold where a call does not say it. */
  config: ConnectionConfig;
  /** One window or several; `auto` learns from the server's answers; default: none, but refusals are obeyed. */
  limit?: LimitConfig | readonly LimitConfig[] | "auto" | undefined;
  /** What a call beyond the limit does. Default `wait`. */
  on_limit?: "wait" | "error" | undefined;
}
