/** The line at one limiter: which call waits, which goes next, and what wakes it. */

import { cancelled, onAbort } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import { failureOf } from "../base/handed-in.ts";
import type { OptionNames } from "../config/option-names.ts";
import type { Concurrency } from "./concurrency.ts";
import { limiterClosed, limitReached, notAtOnce, queueIsFull } from "./limit-errors.ts";
import type { Quota, QuotaUser, Reservation, Reserved } from "./store.ts";
import { type Bounds, type InLine, type Turn, WaitBounds } from "./wait-bounds.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

export interface Admitted {
  reservation: Reservation;
  waitedMs: number;
  /** The part of it for which the server had asked. */
  pausedMs: number;
}

export interface LineOptions {
  clock: Clock;
  quota: Quota;
  user: QuotaUser;
  concurrency: Concurrency;
  maxQueue: number;
  /** What their writer calls options. */
  nameOf: OptionNames;
  /** Tokens to reserve for a call. */
  sizeOf(turn: Turn): number;
}

export interface Joining {
  turn: Turn;
  bounds: Bounds;
  signal: AbortSignal | undefined;
  /** The call was let in before, so a full line does not stop it. */
  returns: boolean;
}

interface Waiting extends InLine {
  /** It went, failed, or was aborted. */
  left: boolean;
  go(reservation: Reservation): void;
  fail(error: LlmError): void;
}

// Times are floating point: a shorter wait could be lost in rounding, and the timer would be set again and again.
const SHORTEST_WAIT_MS = 0.001;
/** A shared store takes a while to answer, so it is asked for several calls at once. */
const ASKED_AT_ONCE = 256;
/** Milliseconds that calls which must not wait stand in line while a shared store is asked: that is no wait for the limit. */
const ASKING_MS = 1000;

export class Line {
  readonly #options: LineOptions;
  readonly #bounds: WaitBounds;
  readonly #queue = new WaitQueue<Waiting>();
  /** A shared store was asked for these calls, and has not replied. */
  #asked: Waiter<Waiting>[] = [];
  /** Something changed while it was asked. */
  #askAgain = false;
  /** Calls whose time is over stand on until the store has replied. */
  #spares = false;
  /** Waits have become longer. */
  #toReview = false;
  /** End of the pause for which the waits were reviewed. */
  #reviewedUntil = 0;
  #stopTimer: (() => void) | undefined;
  /** The first end of a wait, and how to forget it. One timer is enough for all. */
  #deadline: { at: number; stop: () => void } | undefined;
  #closed = false;
  readonly #admitNext = () => this.admit();

  constructor(options: LineOptions) {
    this.#options = options;
    this.#bounds = new WaitBounds(options);
  }

  /** Calls that wait. */
  get size(): number {
    return this.#queue.size + this.#asked.filter(({ value }) => !value.left).length;
  }

  /** The call that goes next. */
  get head(): Turn | undefined {
    return this.#queue.head?.value.turn ?? this.#asked.find(({ value }) => !value.left)?.value.turn;
  }

