/** The one small interface that applications, routers and decorators hold. */

import type { RateLimitState } from "./limits.ts";
import type { ModelConfig } from "./model-config.ts";
import type {
  CallOptions,
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  CompletionOptions,
  CompletionResponse,
  EmbeddingResponse,
  EmbedOptions,
  EndpointType,
  Message,
  ModelInfo,
} from "./types.ts";

export interface LlmProvider {
  readonly config: ModelConfig;
  readonly rateLimitState: RateLimitState;
  /** Whether `supported_endpoints` of the configuration and the service itself have it. */
  supportsEndpoint(endpoint: EndpointType): boolean;
  /**
   * Resolves when a call could go now, without taking its place. Rejects with `RateLimitExceeded` under
   * `on_limit: error`, and with `Cancelled`.
   */
  checkRateLimit(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  chat(messages: readonly Message[], options?: ChatOptions): Promise<ChatResponse>;
  chatStream(messages: readonly Message[], options?: ChatStreamOptions): ChatStream;
  /** A chat of one user message, with the same options. */
  complete(prompt: string, options?: CompletionOptions): Promise<CompletionResponse>;
  /** `NotSupported` where the service has no embeddings, as on Groq. */
  embed(input: readonly string[], options?: EmbedOptions): Promise<EmbeddingResponse>;
  /** Whether the service answers with this key. False on any fault; rejects only when cancelled. */
  checkService(options?: CallOptions): Promise<boolean>;
  listModels(options?: CallOptions): Promise<ModelInfo[]>;
  modelExists(name: string, options?: CallOptions): Promise<boolean>;
  /** `ModelNotFound`, with the nearest names, when the service does not have it. */
  ensureModel(name: string, options?: CallOptions): Promise<void>;
  /** `NotSupported` on hosted services. */
  pullModel(name: string, options?: CallOptions): Promise<void>;
}
