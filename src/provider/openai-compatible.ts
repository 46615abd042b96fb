/** The provider: what it can do, and how each of it is asked for and read. */
import type { Clock } from "./base/clock.ts";
import { LlmError } from "./base/error.ts";
import type { Operation } from "./base/events.ts";
import type { Call } from "./base/layer.ts";
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
  ModelList,
  PullOptions,
} from "./base/types.ts";
import { checkList, demandObject, isObject, reading } from "./base/values.ts";
import { nextCallId } from "./call/call-id.ts";
import type { ProviderDependencies } from "./call/dependencies.ts";
import { Pipeline } from "./call/pipeline.ts";
import type { PlainRequest, Received, Transport } from "./http/transport.ts";
import type { ServiceProfile } from "./services/service-profile.ts";
import { beginStream } from "./stream/exchange.ts";
import { createChatStream } from "./stream/stream.ts";
import { embeddingAsChat } from "./wire/estimate.ts";
import { toModelInfo } from "./wire/models.ts";
import { CHAT_RULES, EMBED_RULES, type OptionRules, PULL_RULES } from "./wire/option-rules.ts";
import { toChatRequest, toEmbeddingRequest } from "./wire/request.ts";
import { toChatResponse, toEmbeddingResponse, withHidden } from "./wire/response.ts";
import { checkCallOptions, checkText, isText } from "./wire/untyped-input.ts";

/** A provider for any server that speaks the OpenAI chat protocol. Every method fails with `LlmError` only. */
export class OpenAiCompatibleProvider implements LlmProvider {
  readonly config: ModelConfig;
  readonly #pipeline: Pipeline;

  /**
   * Throws `ConfigError`, naming every mistake and where it stands. `profile`: a service that this library does not know; by
   * default that of `config.provider`.
   */
  constructor(config: ModelConfig, given: ProviderDependencies = {}, profile?: ServiceProfile) {
    this.#pipeline = new Pipeline(config, given, profile);
    this.config = this.#pipeline.config;
  }

  /** What a subclass waits by. */
  protected get clock(): Clock {
    return this.#pipeline.clock;
  }

  /** Where the protocol's paths begin, as it was made of `base_url`. */
  protected get baseUrl(): string {
    return this.#pipeline.settings.baseUrl;
  }

