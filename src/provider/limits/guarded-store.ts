/** A limit store of the application's own: what it throws, rejects with, or gives wrong is told, and ends no process. */

import { LlmError, memberOf } from "../base/error.ts";
import { failureOf, heard, type TellFault } from "../base/handed-in.ts";
import type { LimitFeedback } from "../base/limits.ts";
import { demandMethods, isThenable, kindOf } from "../base/values.ts";
import { MemoryQuota } from "./memory-quota.ts";
import type { LimitStore, Quota, QuotaOptions, QuotaUser, Reservation, Reserved } from "./store.ts";

const PLACE = "limitStore";
const QUOTA = ["reserve", "withdraw", "waitMs", "feedback", "pausedForMs", "pausedMs"];
const RESERVATION = ["answered", "abandon", "giveBack", "settle"];

/** The quota of a store, and how to leave it. Throws `ConfigError` where the store has a bug, or gives no quota at once. */
export function openQuota(
  store: LimitStore,
  options: QuotaOptions,
  user: QuotaUser,
  tell: TellFault,
): { quota: Quota; leave: () => void } {
  let quota: Quota;
  try {
    quota = store.quota(options, user);
  } catch (fault) {
    throw failureOf(PLACE, fault);
  }
  // Our own in memory, which each call asks several times.
  if (quota instanceof MemoryQuota) return { quota, leave: () => store.leave(quota, user) };
  if (isThenable(quota)) {
    heard(tell, `${PLACE}.quota`, () => quota);
    throw expected("quota", "a quota at once", "a promise");
  }
  demandMethods(`${PLACE}.quota`, "a Quota", quota, QUOTA);
  return {
    quota: new GuardedQuota(quota, tell),
    leave: () => heard(tell, `${PLACE}.leave`, () => store.leave(quota, user)),
  };
}

class GuardedQuota implements Quota {
  readonly #quota: Quota;
  readonly #tell: TellFault;

  constructor(quota: Quota, tell: TellFault) {
    this.#quota = quota;
    this.#tell = tell;
  }

  get shared(): boolean {
    return this.#read("shared", false, (value) => typeof value === "boolean");
  }

  get windows(): Quota["windows"] {
    return this.#read("windows", [], Array.isArray);
  }

  get outage(): LlmError | undefined {
    return this.#read("outage", undefined, (value) => value === undefined || LlmError.is(value));
  }

  get isIdle(): boolean {
    return this.#read("isIdle", true, (value) => typeof value === "boolean");
  }

  /** Rejects or throws with `LlmError` alone. */
  reserve(sizes: readonly number[], user: QuotaUser): Reserved | Promise<Reserved> {
    let given: unknown;
    try {
      given = this.#quota.reserve(sizes, user);
    } catch (fault) {
      throw failureOf(PLACE, fault);
    }
    if (!isThenable(given)) return this.#reserved(given, sizes.length);
    return Promise.resolve(given).then(
      (reserved) => this.#reserved(reserved, sizes.length),
      (fault) => Promise.reject(failureOf(PLACE, fault)),
    );
  }

  withdraw(user: QuotaUser): void {
    heard(this.#tell, `${PLACE}.withdraw`, () => this.#quota.withdraw(user));
  }

  waitMs(tokens: number, user: QuotaUser, callsAhead?: number): number {
    return this.#figure("waitMs", () => this.#quota.waitMs(tokens, user, callsAhead));
  }

  feedback(feedback: LimitFeedback, reservation: Reservation | undefined): void {
    const own = reservation instanceof GuardedReservation ? reservation.reservation : undefined;
    heard(this.#tell, `${PLACE}.feedback`, () => this.#quota.feedback(feedback, own));
  }

  pausedForMs(): number {
    return this.#figure("pausedForMs", () => this.#quota.pausedForMs());
  }

  pausedMs(): number {
    return this.#figure("pausedMs", () => this.#quota.pausedMs());
  }

  #reserved(given: unknown, asked: number): Reserved {
    const reservations = memberOf(given, "reservations");
    const waitMs = memberOf(given, "waitMs");
    if (!Array.isArray(reservations) || reservations.length > asked)
      throw expected("reserve", `up to ${asked} reservations`, kindOf(reservations));
    if (typeof waitMs !== "number" || !(waitMs >= 0))
      throw expected("reserve", "waitMs of 0 or more", kindOf(waitMs));
    return {
      waitMs,
      reservations: reservations.map((reservation) => new GuardedReservation(reservation, this.#tell)),
    };
  }

  #figure(name: string, ask: () => unknown): number {
    return this.#ask(name, 0, ask, (value) => typeof value === "number" && value >= 0);
  }

  #read<K extends "shared" | "windows" | "outage" | "isIdle">(
    name: K,
    otherwise: Quota[K],
    fits: (value: unknown) => boolean,
  ): Quota[K] {
    return this.#ask(name, otherwise, () => this.#quota[name], fits);
  }

  /** What can't be asked is told, and something harmless stands in its place. */
  #ask<T>(name: string, otherwise: T, ask: () => unknown, fits: (value: unknown) => boolean): T {
    let given: unknown;
    try {
      given = ask();
      if (fits(given)) return given as T;
      // Its rejection is heard as well.
      heard(this.#tell, `${PLACE}.${name}`, () => given);
      throw new TypeError(`gave ${kindOf(given)}`);
    } catch (fault) {
      this.#tell(`${PLACE}.${name}`, fault);
      return otherwise;
    }
  }
}

class GuardedReservation implements Reservation {
  /** As the store gave it. */
  readonly reservation: Reservation;
  readonly tokens: number;
  readonly #tell: TellFault;

  constructor(reservation: unknown, tell: TellFault) {
    demandMethods(`${PLACE}.reserve`, "reservations", reservation, RESERVATION);
    this.reservation = reservation as Reservation;
    const tokens = memberOf(reservation, "tokens");
    this.tokens = typeof tokens === "number" && tokens >= 0 ? tokens : 0;
    this.#tell = tell;
  }

  answered(): void {
    heard(this.#tell, `${PLACE}.answered`, () => this.reservation.answered());
  }

  abandon(): void {
    heard(this.#tell, `${PLACE}.abandon`, () => this.reservation.abandon());
  }

  giveBack(): void {
    heard(this.#tell, `${PLACE}.giveBack`, () => this.reservation.giveBack());
  }

  settle(tokens: number): void {
    heard(this.#tell, `${PLACE}.settle`, () => this.reservation.settle(tokens));
  }
}

function expected(method: string, what: string, got: string): LlmError {
  return new LlmError("ConfigError", `${PLACE}.${method}: expected ${what}, got ${got}`);
}
