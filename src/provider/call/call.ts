/** One call from its turn at the limiter to its end: tries, permits, events. What is sent and read is the caller's. */

import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { EventListener, Operation } from "../base/events.ts";
import type { HeaderReader } from "../base/exchange.ts";
import type { Permit, RateLimiter } from "../base/limits.ts";
import type { CallOptions, Usage } from "../base/types.ts";
import type { ExchangeOptions } from "../http/transport.ts";
import { errorFromFault } from "../wire/errors.ts";
import { readRateLimits, readRequestId } from "../wire/headers.ts";
import type { AnswerFacts } from "../wire/response.ts";
import { type RetryBudget, withRetries } from "./retry.ts";

export interface CallPlan {
  operation: Operation;
  model: string;
  /** Tokens that the call is thought to need; absent for calls that no limit counts. */
  tokens?: number;
  options: CallOptions;
}

export interface CallDefaults {
  timeoutMs: number;
  maxRetries: number;
  maxWaitMs: number;
}

export interface CallerOptions {
  clock: Clock;
  random: () => number;
  emit: EventListener;
  defaults: CallDefaults;
  budget: RetryBudget;
  limiterFor(model: string): RateLimiter;
}

/** How a try ended that was answered. */
export interface Success {
  status: number;
  usage?: Usage | undefined;
  firstEventMs?: number | undefined;
}

export class Caller {
  readonly #options: CallerOptions;
  #lastCallId = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /**
   * Makes tries until one gives a value. `attempt` ends its own try when it succeeds (`Try.succeed`), now or later, as a
   * stream does; a try that rejects is ended here.
   */
  run<T>(plan: CallPlan, attempt: (current: Try) => Promise<T>): Promise<T> {
    const { clock, random, emit, defaults, budget } = this.#options;
    const { options, operation, model } = plan;
    const callId = ++this.#lastCallId;
    const limiter = plan.tokens === undefined ? undefined : this.#options.limiterFor(model);
    let permit: Permit | undefined;
    return withRetries(
      async ({ attempt: number, waitLeftMs, countWait }) => {
        permit = await limiter?.acquire({
          tokens: plan.tokens,
          priority: options.priority,
          signal: options.signal,
          retryOf: permit,
          maxWaitMs: number > 1 ? waitLeftMs : undefined,
        });
        if (permit && number > 1) countWait(permit.waitedMs);
        if (permit && permit.waitedMs > 0) emit({ type: "limitWait", model, waitMs: permit.waitedMs });
        const about = { callId, operation, model, attempt: number };
        const exchange = {
          signal: options.signal,
          timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
          model,
        };
        const current = new Try(about, exchange, permit, limiter, this.#options);
        try {
          return await attempt(current);
        } catch (fault) {
          throw current.fail(fault);
        }
      },
      {
        maxRetries: options.maxRetries ?? defaults.maxRetries,
        maxWaitMs: options.maxWaitMs ?? defaults.maxWaitMs,
        signal: options.signal,
        clock,
        random,
        budget,
        limited: limiter !== undefined,
        onRetry: ({ attempt: number, error, waitMs }) =>
          emit({
            type: "retry",
            ...{ callId, operation, model, attempt: number },
            waitMs,
            kind: error.kind,
            ...(error.status !== undefined && { status: error.status }),
          }),
      },
    );
  }
}

type About = { callId: number; operation: Operation; model: string; attempt: number };

/** One try: holds its permit until it ended, once. */
export class Try {
  readonly exchange: ExchangeOptions;
  readonly startedAt: number;
  /** What the answer's headers told. */
  readonly facts: AnswerFacts;
  readonly #about: About;
  readonly #permit: Permit | undefined;
  readonly #limiter: RateLimiter | undefined;
  readonly #options: CallerOptions;
  #answered = false;
  #ended = false;

  constructor(
    about: About,
    exchange: ExchangeOptions,
    permit: Permit | undefined,
    limiter: RateLimiter | undefined,
    options: CallerOptions,
  ) {
    this.facts = { model: about.model };
    this.#about = about;
    this.#permit = permit;
    this.#limiter = limiter;
    this.#options = options;
    this.startedAt = options.clock.now();
    this.exchange = { ...exchange, onAnswer: (status, headers) => this.#onAnswer(status, headers) };
    options.emit({ type: "request", ...about });
  }

  #onAnswer(status: number, headers: HeaderReader): void {
    this.#answered = true;
    this.facts.requestId = readRequestId(headers);
    this.facts.rateLimits = readRateLimits(headers);
    this.#permit?.answered();
    // What a failed answer teaches is in its body as well, which is still to come.
    if (status >= 200 && status < 300) {
      this.#limiter?.feedback({ status, snapshot: this.facts.rateLimits, permit: this.#permit });
    }
  }

  succeed({ status, usage, firstEventMs }: Success): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#permit?.release({ usedTokens: usage?.totalTokens });
    this.#options.emit({
      type: "response",
      ...this.#about,
      status,
      durationMs: this.#options.clock.now() - this.startedAt,
      ...(this.facts.requestId !== undefined && { requestId: this.facts.requestId }),
      ...(usage && { usage }),
      ...(firstEventMs !== undefined && { firstEventMs }),
    });
  }

  /** Ends the try with an error, and gives it as an `LlmError`. */
  fail(fault: unknown, usage?: Usage): LlmError {
    const error = LlmError.is(fault) ? fault : errorFromFault(fault, "the adapter", (text) => text);
    if (this.#ended) return error;
    this.#ended = true;
    const { status, refusal, retryAfterMs } = error;
    if (this.#answered && status !== undefined && status >= 400) {
      const { rateLimits: snapshot } = this.facts;
      this.#limiter?.feedback({ status, snapshot, refusal, retryAfterMs, permit: this.#permit });
    }
    this.#permit?.release(settlement(error, this.#answered, usage));
    this.#options.emit({
      type: "error",
      ...this.#about,
      kind: error.kind,
      durationMs: this.#options.clock.now() - this.startedAt,
      ...(status !== undefined && { status }),
      ...(this.facts.requestId !== undefined && { requestId: this.facts.requestId }),
    });
    return error;
  }
}

/** Faults after which the server never saw the request. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * What a failed try leaves used. A refused one used no tokens; one that broke off later may have used all that it
 * reserved, so its estimate stands.
 */
function settlement(error: LlmError, answered: boolean, usage: Usage | undefined) {
  if (!answered) return { sent: !NEVER_SENT.test(error.code ?? "") };
  if (usage) return { sent: true, usedTokens: usage.totalTokens };
  return error.status !== undefined && error.status >= 400 ? { sent: true, usedTokens: 0 } : { sent: true };
}
