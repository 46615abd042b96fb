/** What every call of a provider goes through: its input checked, the layers in their order, its answer checked. */
import { sendsAnyHeader } from "#default-exchange";
import { type Abort, abortOf } from "../base/abort.ts";
import { systemClock } from "../base/clock.ts";
import { applicationFault, LlmError } from "../base/error.ts";
import { type DriftSchema, guardListener, type Operation } from "../base/events.ts";
import {
  faultTeller,
  type GuardedClock,
  guardClock,
  guardRandom,
  heard,
  type TellFault,
} from "../base/handed-in.ts";
import type { HeaderReader } from "../base/headers.ts";
import { type Call, type CallOutcome, compose, type Layer, type Next } from "../base/layer.ts";
import type { RateLimiter } from "../base/limits.ts";
import type { ModelConfig } from "../base/model-config.ts";
import type { CallOptions, EndpointType } from "../base/types.ts";
import { isObject, isThenable, reading, unreadable, valueAt } from "../base/values.ts";
import { hideKey, withKeyAsked } from "../config/hide-key.ts";
import { parseSettings, type Settings } from "../config/settings.ts";
import { type JsonAnswer, Transport } from "../http/transport.ts";
import { guardLimiter } from "../limits/guarded-limiter.ts";
import { RateLimiters } from "../limits/rate-limiters.ts";
import { serviceNamed } from "../services/index.ts";
import { openAiCompatible, type ServiceProfile } from "../services/service-profile.ts";
import { type Answer, type AnswerSchema, check, findProblem } from "../wire/check.ts";
import { findError } from "../wire/error-body.ts";
import { errorFromAnswer } from "../wire/errors.ts";
import { checkEstimate, estimateTokens, type TokenEstimator } from "../wire/estimate.ts";
import { normalise } from "../wire/normalise.ts";
import { CALL_RULES, type OptionRules } from "../wire/option-rules.ts";
import type { AnswerFacts } from "../wire/response.ts";
import { checkCallOptions } from "../wire/untyped-input.ts";
import { nextCallId } from "./call-id.ts";
import { deadline, timeout } from "./deadline.ts";
import { checkDependencies, type ProviderDependencies } from "./dependencies.ts";
import { limit } from "./limit.ts";
import { createObserver, type Observer } from "./observe.ts";
import { createRetryBudget, retry } from "./retry.ts";
import { idempotencyKey, retryCount } from "./try-headers.ts";
/** All that a provider works with. Its methods say what is sent, and what an answer means. */
export class Pipeline {
  /** Its key does not show. */
  readonly config: ModelConfig;
  readonly settings: Settings;
  readonly transport: Transport;
  readonly clock: GuardedClock;
  readonly observer: Observer;
  readonly #dependencies: ProviderDependencies;
  readonly #around: Layer;
  readonly #limiters: RateLimiters;
  /** Instead of them, where the application hands one in. */
  readonly #given: RateLimiter | undefined;

