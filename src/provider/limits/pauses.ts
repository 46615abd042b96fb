/** How long all calls pause after a refusal. */
import type { LimitFeedback } from "../base/limits.ts";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export class Pauses {
  /** Refusals in a row that named no wait. */
  #unnamed = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds; 0 for an answer that asks for no pause. */
  after({ status, refusal, retryAfterMs }: LimitFeedback): number {
    // A request that is too large stays too large, although such an answer may name a wait.
    if (status === 413 || refusal?.tooLarge) return 0;
    if (status < 400) {
      this.#unnamed = 0;
      return 0;
    }
    const named = retryAfterMs ?? refusal?.waitMs;
    if (named !== undefined) return named;
    if (status !== 429) return 0;
    this.#unnamed += 1;
    // Other processes were refused at the same time, and should not all come back at once.
    const jitter = 0.5 + this.#random() / 2;
    return jitter * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#unnamed - 1));
  }
}
