/** What a configuration is: snake_case, because people write it as a document. */
import type { EndpointType, ReasoningEffort, ReasoningFormat, ServiceTier } from "./types.ts";

export type RenewalPeriod = "seconds" | "minutes" | "hours" | "days";

/** One limit: at most `calls` calls and `tokens` tokens in any period of this length. */
export interface LimitConfig {
  renewal_period: RenewalPeriod;
  calls?: number | string | undefined;
  tokens?: number | string | undefined;
}

/** A number, or its text, as it comes out of YAML and environment variables. */
type Numeric = number | string;

export interface ConnectionConfig {
  api_key: string;
  /** Default: Groq's. */
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
  temperature?: Numeric | undefined;
  top_p?: Numeric | undefined;
  max_tokens?: Numeric | undefined;
  stop?: string | readonly string[] | undefined;
  seed?: Numeric | undefined;
  reasoning_effort?: ReasoningEffort | undefined;
  reasoning_format?: ReasoningFormat | undefined;
  service_tier?: ServiceTier | undefined;
  user?: string | undefined;
}

/** A configuration, in code or as YAML: snake_case, because people write it as a document. */
export interface ModelConfig {
  /** What the application calls it. */
  name: string;
  /** `groq`, or `openai-compatible`. */
  provider: string;
  /** May contain slashes. */
  model: string;
  /** Default: `[chat, completion]`. */
  supported_endpoints?: readonly EndpointType[] | undefined;
  config: ConnectionConfig;
  /** One window or several; `auto` learns from the server's answers; default: none, but refusals are obeyed. */
  limit?: LimitConfig | readonly LimitConfig[] | "auto" | undefined;
  /** What a call beyond the limit does. Default `wait`. */
  on_limit?: "wait" | "error" | undefined;
}
