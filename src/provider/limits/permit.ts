/** Leave for one try, which closes once. */
import type { Permit } from "../base/limits.ts";
import type { LimitCall } from "./book.ts";

export type Outcome = { sent?: boolean; usedTokens?: number | undefined };

/** What the limiter does at each end. */
export interface PermitEnds {
  answered(): void;
  release(answered: boolean, outcome: Outcome): void;
}

export class TakenPermit implements Permit {
  readonly call: LimitCall;
  readonly place: number;
  readonly waitedMs: number;
  readonly #ends: PermitEnds;
  #state: "open" | "answered" | "released" = "open";

  constructor(call: LimitCall, place: number, waitedMs: number, ends: PermitEnds) {
    this.call = call;
    this.place = place;
    this.waitedMs = waitedMs;
    this.#ends = ends;
  }

  answered(): void {
    if (this.#state !== "open") return;
    this.#state = "answered";
    this.#ends.answered();
  }

  release(outcome: Outcome = {}): void {
    if (this.#state === "released") return;
    const answered = this.#state === "answered";
    this.#state = "released";
    this.#ends.release(answered, outcome);
  }
}
