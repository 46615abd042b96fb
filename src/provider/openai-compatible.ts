/** The provider: the steps of a call, in order. */

import { type Clock, systemClock } from "./base/clock.ts";
import { LlmError } from "./base/error.ts";
import type { DriftChecker, DriftSchema, EventListener, ProviderEvent } from "./base/events.ts";
import type { FetchLike } from "./base/exchange.ts";
import type { RateLimiter, RateLimitState } from "./base/limits.ts";
import type { LlmProvider } from "./base/llm-provider.ts";
import type { ModelConfig } from "./base/model-config.ts";
import { didYouMean } from "./base/nearest.ts";
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
} from "./base/types.ts";
import { Caller, type Try } from "./call/call.ts";
import { createRetryBudget } from "./call/retry.ts";
import { hideKey } from "./config/hide-key.ts";
import { parseSettings, type Settings } from "./config/settings.ts";
import { type JsonAnswer, Transport } from "./http/transport.ts";
import { createRateLimiter } from "./limits/create-rate-limiter.ts";
import type { LimitStore } from "./limits/store.ts";
import type { ServiceProfile } from "./services/service-profile.ts";
import { openAiCompatible } from "./services/service-profile.ts";
import { createChatStream } from "./stream/stream.ts";
import { type AnswerSchema, check, findProblem } from "./wire/check.ts";
import { estimateTokens, type TokenEstimator } from "./wire/estimate.ts";
import { toChatRequest, toEmbeddingRequest } from "./wire/request.ts";
import { toChatResponse, toEmbeddingResponse, toModelInfo } from "./wire/response.ts";
import { checkCallOptions, checkList, checkText, isText, reading } from "./wire/untyped-input.ts";

/** What a provider works with; each has a default. */
export interface ProviderDependencies {
  /** Instead of the global `fetch`. */
  fetch?: FetchLike | undefined;
  /** Instead of a limiter made from `limit`: to share one between providers. */
  rateLimiter?: RateLimiter | undefined;
  /** Holds limits for many processes together; see `groq-provider/redis`. Default: this process alone. */
  limitStore?: LimitStore | undefined;
  /** Receives what happens, for metrics and logs. What it throws is ignored. */
  onEvent?: EventListener | undefined;
  /** Looks for drift in answers; see `groq-provider/drift`. Default: none, at no cost. */
  drift?: DriftChecker | undefined;
  /** Guesses the tokens of a call for `tokens` limits. */
  estimateTokens?: TokenEstimator | undefined;
  /** Sent with every request, for instance for a gateway. */
  headers?: Readonly<Record<string, string>> | undefined;
  clock?: Clock | undefined;
  /** From 0 to 1; for jitter. */
  random?: (() => number) | undefined;
}

/** A provider for any server that speaks the OpenAI chat protocol. Every method fails with `LlmError` only. */
export class OpenAiCompatibleProvider implements LlmProvider {
  readonly config: ModelConfig;
  readonly #settings: Settings;
  readonly #profile: ServiceProfile;
  readonly #dependencies: ProviderDependencies;
  readonly #transport: Transport;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #limiters = new Map<string, RateLimiter>();
  readonly #estimate: TokenEstimator;

