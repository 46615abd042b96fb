/** An `LlmProvider` made of several. */
import { throwIfAborted } from "../provider/base/abort.ts";
import { type Clock, systemClock } from "../provider/base/clock.ts";
import { describeCause, LlmError } from "../provider/base/error.ts";
import { guardListener } from "../provider/base/events.ts";
import { guardClock, guardRandom, providerFailed, type TellFault } from "../provider/base/handed-in.ts";
import type { RateLimitState } from "../provider/base/limits.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ModelConfig } from "../provider/base/model-config.ts";
import type {
  CallOptions,
  ChatOptions,
  ChatStreamOptions,
  CompletionOptions,
  EmbedOptions,
  EndpointType,
  Message,
  ModelInfo,
  PullOptions,
} from "../provider/base/types.ts";
import { checkList, demandObject, invalidRequest, isList, reading } from "../provider/base/values.ts";
import type { Plan } from "./ask.ts";
import { Budget, type Used } from "./budget.ts";
import { type Candidate, ROUTER } from "./candidate.ts";
import { checkRouter } from "./check-options.ts";
import { estimateChat, estimateInput } from "./cost.ts";
import { createCandidates, defined } from "./create-candidates.ts";
import { Dispatcher, type RoutedOptions } from "./dispatcher.ts";
import { figure } from "./gate.ts";
import { Line } from "./line.ts";
import { ensureModel, mergeModels, pullModel, signalIn } from "./models.ts";
import { openStream } from "./open-stream.ts";
import { rankingFor } from "./order.ts";
import { withRoute } from "./route.ts";
import type {
  CandidateState,
  Route,
  RoutedChatResponse,
  RoutedChatStream,
  RoutedCompletionResponse,
  RoutedEmbeddingResponse,
  Router,
  RouterCandidate,
  RouterOperation,
  RouterOptions,
  UnnamedEvent,
} from "./types.ts";

const ENDPOINTS = ["chat", "completion", "embedding"] as const satisfies readonly EndpointType[];
const HOUR_MS = 3_600_000;
const IDLE_MS = 600_000;

/**
 * One provider made of several: calls go to the first candidate in order that could take them now, and to the next where one
 * fails. A router is an `LlmProvider`, so routers nest, and `runTools` and `chatObject` work on it.
 *
 * Throws `ConfigError`, which names every mistake.
 */
export function createRouter(
  candidates: readonly (LlmProvider | RouterCandidate)[],
  options: RouterOptions = {},
): Router {
  return reading(
    "createRouter",
    () => {
      checkRouter(candidates, options);
      return new CandidateRouter(candidates, options);
    },
    "ConfigError",
  );
}

class CandidateRouter implements Router {
  readonly config: ModelConfig;
  readonly candidates: readonly (Candidate & CandidateState)[];
  readonly #dispatcher: Dispatcher;
  readonly #line: Line;
  readonly #budget: Budget | undefined;
  readonly #clock: Clock;

