/** A limit learned from the server: a bucket that refills evenly all the time. */
import type { Counted } from "./feedback.ts";
import type { LimitReservation } from "./sliding-window.ts";

// Rounding errors add up: a level may be this much short of a whole number that it really holds.
const TOLERANCE = 1e-6;

/** What a try has reserved in a bucket. */
export interface BucketReservation extends LimitReservation {
  /** Whether no refusal came since it was made. */
  isCurrent(): boolean;
  /** What other calls took from the bucket since this one was admitted; Infinity where that is not known. */
  takenByOthers(): number;
}

export class LearnedBucket {
  readonly counts: Counted;
  periodMs: number;
  limit: number;
  /** What the server has left at `#at`, if no call under way has arrived yet. */
  #level: number;
  #at: number;
  /** What calls under way may still take. */
  #open = 0;
  /** All that answered calls ever took. The difference between two moments is what was taken between them. */
  #taken = 0;
  /** Counts refusals. Their figures include all calls that were under way, so reservations of before hold nothing now. */
  #generation = 0;
  readonly #longestPauseMs: number;
  /** When a call last went as a probe, without room for it in the bucket. */
  #probedAt: number;

  /** `longestPauseMs`: where the wait is longer, a call goes that often in spite of it. */
  constructor(
    { counts, periodMs, limit, left }: { counts: Counted; periodMs: number; limit: number; left: number },
    longestPauseMs: number,
    now: number,
  ) {
    this.counts = counts;
    this.periodMs = periodMs;
    this.limit = limit;
    this.#level = left;
    this.#at = now;
    this.#probedAt = now;
    this.#longestPauseMs = longestPauseMs;
  }

  /** What is left for new calls. */
  left(now: number): number {
    this.#refill(now);
    return this.#level - this.#open;
  }

  /** Milliseconds until a call of `tokens` fits, after `callsAhead` others. */
  waitMs(tokens: number, now: number, callsAhead = 0): number {
    const cost = this.#cost(tokens);
    if (cost === 0) return 0;
    // How many tokens those ahead will really use is not known.
    const ahead = this.counts === "requests" ? callsAhead : 0;
    const missing = cost + ahead - this.left(now);
    if (missing <= TOLERANCE) return 0;
    const waitMs = (missing * this.periodMs) / this.limit;
    // A figure may be wrong, and only another answer can tell.
    const probes = waitMs > this.#longestPauseMs && now - this.#probedAt >= this.#longestPauseMs;
    return probes && callsAhead === 0 ? 0 : waitMs;
  }

  /**
   * Takes from the bucket when the call is answered, not when it is admitted: the server may have counted it at any moment
   * in between, and a bucket that was full until then gained nothing before. `late`: the call was admitted before the bucket
   * was known.
   */
  reserve(tokens: number, now: number, late = false): BucketReservation {
    const cost = this.#cost(tokens);
    if (!late && this.left(now) < cost - TOLERANCE) this.#probedAt = now;
    const generation = this.#generation;
    const takenBefore = this.#taken;
    const isCurrent = () => generation === this.#generation;
    this.#open += cost;
    return {
      isCurrent,
      answered: (now) => {
        if (!isCurrent()) return;
        this.#refill(now);
        this.#open -= cost;
        this.#level -= cost;
        this.#taken += cost;
      },
      settle: (used, now) => {
        if (this.counts !== "tokens" || !isCurrent()) return;
        this.#refill(now);
        this.#level = Math.min(this.limit, this.#level + cost - used);
        // The next headers may already show what comes back here, so `#taken` only grows.
        this.#taken += Math.max(0, used - cost);
      },
      giveBack: () => {
        if (isCurrent()) this.#open -= cost;
      },
      takenByOthers: () => {
        if (late) return Number.POSITIVE_INFINITY;
        return isCurrent() ? Math.max(0, this.#taken - takenBefore - cost) : this.#taken;
      },
    };
  }

  /** The server changed the limit, or its period is known better. */
  change(periodMs: number, limit: number, now: number): void {
    this.#refill(now);
    this.periodMs = periodMs;
    this.limit = limit;
  }

  /**
   * Takes in an answer's headers. The server wrote them at some moment after the call was admitted, so they may not show
   * what other calls took and what the bucket gained since then. They give bounds for the own account, and do not replace
   * it.
   */
  follow(
    left: { atLeast: number; atMost: number },
    call: { admittedAt: number; reservation: BucketReservation | undefined } | undefined,
    now: number,
  ): void {
    this.#refill(now);
    const gained = call ? ((now - call.admittedAt) * this.limit) / this.periodMs : 0;
    const takenByOthers = call?.reservation?.takenByOthers() ?? this.#taken;
    const most = Math.min(this.limit, left.atMost + gained) + this.#open;
    const least = Math.min(left.atLeast - takenByOthers, most);
    this.#level = Math.min(this.limit, most, Math.max(this.#level, least));
  }

  /**
   * Takes in a refusal's figures. The bucket was empty, so each call under way either was counted before, or will be
   * refused as well: none of them takes anything more. `isLate`: it is the refusal of such a one.
   */
  refused(left: number, isLate: boolean, now: number): void {
    this.#refill(now);
    if (isLate) {
      // Calls may have been admitted since the first of them was refused.
      this.#level = Math.min(this.#level, left);
      return;
    }
    this.#level = left;
    this.#open = 0;
    this.#generation += 1;
    this.#probedAt = now;
  }

  /** An estimate may be too high, so one above the whole limit counts as the limit, and the server decides. */
  #cost(tokens: number): number {
    return this.counts === "tokens" ? Math.min(tokens, this.limit) : 1;
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#level = Math.min(this.limit, this.#level + ((now - this.#at) * this.limit) / this.periodMs);
    this.#at = now;
  }
}
