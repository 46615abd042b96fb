/** What is counted in this process: configured windows, and buckets that were learned from the server. */
import type { EventListener } from "../base/events.ts";
import {
  type LimitFeedback,
  type LimitMetric,
  type LimitWindow,
  metricPeriodMs,
  type RateLimitState,
} from "../base/limits.ts";
import {
  type Counted,
  type HeaderFigures,
  type RefusalFigures,
  readRefusal,
  SnapshotReader,
} from "./feedback.ts";
import { type BucketReservation, LearnedBucket } from "./learned-bucket.ts";
import { type CountedCalls, type LimitReservation, SlidingWindow } from "./sliding-window.ts";

// Periods that were computed from rounded figures differ a little.
const SAME_PERIOD = 1.1;

/** No service has as many limits. One that told others with each answer would make each call cost more than the last. */
export const MOST_LEARNED = 16;

export interface CountersOptions {
  windows: readonly LimitWindow[];
  /** Follow headers for all that no window limits. */
  follow: boolean;
  /** Where a learned limit makes calls wait for longer, one goes that often in spite of it. */
  longestPauseMs: number;
  model: string;
  emit: EventListener;
}

export class Counters {
  readonly #options: CountersOptions;
  readonly #windows: SlidingWindow[];
  readonly #buckets: LearnedBucket[] = [];
  /** Learned from headers, by the header. */
  readonly #fromHeaders = new Map<string, LearnedBucket>();
  readonly #headers = new SnapshotReader();
  /** Reservations without an answer: a limit that comes later counts them too. */
  readonly #open = new Set<CounterReservation>();

  constructor(options: CountersOptions) {
    this.#options = options;
    this.#windows = options.windows.map((window) => new SlidingWindow(window));
  }

