/** A permit for one attempt. */
import type { Permit } from "../base/limits.ts";
import type { Reservation } from "./store.ts";
import type { Turn } from "./wait-bounds.ts";

export type Outcome = { sent?: boolean; usedTokens?: number | undefined };

/** What the limiter does at each end. */
export interface PermitEnds {
  answered(): void;
  release(answered: boolean, outcome: Outcome): void;
}

export class AttemptPermit implements Permit {
  readonly reservation: Reservation;
  readonly turn: Turn;
  readonly waitedMs: number;
  readonly pausedMs: number;
  readonly #ends: PermitEnds;
  #state: "open" | "answered" | "released" = "open";

  constructor(
    reservation: Reservation,
    turn: Turn,
    waits: { waitedMs: number; pausedMs: number },
    ends: PermitEnds,
  ) {
    this.reservation = reservation;
    this.turn = turn;
    this.waitedMs = waits.waitedMs;
    this.pausedMs = waits.pausedMs;
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