  /** Throws `ConfigError`, naming every mistake and where it stands. */
  constructor(config: ModelConfig, given: ProviderDependencies, profile?: ServiceProfile) {
    const dependencies = checkDependencies(given);
    const { apiKey: askKey, layers = {} } = dependencies;
    const { settings, hidden } = reading(
      "the configuration",
      () => read(config, profile, askKey),
      "ConfigError",
    );
    const tell = this.tellFault;
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
    const limiterFor = (model: string) => this.limiterFor(model);
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
    this.settings = settings;
    this.#dependencies = dependencies;
    this.clock = clock;
    this.observer = observer;
    this.transport = transport;
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

  /** A call's input as a plan. Where the input ends the call, its end is told as that of any other. */
  prepare<P extends { plan: Prepared }>(
    operation: Operation,
    options: CallOptions,
    read: () => P,
    rules: OptionRules = CALL_RULES,
  ): P & { plan: Plan } {
    return this.checked(operation, options, () => {
      checkCallOptions(options, rules);
      const prepared = read();
      const { model = this.settings.model, tokens, request } = prepared.plan;
      const namesModel = prepared.plan.model !== undefined;
      const id = nextCallId();
      return Object.assign({}, prepared, {
        plan: { id, operation, options, model, namesModel, tokens, request },
      });
    });
  }

  /** What `read` makes of a call's input. What it throws ends the call, and that is told as any end. */
  checked<T>(operation: Operation, options: CallOptions, read: () => T): T {
    try {
      return read();
    } catch (fault) {
      const error = unreadable("the call", fault);
      const about = { operation, model: this.settings.model, options: isObject(options) ? options : {} };
      this.observer.refused({ id: nextCallId(), ...about }, error);
      throw error;
    }
  }

  /** Asks for a whole answer, checks it, and reads it. */
  ask<N extends AnswerSchema, R>(schema: N, plan: Plan, { send, read, outcome }: Question<N, R>): Promise<R> {
    return this.run(plan, async (call) => {
      const { head, headers, body } = await send(call);
      const failure = findError(body);
      if (failure !== undefined) throw this.#failure(failure, head.status, headers, call.model);
      this.#lookForDrift(schema, body);
      const wire = check(schema, normalise(schema, body), { ...head, redact: this.transport.redact });
      const result = read(wire, Object.assign({ headers, raw: body, model: call.model }, head));
      call.handler.onEnd(outcome?.(result) ?? {});
      return result;
    });
  }

  /** A call through all layers; `next` makes one try of it. */
  run<T>(plan: Plan & { abort?: Abort }, next: Next<T>): Promise<T> {
    const abort = plan.abort ?? abortOf(plan.options.signal);
    const { host, port } = this.transport;
    const about = { provider: this.settings.provider, host, port };
    // Not a spread: on Node 20, members that come after one cost 1 to 2 µs each.
    return this.#around(Object.assign({}, UNSENT, about, plan, { abort }), next);
  }

  /** The tokens of a request, by the application's function or ours. */
  estimate(request: Parameters<TokenEstimator>[0]): number {
    const { estimateTokens: estimate = estimateTokens } = this.#dependencies;
    let tokens: unknown;
    try {
      tokens = estimate(request);
    } catch (fault) {
      // The call's own: what it holds can't be written as JSON.
      if (LlmError.is(fault)) throw fault;
      throw applicationFault("The function estimateTokens", fault, this.transport.redact);
    }
    return checkEstimate(tokens);
  }

  readonly tellFault: TellFault = (of, fault) => {
    faultTeller(this.observer.emit, this.transport.redact)(of, fault);
  };

  /** Some services tell a failure in an answer of success. */
  #failure(body: unknown, status: number, headers: HeaderReader, model: string): LlmError {
    this.#lookForDrift("ErrorAnswer", body);
    return errorFromAnswer({ status, body, headers, model, redact: this.transport.redact });
  }

  /** `came` is compared with the document, `chunk` is the same in its shape. */
  findChunkProblem(came: unknown, chunk: unknown): string | undefined {
    this.#lookForDrift("StreamChunk", came);
    return findProblem("StreamChunk", chunk);
  }

  #lookForDrift(schema: DriftSchema, body: unknown): void {
    const { drift } = this.#dependencies;
    if (!drift) return;
    try {
      const found = drift.check(schema, body, this.settings.service.provider);
      if (isThenable(found)) heard(this.tellFault, "drift", () => found);
      else for (const event of found) this.observer.emit(event);
    } catch (fault) {
      // A failing drift check must not fail the call.
      this.tellFault("drift", fault);
    }
  }

  /** Throws where the service or the configuration has no such endpoint. */
  demandEndpoint(endpoint: EndpointType): void {
    if (!this.settings.service.endpoints.includes(endpoint)) {
      throw new LlmError("NotSupported", `${this.settings.service.label} has no ${endpoint} endpoint`);
    }
    if (!this.settings.endpoints.includes(endpoint)) {
      throw new LlmError(
        "UnsupportedEndpoint",
        `The configuration "${this.settings.name}" does not list ${endpoint} in ${this.settings.nameOf("supportedEndpoints")}`,
      );
    }
  }

  /** What the calls of a model are counted by. */
  limiterFor(model: string): RateLimiter {
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

export type Plan = Pick<Call, "id" | "operation" | "model" | "namesModel" | "options" | "tokens" | "request">;

/** What a call's input comes to. Without a model it is told, and counted by the limits, under the configuration's. */
type Prepared = Pick<Call, "tokens" | "request"> & { model?: string | undefined };

/** How one kind of whole answer is asked for and read. */
export interface Question<N extends AnswerSchema, R> {
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
