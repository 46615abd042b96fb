/** A limit learned from the server, which keeps it as a bucket that refills evenly all the time. */
import type { LimitMetric } from "../base/limits.ts";
import type { LimitCall } from "./book.ts";

// Sums of fractions miss whole numbers by a hair.
const HAIR = 1e-6;

/** Milliseconds of the window that a metric counts in. */
export const metricPeriodMs = (metric: LimitMetric): number =>
  metric.endsWith("PerDay") ? 86_400_000 : 60_000;

export class LearnedBucket {
  readonly metric: LimitMetric;
  readonly periodMs: number;
  readonly countsTokens: boolean;
  limit: number;
  /** What the server has left at `#at`, were every call under way still to arrive. */
  #level: number;
  #at: number;
  /** What calls under way may still take. */
  #open = 0;
  /** All that answered calls ever took, to tell what was taken between two moments. */
  #taken = 0;
  /** Shares of earlier epochs are known to the figures that the server gave. */
  #epoch = 0;

  constructor(metric: LimitMetric, limit: number, left: number, now: number) {
    this.metric = metric;
    this.periodMs = metricPeriodMs(metric);
    this.countsTokens = metric.startsWith("tokens");
    this.limit = limit;
    this.#level = left;
    this.#at = now;
  }

  /** What is left for new calls. */
  left(now: number): number {
    this.#refill(now);
    return this.#level - this.#open;
  }

  /** Milliseconds until a call of `tokens` fits. */
  waitMs(tokens: number, now: number): number {
    const cost = this.#cost(tokens);
    if (cost === 0) return 0;
    const missing = cost - this.left(now);
    return missing <= HAIR ? 0 : (missing * this.periodMs) / this.limit;
  }

  letGo(call: LimitCall): void {
    const cost = this.#cost(call.tokens);
    this.#open += cost;
    call.shares[this.metric] = { epoch: this.#epoch, cost, takenBefore: this.#taken };
  }

  /**
   * Its place is taken from now on, not from when it was let go: it may have reached the server at any moment between,
   * and a bucket that was full then gained nothing until it did.
   */
  answered(call: LimitCall, now: number): void {
    const share = this.#share(call);
    if (!share) return;
    this.#refill(now);
    this.#open -= share.cost;
    this.#level -= share.cost;
    this.#taken += share.cost;
  }

  settle(call: LimitCall, tokens: number, now: number): void {
    const share = this.#share(call);
    if (!this.countsTokens || !share) return;
    this.#refill(now);
    this.#level = Math.min(this.limit, this.#level + share.cost - tokens);
    // What comes back may be in the next headers already, so it does not make what was taken less.
    this.#taken += Math.max(0, tokens - share.cost);
  }

  giveBack(call: LimitCall): void {
    const share = this.#share(call);
    if (share) this.#open -= share.cost;
  }

  /**
   * An answer's headers, written at some time since `call` was let go. What other calls took and what the bucket gained
   * since then may be missing in them, so they bound what the own accounts say rather than replace it.
   */
  follow(
    left: { atLeast: number; atMost: number },
    limit: number,
    call: LimitCall | undefined,
    now: number,
  ): void {
    this.#refill(now);
    this.limit = limit;
    const gained = call ? ((now - call.letGoAt) * limit) / this.periodMs : 0;
    const share = call && this.#share(call);
    const takenByOthers = share ? this.#taken - share.takenBefore - share.cost : this.#taken;
    const most = Math.min(limit, left.atMost + gained) + this.#open;
    const least = Math.min(left.atLeast - Math.max(0, takenByOthers), most);
    this.#level = Math.min(limit, most, Math.max(this.#level, least));
  }

  /**
   * A refusal's figures. The bucket was empty, so calls under way were either counted before, or will be refused as well:
   * none of them takes anything more.
   */
  refused(limit: number, used: number, now: number): void {
    this.limit = limit;
    this.#level = limit - used;
    this.#at = now;
    this.#open = 0;
    this.#epoch += 1;
  }

  /** The server knows the true size of a call: one that looks larger than the whole limit is left to its judgement. */
  #cost(tokens: number): number {
    return this.countsTokens ? Math.min(tokens, this.limit) : 1;
  }

  #share(call: LimitCall) {
    const share = call.shares[this.metric];
    return share?.epoch === this.#epoch ? share : undefined;
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#level = Math.min(this.limit, this.#level + ((now - this.#at) * this.limit) / this.periodMs);
    this.#at = now;
  }
}
