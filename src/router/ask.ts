/** One candidate asked for one call: from what is set aside for it until it ended. */
import { throwIfAborted, unlessAborted } from "../provider/base/abort.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import { providerFailed } from "../provider/base/handed-in.ts";
import { reading } from "../provider/base/values.ts";
import { demandAnswer } from "./answers.ts";
import type { Trial } from "./breaker.ts";
import type { Budget, Reservation, Used } from "./budget.ts";
import type { RouterCall } from "./call.ts";
import type { Candidate } from "./candidate.ts";
import type { EstimatedTokens } from "./cost.ts";
import { GRACE_MS } from "./in-time.ts";
import { routeOf } from "./route.ts";
import type { Asked } from "./types.ts";

/** What the router says of each ask, over the call's options and the candidate's. */
export interface AskOptions {
  signal: AbortSignal;
  /** The router tries again, here or elsewhere; a candidate that did so too would multiply the tries. */
  maxRetries: 0;
  /** Milliseconds that it may wait at its own limiter. */
  maxQueueMs: number;
  maxWaitMs: number;
  deadlineMs: number | undefined;
}

/** What a call asks of each candidate. */
export interface Plan<T> {
  /** Resolves when the answer is there; of a stream, its first chunk. */
  ask(candidate: Candidate, options: AskOptions): Promise<T>;
  /** What it may use there, for a budget. */
  estimate(candidate: Candidate): EstimatedTokens;
  /** Closes an answer that came when the call was over. */
  discard?(answer: T): void;
}

export interface AskSetting<T> {
  call: RouterCall;
  candidate: Candidate;
  plan: Plan<T>;
  patienceMs: number;
  budget: Budget | undefined;
  clock: Clock;
  hedge: boolean;
}

export type Outcome<T> = { answer: T } | { error: LlmError };

export class Ask<T> {
  readonly candidate: Candidate;
  /** Never rejects. */
  readonly outcome: Promise<Outcome<T>>;
  readonly trial: Trial;
  readonly asked: Asked;
  /** How far it came, for what follows from a failure. */
  step: "price" | "budget" | "rest" | "asked" = "price";
  readonly #setting: AskSetting<T>;
  readonly #aborter = new AbortController();
  readonly #startedAt: number;
  readonly #stopListening: () => void;
  #reservation: Reservation | undefined;
  #ended = false;

  constructor(setting: AskSetting<T>) {
    const { call, candidate, clock, hedge } = setting;
    this.candidate = candidate;
    this.trial = candidate.breaker.admit();
    this.asked = call.asks(candidate, hedge);
    this.#setting = setting;
    this.#startedAt = clock.now();
    candidate.active += 1;
    call.running.add(candidate);
    const stop = (reason: LlmError) => this.#aborter.abort(reason);
    this.#stopListening = call.onEnded(stop);
    // By a listener of the event before it.
    if (call.endedBy) stop(call.endedBy);
    this.outcome = this.#run();
  }

  /** The candidate itself was asked: what failed before is not its fault. */
  get sent(): boolean {
    return this.step === "asked";
  }

  get durationMs(): number {
    return this.#setting.clock.now() - this.#startedAt;
  }

