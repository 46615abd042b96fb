/**
 * The highest rate of calls that a server accepts, for refusals that name no limit. A refusal shows the rate that was too much: it
 * falls by a third, and climbs again along a cubic curve, slowly near the rate that was too much (CUBIC of TCP, the adaptive
 * retry mode of AWS' SDKs). A few refusals among many answers are tolerated (as gRPC's retry throttling has it): where a
 * server refuses calls by chance, at any rate, the rate would otherwise fall without end.
 */

const SECOND_MS = 1000;
const MEASURED_OVER_MS = 500;
const SMOOTHING = 0.8;
const AFTER_REFUSAL = 0.7;
const CUBIC_SCALE = 0.4;
const LOWEST_PER_SECOND = 0.5;
// This far above the refused rate, it no longer limits anything.
const FORGOTTEN_AT = 2;
// One refusal in so many answers tells nothing of a rate.
const TOLERATED_SHARE = 1 / 50;
const MOST_TOLERATED = 4;

export class AdaptiveRate {
  /** Calls in a second; Infinity while nothing was refused. */
  #perSecond = Number.POSITIVE_INFINITY;
  /** What may go at once. */
  #ready = 0;
  #readyAt = 0;
  /** The rate at the last refusal, and its time. */
  #refusedPerSecond = 0;
  #refusedAt = 0;
  /** Refusals that do not slow calls: each answer adds a part of one. */
  #tolerated = 0;
  /** The last burst of refusals that slowed them. */
  #slowedIn = -1;
  #measured = 0;
  #slotFrom = 0;
  #inSlot = 0;

  /** How many calls may go now. */
  room(now: number): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    this.#refill(now);
    // Sums of fractions may be short of a whole call by a rounding error.
    return Math.floor(this.#ready + 1e-9);
  }

  /** Milliseconds until a call may go. */
  waitMs(now: number): number {
    return this.room(now) > 0 ? 0 : ((1 - this.#ready) * SECOND_MS) / this.#perSecond;
  }

  admitted(now: number): void {
    this.#measure(now);
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    this.#refill(now);
    this.#ready -= 1;
  }

  /** A call of this round was refused. */
  refused(round: number, now: number): void {
    if (this.#tolerated >= 1) {
      this.#tolerated -= 1;
      return;
    }
    if (round <= this.#slowedIn) return;
    this.#slowedIn = round;
    const elapsed = Math.max(MEASURED_OVER_MS, now - this.#slotFrom);
    const measured = Math.max(this.#measured, (this.#inSlot * SECOND_MS) / elapsed);
    this.#refusedPerSecond = Math.max(LOWEST_PER_SECOND, Math.min(measured, this.#perSecond));
    this.#refusedAt = now;
    this.#ready = Math.min(1, this.#ready);
    this.#readyAt = now;
    this.#perSecond = Math.max(LOWEST_PER_SECOND, this.#refusedPerSecond * AFTER_REFUSAL);
  }

  /** All calls pause. When that is over, one goes: the server said when, and only several need be spaced. */
  paused(now: number): void {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    this.#refill(now);
    this.#ready = Math.max(1, this.#ready);
  }

  succeeded(now: number): void {
    this.#tolerated = Math.min(MOST_TOLERATED, this.#tolerated + TOLERATED_SHARE);
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    this.#refill(now);
    const seconds = (now - this.#refusedAt) / SECOND_MS;
    const flat = Math.cbrt((this.#refusedPerSecond * (1 - AFTER_REFUSAL)) / CUBIC_SCALE);
    const rate = CUBIC_SCALE * (seconds - flat) ** 3 + this.#refusedPerSecond;
    const forgotten = rate > this.#refusedPerSecond * FORGOTTEN_AT + 1;
    this.#perSecond = forgotten ? Number.POSITIVE_INFINITY : Math.max(LOWEST_PER_SECOND, rate);
  }

  #measure(now: number): void {
    this.#inSlot += 1;
    const elapsed = now - this.#slotFrom;
    if (elapsed < MEASURED_OVER_MS) return;
    this.#measured = SMOOTHING * ((this.#inSlot * SECOND_MS) / elapsed) + (1 - SMOOTHING) * this.#measured;
    this.#inSlot = 0;
    this.#slotFrom = now;
  }

  #refill(now: number): void {
    const most = Math.max(1, this.#perSecond);
    this.#ready = Math.min(most, this.#ready + ((now - this.#readyAt) * this.#perSecond) / SECOND_MS);
    this.#readyAt = now;
  }
}
