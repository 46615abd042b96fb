/** What applications import as `groq-provider`. */
export { GROQ_BASE_URL } from "./base-url.ts";
export type { Clock } from "./clock.ts";
export type {
  ConnectionConfig,
  LimitConfig,
  ModelConfig,
  RenewalPeriod,
} from "./config.ts";
export { createProvider } from "./create-provider.ts";
export { LLM_ERROR_KINDS, LlmError, type LlmErrorDetails, type LlmErrorKind } from "./errors.ts";
export { estimateTokens, type TokenEstimator } from "./estimate.ts";
export type { DriftCheck, EventListener, Operation, ProviderEvent } from "./events.ts";
export { GroqProvider, groq } from "./groq.ts";
export { type LoadConfigOptions, loadModelConfig, parseModelConfig } from "./load-config.ts";
export { OpenAiCompatibleProvider, type ProviderDependencies } from "./openai-compatible.ts";
export { openAiCompatible, type ServiceProfile } from "./profile.ts";
export type {
  AcquireRequest,
  LimitLesson,
  LimitMetric,
  LimitWindow,
  Permit,
  RateLimiter,
  RateLimitRefusal,
  RateLimitSnapshot,
  RateLimitState,
} from "./rate-limit.ts";
export type { FetchAnswer, FetchInit, FetchLike } from "./transport.ts";
export type * from "./types.ts";
