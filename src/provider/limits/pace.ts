/** How many calls may be under way unanswered, while a limit is unknown or just refused one. */

// Where the limit of calls per minute has no header, it shows by a refusal, and all calls under way are then refused
// with the first. So few go at once, and more as more was answered.
const FIRST_PROBES = 4;
const ANSWERS_PER_PROBE = 32;
// A slow start that came this far met no resistance.
const RESUMED_AT = 64;

export class Pace {
  readonly #discovers: boolean;
  #answers = 0;
  #resume = Number.POSITIVE_INFINITY;

  /** `discovers`: limits are to be learned. */
  constructor(discovers: boolean) {
    this.#discovers = discovers;
  }

  /** Most calls under way that are not answered. */
  bound(knowsCallRate: boolean): number {
    if (!this.#discovers || knowsCallRate) return this.#resume;
    // The first answer's headers tell what the next calls may take, so one goes ahead.
    const probes =
      this.#answers === 0 ? 1 : Math.max(FIRST_PROBES, Math.floor(this.#answers / ANSWERS_PER_PROBE));
    return Math.min(this.#resume, probes);
  }

  /** After a pause that leaves the limit unknown: one call at first, and twice as many after each round of answers. */
  slowStart(): void {
    this.#resume = 1;
  }

  /** An answer that was no refusal. */
  answered(): void {
    this.#answers += 1;
    if (this.#resume < RESUMED_AT) this.#resume += 1;
    else this.#resume = Number.POSITIVE_INFINITY;
  }
}
