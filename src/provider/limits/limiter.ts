/** Which call waits, which goes next, and what wakes it. What the limits are is the quota's matter. */

import { cancelled } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type {
  AcquireRequest,
  LimitFeedback,
  LimitWindow,
  Permit,
  RateLimiter,
  RateLimitSnapshot,
  RateLimitState,
} from "../base/limits.ts";
import { readRefusal } from "./feedback.ts";
import { limitReached, queueIsFull, storeFailed, tooLarge, waitsTooLong } from "./limit-errors.ts";
import { Pauses } from "./pauses.ts";
import { AttemptPermit, type Outcome } from "./permit.ts";
import type { SlowStart } from "./slow-start.ts";
import type { Quota, Reservation } from "./store.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

export interface LimiterOptions {
  windows: readonly LimitWindow[];
  onLimit: "wait" | "error";
  maxConcurrent: number;
  maxQueue: number;
  maxWaitMs: number;
  clock: Clock;
  random: () => number;
  slowStart: SlowStart;
  model: string;
  emit: EventListener;
}

/** A call in the queue. */
interface Waiting {
  tokens: number;
  /** When it has waited for as long as it may. */
  until: number;
  go(reservation: Reservation): void;
  fail(error: LlmError): void;
}

// Times are floating point: a shorter wait could be lost in rounding, and the timer would be set again and again.
const SHORTEST_WAIT_MS = 0.001;

export class Limiter implements RateLimiter {
  readonly #options: LimiterOptions;
  readonly #quota: Quota;
  readonly #queue = new WaitQueue<Waiting>();
  readonly #pauses: Pauses;
  #lastPlace = 0;
  #active = 0;
  #unanswered = 0;
  /** A shared store was asked, and has not replied. */
  #asking = false;
  /** Something changed while the store was asked. */
  #askAgain = false;
  /** The head waits for calls under way, not for the limit. */
  #waitsForRoom = false;
  #stopTimer: (() => void) | undefined;
  #lastAnswered: Reservation | undefined;
  #lastSnapshot: RateLimitSnapshot | undefined;

  constructor(options: LimiterOptions, openQuota: (onChange: () => void) => Quota) {
    this.#options = options;
    this.#pauses = new Pauses(options.random);
    this.#quota = openQuota(() => this.#admit());
  }

