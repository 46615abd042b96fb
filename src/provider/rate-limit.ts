/** May this call go now, and if not, when. */
import { type Clock, systemClock } from "./clock.ts";
import { LlmError } from "./errors.ts";
import type { EventListener } from "./events.ts";
import type { LimitStore } from "./limits/book.ts";
import { Limiter } from "./limits/limiter.ts";
import { MemoryBook } from "./limits/memory-book.ts";
import { Pace } from "./limits/pace.ts";

export type { LimitStore } from "./limits/book.ts";

/** What Groq's limits count. Audio limits have no call here that could meet them. */
export type LimitMetric =
  | "requestsPerMinute"
  | "requestsPerDay"
  | "tokensPerMinute"
  | "tokensPerDay"
  | "inputTokensPerMinute"
  | "outputTokensPerMinute";

/** What one answer's headers said. `reset` is the time until the bucket is full, not until the next call. */
export interface RateLimitSnapshot {
  /** Per day. */
  requests?: { limit?: number; remaining?: number; resetMs?: number };
  /** Per minute. */
  tokens?: { limit?: number; remaining?: number; resetMs?: number };
  retryAfterMs?: number;
}

/** What a 429's or 413's message said. */
export interface RateLimitRefusal {
  /** Absent where the message names a metric that this version does not know. */
  metric?: LimitMetric;
  limit?: number;
  used?: number;
  requested?: number;
  /** The wait that the message asks for, in milliseconds. */
  waitMs?: number;
  /** The request alone is larger than the limit, so no wait helps. */
  tooLarge?: boolean;
}

/** One limit: at most `calls` calls and `tokens` tokens in any period of `periodMs`. */
export interface LimitWindow {
  periodMs: number;
  calls?: number;
  tokens?: number;
}

export interface AcquireRequest {
  /** Estimated prompt and completion tokens. Default 0. */
  tokens?: number | undefined;
  /** Higher goes first. Default 0. */
  priority?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The permit of the try before: this one goes back to the head of its queue, not the tail. */
  retryOf?: Permit | undefined;
  /** Milliseconds. Fails with `RateLimitExceeded` as soon as the wait is known to be longer. Default: the limiter's. */
  maxWaitMs?: number | undefined;
}

/** Leave for one try. Exactly one of the closing calls takes effect: the first. */
export interface Permit {
  /** Milliseconds that it was waited for. */
  readonly waitedMs: number;
  /** The server began to answer: windows count from here, since a call may reach it long after it was let go. */
  answered(): void;
  /**
   * The try is over. `sent: false` gives the call back whole (it never reached the server). `usedTokens` settles the estimate;
   * without it the estimate stands.
   */
  release(outcome?: { sent?: boolean; usedTokens?: number | undefined }): void;
}

/** What an answer taught of the limits: its headers, and for a refusal its message. */
export interface LimitLesson {
  status: number;
  snapshot?: RateLimitSnapshot | undefined;
  refusal?: RateLimitRefusal | undefined;
  /** How long the server asked to wait; pauses all calls of this key and model. */
  retryAfterMs?: number | undefined;
  /** Of the try that was answered so; default: the permit answered last. Tells how old the headers may be. */
  permit?: Permit | undefined;
}

export interface RateLimitState {
  /** One entry for each window, configured or learned. */
  windows: {
    periodMs: number;
    source: "configured" | "learned";
    calls?: { limit: number; used: number; left: number };
    tokens?: { limit: number; used: number; left: number };
  }[];
  /** Calls that wait for their turn. */
  waiting: number;
  /** Calls under way. */
  active: number;
  /** Milliseconds that all calls still pause after a refusal; absent when they do not. */
  pausedForMs?: number;
  /** Milliseconds until one more call of no tokens could go; 0 when it could go now. */
  nextInMs: number;
  /** What the last answer's headers said. */
  lastSnapshot?: RateLimitSnapshot;
}

