/** What applications import as `groq-provider`. */

export { LLM_ERROR_KINDS, LlmError, type LlmErrorDetails, type LlmErrorKind } from "./base/error.ts";
export type { AnswerBody, BodyRead, BodyReader, FetchAnswer, FetchInit, FetchLike } from "./base/exchange.ts";
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
} from "./base/limits.ts";
export type { ConnectionConfig, LimitConfig, ModelConfig, RenewalPeriod } from "./base/model-config.ts";
export { GROQ_BASE_URL } from "./base-url.ts";
export {
  type ChatObjectOptions,
  type ChatObjectResult,
  type ChatObjectStream,
  type ChatObjectStreamOptions,
  chatObject,
  chatObjectStream,
  type Unfinished,
} from "./chat-object.ts";
export type { Clock } from "./clock.ts";
export { createProvider } from "./create-provider.ts";
export { estimateTokens, type TokenEstimator } from "./estimate.ts";
export type { DriftCheck, EventListener, Operation, ProviderEvent } from "./events.ts";
export { GroqProvider, groq } from "./groq.ts";
export type { LimitStore } from "./limits/book.ts";
export { type LoadConfigOptions, loadModelConfig, parseModelConfig } from "./load-config.ts";
export { OpenAiCompatibleProvider, type ProviderDependencies } from "./openai-compatible.ts";
export { openAiCompatible, type ServiceProfile } from "./profile.ts";
export { createRateLimiter, type RateLimiterOptions } from "./rate-limit.ts";
export { ResultStream } from "./result-stream.ts";
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
} from "./run-tools.ts";
export type { Schema, StandardSchema } from "./standard-schema.ts";
export { type Approve, defineTool, type RunnableTool, type ToolContext, type ToolResult } from "./tools.ts";
export type * from "./types.ts";
