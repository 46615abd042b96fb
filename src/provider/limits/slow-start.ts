/** How many calls may be under way unanswered, while a limit is unknown or has just refused one. */

// A limit of calls per minute has no header on Groq: only a refusal tells it, and then all calls under way are refused
// together. So few calls go at first, and more as more were answered.
const FIRST_CALLS = 4;
const ANSWERS_PER_CALL = 32;
// With so many calls under way and no refusal, the slow start is over.
const FULL_SPEED = 64;

export class SlowStart {
  readonly #discovers: boolean;
  #answers = 0;
  #resumed = Number.POSITIVE_INFINITY;

  /** `discovers`: limits are to be learned. */
  constructor(discovers: boolean) {
    this.#discovers = discovers;
  }

  /** The most calls that may be under way without an answer. */
  bound(knowsCallRate: boolean): number {
    if (!this.#discovers || knowsCallRate) return this.#resumed;
    // The headers of the first answer tell how many tokens there are for the next calls, so one call goes ahead.
    const discovering =
      this.#answers === 0 ? 1 : Math.max(FIRST_CALLS, Math.floor(this.#answers / ANSWERS_PER_CALL));
    return Math.min(this.#resumed, discovering);
  }

  /** After a pause for an unknown limit: one call at first, then twice as many with each round of answers. */
  begin(): void {
    this.#resumed = 1;
  }

  /** An answer that was no refusal. */
  answered(): void {
    this.#answers += 1;
    if (this.#resumed < FULL_SPEED) this.#resumed += 1;
    else this.#resumed = Number.POSITIVE_INFINITY;
  }
}
