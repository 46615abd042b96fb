/** Whether another try is worth it, and after how long. The only retry loop of the client. */
import { delay, signalOf } from "../base/abort.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type { Layer, WaitBudget } from "../base/layer.ts";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8000;

export interface RetryDefaults {
  maxRetries: number;
  maxWaitMs: number;
}

export interface RetryTools {
  clock: Clock;
  random: () => number;
  budget: RetryBudget;
  emit: EventListener;
}

/** A call as tries, one after another, until one succeeds or another is not worth it. */
export function retry(defaults: RetryDefaults, { clock, random, budget, emit }: RetryTools): Layer {
  return (call, next) => {
    const { id: callId, operation, model, options } = call;
    const limited = call.tokens !== undefined;
    let context: RetryContext | undefined;
    const waits: WaitBudget = {
      get leftMs() {
        return context?.waitLeftMs ?? 0;
      },
      spend: (ms) => context?.countWait(ms),
    };
    return withRetries(
      (current) => {
        context = current;
        return next({ ...call, attempt: current.attempt, waits });
      },
      {
        maxRetries: options.maxRetries ?? defaults.maxRetries,
        maxWaitMs: options.maxWaitMs ?? defaults.maxWaitMs,
        signal: signalOf(call.abort),
        clock,
        random,
        budget,
        limited,
        endsAt: call.endsAt,
        onRetry: ({ attempt, waitMs, error, paced }) =>
          emit({
            type: "retry",
            ...{ callId, operation, model, attempt, waitMs, kind: error.kind },
            ...(error.status !== undefined && { status: error.status }),
            ...(paced && { paced }),
          }),
      },
    );
  };
}

export interface RetryContext {
  /** 1 for the first try. */
  attempt: number;
  /** Milliseconds that this call may still spend waiting. */
  waitLeftMs: number;
  /** Counts milliseconds that a later try waited elsewhere, at the limiter, against `maxWaitMs`. */
  countWait(ms: number): void;
}

export interface RetryPolicy {
  /** Tries beyond the first. */
  maxRetries: number;
  /** Milliseconds that the call may spend waiting between its tries. */
  maxWaitMs: number;
  /** When the call's deadline is over, by the clock: no wait that ends later is begun. Default: none. */
  endsAt?: number | undefined;
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
  /** From 0 to 1; for jitter. */
  random?: (() => number) | undefined;
  /** Shared by all calls, so that retries stay a share of the traffic. */
  budget?: RetryBudget | undefined;
  /**
   * Each try takes its turn at a limiter that was told of the refusal and pauses for it. So a 429 is not waited for here:
   * the next try begins at once, and waits at the head of the limiter's queue.
   */
  limited?: boolean | undefined;
  /** Before each wait. */
  onRetry?: ((retry: RetryNotice) => void) | undefined;
}

export interface RetryNotice {
  /** The try that failed. */
  attempt: number;
  /** What the wait will be; where the limiter makes it (`paced`), what it will be at least. */
  waitMs: number;
  error: LlmError;
  paced?: true;
}

/**
 * Makes tries until one gives a value, or another is not worth it: then the last error comes out as it was. Where the wait
 * asked for is longer than the call may spend, that is at once, with `retryAfterMs`.
 */
export async function withRetries<T>(
  attempt: (context: RetryContext) => Promise<T>,
  policy: RetryPolicy,
): Promise<T> {
  const {
    clock = systemClock,
    random = Math.random,
    budget,
    signal,
    endsAt = Number.POSITIVE_INFINITY,
  } = policy;
  let waitLeftMs = policy.maxWaitMs;
  const countWait = (ms: number) => {
    waitLeftMs = Math.max(0, waitLeftMs - ms);
  };
  let last: LlmError | undefined;
  for (let number = 1; ; number++) {
    try {
      const value = await attempt({ attempt: number, waitLeftMs, countWait });
      budget?.succeeded();
      return value;
    } catch (error) {
      // The limiter has no room for another try in time. The server's earlier error tells more than the limiter's.
      if (last && isLocalRefusal(error)) throw last;
      if (!isRetryable(error) || number > policy.maxRetries || signal?.aborted) throw error;
      const waitMs = retryDelayMs(error, number, random);
      if (waitMs > waitLeftMs || clock.now() + waitMs > endsAt) throw error;
      // Refused calls come back no faster than the limit allows, so the retry budget need not count them.
      const paced = policy.limited === true && error.status === 429;
      if (!paced && budget?.spend() === false) throw error;
      last = error;
      policy.onRetry?.({ attempt: number, waitMs, error, ...(paced && { paced }) });
      if (paced) continue;
      countWait(waitMs);
      await delay(waitMs, clock, signal);
    }
  }
}

/** Whether the same call may succeed if it is made again. A call that the limiter itself refused may not. */
export function isRetryable(error: unknown): error is LlmError {
  return LlmError.is(error) && error.retryable && !isLocalRefusal(error);
}

/** Refused by the limiter: no server said so. */
function isLocalRefusal(error: unknown): boolean {
  return LlmError.is(error) && error.kind === "RateLimitExceeded" && error.status === undefined;
}

/**
 * Milliseconds until the next try: what the server asked for, else a random share of a time that doubles with each try
 * (full jitter), so that calls that failed together do not come back together.
 */
export function retryDelayMs(error: LlmError, attempt: number, random: () => number = Math.random): number {
  return error.retryAfterMs ?? random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
}

/** Keeps the retries of all calls together to a share of the traffic, so that they do not make an outage worse. */
export interface RetryBudget {
  /** A call succeeded: earns a share of a retry. */
  succeeded(): void;
  /** Takes one retry; false when none is left. */
  spend(): boolean;
  /** Retries that are left. */
  readonly left: number;
}

/**
 * A bucket of retries: full at first, one taken by each retry, `share` of one given back by each success. While a server
 * fails, calls make `burst` retries together and no more; afterwards retries are at most `share` of the successes.
 */
export function createRetryBudget({ burst = 20, share = 0.2 } = {}): RetryBudget {
  let left = burst;
  return {
    succeeded: () => {
      left = Math.min(burst, left + share);
    },
    spend: () => {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    get left() {
      return left;
    },
  };
}
