/** What one try holds in Redis, and of the mirror in memory. */
import type { CounterReservation } from "../counters.ts";
import type { Reservation } from "../store.ts";

/** All that answered calls had taken of a quota when this one was admitted; -1 where Redis did not tell. */
export interface Taken {
  calls: number;
  tokens: number;
}

/** What a quota does at each end. */
export interface ReservationEnds {
  now(): number;
  closed(reservation: RedisReservation, outcome: "answered" | "abandoned" | "givenBack"): void;
  settled(reservation: RedisReservation, tokens: number): void;
}

export class RedisReservation implements Reservation {
  readonly mirrored: CounterReservation;
  readonly round: number;
  readonly taken: Taken;
  readonly #ends: ReservationEnds;
  /** When it began to count in windows. */
  answeredAt = 0;

  constructor(mirrored: CounterReservation, round: number, taken: Taken, ends: ReservationEnds) {
    this.mirrored = mirrored;
    this.round = round;
    this.taken = taken;
    this.#ends = ends;
  }

  get tokens(): number {
    return this.mirrored.tokens;
  }

  answered(): void {
    this.#counts("answered");
  }

  abandon(): void {
    this.#counts("abandoned");
  }

  giveBack(): void {
    this.mirrored.giveBack();
    this.#ends.closed(this, "givenBack");
  }

  settle(tokens: number): void {
    this.mirrored.settle(tokens, this.#ends.now());
    this.#ends.settled(this, tokens);
  }

  #counts(outcome: "answered" | "abandoned"): void {
    this.answeredAt = this.#ends.now();
    this.mirrored.answered(this.answeredAt);
    this.#ends.closed(this, outcome);
  }
}
