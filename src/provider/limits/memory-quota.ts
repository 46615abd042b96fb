/** A quota that is counted in this process. */
import type { LimitFeedback, LimitWindow, RateLimitState } from "../base/limits.ts";
import { type CounterReservation, Counters } from "./counters.ts";
import { Pressure } from "./pressure.ts";
import type { Quota, QuotaOptions, QuotaUser, Reservation, Reserved } from "./store.ts";
import { Tickets } from "./tickets.ts";

export class MemoryQuota implements Quota {
  readonly shared = false;
  readonly outage = undefined;
  readonly #users = new Set<QuotaUser>();
  readonly #counters: Counters;
  readonly #pressure: Pressure;
  readonly #tickets = new Tickets<QuotaUser>();
  readonly #now: () => number;

  constructor(options: QuotaOptions) {
    const emit: QuotaUser["emit"] = (event) => {
      for (const user of this.#users) user.emit(event);
    };
    this.#now = () => options.clock.now();
    this.#counters = new Counters({ ...options, emit });
    this.#pressure = new Pressure({ ...options, emit });
  }

  /** A further limiter uses it; its windows hold for all. */
  join(user: QuotaUser, windows: readonly LimitWindow[]): void {
    this.#users.add(user);
    this.#counters.addWindows(windows);
  }

  leave(user: QuotaUser): void {
    this.withdraw(user);
    this.#users.delete(user);
  }

  /** No limiter uses it, and nothing would be lost with it. */
  get isUnused(): boolean {
    return this.#users.size === 0 && this.isIdle;
  }

  reserve(sizes: readonly number[], user: QuotaUser): Reserved {
    const now = this.#now();
    const reservations: Reservation[] = [];
    for (const tokens of sizes) {
      const waitMs = this.#waitFor(tokens, user, now);
      if (waitMs > 0) {
        if (this.#users.size > 1) this.#tickets.take(user, tokens);
        return { reservations, waitMs };
      }
      this.#tickets.drop(user);
      reservations.push(this.#admit(tokens, now));
    }
    return { reservations, waitMs: 0 };
  }

  withdraw(user: QuotaUser): void {
    if (this.#tickets.drop(user)) this.#changed();
  }

  waitMs(tokens: number, user: QuotaUser, callsAhead = 0): number {
    const now = this.#now();
    return Math.max(this.#pressureMs(user, now), this.#counters.waitMs(tokens, now, callsAhead));
  }

  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void {
    const own = reservation instanceof MemoryReservation ? reservation : undefined;
    const now = this.#now();
    const { refusal } = this.#counters.feedback(feedback, own?.counted, now);
    this.#pressure.feedback(feedback, own?.round, now, refusal !== undefined);
    this.#changed();
  }

  pausedForMs(): number {
    return this.#pressure.breaker.pausedForMs(this.#now());
  }

  pausedMs(): number {
    return this.#pressure.breaker.pausedMs(this.#now());
  }

  get windows(): RateLimitState["windows"] {
    return this.#counters.windows(this.#now());
  }

  get isIdle(): boolean {
    return this.pausedForMs() === 0 && this.#counters.isEmpty(this.#now());
  }

  #waitFor(tokens: number, user: QuotaUser, now: number): number {
    // What another limiter waits for is kept free for it.
    const before = this.#tickets.before(user);
    const counted = this.#counters.waitMs(tokens + (before?.tokens ?? 0), now, before ? 1 : 0);
    return Math.max(this.#pressureMs(user, now), counted);
  }

  /** A call that prefers to fail does not wait for a limit that is only suspected. */
  #pressureMs(user: QuotaUser, now: number): number {
    const { breaker } = this.#pressure;
    return user.waits ? this.#pressure.waitMs(now, this.#counters.knowsCallRate) : breaker.openForMs(now);
  }

  #admit(tokens: number, now: number): MemoryReservation {
    return new MemoryReservation(this.#counters.reserve(tokens, now), this.#pressure.admitted(now), {
      now: this.#now,
      pressure: this.#pressure,
      changed: () => this.#changed(),
    });
  }

  #changed(): void {
    for (const user of this.#users) user.onChange();
  }
}

interface Ends {
  now: () => number;
  pressure: Pressure;
  changed: () => void;
}

class MemoryReservation implements Reservation {
  readonly counted: CounterReservation;
  readonly round: number;
  readonly #ends: Ends;

  constructor(counted: CounterReservation, round: number, ends: Ends) {
    this.counted = counted;
    this.round = round;
    this.#ends = ends;
  }

  get tokens(): number {
    return this.counted.tokens;
  }

  answered(): void {
    const now = this.#ends.now();
    this.counted.answered(now);
    this.#ends.pressure.breaker.answered(this.round, now);
    this.#ends.changed();
  }

  abandon(): void {
    this.counted.answered(this.#ends.now());
    this.#ends.pressure.breaker.abandoned(this.round);
    this.#ends.changed();
  }

  giveBack(): void {
    this.counted.giveBack();
    this.#ends.pressure.breaker.abandoned(this.round);
    this.#ends.changed();
  }

  settle(tokens: number): void {
    this.counted.settle(tokens, this.#ends.now());
    this.#ends.changed();
  }
}