  /** Adds windows; of two with the same period the lower limits hold. */
  addWindows(windows: readonly LimitWindow[]): void {
    for (const window of windows) {
      const known = this.#windows.find(({ periodMs }) => periodMs === window.periodMs);
      if (known) known.tighten(window);
      else {
        const added = new SlidingWindow(window);
        this.#windows.push(added);
        for (const reservation of this.#open) reservation.joinWindow(added);
      }
    }
  }

  /** Milliseconds until a call of `tokens` fits, after `callsAhead` others. */
  waitMs(tokens: number, now: number, callsAhead = 0): number {
    let wait = 0;
    for (const window of this.#windows) wait = Math.max(wait, window.waitMs(tokens, now, callsAhead));
    for (const bucket of this.#buckets) wait = Math.max(wait, bucket.waitMs(tokens, now, callsAhead));
    return wait;
  }

  /** Reserves in each window and bucket, whether it fits or not. */
  reserve(tokens: number, now: number): CounterReservation {
    const reservation = new CounterReservation(tokens, now, () => this.#open.delete(reservation));
    for (const window of this.#windows) reservation.joinWindow(window);
    for (const bucket of this.#buckets) reservation.joinBucket(bucket, now);
    this.#open.add(reservation);
    return reservation;
  }

  /** Applies an answer's figures; returns those that a limit was learned from. */
  feedback(feedback: LimitFeedback, own: CounterReservation | undefined, now: number): Learned {
    const headers = this.#headers.read(feedback.snapshot).filter(({ counts, periodMs, key }) => {
      const follows = this.#follows(counts, periodMs);
      if (!follows) this.#forget(key);
      return follows;
    });
    for (const header of headers) {
      const { key, left } = header;
      const known = this.#fromHeaders.get(key);
      const figures = Object.assign({}, header, { left: left.atLeast });
      const bucket = this.#bucket(figures, "header", now, known);
      if (bucket !== known) this.#remember(key, bucket);
      bucket.follow(left, own && { admittedAt: own.admittedAt, reservation: own.of(bucket) }, now);
    }
    const figures = readRefusal(feedback);
    if (!figures) return { headers, refusal: undefined };
    const bucket = this.#bucket(figures, "refusal", now);
    const part = own?.of(bucket);
    const isLate = part !== undefined && !part.isCurrent();
    bucket.refused(figures.left, isLate, now);
    return { headers, refusal: { ...figures, isLate } };
  }

  /** The configured limits, with Infinity for none. */
  get limits(): LimitWindow[] {
    return this.#windows.map(({ limits }) => limits);
  }

  /** Whether a limit of calls in a minute or less is known, configured or learned. */
  get knowsCallRate(): boolean {
    return (
      this.#windows.some(({ calls, periodMs }) => calls < Infinity && periodMs <= 60_000) ||
      this.#buckets.some(({ counts, periodMs }) => counts === "requests" && periodMs <= 60_000 * SAME_PERIOD)
    );
  }

  windows(now: number): RateLimitState["windows"] {
    const configured = this.#windows.map((window) => ({
      periodMs: window.periodMs,
      source: "configured" as const,
      ...(Number.isFinite(window.calls) && { calls: usage(window.calls, window.usedCalls(now)) }),
      ...(Number.isFinite(window.tokens) && { tokens: usage(window.tokens, window.usedTokens(now)) }),
    }));
    const learned = this.#buckets.map((bucket) => {
      const state = usage(bucket.limit, bucket.limit - bucket.left(now));
      return {
        ...{ periodMs: bucket.periodMs, source: "learned" as const },
        ...(bucket.counts === "tokens" ? { tokens: state } : { calls: state }),
      };
    });
    return [...configured, ...learned];
  }

  /** Keeps to a part of the configured windows, 1 for all of them. */
  scale(part: number): void {
    for (const window of this.#windows) window.scale(part);
  }

  /** What is left of each learned limit. */
  learned(now: number): { counts: Counted; periodMs: number; limit: number; left: number }[] {
    return this.#buckets.map((bucket) => {
      const { counts, periodMs, limit } = bucket;
      return { counts, periodMs, limit, left: bucket.left(now) };
    });
  }

  /** What counts in each configured window, by its period. */
  history(now: number): { periodMs: number; entries: CountedCalls[] }[] {
    return this.#windows.map((window) => ({ periodMs: window.periodMs, entries: window.history(now) }));
  }

  /** It may be dropped: no call counts any more, and learned buckets are full again. */
  isEmpty(now: number): boolean {
    return (
      this.#open.size === 0 &&
      this.#windows.every((window) => window.isEmpty(now)) &&
      this.#buckets.every((bucket) => bucket.left(now) >= bucket.limit)
    );
  }

  /** Headers are followed for what no configured window limits. */
  #follows(counts: Counted, periodMs: number): boolean {
    const covers = (window: SlidingWindow) =>
      isSamePeriod(window.periodMs, periodMs) &&
      Number.isFinite(counts === "tokens" ? window.tokens : window.calls);
    return this.#options.follow && !this.#windows.some(covers);
  }

  /** The bucket of these figures, which is made if there is none; news of its limit are told. */
  #bucket(
    { counts, periodMs, limit, left }: RefusalFigures,
    source: "header" | "refusal",
    now: number,
    known?: LearnedBucket,
  ): LearnedBucket {
    const same = (one: LearnedBucket) => one.counts === counts && isSamePeriod(one.periodMs, periodMs);
    let bucket = known ?? this.#buckets.find(same);
    if (bucket && bucket.limit === limit && isSamePeriod(bucket.periodMs, periodMs)) return bucket;
    if (!bucket) {
      const figures = { counts, periodMs, limit, left };
      bucket = new LearnedBucket(figures, this.#options.longestPauseMs, now);
      const [oldest] = this.#buckets;
      if (oldest && this.#buckets.length >= MOST_LEARNED) this.#drop(oldest);
      this.#buckets.push(bucket);
      for (const reservation of this.#open) reservation.joinBucket(bucket, now, true);
    }
    bucket.change(periodMs, limit, now);
    const { emit, model } = this.#options;
    emit({
      type: "limitLearned",
      model,
      metric: metricOf(counts, periodMs) ?? counts,
      limit,
      windowMs: periodMs,
      source,
    });
    return bucket;
  }

  #remember(key: string, bucket: LearnedBucket): void {
    this.#fromHeaders.set(key, bucket);
    const [oldest] = this.#fromHeaders.keys();
    if (oldest !== undefined && this.#fromHeaders.size > MOST_LEARNED) this.#fromHeaders.delete(oldest);
  }

  #forget(key: string): void {
    const bucket = this.#fromHeaders.get(key);
    if (bucket) this.#drop(bucket);
  }

  #drop(bucket: LearnedBucket): void {
    this.#buckets.splice(this.#buckets.indexOf(bucket), 1);
    for (const [key, one] of this.#fromHeaders) if (one === bucket) this.#fromHeaders.delete(key);
  }
}

/** Figures of an answer that a limit was learned from. */
export interface Learned {
  headers: HeaderFigures[];
  /** `isLate`: of a call that was under way when another was refused. */
  refusal: (RefusalFigures & { isLate: boolean }) | undefined;
}

/** One reservation at each window and bucket. */
export class CounterReservation {
  readonly tokens: number;
  readonly admittedAt: number;
  readonly #windows: LimitReservation[] = [];
  readonly #buckets = new Map<LearnedBucket, BucketReservation>();
  readonly #onClose: () => void;

  constructor(tokens: number, admittedAt: number, onClose: () => void) {
    this.tokens = tokens;
    this.admittedAt = admittedAt;
    this.#onClose = onClose;
  }

  joinWindow(window: SlidingWindow): void {
    this.#windows.push(window.reserve(this.tokens));
  }

  /** `late`: the call was admitted before the bucket was known. */
  joinBucket(bucket: LearnedBucket, now: number, late = false): void {
    this.#buckets.set(bucket, bucket.reserve(this.tokens, now, late));
  }

  /** What it holds of a learned limit, if that was known before the answer. */
  of(bucket: LearnedBucket): BucketReservation | undefined {
    return this.#buckets.get(bucket);
  }

  /** A refusal that came since it was made counted it already. */
  get isOutdated(): boolean {
    return [...this.#buckets.values()].some((part) => !part.isCurrent());
  }

  /** The server began to answer. */
  answered(now: number): void {
    this.#onClose();
    for (const part of this.#windows) part.answered(now);
    for (const part of this.#buckets.values()) part.answered(now);
  }

  /** What the answered try really used. */
  settle(tokens: number, now: number): void {
    for (const part of this.#windows) part.settle(tokens, now);
    for (const part of this.#buckets.values()) part.settle(tokens, now);
  }

  /** Instead of `answered`: the try never reached the server. */
  giveBack(): void {
    this.#onClose();
    for (const part of this.#windows) part.giveBack();
    for (const part of this.#buckets.values()) part.giveBack();
  }
}

function usage(limit: number, used: number) {
  return { limit, used, left: Math.max(0, limit - used) };
}

function isSamePeriod(a: number, b: number): boolean {
  return Math.max(a, b) <= Math.min(a, b) * SAME_PERIOD;
}

const METRICS: readonly LimitMetric[] = [
  ...(["requestsPerMinute", "requestsPerDay"] as const),
  ...(["tokensPerMinute", "tokensPerDay"] as const),
];

/** The name of a limit, where it has one. */
function metricOf(counts: Counted, periodMs: number): LimitMetric | undefined {
  return METRICS.find((metric) => metric.startsWith(counts) && metricPeriodMs(metric) === periodMs);
}
