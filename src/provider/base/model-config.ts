/** What a configuration is: snake_case, because people write it as a document. */
import type { EndpointType, ReasoningEffort, ReasoningFormat, ServiceTier } from "./types.ts";

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

/** How the service is reached, and what requests hold where a call does not say it. */
export interface ConnectionConfig {
  /** The service's key; in a file best as `${GROQ_API_KEY}`, taken from the environment. */
  api_key: string;
  /** The server's URL, up to before `/chat/completions`. Default: Groq's. */
  base_url?: string | undefined;
  /** Allows plain http to other hosts than this one. Default false. */
  allow_insecure?: boolean | undefined;
  /** Milliseconds for one attempt, body included. Default 60 000. */
  timeout_ms?: Numeric | undefined;
  /** Milliseconds between two events of a stream. Default 30 000. */
  stall_timeout_ms?: Numeric | undefined;
  /** Tries beyond the first. Default 2. */
  max_retries?: Numeric | undefined;
  /** Milliseconds that one call may spend waiting between its tries. Default 60 000. */
  max_wait_ms?: Numeric | undefined;
  /** Calls under way at once. Default: no bound. */
  max_concurrent?: Numeric | undefined;
  /** Calls that may wait for the limit. Default 10 000. */
  max_queue?: Numeric | undefined;
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
}

/** A configuration, in code or as YAML: snake_case, because people write it as a document. */
export interface ModelConfig {
  /** What the application calls it. */
  name: string;
  /** `groq`, or `openai-compatible`. */
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
