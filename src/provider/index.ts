/** What applications import as `groq-provider`. */

export type { Abort } from "./base/abort.ts";
export type { Clock } from "./base/clock.ts";
export {
  LLM_ERROR_KINDS,
  LlmError,
  type LlmErrorDetails,
  type LlmErrorKind,
  type TimeoutKind,
} from "./base/error.ts";
export type { DriftChecker, DriftEvent, EventListener, Operation, ProviderEvent } from "./base/events.ts";
export type { AnswerBody, BodyRead, BodyReader, FetchAnswer, FetchInit, FetchLike } from "./base/exchange.ts";
export type { AnswerHead, Call, CallHandler, CallOutcome, Layer, Next, WaitBudget } from "./base/layer.ts";
export type {
  AcquireRequest,
  LimitFeedback,
  LimitMetric,
  LimitWindow,
  Permit,
  RateLimitBucket,
  RateLimiter,
  RateLimitRefusal,
  RateLimitSnapshot,
  RateLimitState,
} from "./base/limits.ts";
export type { LlmProvider } from "./base/llm-provider.ts";
export type { ConnectionConfig, LimitConfig, ModelConfig, RenewalPeriod } from "./base/model-config.ts";
export { statusOf } from "./base/status.ts";
export type * from "./base/types.ts";
export type { ProviderDependencies } from "./call/dependencies.ts";
export {
  createGroq,
  createProvider,
  type GroqOptions,
  type NamedProviderOptions,
} from "./create-provider.ts";
export { GroqProvider, groq } from "./groq-provider.ts";
export { createRateLimiter, type RateLimiterOptions } from "./limits/create-rate-limiter.ts";
export { createMemoryLimitStore } from "./limits/memory-store.ts";
export type { LimitStore } from "./limits/store.ts";
export {
  type ChatObjectOptions,
  type ChatObjectResult,
  type ChatObjectStream,
  type ChatObjectStreamOptions,
  chatObject,
  chatObjectStream,
  type Unfinished,
} from "./object/chat-object.ts";
export { OllamaProvider } from "./ollama-provider.ts";
export { OpenAiCompatibleProvider } from "./openai-compatible.ts";
export type { CompatOptions, GroqModel, LimitOptions, ProviderOptions } from "./options.ts";
export type { Schema, StandardSchema } from "./schema/standard-schema.ts";
export { GROQ_BASE_URL } from "./services/groq.ts";
export { openAiCompatible, type ServiceProfile } from "./services/service-profile.ts";
export { ResultStream } from "./stream/result-stream.ts";
export {
  conversationOf,
  type RunToolsEvent,
  type RunToolsOptions,
  type RunToolsResult,
  type RunToolsStream,
  type RunToolsStreamOptions,
  runTools,
  runToolsStream,
  type ToolConversation,
} from "./tools/run-tools.ts";
export {
  type Approve,
  defineTool,
  type RunnableTool,
  type ToolContext,
  type ToolResult,
} from "./tools/tools.ts";
export { estimateTokens, type TokenEstimator } from "./wire/estimate.ts";
