/** Limits counted in this process: configured windows, learned limits, pauses. */
import type { LimitLesson, LimitMetric, LimitWindow, RateLimitState } from "../base/limits.ts";
import type { LimitBook, LimitBookOptions, LimitCall } from "./book.ts";
import { LearnedBucket, metricPeriodMs } from "./learned-bucket.ts";
import { SlidingWindow } from "./sliding-window.ts";

export class MemoryBook implements LimitBook {
  readonly shared = false;
  readonly #options: Omit<LimitBookOptions, "onChange">;
  readonly #windows: SlidingWindow[];
  readonly #buckets: LearnedBucket[] = [];
  /** Calls without an answer: a limit that is learned now counts them too. */
  readonly #open = new Set<LimitCall>();
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: Omit<LimitBookOptions, "onChange">) {
    this.#options = options;
    this.#windows = options.windows.map((window, index) => new SlidingWindow(window, index));
  }

  reserve(call: LimitCall): number {
    const now = this.#options.clock.now();
    const wait = this.#waitMs(call.tokens, now);
    if (wait > 0) return wait;
    this.#letGo(call, now);
    return 0;
  }

  /** Counts a call that a shared store let go. */
  letGo(call: LimitCall): void {
    this.#letGo(call, this.#options.clock.now());
  }

  #letGo(call: LimitCall, now: number): void {
    call.letGoAt = now;
    this.#open.add(call);
    for (const window of this.#windows) window.letGo(call);
    for (const bucket of this.#buckets) bucket.letGo(call);
  }

  waitMs(tokens: number): number {
    return this.#waitMs(tokens, this.#options.clock.now());
  }

  #waitMs(tokens: number, now: number): number {
    let wait = this.#pausedUntil - now;
    for (const window of this.#windows) wait = Math.max(wait, window.waitMs(tokens, now));
    for (const bucket of this.#buckets) wait = Math.max(wait, bucket.waitMs(tokens, now));
    return Math.max(0, wait);
  }

  answered(call: LimitCall): void {
    this.#open.delete(call);
    const now = this.#options.clock.now();
    for (const window of this.#windows) window.answered(call, now);
    for (const bucket of this.#buckets) bucket.answered(call, now);
  }

  settle(call: LimitCall, tokens: number): void {
    const now = this.#options.clock.now();
    for (const window of this.#windows) window.settle(call, tokens);
    for (const bucket of this.#buckets) bucket.settle(call, tokens, now);
  }

  giveBack(call: LimitCall): void {
    this.#open.delete(call);
    for (const window of this.#windows) window.giveBack(call);
    for (const bucket of this.#buckets) bucket.giveBack(call);
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.now() + ms);
  }

  pausedForMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.clock.now());
  }

  learn(lesson: LimitLesson, call: LimitCall | undefined): void {
    const now = this.#options.clock.now();
    for (const { metric, limit, left } of readSnapshot(lesson)) {
      if (!this.#follows(metric)) continue;
      this.#bucket(metric, limit, left.atLeast, "header", now).follow(left, limit, call, now);
    }
    const refused = readRefusal(lesson);
    if (refused) {
      const { metric, limit, used } = refused;
      this.#bucket(metric, limit, limit - used, "refusal", now).refused(limit, used, now);
    }
  }

  get knowsCallRate(): boolean {
    return (
      this.#windows.some(({ calls, periodMs }) => calls < Number.POSITIVE_INFINITY && periodMs <= 60_000) ||
      this.#buckets.some(({ metric }) => metric === "requestsPerMinute")
    );
  }

  get windows(): RateLimitState["windows"] {
    const now = this.#options.clock.now();
    const configured = this.#windows.map((window) => ({
      periodMs: window.periodMs,
      source: "configured" as const,
      ...(Number.isFinite(window.calls) && { calls: usage(window.calls, window.usedCalls(now)) }),
      ...(Number.isFinite(window.tokens) && { tokens: usage(window.tokens, window.usedTokens(now)) }),
    }));
    const learned = this.#buckets.map((bucket) => {
      const state = usage(bucket.limit, bucket.limit - bucket.left(now));
      const { periodMs, countsTokens } = bucket;
      return {
        ...{ periodMs, source: "learned" as const },
        ...(countsTokens ? { tokens: state } : { calls: state }),
      };
    });
    return [...configured, ...learned];
  }

  /** Keeps to a share of the configured windows. */
  scale(share: number): void {
    for (const window of this.#windows) window.scale(share);
  }

  /** What is left of each learned limit. */
  learned() {
    const now = this.#options.clock.now();
    return this.#buckets.map((bucket) => ({
      metric: bucket.metric,
      limit: bucket.limit,
      left: bucket.left(now),
    }));
  }

  /** What counts in each configured window. */
  history() {
    const now = this.#options.clock.now();
    return this.#windows.map((window) => window.history(now));
  }

  /** Headers are followed for what no configured window limits. */
  #follows(metric: LimitMetric): boolean {
    const closes = (window: LimitWindow) =>
      window.periodMs === metricPeriodMs(metric) &&
      (metric.startsWith("tokens") ? window.tokens : window.calls) !== undefined;
    return this.#options.follow && !this.#options.windows.some(closes);
  }

  #bucket(
    metric: LimitMetric,
    limit: number,
    left: number,
    source: "header" | "refusal",
    now: number,
  ): LearnedBucket {
    let bucket = this.#buckets.find((one) => one.metric === metric);
    if (bucket?.limit === limit) return bucket;
    const { emit, model } = this.#options;
    if (!bucket) {
      bucket = new LearnedBucket(metric, limit, left, now);
      this.#buckets.push(bucket);
      for (const call of this.#open) bucket.letGo(call);
    }
    bucket.limit = limit;
    emit({ type: "limitLearned", model, metric, limit, windowMs: bucket.periodMs, source });
    return bucket;
  }
}

function usage(limit: number, used: number) {
  return { limit, used, left: Math.max(0, limit - used) };
}

/**
 * What headers say: requests are per day, tokens per minute. `remaining` is rounded down, and `reset`, the time to a full
 * bucket, may tell the fraction.
 */
export function readSnapshot({ snapshot }: LimitLesson) {
  const figures: {
    metric: "requestsPerDay" | "tokensPerMinute";
    limit: number;
    left: { atLeast: number; atMost: number };
  }[] = [];
  for (const metric of ["requestsPerDay", "tokensPerMinute"] as const) {
    const { limit, remaining, resetMs } =
      snapshot?.[metric === "requestsPerDay" ? "requests" : "tokens"] ?? {};
    if (limit === undefined || limit <= 0 || remaining === undefined) continue;
    const exact = resetMs === undefined ? remaining : limit - (resetMs * limit) / metricPeriodMs(metric);
    const agrees = Math.abs(exact - remaining) <= 1;
    // A whole number in `reset` too says nothing of the fraction: the bucket may hold almost one more.
    const atMost = agrees && Math.abs(exact - remaining) > 0.01 ? Math.max(exact, remaining) : remaining + 1;
    figures.push({ metric, limit, left: { atLeast: remaining, atMost } });
  }
  return figures;
}

/** A refusal that tells which limit is used up. Separate limits of input and output tokens have no estimate to count. */
export function readRefusal({ refusal }: LimitLesson) {
  if (!refusal || refusal.tooLarge) return undefined;
  const { metric, limit, used } = refusal;
  if (!metric || !limit || metric === "inputTokensPerMinute" || metric === "outputTokensPerMinute")
    return undefined;
  return { metric, limit, used: used ?? limit };
}