  constructor(given: readonly (LlmProvider | RouterCandidate)[], options: RouterOptions) {
    const { name = "router", budget, patienceMs = 0 } = options;
    const listen = guardListener(options.onEvent);
    const emit = (event: UnnamedEvent) => listen(Object.assign({ router: name }, event));
    const tell: TellFault = (of, fault) =>
      emit({ type: "fault", of, message: describeCause(fault, (text) => text)?.message ?? "" });
    const clock = guardClock(options.clock ?? systemClock, (fault) => tell("clock", fault));
    const random = guardRandom(options.random ?? Math.random, tell);
    this.#clock = clock;
    this.candidates = createCandidates(given, {
      breaker: options.breaker,
      patienceMs,
      keepModelsMs: budget?.keepPricesMs ?? HOUR_MS,
      clock,
      onBreaker: (candidate, change) => {
        emit({ type: "breaker", candidate, ...change });
        if (change.state === "open") this.#line.review();
        // A probe has begun to answer: who waited for that can go.
        if (change.state === "closed") this.#line.wake();
      },
      onRoom: () => this.#line.wake(),
    });
    this.config = configOf(name, this.candidates);
    const rank = rankingFor(options.order ?? "listed", this.candidates, random);
    this.#line = new Line({
      ...{ candidates: this.candidates, rank, clock },
      maxQueue: options.maxQueue ?? 10_000,
      onWaited: ({ id: callId, operation }, waitMs) => emit({ type: "waited", callId, operation, waitMs }),
    });
    this.#budget = budget && new Budget(budget, name, clock, emit);
    this.#dispatcher = new Dispatcher({
      ...{ candidates: this.candidates, line: this.#line, budget: this.#budget },
      ...{ patienceMs, hedgeAfterMs: options.hedgeAfterMs, policy: options.onError ?? {} },
      bounds: {
        maxRetries: options.maxRetries ?? 2,
        maxWaitMs: options.maxWaitMs ?? 60_000,
        maxQueueMs: options.maxQueueMs ?? 600_000,
        deadlineMs: options.deadlineMs,
      },
      ...{ clock, random, emit },
    });
  }

  get rateLimitState(): RateLimitState {
    const [first, ...others] = this.candidates;
    if (!first) throw new LlmError("ConfigError", "candidates: expected one at least, got none");
    const best = others.reduce((best, other) => (delayOf(other) < delayOf(best) ? other : best), first);
    const state = reading("rateLimitState", () => ({ ...best.provider.rateLimitState }), "ConfigError");
    const { windows, active, waiting } = state;
    return {
      ...state,
      windows: isList(windows) ? windows : [],
      active: figure(active),
      waiting: figure(waiting) + this.#line.size,
      nextInMs: Math.max(delayOf(best), this.#budget?.waitMs ?? 0),
    };
  }

  supportsEndpoint(endpoint: EndpointType): boolean {
    return this.candidates.some((candidate) => candidate.has(endpoint));
  }

  async checkRateLimit(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const call = this.#dispatcher.begin(this.supportsEndpoint("chat") ? "chat" : "embed", options);
    try {
      await this.#budget?.untilRenewed(call.signal, call.bounds.maxQueueMs);
      await this.#line.next(call, () => Promise.resolve());
    } finally {
      call.close();
    }
  }

  chat(messages: readonly Message[], options: ChatOptions = {}): Promise<RoutedChatResponse> {
    return this.#run("chat", options, {
      ask: ({ provider, chatOptions }, own) =>
        provider.chat(messages, { ...options, ...chatOptions, ...own }),
      estimate: (candidate) => estimateChat(messages, askedOf(candidate, options)),
    });
  }

  chatStream(messages: readonly Message[], options: ChatStreamOptions = {}): RoutedChatStream {
    reading("messages", () => demandMessages(messages));
    const call = this.#dispatcher.begin("chatStream", options);
    const plan = {
      open: ({ provider, chatOptions }: Candidate, own: object) =>
        provider.chatStream(messages, { ...options, ...chatOptions, ...own }),
      estimate: (candidate: Candidate) => estimateChat(messages, askedOf(candidate, options)),
      idleMs: options.idleTimeoutMs ?? IDLE_MS,
      stallMs: options.stallTimeoutMs,
    };
    return openStream(this.#dispatcher, call, plan, this.#clock);
  }

  complete(prompt: string, options: CompletionOptions = {}): Promise<RoutedCompletionResponse> {
    return this.#run("complete", options, {
      ask: ({ provider, chatOptions }, own) =>
        provider.complete(prompt, { ...options, ...chatOptions, ...own }),
      estimate: (candidate) => estimateChat([{ role: "user", content: prompt }], askedOf(candidate, options)),
    });
  }

  embed(input: readonly string[], options: EmbedOptions = {}): Promise<RoutedEmbeddingResponse> {
    return this.#run("embed", options, {
      ask: ({ provider, embedOptions }, own) =>
        provider.embed(input, { ...options, ...embedOptions, ...own }),
      estimate: () => estimateInput(input),
    });
  }

  /** True when one of them answers. */
  async checkService(options: CallOptions = {}): Promise<boolean> {
    demandObject("options", options, "InvalidRequest");
    const answers = await Promise.allSettled(
      this.candidates.map(async ({ provider }) => provider.checkService(options)),
    );
    throwIfAborted(signalIn(options));
    return answers.some((answer) => answer.status === "fulfilled" && answer.value);
  }

  listModels(options: CallOptions = {}): Promise<ModelInfo[]> {
    return mergeModels(this.candidates, options);
  }

  /** Of the candidates that answer. */
  async modelExists(name: string, options: CallOptions = {}): Promise<boolean> {
    const models = await this.listModels(options);
    return models.some((model) => model.id === name && model.active !== false);
  }

  /** Where no candidate serves it, the first that can brings it to its server. */
  ensureModel(name: string, options: PullOptions = {}): Promise<void> {
    return ensureModel(this.candidates, name, options);
  }

  /** By the first candidate that can. */
  pullModel(name: string, options: PullOptions = {}): Promise<void> {
    return pullModel(this.candidates, name, options);
  }

  async #run<T extends Used>(
    operation: RouterOperation,
    options: RoutedOptions,
    plan: Plan<T>,
  ): Promise<T & { route: Route }> {
    const call = this.#dispatcher.begin(operation, options);
    try {
      const { answer, ask } = await this.#dispatcher.run(call, plan);
      try {
        this.#dispatcher.finish(call, ask, answer);
        return withRoute(answer, call.route);
      } catch (fault) {
        throw call.fails(providerFailed(fault, ask.candidate.name));
      }
    } finally {
      call.close();
    }
  }
}

/** What no candidate takes. What more is wrong, the candidate that is asked says: each knows its own options. */
function demandMessages(messages: readonly Message[]): void {
  checkList("messages", messages, "message");
  if (messages.length === 0) throw invalidRequest("messages", "expected at least one message, got none");
}

/** Milliseconds until a candidate could take a call. */
function delayOf({ waitMs, restMs }: Candidate): number {
  return Math.max(waitMs, restMs);
}

/** What a candidate is asked by a call, as far as an estimate needs it. */
function askedOf({ chatOptions, provider }: Candidate, options: ChatOptions): ChatOptions {
  const configured = Number(provider.config.config.max_tokens);
  return { ...(configured > 0 && { maxTokens: configured }), ...defined(options), ...chatOptions };
}

function configOf(name: string, candidates: readonly Candidate[]): ModelConfig {
  return Object.freeze({
    name,
    provider: ROUTER,
    model: candidates[0]?.modelFor("chat") ?? "",
    supported_endpoints: ENDPOINTS.filter((endpoint) =>
      candidates.some((candidate) => candidate.has(endpoint)),
    ),
    // Each candidate has its own.
    config: Object.freeze({ api_key: "" }),
  });
}
