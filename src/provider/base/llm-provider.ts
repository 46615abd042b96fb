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
  ModelList,
  PullOptions,
} from "./types.ts";

/** A language model at a service. Every method rejects with `LlmError`, and with nothing else. */
export interface LlmProvider {
  /** The configuration, with its key hidden from logs and JSON. */
  readonly config: ModelConfig;
  /** What is left of the limits of the configuration's model, as far as this process knows. */
  readonly rateLimitState: RateLimitState;
  /** Whether `supported_endpoints` of the configuration and the service itself have it. */
  supportsEndpoint(endpoint: EndpointType): boolean;
  /**
   * Resolves when a call could go now, without taking its place. Rejects with `RateLimitExceeded` under
   * `on_limit: error`, and with `Cancelled`.
   */
  checkRateLimit(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * The model's answer, whole. Waits for its turn at the limits, and tries again what may succeed. The response is a
   * message: `messages.push(response)` goes on with the conversation.
   */
  chat(messages: readonly Message[], options?: ChatOptions): Promise<ChatResponse>;
  /**
   * The same piece by piece: `for await (const chunk of stream)`. The request goes out at once. What is wrong with messages or options
   * is thrown here, as far as nobody else has to be asked (a router's candidates tell some of it later); all else by the loop, and by
   * `response`.
   */
  chatStream(messages: readonly Message[], options?: ChatStreamOptions): ChatStream;
  /** A chat of one user message, with the same options. */
  complete(prompt: string, options?: CompletionOptions): Promise<CompletionResponse>;
  /** A vector for each text, in their order. `NotSupported` where the service has no embeddings, as on Groq. */
  embed(input: readonly string[], options?: EmbedOptions): Promise<EmbeddingResponse>;
  /** Whether the service answers with this key. False on any fault; rejects only when cancelled. */
  checkService(options?: CallOptions): Promise<boolean>;
  /** All models that this key may use, with what the service tells of them. */
  listModels(options?: CallOptions): Promise<ModelList>;
  /** Whether the service lists the model, and serves it. */
  modelExists(name: string, options?: CallOptions): Promise<boolean>;
  /**
   * Resolves when the service has the model. On a server of one's own (Ollama) a missing one is pulled; elsewhere rejects
   * with `ModelNotFound`, with the nearest names.
   */
  ensureModel(name: string, options?: PullOptions): Promise<void>;
  /** Brings the model to the server; `ModelPullFailed` where that fails. `NotSupported` on hosted services. */
  pullModel(name: string, options?: PullOptions): Promise<void>;
}