  get #limiter(): RateLimiter {
    return this.#pipeline.limiterFor(this.#pipeline.settings.model);
  }

  get rateLimitState(): RateLimitState {
    return this.#limiter.state;
  }

  supportsEndpoint(endpoint: EndpointType): boolean {
    const { endpoints, service } = this.#pipeline.settings;
    return endpoints.includes(endpoint) && service.endpoints.includes(endpoint);
  }

  async checkRateLimit(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    demandObject("options", options, "InvalidRequest");
    return this.#limiter.check(options);
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<ChatResponse> {
    return this.#chat("chat", messages, options);
  }

  chatStream(messages: readonly Message[], options: ChatStreamOptions = {}): ChatStream {
    return reading("options", () => this.#chatStream(messages, options));
  }

  #chatStream(messages: readonly Message[], options: ChatStreamOptions): ChatStream {
    const includeUsage = isObject(options) && options.includeUsage !== false;
    const { request, plan } = this.#prepareChat("chat", "chatStream", messages, options, { includeUsage });
    const pipeline = this.#pipeline;
    const { transport, clock } = pipeline;
    const { host: where, redact } = transport;
    const { service, nameOf, stallTimeoutMs } = pipeline.settings;
    const settings = {
      ...{ clock, where, redact },
      finishReason: service.finishReason,
      findProblem: (came: unknown, chunk: unknown) => pipeline.findChunkProblem(came, chunk),
      ...{ ...options, stallTimeoutMs: options.stallTimeoutMs ?? stallTimeoutMs },
      stallName: options.stallTimeoutMs === undefined ? nameOf("stallTimeoutMs") : "stallTimeoutMs",
    };
    return createChatStream({
      signal: options.signal,
      where,
      redact,
      open: (abort) =>
        pipeline.run({ ...plan, abort }, (call) =>
          beginStream(call, () => transport.chatStream(request, call), settings),
        ),
    });
  }

  async complete(prompt: string, options: CompletionOptions = {}): Promise<CompletionResponse> {
    const response = await this.#chat("completion", [{ role: "user", content: prompt }], options);
    const { content, role: _role, ...rest } = response;
    return withHidden({ ...rest, text: content }, response);
  }

  async embed(input: readonly string[], options: EmbedOptions = {}): Promise<EmbeddingResponse> {
    const read = () => {
      this.#pipeline.demandEndpoint("embedding");
      checkList("input", input, "text", isText);
      const request = toEmbeddingRequest(input, options, this.#pipeline.settings.model);
      const tokens = this.#pipeline.estimate(embeddingAsChat(request.model, input));
      return { request, plan: { model: request.model, request, tokens } };
    };
    const { request, plan } = this.#pipeline.prepare("embed", options, read, EMBED_RULES);
    return this.#pipeline.ask("EmbeddingAnswer", plan, {
      send: (call) => this.#pipeline.transport.embed(request, call),
      read: toEmbeddingResponse,
      outcome: ({ usage }) => {
        const { promptTokens = 0, totalTokens = promptTokens } = usage ?? {};
        return usage ? { usage: { promptTokens, totalTokens, completionTokens: 0 } } : {};
      },
    });
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

  async listModels(options: CallOptions = {}): Promise<ModelList> {
    const { plan } = this.#pipeline.prepare("listModels", options, () => ({ plan: {} }));
    return this.#pipeline.ask("ModelList", plan, {
      send: (call) => this.#pipeline.transport.listModels(call),
      read: (wire, facts) => withHidden(wire.data.map(toModelInfo), facts),
    });
  }

  /** One model; `ModelNotFound` when the service does not have it. Some servers only have the list. */
  async retrieveModel(name: string, options: CallOptions = {}): Promise<ModelInfo> {
    const { plan } = this.#pipeline.prepare("retrieveModel", options, () => {
      checkText("name", name);
      return { plan: { model: name } };
    });
    return this.#pipeline.ask("Model", plan, {
      send: (call) => this.#pipeline.transport.retrieveModel(name, call),
      read: (wire, { headers }) => withHidden(toModelInfo(wire), { headers }),
    });
  }

  async modelExists(name: string, options: CallOptions = {}): Promise<boolean> {
    this.checked("listModels", options, () => checkText("name", name));
    const models = await this.listModels(options);
    return models.some((model) => model.id === name && model.active !== false);
  }

  async ensureModel(name: string, options: PullOptions = {}): Promise<void> {
    const callOptions = this.checked("listModels", options, () => {
      checkText("name", name);
      checkCallOptions(options, PULL_RULES);
      const { onProgress: _onProgress, stallTimeoutMs: _stall, ...rest } = options;
      return rest;
    });
    const models = await this.listModels(callOptions);
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

  async pullModel(name: string, options: PullOptions = {}): Promise<void> {
    this.checked("pullModel", options, () => checkText("name", name));
    const error = new LlmError(
      "NotSupported",
      `${this.#pipeline.settings.service.label} hosts its models: "${name}" can't be pulled; listModels() shows what is there`,
    );
    this.#pipeline.observer.refused(
      { id: nextCallId(), operation: "pullModel", model: name, options },
      error,
    );
    throw error;
  }

  /**
   * A call of what the service has beside the protocol, through all layers. `send` makes one try of it, and reads its answer
   * to the end.
   */
  protected callOther<R>(
    operation: Operation,
    { model, options, rules, tokens }: OtherCall,
    send: (call: Call, transport: Transport) => Promise<R>,
  ): Promise<R> {
    const { plan } = this.#pipeline.prepare(operation, options, () => ({ plan: { model, tokens } }), rules);
    return this.#pipeline.run(plan, async (call) => {
      const result = await send(call, this.#pipeline.transport);
      call.handler.onEnd({});
      return result;
    });
  }

  /**
   * Sends what there is no method for, with key, limits, retries and deadline as any call, and gives what `read` makes of an answer
   * of success. `groq-provider/api` is the way to it.
   */
  async send<R>(
    given: OwnRequest,
    options: CallOptions,
    read: (received: Received, transport: Transport) => R | Promise<R>,
  ): Promise<R> {
    demandObject("request", given, "InvalidRequest");
    const { path, model, headers, ...request } = reading("request", () => ({ ...given }));
    checkText("path", path);
    return this.callOther("request", { model, options, tokens: 0 }, (call, transport) =>
      transport.exchange(
        { ...request, url: this.baseUrl + path },
        { ...call, headers: { ...call.headers, ...headers } },
        (received) => read(received, transport),
      ),
    );
  }

  #chat(endpoint: EndpointType, messages: readonly Message[], options: ChatOptions): Promise<ChatResponse> {
    const { request, plan } = this.#prepareChat(endpoint, "chat", messages, options);
    return this.#pipeline.ask("ChatAnswer", plan, {
      send: (call) => this.#pipeline.transport.chat(request, call),
      read: toChatResponse,
      outcome: (response) => ({ response, usage: response.usage, finishReason: response.finishReason }),
    });
  }

  #prepareChat(
    endpoint: EndpointType,
    operation: Operation,
    messages: readonly Message[],
    options: ChatOptions,
    stream?: { includeUsage: boolean },
  ) {
    const read = () => {
      this.#pipeline.demandEndpoint(endpoint);
      checkList("messages", messages, "message");
      const context = Object.assign({}, this.#pipeline.settings, {
        profile: this.#pipeline.settings.service,
        stream,
      });
      const request = reading("messages and options", () => toChatRequest(messages, options, context));
      return { request, plan: { model: request.model, request, tokens: this.#pipeline.estimate(request) } };
    };
    return this.#pipeline.prepare(operation, options, read, CHAT_RULES);
  }

  /** What `read` makes of a call's input. What it throws ends the call, and that is told as any end. */
  protected checked<T>(operation: Operation, options: CallOptions, read: () => T): T {
    return this.#pipeline.checked(operation, options, read);
  }
}

/** What `callOther` needs to know. */
interface OtherCall {
  /** Default: the configuration's. */
  model?: string | undefined;
  options: CallOptions;
  /** Where it counts as a call of the limits. */
  tokens?: number;
  /** What options there are. Default: those of a call. */
  rules?: OptionRules;
}

/** A request of the application's own. */
export interface OwnRequest extends Omit<PlainRequest, "url"> {
  /** Behind the base URL, with its query. */
  path: string;
  /** For limits and events. Default: the configuration's. */
  model?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
}
