/** The provider: what it can do, and the order in which a call goes through its layers. */
import { sendsAnyHeader } from "#default-exchange";
import { type Abort, abortOf } from "./base/abort.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { applicationFault, LlmError, memberOf } from "./base/error.ts";
import { type DriftSchema, guardListener, type Operation } from "./base/events.ts";
import {
  faultTeller,
  type GuardedClock,
  guardClock,
  guardRandom,
  heard,
  type TellFault,
} from "./base/handed-in.ts";
import type { HeaderReader } from "./base/headers.ts";
import { type Call, type CallOutcome, compose, type Layer, type Next } from "./base/layer.ts";
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
import { demandObject, isObject, reading, unreadable, valueAt } from "./base/values.ts";
import { nextCallId } from "./call/call-id.ts";
import { deadline, timeout } from "./call/deadline.ts";
import { limit } from "./call/limit.ts";
import { createObserver, type Observer } from "./call/observe.ts";
import { createRetryBudget, retry } from "./call/retry.ts";
import { idempotencyKey, retryCount } from "./call/try-headers.ts";
import { hideKey, withKeyAsked } from "./config/hide-key.ts";
import { parseSettings, type Settings } from "./config/settings.ts";
import { checkDependencies, type ProviderDependencies } from "./dependencies.ts";
import { type JsonAnswer, type PlainRequest, type Received, Transport } from "./http/transport.ts";
import { guardLimiter } from "./limits/guarded-limiter.ts";
import { RateLimiters } from "./limits/rate-limiters.ts";
import { serviceNamed } from "./services/index.ts";
import { openAiCompatible, type ServiceProfile } from "./services/service-profile.ts";
import { beginStream } from "./stream/exchange.ts";
import { createChatStream } from "./stream/stream.ts";
import { type Answer, type AnswerSchema, check, findProblem } from "./wire/check.ts";
import { findError } from "./wire/error-body.ts";
import { errorFromAnswer } from "./wire/errors.ts";
import { checkEstimate, embeddingAsChat, estimateTokens, type TokenEstimator } from "./wire/estimate.ts";
import { toModelInfo } from "./wire/models.ts";
import { normalise } from "./wire/normalise.ts";
import { CALL_RULES, CHAT_RULES, EMBED_RULES, type OptionRules, PULL_RULES } from "./wire/option-rules.ts";
import { toChatRequest, toEmbeddingRequest } from "./wire/request.ts";
import { type AnswerFacts, toChatResponse, toEmbeddingResponse, withHidden } from "./wire/response.ts";
import { checkCallOptions, checkList, checkText, isText } from "./wire/untyped-input.ts";

/** A provider for any server that speaks the OpenAI chat protocol. Every method fails with `LlmError` only. */
export class OpenAiCompatibleProvider implements LlmProvider {
  readonly config: ModelConfig;
  readonly #settings: Settings;
  readonly #profile: ServiceProfile;
  readonly #dependencies: ProviderDependencies;
  readonly #transport: Transport;
  readonly #clock: GuardedClock;
  readonly #observer: Observer;
  readonly #around: Layer;
  readonly #limiters: RateLimiters;
  /** Instead of them, where the application hands one in. */
  readonly #given: RateLimiter | undefined;

