/** A permit for one attempt. */
import type { Permit } from "../base/limits.ts";
import type { Reservation } from "./store.ts";

export type Outcome = { sent?: boolean; usedTokens?: number | undefined };

/** What the limiter does at each end. */
export interface PermitEnds {
  answered(): void;
  release(answered: boolean, outcome: Outcome): void;
}

export class AttemptPermit implements Permit {
  readonly reservation: Reservation;
  /** The number of arrival of its call. */
  readonly place: number;
  readonly waitedMs: number;
  readonly #ends: PermitEnds;
  #state: "open" | "answered" | "released" = "open";

  constructor(reservation: Reservation, place: number, waitedMs: number, ends: PermitEnds) {
    this.reservation = reservation;
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
