/** What applications import as `groq-provider`. */
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
export {
  type AcquireRequest,
  createRateLimiter,
  type LimitLesson,
  type LimitMetric,
  type LimitStore,
  type LimitWindow,
  type Permit,
  type RateLimiter,
  type RateLimiterOptions,
  type RateLimitRefusal,
  type RateLimitSnapshot,
  type RateLimitState,
} from "./rate-limit.ts";
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
export type { AnswerBody, BodyRead, BodyReader, FetchAnswer, FetchInit, FetchLike } from "./transport.ts";
export type * from "./types.ts";