export interface RateLimiter {
  readonly state: RateLimitState;
  /**
   * Resolves when the try may go. Rejects with `LlmError`: `RateLimitExceeded` (with `retryAfterMs`) where the policy is
   * to fail, or the queue is full; `RequestTooLarge` where it never fits; `Cancelled`.
   */
  acquire(request: AcquireRequest): Promise<Permit>;
  /** Resolves when a call could go now, taking nothing; rejects as `acquire` does. */
  check(request?: { signal?: AbortSignal | undefined }): Promise<void>;
  learn(lesson: LimitLesson): void;
}

export interface RateLimiterOptions {
  /** Limits to keep; all hold at once. Default none. */
  windows?: readonly LimitWindow[] | undefined;
  /** Learn limits from the server's answers. With configured windows, those that they leave open are learned anyway. */
  auto?: boolean | undefined;
  /** What a call beyond the limit does. Default `wait`. */
  onLimit?: "wait" | "error" | undefined;
  /** Calls under way at once. Default: no bound. */
  maxConcurrent?: number | undefined;
  /** Calls that may wait. Default 10 000. */
  maxQueue?: number | undefined;
  /** Milliseconds that a call may wait. Default: no bound. */
  maxWaitMs?: number | undefined;
  clock?: Clock | undefined;
  /** From 0 to 1; spreads what would come back at one time. */
  random?: (() => number) | undefined;
  /** Holds the limits for many processes together. Default: this process alone. */
  store?: LimitStore | undefined;
  /** Names the limiter in events and in the store. */
  model?: string | undefined;
  onEvent?: EventListener | undefined;
}

/** A limiter for one key and model. Throws `ConfigError` for options that can't be meant. */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { windows = [], auto = false, onLimit = "wait", clock = systemClock, model = "" } = options;
  const { maxConcurrent = Number.POSITIVE_INFINITY, maxQueue = 10_000 } = options;
  const { maxWaitMs = Number.POSITIVE_INFINITY, random = Math.random, store, onEvent } = options;
  windows.forEach((window, index) => {
    const { periodMs, calls, tokens } = window;
    demand(
      periodMs > 0 && Number.isFinite(periodMs),
      `windows[${index}].periodMs`,
      "milliseconds above 0",
      periodMs,
    );
    demand(
      calls !== undefined || tokens !== undefined,
      `windows[${index}]`,
      "calls, tokens, or both",
      "neither",
    );
    demand(calls === undefined || calls >= 1, `windows[${index}].calls`, "1 or more", calls);
    demand(tokens === undefined || tokens >= 1, `windows[${index}].tokens`, "1 or more", tokens);
  });
  demand(maxConcurrent >= 1, "maxConcurrent", "1 or more", maxConcurrent);
  demand(maxQueue >= 0, "maxQueue", "0 or more", maxQueue);
  demand(maxWaitMs >= 0, "maxWaitMs", "0 or more", maxWaitMs);
  const emit: EventListener = (event) => {
    try {
      onEvent?.(event);
    } catch {
      // A listener's fault must not become a call's.
    }
  };
  const follow = auto || windows.length > 0;
  const merged = mergeWindows(windows);
  const book = { windows: merged, follow, onLimit, model, clock, random, emit };
  return new Limiter(
    {
      windows,
      onLimit,
      maxConcurrent,
      maxQueue,
      maxWaitMs,
      clock,
      random,
      pace: new Pace(auto),
      model,
      emit,
    },
    (onChange) => (store ? store.open({ ...book, onChange }) : new MemoryBook(book)),
  );
}

/** One window for each period, with the lower of its limits. */
function mergeWindows(windows: readonly LimitWindow[]): LimitWindow[] {
  const byPeriod = new Map<number, LimitWindow>();
  for (const window of windows) {
    const { periodMs } = window;
    const known = byPeriod.get(periodMs);
    const calls = Math.min(known?.calls ?? Infinity, window.calls ?? Infinity);
    const tokens = Math.min(known?.tokens ?? Infinity, window.tokens ?? Infinity);
    byPeriod.set(periodMs, {
      periodMs,
      ...(Number.isFinite(calls) && { calls }),
      ...(Number.isFinite(tokens) && { tokens }),
    });
  }
  return [...byPeriod.values()];
}

function demand(holds: boolean, place: string, expected: string, got: unknown): void {
  if (!holds) throw new LlmError("ConfigError", `${place}: expected ${expected}, got ${String(got)}`);
}