  /** Throws `ConfigError`, naming every mistake and where it stands. */
  constructor(
    config: ModelConfig,
    dependencies: ProviderDependencies = {},
    profile: ServiceProfile = openAiCompatible,
  ) {
    const settings = parseSettings(config, profile);
    const clock = dependencies.clock ?? systemClock;
    const random = dependencies.random ?? Math.random;
    this.config = hideKey(config);
    this.#settings = settings;
    this.#profile = profile;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#estimate = dependencies.estimateTokens ?? estimateTokens;
    this.#transport = new Transport({
      baseUrl: settings.baseUrl,
      apiKey: settings.apiKey,
      fetch: dependencies.fetch,
      headers: dependencies.headers,
      onErrorBody: (body) => this.#lookForDrift("ErrorResponse", body),
      clock,
    });
    this.#caller = new Caller({
      clock,
      random,
      emit: (event) => this.#emit(event),
      defaults: settings,
      budget: createRetryBudget(),
      limiterFor: (model) => this.#limiterFor(model),
    });
  }

  get rateLimitState(): RateLimitState {
    return this.#limiterFor(this.#settings.model).state;
  }

  supportsEndpoint(endpoint: EndpointType): boolean {
    return this.#settings.endpoints.includes(endpoint) && this.#profile.endpoints.includes(endpoint);
  }

  checkRateLimit(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#limiterFor(this.#settings.model).check(options);
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<ChatResponse> {
    this.#require("chat");
    return this.#chat(messages, options);
  }

  chatStream(messages: readonly Message[], options: ChatStreamOptions = {}): ChatStream {
    this.#require("chat");
    const settings = this.#settings;
    checkCallOptions(options);
    const stream = { includeUsage: options.includeUsage ?? true };
    const { request, tokens } = this.#toRequest(messages, options, stream);
    let current: Try | undefined;
    let status = 200;
    return createChatStream({
      open: (cancelled, begin) => {
        const plan = {
          operation: "chatStream" as const,
          model: request.model,
          tokens,
          options: { ...options, signal: cancelled },
        };
        return this.#caller.run(plan, async (attempt) => {
          const { startedAt } = attempt;
          const answer = {
            ...(await this.#transport.chatStream(request, attempt.exchange)),
            ...attempt.facts,
            startedAt,
          };
          await begin(answer);
          current = attempt;
          status = answer.status;
          return answer;
        });
      },
      onEnd: ({ error, usage, firstEventMs }) => {
        if (error) current?.fail(error, usage);
        else current?.succeed({ status, usage, firstEventMs });
      },
      findProblem: (chunk) => this.#findProblem("CreateChatCompletionStreamResponse", chunk),
      clock: this.#clock,
      model: request.model,
      where: this.#transport.host,
      redact: this.#transport.redact,
      signal: options.signal,
      totalTimeoutMs: options.timeoutMs ?? settings.timeoutMs,
      stallTimeoutMs: options.stallTimeoutMs ?? settings.stallTimeoutMs,
      firstEventTimeoutMs: options.firstEventTimeoutMs,
      maxEventLength: options.maxEventLength,
    });
  }

  async complete(prompt: string, options: CompletionOptions = {}): Promise<CompletionResponse> {
    this.#require("completion");
    const { content, ...rest } = await this.#chat([{ role: "user", content: prompt }], options);
    return { ...rest, text: content };
  }

  async embed(input: readonly string[], options: EmbedOptions = {}): Promise<EmbeddingResponse> {
    this.#require("embedding");
    checkCallOptions(options);
    checkList("input", input, "text", isText);
    const request = toEmbeddingRequest(input, options, this.#settings.model);
    const tokens = Math.ceil(input.reduce((sum, text) => sum + text.length, 0) / 4);
    return this.#caller.run(
      { operation: "embed", model: request.model, tokens, options },
      async (attempt) => {
        const answer = await this.#transport.embed(request, attempt.exchange);
        const wire = this.#check("CreateEmbeddingResponse", answer, attempt);
        const response = toEmbeddingResponse(wire, attempt.facts);
        const { promptTokens = 0, totalTokens = promptTokens } = response.usage ?? {};
        attempt.succeed({
          status: answer.status,
          usage: response.usage && { promptTokens, totalTokens, completionTokens: 0 },
        });
        return response;
      },
    );
  }

  async checkService(options: CallOptions = {}): Promise<boolean> {
    try {
      await this.listModels(options);
      return true;
    } catch (error) {
      if (LlmError.is(error) && error.kind === "Cancelled") throw error;
      return false;
    }
  }

  async listModels(options: CallOptions = {}): Promise<ModelInfo[]> {
    checkCallOptions(options);
    const plan = { operation: "listModels" as const, model: this.#settings.model, options };
    return this.#caller.run(plan, async (attempt) => {
      const answer = await this.#transport.listModels(attempt.exchange);
      const wire = this.#check("ListModelsResponse", answer, attempt);
      attempt.succeed({ status: answer.status });
      return wire.data.map(toModelInfo);
    });
  }

  /** One model; `ModelNotFound` when the service does not have it. Some servers only have the list. */
  async retrieveModel(name: string, options: CallOptions = {}): Promise<ModelInfo> {
    checkCallOptions(options);
    checkText("name", name);
    return this.#caller.run({ operation: "retrieveModel", model: name, options }, async (attempt) => {
      const answer = await this.#transport.retrieveModel(name, attempt.exchange);
      const wire = this.#check("Model", answer, attempt);
      attempt.succeed({ status: answer.status });
      return toModelInfo(wire);
    });
  }

  async modelExists(name: string, options: CallOptions = {}): Promise<boolean> {
    const models = await this.listModels(options);
    return models.some((model) => model.id === name && model.active !== false);
  }

  async ensureModel(name: string, options: CallOptions = {}): Promise<void> {
    checkText("name", name);
    const models = await this.listModels(options);
    const found = models.find((model) => model.id === name);
    if (found && found.active !== false) return;
    const problem = found
      ? "is listed but not active"
      : `is not there${didYouMean(
          name,
          models.map(({ id }) => id),
          3,
        )}`;
    throw new LlmError("ModelNotFound", `The model "${name}" ${problem}`);
  }

  async pullModel(name: string): Promise<void> {
    throw new LlmError(
      "NotSupported",
      `${this.#profile.label} hosts its models: "${name}" can't be pulled; listModels() shows what is there`,
    );
  }

  #toRequest(messages: readonly Message[], options: ChatOptions, stream?: { includeUsage: boolean }) {
    checkCallOptions(options);
    checkList("messages", messages, "message");
    const context = { ...this.#settings, profile: this.#profile, stream };
    return reading("messages and options", () => {
      const request = toChatRequest(messages, options, context);
      return { request, tokens: this.#estimate(request) };
    });
  }

  #chat(messages: readonly Message[], options: ChatOptions): Promise<ChatResponse> {
    const { request, tokens } = this.#toRequest(messages, options);
    return this.#caller.run({ operation: "chat", model: request.model, tokens, options }, async (attempt) => {
      const answer = await this.#transport.chat(request, attempt.exchange);
      const wire = this.#check("CreateChatCompletionResponse", answer, attempt);
      const response = toChatResponse(wire, attempt.facts);
      attempt.succeed({ status: answer.status, usage: response.usage });
      return response;
    });
  }

  #check<N extends AnswerSchema>(schema: N, { status, body }: JsonAnswer, { facts }: Try) {
    this.#lookForDrift(schema, body);
    return check(schema, body, { status, requestId: facts.requestId });
  }

  #findProblem(schema: AnswerSchema, body: unknown): string | undefined {
    this.#lookForDrift(schema, body);
    return findProblem(schema, body);
  }

  #lookForDrift(schema: DriftSchema, body: unknown): void {
    const { drift } = this.#dependencies;
    if (!drift) return;
    try {
      for (const event of drift.check(schema, body)) this.#emit(event);
    } catch {
      // A look aside must not become a call's fault.
    }
  }

  #require(endpoint: EndpointType): void {
    if (!this.#profile.endpoints.includes(endpoint)) {
      throw new LlmError("NotSupported", `${this.#profile.label} has no ${endpoint} endpoint`);
    }
    if (!this.#settings.endpoints.includes(endpoint)) {
      throw new LlmError(
        "UnsupportedEndpoint",
        `The configuration "${this.#settings.name}" does not list ${endpoint} in supported_endpoints`,
      );
    }
  }

  /** Groq counts each model by itself, so each has its limiter. */
  #limiterFor(model: string): RateLimiter {
    const { rateLimiter, limitStore: store } = this.#dependencies;
    if (rateLimiter) return rateLimiter;
    let limiter = this.#limiters.get(model);
    if (!limiter) {
      const { windows, autoLimit: auto, onLimit, maxConcurrent, maxQueue } = this.#settings;
      limiter = createRateLimiter({
        windows,
        auto,
        onLimit,
        maxConcurrent,
        maxQueue,
        store,
        model,
        clock: this.#clock,
        random: this.#dependencies.random,
        onEvent: (event) => this.#emit(event),
      });
      this.#limiters.set(model, limiter);
    }
    return limiter;
  }

  #emit(event: ProviderEvent): void {
    try {
      this.#dependencies.onEvent?.(event);
    } catch {
      // A listener's fault must not become a call's.
    }
  }
}