  /**
   * Throws `ConfigError`, naming every mistake and where it stands. `profile`: a service that this library does not know; by
   * default that of `config.provider`.
   */
  constructor(config: ModelConfig, given: ProviderDependencies = {}, profile?: ServiceProfile) {
    const dependencies = checkDependencies(given);
    const { apiKey: askKey, layers = {} } = dependencies;
    const { settings, hidden } = reading(
      "the configuration",
      () => read(config, profile, askKey),
      "ConfigError",
    );
    const tell = this.#tellFault;
    const clock = guardClock(dependencies.clock ?? systemClock, (fault) => tell("clock", fault));
    const random = guardRandom(dependencies.random ?? Math.random, tell);
    const transport = reading(
      "dependencies",
      () =>
        new Transport({
          baseUrl: settings.baseUrl,
          query: settings.query,
          apiKey: askKey ?? settings.apiKey,
          fetch: dependencies.fetch,
          agent: dependencies.agent,
          headers: dependencies.headers,
          auth: settings.service.auth,
          limitPeriods: settings.service.limitPeriods,
          clock,
          onErrorBody: (body) => this.#lookForDrift("ErrorAnswer", body),
        }),
      "ConfigError",
    );
    const observer = createObserver(
      clock,
      settings.name,
      guardListener(dependencies.onEvent),
      transport.redact,
    );
    const tools = { clock, random, budget: createRetryBudget(), emit: observer.emit };
    const limiterFor = (model: string) => this.#limiterFor(model);
    const { windows, autoLimit: auto, onLimit, maxConcurrent, maxQueue, maxWaitMs, maxQueueMs } = settings;
    this.#limiters = new RateLimiters(
      {
        ...{ windows, auto, onLimit, maxConcurrent, maxQueue, maxWaitMs, maxQueueMs },
        ...{ clock, random, store: dependencies.limitStore, onEvent: observer.emit },
      },
      settings.nameOf,
    );
    const { rateLimiter } = dependencies;
    this.#given = rateLimiter && reading("rateLimiter", () => guardLimiter(rateLimiter, tell), "ConfigError");
    this.config = hidden;
    this.#settings = settings;
    this.#profile = settings.service;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#observer = observer;
    this.#transport = transport;
    const tellsTries = settings.retryHeaders ?? sendsAnyHeader;
    // A call goes through them from the first to the last, then to the server.
    this.#around = compose([
      observer.call,
      ...(tellsTries ? [idempotencyKey] : []),
      ...(layers.call ?? []),
      deadline(clock),
      retry(settings, tools),
      limit(limiterFor, observer, clock),
      observer.try,
      ...(tellsTries ? [retryCount] : []),
      ...(layers.try ?? []),
      timeout(clock, transport.host, settings.timeoutMs, settings.nameOf),
    ]);
  }

  /** What a subclass waits by. */
  protected get clock(): Clock {
    return this.#clock;
  }

  /** Where the protocol's paths begin, as it was made of `base_url`. */
  protected get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  get rateLimitState(): RateLimitState {
    return this.#limiterFor(this.#settings.model).state;
  }

  supportsEndpoint(endpoint: EndpointType): boolean {
    return this.#settings.endpoints.includes(endpoint) && this.#profile.endpoints.includes(endpoint);
  }

  async checkRateLimit(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    demandObject("options", options, "InvalidRequest");
    return this.#limiterFor(this.#settings.model).check(options);
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
    const { host: where, redact } = this.#transport;
    const settings = {
      clock: this.#clock,
      where,
      redact,
      finishReason: this.#profile.finishReason,
      findProblem: (came: unknown, chunk: unknown) => this.#findChunkProblem(came, chunk),
      ...{ ...options, stallTimeoutMs: options.stallTimeoutMs ?? this.#settings.stallTimeoutMs },
      stallName:
        options.stallTimeoutMs === undefined ? this.#settings.nameOf("stallTimeoutMs") : "stallTimeoutMs",
    };
    return createChatStream({
      signal: options.signal,
      where,
      redact,
      open: (abort) =>
        this.#run({ ...plan, abort }, (call) =>
          beginStream(call, () => this.#transport.chatStream(request, call), settings),
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
      this.#require("embedding");
      checkList("input", input, "text", isText);
      const request = toEmbeddingRequest(input, options, this.#settings.model);
      const tokens = this.#estimate(embeddingAsChat(request.model, input));
      return { request, plan: { model: request.model, request, tokens } };
    };
    const { request, plan } = this.#prepare("embed", options, read, EMBED_RULES);
    return this.#ask("EmbeddingAnswer", plan, {
      send: (call) => this.#transport.embed(request, call),
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
    const { plan } = this.#prepare("listModels", options, () => ({ plan: { model: this.#settings.model } }));
    return this.#ask("ModelList", plan, {
      send: (call) => this.#transport.listModels(call),
      read: (wire, facts) => withHidden(wire.data.map(toModelInfo), facts),
    });
  }

  /** One model; `ModelNotFound` when the service does not have it. Some servers only have the list. */
  async retrieveModel(name: string, options: CallOptions = {}): Promise<ModelInfo> {
    const { plan } = this.#prepare("retrieveModel", options, () => {
      checkText("name", name);
      return { plan: { model: name } };
    });
    return this.#ask("Model", plan, {
      send: (call) => this.#transport.retrieveModel(name, call),
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
      `${this.#profile.label} hosts its models: "${name}" can't be pulled; listModels() shows what is there`,
    );
    this.#observer.refused({ id: nextCallId(), operation: "pullModel", model: name, options }, error);
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
    const { plan } = this.#prepare(
      operation,
      options,
      () => ({ plan: { model: model ?? this.#settings.model, tokens } }),
      rules,
    );
    return this.#run(plan, async (call) => {
      const result = await send(call, this.#transport);
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
    return this.#ask("ChatAnswer", plan, {
      send: (call) => this.#transport.chat(request, call),
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
      this.#require(endpoint);
      checkList("messages", messages, "message");
      const context = Object.assign({}, this.#settings, { profile: this.#profile, stream });
      const request = reading("messages and options", () => toChatRequest(messages, options, context));
      return { request, plan: { model: request.model, request, tokens: this.#estimate(request) } };
    };
    return this.#prepare(operation, options, read, CHAT_RULES);
  }

  /** A call's input as a plan. Where the input ends the call, its end is told as that of any other. */
  #prepare<P extends { plan: Pick<Call, "model" | "tokens" | "request"> }>(
    operation: Operation,
    options: CallOptions,
    read: () => P,
    rules: OptionRules = CALL_RULES,
  ): P & { plan: Plan } {
    return this.checked(operation, options, () => {
      checkCallOptions(options, rules);
      const prepared = read();
      const { model, tokens, request } = prepared.plan;
      const id = nextCallId();
      return Object.assign({}, prepared, { plan: { id, operation, options, model, tokens, request } });
    });
  }

  /** What `read` makes of a call's input. What it throws ends the call, and that is told as any end. */
  protected checked<T>(operation: Operation, options: CallOptions, read: () => T): T {
    try {
      return read();
    } catch (fault) {
      const error = unreadable("the call", fault);
      const about = { operation, model: this.#settings.model, options: isObject(options) ? options : {} };
      this.#observer.refused({ id: nextCallId(), ...about }, error);
      throw error;
    }
  }

  /** Asks for a whole answer, checks it, and reads it. */
  #ask<N extends AnswerSchema, R>(
    schema: N,
    plan: Plan,
    { send, read, outcome }: Question<N, R>,
  ): Promise<R> {
    return this.#run(plan, async (call) => {
      const { head, headers, body } = await send(call);
      const failure = findError(body);
      if (failure !== undefined) throw this.#failure(failure, head.status, headers, call.model);
      this.#lookForDrift(schema, body);
      const wire = check(schema, normalise(schema, body), { ...head, redact: this.#transport.redact });
      const result = read(wire, Object.assign({ headers, raw: body, model: call.model }, head));
      call.handler.onEnd(outcome?.(result) ?? {});
      return result;
    });
  }

  #run<T>(plan: Plan & { abort?: Abort }, next: Next<T>): Promise<T> {
    const abort = plan.abort ?? abortOf(plan.options.signal);
    const about = { provider: this.#settings.provider, host: this.#transport.host };
    // Not a spread: on Node 20, members that come after one cost 1 to 2 µs each.
    return this.#around(Object.assign({}, UNSENT, about, plan, { abort }), next);
  }

  #estimate(request: Parameters<TokenEstimator>[0]): number {
    const { estimateTokens: estimate = estimateTokens } = this.#dependencies;
    let tokens: unknown;
    try {
      tokens = estimate(request);
    } catch (fault) {
      // The call's own: what it holds can't be written as JSON.
      if (LlmError.is(fault)) throw fault;
      throw applicationFault("The function estimateTokens", fault, this.#transport.redact);
    }
    return checkEstimate(tokens);
  }

  readonly #tellFault: TellFault = (of, fault) => {
    faultTeller(this.#observer.emit, this.#transport.redact)(of, fault);
  };

  /** Some services tell a failure in an answer of success. */
  #failure(body: unknown, status: number, headers: HeaderReader, model: string): LlmError {
    this.#lookForDrift("ErrorAnswer", body);
    return errorFromAnswer({ status, body, headers, model, redact: this.#transport.redact });
  }

  /** `came` is compared with the document, `chunk` is the same in its shape. */
  #findChunkProblem(came: unknown, chunk: unknown): string | undefined {
    this.#lookForDrift("StreamChunk", came);
    return findProblem("StreamChunk", chunk);
  }

  #lookForDrift(schema: DriftSchema, body: unknown): void {
    const { drift } = this.#dependencies;
    if (!drift) return;
    try {
      const found = drift.check(schema, body, this.#profile.provider);
      if (typeof memberOf(found, "then") === "function") heard(this.#tellFault, "drift", () => found);
      else for (const event of found) this.#observer.emit(event);
    } catch (fault) {
      // A failing drift check must not fail the call.
      this.#tellFault("drift", fault);
    }
  }

  #require(endpoint: EndpointType): void {
    if (!this.#profile.endpoints.includes(endpoint)) {
      throw new LlmError("NotSupported", `${this.#profile.label} has no ${endpoint} endpoint`);
    }
    if (!this.#settings.endpoints.includes(endpoint)) {
      throw new LlmError(
        "UnsupportedEndpoint",
        `The configuration "${this.#settings.name}" does not list ${endpoint} in ${this.#settings.nameOf("supportedEndpoints")}`,
      );
    }
  }

  #limiterFor(model: string): RateLimiter {
    return this.#given ?? this.#limiters.of(model);
  }
}

/** What a configuration says, and a copy of it that hides its key. */
function read(config: ModelConfig, profile: ServiceProfile | undefined, askKey: unknown) {
  const settings = parseSettings(askKey ? withKeyAsked(config) : config, profile ?? serviceOf(config));
  return { settings, hidden: hideKey(config) };
}

/** Of what is no configuration at all, the check of the configuration tells. */
function serviceOf(config: unknown): ServiceProfile {
  const name = valueAt(config, ["provider"]);
  return typeof name === "string" && name.trim() !== "" ? serviceNamed(name) : openAiCompatible;
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

type Plan = Pick<Call, "id" | "operation" | "model" | "options" | "tokens" | "request">;

/** How one kind of whole answer is asked for and read. */
interface Question<N extends AnswerSchema, R> {
  send(call: Call): Promise<JsonAnswer>;
  read(wire: Answer<N>, facts: AnswerFacts): R;
  outcome?(result: R): CallOutcome;
}

/** A call before any layer saw it. */
const UNSENT = {
  attempt: 0,
  headers: {},
  handler: { onAnswer: () => {}, onEnd: () => {} },
  waits: { leftMs: 0, spend: () => {} },
};