  get state(): RateLimitState {
    const pausedForMs = this.#quota.pausedForMs();
    const head = this.#queue.head;
    return {
      windows: this.#quota.windows,
      waiting: this.#queue.size,
      active: this.#active,
      ...(pausedForMs > 0 && { pausedForMs }),
      nextInMs: Math.max(this.#quota.waitMs(0), head ? this.#quota.waitMs(head.value.tokens) : 0),
      ...(this.#lastSnapshot && { lastSnapshot: this.#lastSnapshot }),
    };
  }

  acquire(request: AcquireRequest): Promise<Permit> {
    const { retryOf } = request;
    const place = retryOf instanceof AttemptPermit ? retryOf.place : ++this.#lastPlace;
    return this.#wait(request, place, (reservation, waitedMs) => this.#permit(reservation, place, waitedMs));
  }

  check(request: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#wait(request, ++this.#lastPlace, (reservation) => reservation.giveBack());
  }

  feedback(feedback: LimitFeedback): void {
    const { permit } = feedback;
    const reservation = permit instanceof AttemptPermit ? permit.reservation : this.#lastAnswered;
    this.#quota.feedback(feedback, reservation);
    if (feedback.snapshot) this.#lastSnapshot = feedback.snapshot;
    const pauseMs = this.#pauses.after(feedback);
    if (pauseMs > 0) this.#pause(pauseMs, feedback);
    else if (feedback.status < 400) this.#options.slowStart.answered();
    this.#admit();
  }

  #pause(waitMs: number, feedback: LimitFeedback): void {
    const { model, emit, slowStart } = this.#options;
    // After the pause, a limit that the refusal told spaces the calls; else they start slowly.
    if (!readRefusal(feedback)) slowStart.begin();
    if (waitMs <= this.#quota.pausedForMs()) return;
    this.#quota.pause(waitMs);
    const metric = feedback.refusal?.metric;
    emit({ type: "pause", model, waitMs, ...(metric && { metric }) });
  }

  /** Waits for a turn, and gives what `take` makes of it. */
  #wait<T>(
    request: AcquireRequest,
    place: number,
    take: (reservation: Reservation, waitedMs: number) => T,
  ): Promise<T> {
    const { signal } = request;
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    const tokens = Math.max(0, request.tokens ?? 0);
    const obstacle = this.#findObstacle(tokens, request);
    if (obstacle) return Promise.reject(obstacle);
    if (!this.#quota.shared && this.#queue.size === 0 && this.#hasRoom()) {
      const reserved = this.#quota.reserve(tokens);
      if (isReservation(reserved)) return Promise.resolve(take(reserved, 0));
    }
    // A call stands in the queue while a shared store is asked for it, also where no call may wait.
    const maxQueue = Math.max(this.#options.maxQueue, this.#quota.shared ? 1 : 0);
    if (this.#queue.size >= maxQueue && !request.retryOf) {
      return Promise.reject(queueIsFull(this.#options.maxQueue, this.#quota.waitMs(tokens)));
    }
    return new Promise((resolve, reject) => {
      const { clock } = this.#options;
      const since = clock.now();
      const maxWaitMs = request.maxWaitMs ?? this.#options.maxWaitMs;
      const leave = () => {
        this.#queue.remove(waiter);
        signal?.removeEventListener("abort", onAbort);
        stopDeadline?.();
      };
      const fail = (error: LlmError) => {
        leave();
        reject(error);
      };
      const go = (reservation: Reservation) => {
        leave();
        resolve(take(reservation, clock.now() - since));
      };
      const onAbort = () => {
        fail(cancelled(signal));
        this.#admit();
      };
      const onDeadline = () => {
        fail(waitsTooLong(maxWaitMs, this.#quota.waitMs(tokens)));
        this.#admit();
      };
      const waiting = { tokens, until: since + maxWaitMs, go, fail };
      const waiter = this.#queue.add(waiting, request.priority ?? 0, place);
      signal?.addEventListener("abort", onAbort, { once: true });
      const stopDeadline = Number.isFinite(maxWaitMs) ? clock.setTimer(onDeadline, maxWaitMs) : undefined;
      this.#admit();
    });
  }

  /** The error of a call that must not wait. */
  #findObstacle(tokens: number, request: AcquireRequest): LlmError | undefined {
    const { windows, onLimit } = this.#options;
    const tooSmall = windows.find((window) => window.tokens !== undefined && window.tokens < tokens);
    if (tooSmall) return tooLarge(tokens, tooSmall);
    const maxWaitMs = request.maxWaitMs ?? this.#options.maxWaitMs;
    if (onLimit === "wait" && maxWaitMs === Number.POSITIVE_INFINITY) return undefined;
    const waitMs = this.#quota.waitMs(tokens);
    if (waitMs > 0 && onLimit === "error") return limitReached(waitMs);
    return waitMs > maxWaitMs ? waitsTooLong(maxWaitMs, waitMs) : undefined;
  }

  #hasRoom(): boolean {
    const { maxConcurrent, slowStart, onLimit } = this.#options;
    if (this.#active >= maxConcurrent) return false;
    // With `on_limit: error` calls do not wait for a known limit, so they do not wait for a suspected one either.
    return onLimit === "error" || this.#unanswered < slowStart.bound(this.#quota.knowsCallRate);
  }

  /** Admits the calls that the limits allow, in order. A first call that must wait holds up those behind it. */
  #admit(): void {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    for (;;) {
      const { head } = this.#queue;
      this.#waitsForRoom = head !== undefined && !this.#hasRoom();
      if (!head || this.#waitsForRoom) return;
      const reserved = this.#quota.reserve(head.value.tokens);
      if (reserved instanceof Promise) {
        this.#await(head, reserved);
        return;
      }
      if (this.#resolve(head, reserved)) return;
    }
  }

  #await(head: Waiter<Waiting>, reserving: Promise<Reservation | number>): void {
    this.#asking = true;
    this.#askAgain = false;
    const replied = () => {
      this.#asking = false;
      return this.#askAgain;
    };
    reserving.then(
      (reserved) => {
        const askAgain = replied();
        if (!this.#resolve(head, reserved) || askAgain) this.#admit();
      },
      (fault: unknown) => {
        replied();
        if (head.index >= 0) head.value.fail(storeFailed(fault));
        this.#admit();
      },
    );
  }

  /** Does what follows from the quota's answer for this head; true when the queue must wait now. */
  #resolve(head: Waiter<Waiting>, reserved: Reservation | number): boolean {
    const { until, go, fail } = head.value;
    const left = head.index < 0;
    if (isReservation(reserved)) {
      if (left) reserved.giveBack();
      else go(reserved);
      return false;
    }
    if (left) return false;
    const waitMs = reserved;
    const { clock, onLimit } = this.#options;
    if (onLimit === "error") {
      fail(limitReached(waitMs));
      return false;
    }
    const now = clock.now();
    if (now + waitMs > until) {
      fail(waitsTooLong(until - now, waitMs));
      return false;
    }
    // A call of higher priority came while the store was asked.
    if (this.#queue.head !== head) return false;
    this.#stopTimer?.();
    this.#stopTimer = clock.setTimer(
      () => {
        this.#stopTimer = undefined;
        this.#admit();
      },
      Math.max(waitMs, SHORTEST_WAIT_MS),
    );
    return true;
  }

  #permit(reservation: Reservation, place: number, waitedMs: number): Permit {
    this.#active += 1;
    this.#unanswered += 1;
    return new AttemptPermit(reservation, place, waitedMs, {
      answered: () => this.#answered(reservation),
      release: (answered, outcome) => this.#release(reservation, answered, outcome),
    });
  }

  #answered(reservation: Reservation): void {
    this.#unanswered -= 1;
    this.#lastAnswered = reservation;
    reservation.answered();
    if (this.#waitsForRoom) this.#admit();
  }

  #release(reservation: Reservation, answered: boolean, outcome: Outcome): void {
    this.#active -= 1;
    if (!answered) {
      this.#unanswered -= 1;
      if (outcome.sent === false) reservation.giveBack();
      else reservation.answered();
    }
    const { usedTokens } = outcome;
    const counts = answered || outcome.sent !== false;
    if (usedTokens !== undefined && counts && usedTokens !== reservation.tokens) {
      reservation.settle(Math.max(0, usedTokens));
    }
    this.#admit();
  }
}

function isReservation(reserved: Reservation | number | Promise<unknown>): reserved is Reservation {
  return typeof reserved === "object" && !(reserved instanceof Promise);
}
