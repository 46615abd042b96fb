/** A provider on a fake clock that does as it is told, with a real limiter where it has limits. */
import type { Clock } from "../../src/provider/base/clock.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import type { LimitWindow, RateLimiter } from "../../src/provider/base/limits.ts";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import type { ModelConfig } from "../../src/provider/base/model-config.ts";
import type {
  CallOptions,
  ChatChunk,
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  CompletionResponse,
  EmbeddingResponse,
  EndpointType,
  Message,
  ModelInfo,
} from "../../src/provider/base/types.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import { answer } from "../provider/tools/scripted-provider.ts";

/** What it does when it is asked. */
export interface Turn {
  /** Milliseconds before the answer, or the first chunk. Default 0; Infinity: it never comes. */
  afterMs?: number;
  /** Instead of an answer: an `LlmError`, or anything else a provider of another make may throw. */
  error?: unknown;
  answer?: Partial<ChatResponse>;
  /** Of a stream: chunks before the error comes. */
  chunksFirst?: number;
  /** Pays no heed to its signal. */
  deaf?: boolean;
}

export interface FakeOptions {
  name?: string;
  clock: Clock;
  /** In order; the last one stays, or a function of the time. */
  turns?: Turn[] | ((now: number, count: number) => Turn);
  windows?: LimitWindow[];
  maxConcurrent?: number;
  models?: ModelInfo[];
  endpoints?: EndpointType[];
  tokens?: number;
}

export class FakeProvider implements LlmProvider {
  readonly config: ModelConfig;
  /** Options of each time it was asked and let the call go. */
  readonly asked: ChatStreamOptions[] = [];
  /** When. */
  readonly askedAt: number[] = [];
  /** Streams and chats that were closed before their end. */
  closed = 0;
  active = 0;
  mostActive = 0;
  listed = 0;
  readonly #options: FakeOptions;
  readonly #limiter: RateLimiter;

  constructor(options: FakeOptions) {
    const { name = "fake", clock, windows = [], maxConcurrent } = options;
    this.#options = options;
    this.config = { name, provider: "openai-compatible", model: `${name}/model`, config: { api_key: "" } };
    this.#limiter = createRateLimiter({ windows, clock, maxConcurrent, random: () => 0.5 });
  }

  get rateLimitState() {
    return this.#limiter.state;
  }

  supportsEndpoint(endpoint: EndpointType): boolean {
    return (this.#options.endpoints ?? ["chat", "completion", "embedding"]).includes(endpoint);
  }

  checkRateLimit(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#limiter.check(options);
  }

  async chat(_messages: readonly Message[], options: ChatOptions = {}): Promise<ChatResponse> {
    const { turn, permit } = await this.#begin(options);
    try {
      await this.#wait(turn, options.signal);
      if (turn.error !== undefined) throw turn.error;
      permit.answered();
      return answer({ model: options.model ?? this.config.model, content: this.config.name, ...turn.answer });
    } finally {
      this.active -= 1;
      permit.release({ usedTokens: this.#options.tokens });
    }
  }

  async complete(_prompt: string, options: ChatOptions = {}): Promise<CompletionResponse> {
    const { content: text, ...rest } = await this.chat([], options);
    return { ...rest, text };
  }

  async embed(input: readonly string[], options: CallOptions = {}): Promise<EmbeddingResponse> {
    const { model } = await this.chat([], options);
    return { model, embeddings: input.map(() => [1]), usage: { promptTokens: 10, totalTokens: 10 } };
  }

  chatStream(_messages: readonly Message[], options: ChatStreamOptions = {}): ChatStream {
    const begun = this.#begin(options);
    begun.catch(() => {});
    const controller = new AbortController();
    options.signal?.addEventListener("abort", () => controller.abort(options.signal?.reason));
    let settle: { resolve(response: ChatResponse): void; reject(error: unknown): void } | undefined;
    const response = new Promise<ChatResponse>((resolve, reject) => {
      settle = { resolve, reject };
    });
    response.catch(() => {});
    const chunks = this.#chunks(begun, controller.signal, settle);
    return {
      [Symbol.asyncIterator]: () => chunks,
      response,
      text: async () => (await response).content,
      cancel: (reason) => controller.abort(new LlmError("Cancelled", reason ?? "cancelled")),
    };
  }

  async *#chunks(
    begun: ReturnType<FakeProvider["begin"]>,
    signal: AbortSignal,
    settle: { resolve(response: ChatResponse): void; reject(error: unknown): void } | undefined,
  ): AsyncGenerator<ChatChunk, undefined> {
    try {
      const { turn, permit } = await begun;
      try {
        await this.#wait(turn, signal);
        const response = answer({ model: this.config.model, content: this.config.name, ...turn.answer });
        const texts = response.content.match(/.{1,2}/gsu) ?? [];
        let given = 0;
        for (const text of texts) {
          if (turn.error !== undefined && given === (turn.chunksFirst ?? 0)) throw turn.error;
          given += 1;
          yield { type: "text", text };
          if (signal.aborted) throw signal.reason;
        }
        if (turn.error !== undefined) throw turn.error;
        yield { type: "finish", finishReason: "stop", rawFinishReason: "stop" };
        if (response.usage) yield { type: "usage", usage: response.usage };
        settle?.resolve(response);
        return undefined;
      } finally {
        this.active -= 1;
        permit.release({ usedTokens: this.#options.tokens });
      }
    } catch (error) {
      settle?.reject(error);
      throw error;
    }
  }

  begin(options: ChatOptions) {
    return this.#begin(options);
  }

  async #begin(options: ChatOptions) {
    const { clock, turns = [{}], tokens = 0 } = this.#options;
    const { maxQueueMs, maxWaitMs, signal } = options;
    const permit = await this.#limiter.acquire({ tokens, signal, maxWaitMs, maxQueueMs });
    this.asked.push(options);
    this.askedAt.push(clock.now());
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    const count = this.asked.length;
    const turn =
      typeof turns === "function"
        ? turns(clock.now(), count)
        : (turns[Math.min(count, turns.length) - 1] ?? {});
    return { turn, permit };
  }

  #wait({ afterMs = 0, deaf }: Turn, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (deaf) return;
        this.closed += 1;
        stop();
        reject(new LlmError("Cancelled", "The call was cancelled by its signal"));
      };
      const stop = Number.isFinite(afterMs)
        ? this.#options.clock.setTimer(() => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          }, afterMs)
        : () => {};
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async checkService(): Promise<boolean> {
    return (await this.listModels()).length > 0;
  }

  async listModels(): Promise<ModelInfo[]> {
    this.listed += 1;
    const { models } = this.#options;
    if (!models) throw new LlmError("NotImplemented", "no list of models", { status: 501 });
    return models;
  }

  async modelExists(name: string): Promise<boolean> {
    return (await this.listModels()).some(({ id }) => id === name);
  }

  async ensureModel(name: string): Promise<void> {
    if (!(await this.modelExists(name))) throw new LlmError("ModelNotFound", `no ${name}`);
  }

  async pullModel(name: string): Promise<void> {
    throw new LlmError("NotSupported", `can't pull ${name}`);
  }
}

export const unavailable = (details: ConstructorParameters<typeof LlmError>[2] = {}) =>
  new LlmError("ServiceUnavailable", "down", { status: 503, retryable: true, ...details });

export const limited = (retryAfterMs?: number) =>
  new LlmError("RateLimitExceeded", "too many", { status: 429, retryable: true, retryAfterMs });

export const HELLO: Message[] = [{ role: "user", content: "hello" }];
