/** Limits counted in this process: configured windows, learned buckets, pauses. */
import {
  type LimitFeedback,
  type LimitMetric,
  type LimitWindow,
  metricPeriodMs,
  type RateLimitState,
} from "../base/limits.ts";
import { readRefusal, readSnapshot } from "./feedback.ts";
import { type BucketReservation, LearnedBucket } from "./learned-bucket.ts";
import { type LimitReservation, SlidingWindow } from "./sliding-window.ts";
import type { Quota, QuotaOptions, Reservation } from "./store.ts";

export type MemoryQuotaOptions = Omit<QuotaOptions, "onChange">;

export class MemoryQuota implements Quota {
  readonly shared = false;
  readonly #options: MemoryQuotaOptions;
  readonly #windows: SlidingWindow[];
  readonly #buckets: LearnedBucket[] = [];
  /** Reservations without an answer: a limit that is learned now counts them too. */
  readonly #open = new Set<MemoryReservation>();
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: MemoryQuotaOptions) {
    this.#options = options;
    this.#windows = options.windows.map((window) => new SlidingWindow(window));
  }

  reserve(tokens: number): MemoryReservation | number {
    const waitMs = this.waitMs(tokens);
    return waitMs > 0 ? waitMs : this.admit(tokens);
  }

  /** Reserves, whatever the limits are: a shared store admitted the call. */
  admit(tokens: number): MemoryReservation {
    const reservation = new MemoryReservation(tokens, this.#options.clock.now(), this.#windows, {
      now: () => this.#options.clock.now(),
      onClose: () => this.#open.delete(reservation),
    });
    for (const bucket of this.#buckets) reservation.join(bucket);
    this.#open.add(reservation);
    return reservation;
  }

  waitMs(tokens: number): number {
    const now = this.#options.clock.now();
    let wait = this.#pausedUntil - now;
    for (const window of this.#windows) wait = Math.max(wait, window.waitMs(tokens, now));
    for (const bucket of this.#buckets) wait = Math.max(wait, bucket.waitMs(tokens, now));
    return Math.max(0, wait);
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.now() + ms);
  }

  pausedForMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.clock.now());
  }

  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void {
    const now = this.#options.clock.now();
    const own = reservation instanceof MemoryReservation ? reservation : undefined;
    for (const { metric, limit, left } of readSnapshot(feedback)) {
      if (!this.#follows(metric)) continue;
      const bucket = this.#bucket(metric, limit, left.atLeast, "header", now);
      const call = own && { admittedAt: own.admittedAt, reservation: own.of(bucket) };
      bucket.follow(left, limit, call, now);
    }
    const refused = readRefusal(feedback);
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

  /** Keeps to a part of the configured windows, 1 for all of them. */
  scale(part: number): void {
    for (const window of this.#windows) window.scale(part);
  }

  /** What is left of each learned limit. */
  learned(): { metric: LimitMetric; limit: number; left: number }[] {
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
    const covers = (window: LimitWindow) =>
      window.periodMs === metricPeriodMs(metric) &&
      (metric.startsWith("tokens") ? window.tokens : window.calls) !== undefined;
    return this.#options.follow && !this.#options.windows.some(covers);
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
      for (const reservation of this.#open) reservation.join(bucket);
    }
    bucket.limit = limit;
    emit({ type: "limitLearned", model, metric, limit, windowMs: bucket.periodMs, source });
    return bucket;
  }
}

/** One reservation at each window and bucket. */
export class MemoryReservation implements Reservation {
  readonly tokens: number;
  readonly admittedAt: number;
  readonly #windows: LimitReservation[];
  readonly #buckets = new Map<LearnedBucket, BucketReservation>();
  readonly #now: () => number;
  readonly #onClose: () => void;

  constructor(
    tokens: number,
    admittedAt: number,
    windows: readonly SlidingWindow[],
    { now, onClose }: { now: () => number; onClose: () => void },
  ) {
    this.tokens = tokens;
    this.admittedAt = admittedAt;
    this.#windows = windows.map((window) => window.reserve(tokens));
    this.#now = now;
    this.#onClose = onClose;
  }

  /** Counts at a learned limit, too. */
  join(bucket: LearnedBucket): void {
    this.#buckets.set(bucket, bucket.reserve(this.tokens));
  }

  /** What it holds of a learned limit, if that was known before the answer. */
  of(bucket: LearnedBucket): BucketReservation | undefined {
    return this.#buckets.get(bucket);
  }

  answered(): void {
    this.#onClose();
    const now = this.#now();
    for (const part of this.#parts()) part.answered(now);
  }

  settle(tokens: number): void {
    const now = this.#now();
    for (const part of this.#parts()) part.settle(tokens, now);
  }

  giveBack(): void {
    this.#onClose();
    for (const part of this.#parts()) part.giveBack();
  }

  *#parts(): Iterable<LimitReservation> {
    yield* this.#windows;
    yield* this.#buckets.values();
  }
}

function usage(limit: number, used: number) {
  return { limit, used, left: Math.max(0, limit - used) };
}
