/**
 * Stops all calls while the server refuses them, then admits them step by step. Open: a refusal asked for a pause. Half
 * open: few calls go, and more with each answer. Closed: no bound, but for limits that are still to be discovered.
 */
import { LONGEST_TIMER_MS } from "../base/clock.ts";
import type { LimitFeedback } from "../base/limits.ts";

/** Too many requests, no capacity in this service tier (Groq), service unavailable. */
const REFUSALS = new Set([429, 498, 503]);
const TOO_MANY = 429;

const FIRST_PAUSE_MS = 1000;
const LONGEST_UNNAMED_PAUSE_MS = 30_000;
// A server short of capacity refuses some calls at random. Only when it answers nothing else is it out of service.
const FAILURES_TO_OPEN = 3;
// A shorter named wait is raised to this: obeying it would bring refusals without end.
const SHORTEST_PAUSE_MS = 100;
const LONGEST_SPACING_MS = 1000;
/** While a pause is longer than calls may wait, one call goes this often as a probe. */
const PROBE_EVERY_MS = 10_000;

// A limit of calls per minute has no header on Groq: only a refusal tells it, and then all calls under way are refused
// together. So few calls go at first, and more as more were answered.
const FIRST_CALLS = 4;
const ANSWERS_PER_CALL = 32;
// With so many calls under way and no refusal, the breaker is closed.
const FULL_SPEED = 64;
/** After this long without an answer more calls may go: a call that hangs must not hold up the others. */
const STEP_MS = 1000;