  /** Waits for a turn, and returns what `take` makes of it. */
  join<T>({ turn, bounds, signal, returns }: Joining, take: (admitted: Admitted) => T): Promise<T> {
    const { quota, user, maxQueue, concurrency } = this.#options;
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (this.#closed) return Promise.reject(limiterClosed());
    const tokens = this.#options.sizeOf(turn);
    const { size } = this;
    if (size === 0 && !quota.shared && concurrency.free > 0) {
      const reserved = this.#reserve([tokens]);
      // Only a fault comes as a promise from a store that is not shared.
      if (reserved instanceof Promise) return reserved.then(() => Promise.reject(notAtOnce()));
      const [reservation] = reserved.reservations;
      if (reservation) {
        concurrency.take(1);
        return Promise.resolve(take({ reservation, waitedMs: 0, pausedMs: 0 }));
      }
    }
    const obstacle = this.#obstacle(turn, tokens, bounds);
    if (obstacle) {
      if (size === 0) quota.withdraw(user);
      return Promise.reject(obstacle);
    }
    // A call stands in line while a shared store is asked for it, also where no call may wait.
    if (!returns && size >= Math.max(maxQueue, quota.shared ? 1 : 0)) {
      return Promise.reject(
        queueIsFull(this.#options.nameOf("maxQueue"), maxQueue, quota.waitMs(tokens, user)),
      );
    }
    return this.#stand({ turn, bounds, signal, returns }, take);
  }

  /** Admits the calls that the limits allow, in order. A first call that must wait holds up those behind it. */
  admit(): void {
    if (this.#asked.length > 0) {
      this.#askAgain = true;
      return;
    }
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#review();
    const { quota, user, concurrency } = this.#options;
    while (this.#queue.head) {
      if (concurrency.free <= 0) {
        concurrency.whenFree(this.#admitNext);
        return;
      }
      const asked = this.#queue.take(quota.shared ? Math.min(ASKED_AT_ONCE, concurrency.free) : 1);
      const sizes = asked.map(({ value }) => this.#options.sizeOf(value.turn));
      concurrency.take(asked.length);
      const reserved = this.#reserve(sizes);
      if (reserved instanceof Promise) {
        this.#await(asked, sizes, reserved);
        return;
      }
      if (this.#resolve(asked, sizes, reserved)) return;
    }
    quota.withdraw(user);
  }

  /** Waits may have become longer: calls for which they are too long fail at once. */
  reviewLater(): void {
    this.#toReview = true;
  }

  close(error: LlmError): void {
    this.#closed = true;
    this.#stopTimer?.();
    this.#options.concurrency.forget(this.#admitNext);
    for (const { value } of [...this.#asked, ...this.#queue.inOrder()]) if (!value.left) value.fail(error);
  }

  #stand<T>({ turn, bounds, signal }: Joining, take: (admitted: Admitted) => T): Promise<T> {
    const { clock, quota } = this.#options;
    const since = clock.now();
    const pausedBefore = quota.pausedMs();
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.left = true;
        turn.queuedMs = this.#bounds.queuedMs(waiting);
        this.#queue.remove(waiter);
        stopListening?.();
        if (this.size === 0) this.#watch(Number.POSITIVE_INFINITY);
      };
      const waiting: Waiting = {
        ...bounds,
        ...{ turn, since, pausedBefore, left: false },
        go: (reservation) => {
          leave();
          resolve(
            take({ reservation, waitedMs: clock.now() - since, pausedMs: quota.pausedMs() - pausedBefore }),
          );
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const waiter = this.#queue.add(waiting, turn.priority, turn.place);
      const stopListening =
        signal &&
        onAbort(signal, () => {
          waiting.fail(cancelled(signal));
          this.admit();
        });
      const until = this.#bounds.until(waiting);
      if (until < (this.#deadline?.at ?? Number.POSITIVE_INFINITY)) this.#watch(until);
      this.admit();
    });
  }

  /** Fails calls when their time is over, from then on. */
  #watch(at: number): void {
    const { clock } = this.#options;
    this.#deadline?.stop();
    this.#deadline = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#deadline = { at, stop: clock.setTimer(() => this.#expire(), at - clock.now()) };
  }

  #expire(): void {
    const { clock } = this.#options;
    this.#deadline?.stop();
    this.#deadline = undefined;
    // A call that may go at the last moment still goes.
    this.admit();
    this.#spares = false;
    let next = Number.POSITIVE_INFINITY;
    for (const { value } of [...this.#asked, ...this.#queue.inOrder()]) {
      // A pause that came since is no part of its time.
      let until = this.#bounds.until(value);
      const askedUntil = value.since + ASKING_MS;
      if (this.#asked.length > 0 && askedUntil > until) {
        until = askedUntil;
        this.#spares = true;
      }
      if (until > clock.now()) next = Math.min(next, until);
      else if (!value.left) value.fail(this.#bounds.over(value, this.#options.sizeOf(value.turn)));
    }
    this.#watch(next);
    this.admit();
  }

  /** The error of a call that must not wait. */
  #obstacle(turn: Turn, tokens: number, bounds: Bounds): LlmError | undefined {
    const { quota, user, clock } = this.#options;
    const waitMs = quota.waitMs(tokens, user);
    if (!user.waits) return waitMs > 0 ? (quota.outage ?? this.#limitReached(waitMs)) : undefined;
    const waiting = Object.assign({ turn, since: clock.now(), pausedBefore: quota.pausedMs() }, bounds);
    const obstacle = this.#bounds.problem(waiting, waitMs);
    if (obstacle || !Number.isFinite(Math.min(bounds.maxQueueMs, bounds.deadlineMs))) return obstacle;
    // Counting those ahead takes a while, so first it is asked whether it could matter.
    const matters = this.#bounds.problem(waiting, quota.waitMs(tokens, user, this.size)) !== undefined;
    if (!matters) return undefined;
    const ahead = this.#asked.length + this.#queue.ahead(turn.priority, turn.place);
    return this.#bounds.problem(waiting, quota.waitMs(tokens, user, ahead));
  }

  #limitReached(waitMs: number): LlmError {
    return limitReached(this.#options.nameOf("onLimit"), waitMs);
  }

  #review(): void {
    const { quota, user, clock } = this.#options;
    const pausedForMs = quota.pausedForMs();
    const pausedUntil = pausedForMs > 0 ? clock.now() + pausedForMs : 0;
    if (!this.#toReview && pausedUntil <= this.#reviewedUntil + SHORTEST_WAIT_MS) return;
    this.#toReview = false;
    this.#reviewedUntil = pausedUntil;
    if (this.#queue.size === 0 || !user.waits) return;
    let ahead = 0;
    for (const { value } of this.#queue.inOrder()) {
      const waitMs = quota.waitMs(this.#options.sizeOf(value.turn), user, ahead);
      const error = this.#bounds.problem(value, waitMs);
      if (error) value.fail(error);
      else ahead += 1;
    }
  }

  /** A store of the application's own may fail, also in a timer. */
  #reserve(sizes: readonly number[]): Reserved | Promise<Reserved> {
    try {
      return this.#options.quota.reserve(sizes, this.#options.user);
    } catch (fault) {
      return Promise.reject(failureOf("limitStore", fault));
    }
  }

  #await(asked: Waiter<Waiting>[], sizes: readonly number[], reserving: Promise<Reserved>): void {
    this.#asked = asked;
    this.#askAgain = false;
    reserving.then(
      (reserved) => {
        this.#asked = [];
        const mustWait = this.#resolve(asked, sizes, reserved);
        if (!mustWait || this.#askAgain) this.admit();
        if (this.#spares && this.#asked.length === 0) this.#expire();
      },
      (fault: unknown) => {
        this.#asked = [];
        const error = failureOf("limitStore", fault);
        for (const { value } of asked) if (!value.left) value.fail(error);
        this.#options.concurrency.release(asked.length);
        this.admit();
      },
    );
  }

  /** Does what follows from the quota's answer; true when the line must wait now. */
  #resolve(
    asked: readonly Waiter<Waiting>[],
    sizes: readonly number[],
    { reservations, waitMs }: Reserved,
  ): boolean {
    let unused = asked.length;
    const rest: { waiter: Waiter<Waiting>; tokens: number }[] = [];
    asked.forEach((waiter, index) => {
      const reservation = reservations[index];
      const { value } = waiter;
      if (!reservation) {
        if (!value.left) rest.push({ waiter, tokens: sizes[index] ?? 0 });
      } else if (value.left) reservation.giveBack();
      else {
        unused -= 1;
        value.go(reservation);
      }
    });
    const mustWait = this.#putBack(rest, waitMs);
    if (unused > 0) this.#options.concurrency.release(unused);
    return mustWait;
  }

  /** What becomes of calls for which there was no room; true when the line must wait now. */
  #putBack(rest: readonly { waiter: Waiter<Waiting>; tokens: number }[], waitMs: number): boolean {
    const { quota, user, clock } = this.#options;
    const [first] = rest;
    if (!first) return false;
    const tooLong = user.waits ? this.#bounds.problem(first.waiter.value, waitMs) : undefined;
    for (const { waiter, tokens } of rest) {
      // What does not fit for the first call fits for no larger one.
      if (!user.waits && tokens >= first.tokens)
        waiter.value.fail(quota.outage ?? this.#limitReached(waitMs));
      else if (waiter === first.waiter && tooLong) waiter.value.fail(tooLong);
      else this.#queue.putBack(waiter);
    }
    // A call of higher priority may have come while a store was asked.
    if (this.#queue.head !== first.waiter) return false;
    const timer = Math.max(waitMs, SHORTEST_WAIT_MS);
    this.#stopTimer?.();
    this.#stopTimer = clock.setTimer(this.#admitNext, timer);
    return true;
  }
}