  async #run(): Promise<Outcome<T>> {
    const { call, plan, budget, patienceMs } = this.#setting;
    const { candidate } = this;
    const { signal } = this.#aborter;
    let stopTimer = () => {};
    try {
      if (budget) {
        const model = candidate.modelFor(call.operation, call.model);
        const estimate = reading("messages and options", () => plan.estimate(candidate));
        const price = await unlessAborted(budget.priceOf(candidate, model), signal);
        this.step = "budget";
        this.#reservation = await unlessOver(budget.reserve(candidate, price, estimate), signal);
      }
      throwIfAborted(signal);
      this.step = "rest";
      // Prices and the sum took their time.
      if (!this.trial.mayGo) throw rests(candidate);
      this.step = "asked";
      const { leftMs } = call;
      const options: AskOptions = {
        signal,
        maxRetries: 0,
        maxQueueMs: patienceMs,
        maxWaitMs: patienceMs,
        deadlineMs: Number.isFinite(leftMs) ? Math.max(1, leftMs) : undefined,
      };
      stopTimer = this.#bound();
      const answering = call.inContext(() => plan.ask(candidate, options));
      answering.then(
        (answer) => signal.aborted && plan.discard?.(answer),
        () => {},
      );
      const answer: unknown = await unlessAborted(answering, signal);
      demandAnswer(call.operation, answer);
      return { answer: answer as T };
    } catch (fault) {
      return { error: asError(fault, candidate) };
    } finally {
      stopTimer();
    }
  }

  /** One of another make may not heed the `timeoutMs` that it was told. A nested router has several tries of that length. */
  #bound(): () => void {
    const { call, candidate, clock, patienceMs } = this.#setting;
    const timeoutMs = candidate.timeoutOf(call.operation) ?? call.timeoutMs ?? Number.POSITIVE_INFINITY;
    if (candidate.isRouter || !Number.isFinite(timeoutMs)) return () => {};
    const details = { timeout: "total", retryable: true } as const;
    const late = new LlmError("Timeout", `${candidate.name} did not answer within ${timeoutMs} ms`, details);
    return clock.setTimer(() => this.#aborter.abort(late), timeoutMs + patienceMs + GRACE_MS);
  }

  /** Ends the work on it, since another was faster. */
  outrun(): void {
    this.#record("outrun");
    // Who was asked as the second had less time.
    if (this.sent && !this.#setting.hedge) this.trial.failed({ kind: "Timeout", slow: true });
    else this.trial.abandoned();
    this.#stop("another candidate answered first");
  }

  /** Ends the work on it, since the call is over: that says nothing of the candidate. */
  cancelled(): void {
    this.#record("cancelled");
    this.trial.abandoned();
    this.#stop("the call is over");
  }

  #stop(why: string): void {
    this.#aborter.abort(new LlmError("Cancelled", `${this.candidate.name} was cancelled: ${why}`));
    this.end(undefined, !this.sent);
  }

  /** Its answer has begun: what the call's route tells of it. */
  answered(): void {
    const { call } = this.#setting;
    this.#record("answered");
    call.route.answeredBy = this.candidate.name;
    this.trial.began();
  }

  failed(error: LlmError, outcome: "failed" | "cancelled"): void {
    this.#record(outcome);
    delete this.#setting.call.route.answeredBy;
    const { kind, status, requestId } = error;
    Object.assign(this.asked, {
      kind,
      ...(status !== undefined && { status }),
      ...(requestId !== undefined && { requestId }),
    });
    this.tellsRoute(error);
  }

  /** Where the candidate is a router, what it gave tells whom it asked. */
  tellsRoute(given: unknown): void {
    // An error that others throw again may have the route of an earlier call.
    const route = this.candidate.isRouter ? routeOf(given) : undefined;
    if (route) this.asked.route = route;
  }

  #record(outcome: Asked["outcome"]): void {
    this.asked.outcome = outcome;
    this.asked.durationMs = this.durationMs;
  }

  /**
   * The candidate works on it no longer. `used` tells what it cost; `free`: nothing. Where neither is known, what was set
   * aside stands. Gives the cost in US dollars, where there is a budget that knows it.
   */
  end(used: Used | undefined, free = false): number | undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    this.#stopListening();
    this.candidate.active -= 1;
    this.#setting.call.running.delete(this.candidate);
    const costUsd = free ? 0 : this.#reservation?.costOf(used);
    this.#reservation?.settle(costUsd);
    return this.#reservation && costUsd;
  }
}

/** A reservation of a call that is over by then is given back. */
async function unlessOver(reserving: Promise<Reservation>, signal: AbortSignal): Promise<Reservation> {
  let waiting = true;
  reserving.then(
    (reservation) => !waiting && reservation.settle(0),
    () => {},
  );
  try {
    const reservation = await unlessAborted(reserving, signal);
    if (signal.aborted) reservation.settle(0);
    return reservation;
  } finally {
    waiting = false;
  }
}

/** Faults before a request is out: the server never saw it. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Whether a failure cost nothing: the server refused the call, or never saw it. */
export function costsNothing({ kind, status = 0, code = "" }: LlmError): boolean {
  return status >= 400 || NEVER_SENT.test(code) || (status === 0 && LOCAL.has(kind));
}

/** Kinds that a candidate throws before it sends anything. */
const LOCAL: ReadonlySet<LlmError["kind"]> = new Set([
  "RateLimitExceeded",
  "InvalidRequest",
  "ConfigError",
  "NotSupported",
  "UnsupportedEndpoint",
  "NotImplemented",
  "RequestTooLarge",
]);

function rests({ name, restMs }: Candidate): LlmError {
  const when = restMs > 0 ? { retryAfterMs: restMs } : {};
  return new LlmError("ServiceUnavailable", `${name} rests by now`, { retryable: true, ...when });
}

/** A candidate of another make may throw anything. */
function asError(fault: unknown, { name }: Candidate): LlmError {
  return providerFailed(fault, name);
}