export interface CircuitBreakerOptions {
  /** Limits are to be discovered. */
  discovers: boolean;
  /** Milliseconds for which a named wait stops all calls. After that, single calls look whether it still holds. */
  longestPauseMs: number;
  /** From 0 to 1. */
  random: () => number;
}

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  /** Counts bursts of refusals. Refusals of calls that were under way together are one burst. */
  #round = 0;
  /** Calls of this round that are not answered. */
  #unanswered = 0;
  /** Bursts of refusals without a success in between. */
  #inRow = 0;
  /** Successful answers. */
  #answers = 0;
  /** The most calls under way while half open. */
  #halfOpen = Number.POSITIVE_INFINITY;
  /** When calls were last answered, or the first of some was admitted. */
  #progressAt = 0;
  #pausedFrom = 0;
  /** End of the pause, as the server said it. */
  #saidUntil = Number.NEGATIVE_INFINITY;
  /** When a call may go in spite of the pause. */
  #nextProbeAt = Number.NEGATIVE_INFINITY;
  #pausedBefore = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** The number of the current round of calls. */
  get round(): number {
    return this.#round;
  }

  /** How many calls may go now. */
  room(now: number, knowsCallRate: boolean): number {
    if (this.pausedForMs(now) > 0) return this.openForMs(now) > 0 ? 0 : 1;
    return Math.max(0, this.#bound(this.#steps(now), knowsCallRate) - this.#unanswered);
  }

  /** Milliseconds until one more call may go, 0 for now. An answer may come first and make it shorter. */
  waitMs(now: number, knowsCallRate: boolean): number {
    if (this.room(now, knowsCallRate) > 0) return 0;
    const paused = this.pausedForMs(now);
    return paused > 0 ? paused : Math.max(1, this.#progressAt + (this.#steps(now) + 1) * STEP_MS - now);
  }

  /** Milliseconds for which the server asked for a pause. */
  pausedForMs(now: number): number {
    return Math.max(0, this.#saidUntil - now);
  }

  /** The same; 0 also while a call may go in spite of the pause, to see whether it still holds. */
  openForMs(now: number): number {
    return now >= this.#nextProbeAt ? 0 : this.pausedForMs(now);
  }

  /** Milliseconds of all pauses up to now. */
  pausedMs(now: number): number {
    return this.#pausedBefore + Math.max(0, Math.min(now, this.#saidUntil) - this.#pausedFrom);
  }

  /** Counts a call; returns the round to report its end with. */
  admitted(now: number): number {
    if (this.#unanswered === 0) this.#progressAt = now;
    this.#unanswered += 1;
    if (now < this.#saidUntil) this.#nextProbeAt = now + PROBE_EVERY_MS;
    return this.#round;
  }

  /** The server began to answer a call. */
  answered(round: number, now: number): void {
    if (round !== this.#round) return;
    this.#unanswered -= 1;
    this.#progressAt = now;
  }

  /** The call ended without an answer. */
  abandoned(round: number): void {
    if (round === this.#round) this.#unanswered -= 1;
  }

  /** An answer that was no refusal. One to a call from before the last refusals tells nothing new. */
  succeeded(round: number, now: number): void {
    this.#answers += 1;
    if (round !== this.#round) return;
    this.#inRow = 0;
    this.resume(now);
    if (this.#halfOpen < FULL_SPEED) this.#halfOpen += 1;
    else this.#halfOpen = Number.POSITIVE_INFINITY;
  }

  /**
   * An answer that may be a refusal; gives the milliseconds of the pause that it began, or 0. `explained`: it told a limit
   * that spaces the calls after the pause; without one they start slowly.
   */
  refused(feedback: LimitFeedback, round: number, now: number, explained: boolean): number {
    if (!isRefusal(feedback)) return 0;
    const isNewBurst = round === this.#round;
    if (isNewBurst) {
      this.#round += 1;
      this.#unanswered = 0;
      this.#inRow += 1;
    }
    const pauseMs = this.#pauseMs(feedback, isNewBurst);
    if (pauseMs === 0) return 0;
    const grows = now + pauseMs > this.#saidUntil;
    if (grows) this.pause(pauseMs, now);
    if (!explained) this.#halfOpen = 1;
    return grows && isNewBurst ? pauseMs : 0;
  }

  /** Admits nothing for this long. */
  pause(ms: number, now: number): void {
    if (now + ms <= this.#saidUntil) return;
    this.#pausedBefore = this.pausedMs(now);
    this.#pausedFrom = now;
    this.#saidUntil = now + Math.min(ms, LONGEST_TIMER_MS);
    this.#nextProbeAt = now + Math.min(ms, this.#options.longestPauseMs);
  }

  /** The server takes calls again: the rest of the pause is not needed. */
  resume(now: number): void {
    if (now >= this.#saidUntil) return;
    this.#pausedBefore = this.pausedMs(now);
    this.#pausedFrom = now;
    this.#saidUntil = now;
  }

  #steps(now: number): number {
    return Math.max(0, Math.floor((now - this.#progressAt) / STEP_MS));
  }

  #pauseMs({ status, refusal, retryAfterMs }: LimitFeedback, isNewBurst: boolean): number {
    const named = retryAfterMs ?? refusal?.waitMs;
    if (named !== undefined && named >= SHORTEST_PAUSE_MS) return named;
    if (!isNewBurst) return 0;
    const failures = this.#inRow;
    if (named !== undefined) return Math.min(LONGEST_SPACING_MS, SHORTEST_PAUSE_MS * 2 ** (failures - 1));
    const pauses = status === TOO_MANY ? failures : failures - FAILURES_TO_OPEN + 1;
    if (pauses < 1) return 0;
    // Other processes were refused at the same time, and should not all come back at once.
    const jitter = 0.5 + this.#options.random() / 2;
    return jitter * Math.min(LONGEST_UNNAMED_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (pauses - 1));
  }

  #bound(steps: number, knowsCallRate: boolean): number {
    const halfOpen = this.#halfOpen * 2 ** Math.min(steps, 32);
    if (!this.#options.discovers || knowsCallRate) return halfOpen;
    // The headers of the first answer tell how many tokens there are for the next calls, so one call goes ahead.
    const answered =
      this.#answers === 0 ? 1 : Math.max(FIRST_CALLS, Math.floor(this.#answers / ANSWERS_PER_CALL));
    return Math.min(halfOpen, answered + steps * FIRST_CALLS);
  }
}

/** A request that is too large stays too large, although such an answer may name a wait. */
export function isRefusal({ status, refusal }: LimitFeedback): boolean {
  return REFUSALS.has(status) && !refusal?.tooLarge;
}
