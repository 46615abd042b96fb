/** The types of the limiter: what a limit is, what is asked of it, what it is told. */

/** What Groq's limits count. Audio limits have no call here that could meet them. */
export type LimitMetric =
  | "requestsPerMinute"
  | "requestsPerDay"
  | "tokensPerMinute"
  | "tokensPerDay"
  | "inputTokensPerMinute"
  | "outputTokensPerMinute";

/** Milliseconds of the period in which a metric counts. */
export const metricPeriodMs = (metric: LimitMetric): number =>
  metric.endsWith("PerDay") ? 86_400_000 : 60_000;

/** One limit, as an answer's headers tell it. */
export interface RateLimitBucket {
  /** Calls or tokens in each period. */
  limit?: number;
  /** What is left of them. */
  remaining?: number;
  /** Milliseconds until the bucket is full again, which is later than the next call may go. */
  resetMs?: number;
  /**
   * Milliseconds in which the whole limit comes back: as the header's name says, or computed from the other figures
   * (`resetMs` × `limit` ÷ (`limit` − `remaining`)). Absent where they do not tell it.
   */
  periodMs?: number;
}

/** What one answer's headers said. */
export interface RateLimitSnapshot {
  /** Groq counts them per day, OpenAI per minute: see `periodMs`. */
  requests?: RateLimitBucket;
  /** On Groq per minute. */
  tokens?: RateLimitBucket;
  /** Where the server tells several limits of one kind: all but the one with the shortest period. */
  others?: (RateLimitBucket & {
    /** What the limit counts. */
    counts: "requests" | "tokens";
  })[];
}

/** What a 429's or 413's message said. */
export interface RateLimitRefusal {
  /** Absent where the message names a metric that this version does not know. */
  metric?: LimitMetric;
  /** Milliseconds of the period that the limit holds for, where the message names another than the metric's. */
  periodMs?: number;
  /** Calls or tokens in each period. */
  limit?: number;
  /** What was used of them. */
  used?: number;
  /** What the refused call would have taken. */
  requested?: number;
  /** The wait that the message asks for, in milliseconds. */
  waitMs?: number;
  /** The request alone is larger than the limit, so no wait helps. */
  tooLarge?: boolean;
}

/** One limit: at most `calls` calls and `tokens` tokens in any period of `periodMs`. */
export interface LimitWindow {
  /** Milliseconds. */
  periodMs: number;
  /** Calls in any period of that length. Default: no bound. */
  calls?: number;
  /** Tokens in any period of that length. Default: no bound. */
  tokens?: number;
}

/** What is asked of a limiter for one attempt. */
export interface AcquireRequest {
  /** Estimated prompt and completion tokens. Default 0. */
  tokens?: number | undefined;
  /** Higher goes first. A call that waits gains one for each ten seconds. Default 0. */
  priority?: number | undefined;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
  /**
   * The permit of the attempt before. The call takes its old place in the queue, and the size that the server said it
   * has, if it was refused.
   */
  retryOf?: Permit | undefined;
  /**
   * Milliseconds that it may wait because the server asked for it. Fails with `RateLimitExceeded` as soon as the wait is
   * known to be longer. Default: the limiter's.
   */
  maxWaitMs?: number | undefined;
  /** Milliseconds that it may wait for its turn otherwise; fails in the same way. Default: the limiter's. */
  maxQueueMs?: number | undefined;
  /** Milliseconds that its call has left. A wait that is known to be longer fails in the same way. Default: no bound. */
  deadlineMs?: number | undefined;
}

/** A permit for one attempt. Release it exactly once; further releases do nothing. */
export interface Permit {
  /** Milliseconds that the call waited for it. */
  readonly waitedMs: number;
  /** The part of `waitedMs` for which the server had asked. Default: all of it. */
  readonly pausedMs?: number;
  /** The server began to answer: windows count from here, since a call may reach the server long after it was admitted. */
  answered(): void;
  /**
   * The attempt is over. `sent: false` says that it never reached the server, so that nothing is counted. `usedTokens`
   * replaces the estimate; without it the estimate stands.
   */
  release(outcome?: { sent?: boolean; usedTokens?: number | undefined }): void;
}

/** What an answer tells of the limits: its headers, and for a refusal its message. */
export interface LimitFeedback {
  /** HTTP status of the answer. */
  status: number;
  /** What its headers said. */
  snapshot?: RateLimitSnapshot | undefined;
  /** What the message of a refusal said. */
  refusal?: RateLimitRefusal | undefined;
  /** How long the server asked to wait. With status 429, 498 or 503 all calls of this key and model pause for it. */
  retryAfterMs?: number | undefined;
  /** The permit of the attempt that was answered. It tells how old the headers may be. Default: the one answered last. */
  permit?: Permit | undefined;
}

/** How the limits of one model stand now. */
export interface RateLimitState {
  /** One entry for each window, configured or learned. */
  windows: {
    /** Milliseconds. */
    periodMs: number;
    /** Configured by the application, or learned from the server's answers. */
    source: "configured" | "learned";
    /** Where the limit counts calls. */
    calls?: {
      /** Calls in each period. */
      limit: number;
      /** Calls that count now. */
      used: number;
      /** Calls that could go now. */
      left: number;
    };
    /** Where the limit counts tokens. */
    tokens?: {
      /** Tokens in each period. */
      limit: number;
      /** Tokens that count now. */
      used: number;
      /** Tokens that could go now. */
      left: number;
    };
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

/** Decides when a call may go. `createRateLimiter` makes one; any object of this shape will do. */
export interface RateLimiter {
  /** How the limits stand now. */
  readonly state: RateLimitState;
  /**
   * Resolves when the attempt may go. Rejects with `LlmError`: `RateLimitExceeded` (with `retryAfterMs`) where the policy is
   * to fail, the wait would be too long, or the queue is full; `RequestTooLarge` where it never fits; `InvalidRequest` for
   * figures that are none; `ServiceUnavailable` where a shared store can't be reached; `Cancelled`.
   */
  acquire(request: AcquireRequest): Promise<Permit>;
  /** Resolves when a call could go now, taking nothing; rejects as `acquire` does. */
  check(request?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Takes in what an answer tells of the limits. */
  feedback(feedback: LimitFeedback): void;
  /** Ends it: calls that wait fail with `Cancelled`, as do later ones. Calls under way may still be released. */
  close?(): void;
}
