/** Who waits, who goes next, and what wakes them. What the limits are is the book's matter. */

import { cancelled } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import type { EventListener } from "../base/events.ts";
import type {
  AcquireRequest,
  LimitLesson,
  LimitWindow,
  Permit,
  RateLimiter,
  RateLimitSnapshot,
  RateLimitState,
} from "../base/limits.ts";
import { type LimitBook, LimitCall } from "./book.ts";
import { limitReached, queueIsFull, storeFailed, tooLarge, waitsTooLong } from "./limit-errors.ts";
import { readRefusal } from "./memory-book.ts";
import type { Pace } from "./pace.ts";
import { Pauses } from "./pauses.ts";
import { type Outcome, TakenPermit } from "./permit.ts";
import { type Waiter, WaitQueue } from "./wait-queue.ts";

export interface LimiterOptions {
  windows: readonly LimitWindow[];
  onLimit: "wait" | "error";
  maxConcurrent: number;
  maxQueue: number;
  maxWaitMs: number;
  clock: Clock;
  random: () => number;
  pace: Pace;
  model: string;
  emit: EventListener;
}

/** A call in the queue. */
interface Waiting {
  call: LimitCall;
  /** When its wait would be too long. */
  until: number;
  go(): void;
  fail(error: LlmError): void;
}

// A wait shorter than the clock can tell would never end.
const SHORTEST_WAIT_MS = 0.001;

export class Limiter implements RateLimiter {
  readonly #options: LimiterOptions;
  readonly #book: LimitBook;
  readonly #queue = new WaitQueue<Waiting>();
  readonly #pauses: Pauses;
  #lastPlace = 0;
  #active = 0;
  #unanswered = 0;
  /** A shared store was asked and has not replied. */
  #asking = false;
  /** Something changed while it was. */
  #askAgain = false;
  /** The head waits for calls under way, not for the limit. */
  #waitsForRoom = false;
  #stopTimer: (() => void) | undefined;
  #lastAnswered: LimitCall | undefined;
  #lastSnapshot: RateLimitSnapshot | undefined;

  constructor(options: LimiterOptions, openBook: (onChange: () => void) => LimitBook) {
    this.#options = options;
    this.#pauses = new Pauses(options.random);
    this.#book = openBook(() => this.#pump());
  }

  get state(): RateLimitState {
    const pausedForMs = this.#book.pausedForMs();
    const head = this.#queue.head;
    return {
      windows: this.#book.windows,
      waiting: this.#queue.size,
      active: this.#active,
      ...(pausedForMs > 0 && { pausedForMs }),
      nextInMs: Math.max(this.#book.waitMs(0), head ? this.#book.waitMs(head.value.call.tokens) : 0),
      ...(this.#lastSnapshot && { lastSnapshot: this.#lastSnapshot }),
    };
  }

  acquire(request: AcquireRequest): Promise<Permit> {
    const { retryOf } = request;
    const place = retryOf instanceof TakenPermit ? retryOf.place : ++this.#lastPlace;
    return this.#wait(request, place, (call, waitedMs) => this.#grant(call, place, waitedMs));
  }

  check(request: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#wait(request, ++this.#lastPlace, (call) => this.#book.giveBack(call));
  }

  learn(lesson: LimitLesson): void {
    const { permit } = lesson;
    const call = permit instanceof TakenPermit ? permit.call : this.#lastAnswered;
    this.#book.learn(lesson, call);
    if (lesson.snapshot) this.#lastSnapshot = lesson.snapshot;
    const pauseMs = this.#pauses.after(lesson);
    if (pauseMs > 0) this.#pause(pauseMs, lesson);
    else if (lesson.status < 400) this.#options.pace.answered();
    this.#pump();
  }

  #pause(waitMs: number, lesson: LimitLesson): void {
    const { model, emit, pace } = this.#options;
    // A learned limit spaces the calls after the pause; without one they begin slowly.
    if (!readRefusal(lesson)) pace.slowStart();
    if (waitMs <= this.#book.pausedForMs()) return;
    this.#book.pause(waitMs);
    const metric = lesson.refusal?.metric;
    emit({ type: "pause", model, waitMs, ...(metric && { metric }) });
  }

  /** Waits for a turn, and gives what `take` makes of it. */
  #wait<T>(
    request: AcquireRequest,
    place: number,
    take: (call: LimitCall, waitedMs: number) => T,
  ): Promise<T> {
    const { signal } = request;
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    const call = new LimitCall(Math.max(0, request.tokens ?? 0));
    const obstacle = this.#findObstacle(call, request);
    if (obstacle) return Promise.reject(obstacle);
    if (!this.#book.shared && this.#queue.size === 0 && this.#hasRoom()) {
      if (this.#book.reserve(call) === 0) return Promise.resolve(take(call, 0));
    }
    // While a shared store is asked, the call stands in the queue, even where none may wait there.
    const maxQueue = Math.max(this.#options.maxQueue, this.#book.shared ? 1 : 0);
    if (this.#queue.size >= maxQueue && !request.retryOf) {
      return Promise.reject(queueIsFull(this.#options.maxQueue, this.#book.waitMs(call.tokens)));
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
      const go = () => {
        leave();
        resolve(take(call, clock.now() - since));
      };
      const onAbort = () => {
        fail(cancelled(signal));
        this.#pump();
      };
      const onDeadline = () => {
        fail(waitsTooLong(maxWaitMs, this.#book.waitMs(call.tokens)));
        this.#pump();
      };
      const waiting = { call, until: since + maxWaitMs, go, fail };
      const waiter = this.#queue.add(waiting, request.priority ?? 0, place);
      signal?.addEventListener("abort", onAbort, { once: true });
      const stopDeadline = Number.isFinite(maxWaitMs) ? clock.setTimer(onDeadline, maxWaitMs) : undefined;
      this.#pump();
    });
  }

  /** Why a call must fail now, before it waits. */
  #findObstacle(call: LimitCall, request: AcquireRequest): LlmError | undefined {
    const { windows, onLimit } = this.#options;
    const tooSmall = windows.find(({ tokens }) => tokens !== undefined && tokens < call.tokens);
    if (tooSmall) return tooLarge(call.tokens, tooSmall);
    const maxWaitMs = request.maxWaitMs ?? this.#options.maxWaitMs;
    if (onLimit === "wait" && maxWaitMs === Number.POSITIVE_INFINITY) return undefined;
    const waitMs = this.#book.waitMs(call.tokens);
    if (waitMs > 0 && onLimit === "error") return limitReached(waitMs);
    return waitMs > maxWaitMs ? waitsTooLong(maxWaitMs, waitMs) : undefined;
  }

  #hasRoom(): boolean {
    const { maxConcurrent, pace, onLimit } = this.#options;
    if (this.#active >= maxConcurrent) return false;
    // Who wants to fail at a limit does not want to wait for one that is only suspected.
    return onLimit === "error" || this.#unanswered < pace.bound(this.#book.knowsCallRate);
  }

  /** Lets go whom the limits allow, in order; a head that must wait holds up those behind it. */
  #pump(): void {
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
      const reserved = this.#book.reserve(head.value.call);
      if (typeof reserved !== "number") {
        this.#await(head, reserved);
        return;
      }
      if (this.#resolve(head, reserved)) return;
    }
  }

  #await(head: Waiter<Waiting>, reserved: Promise<number>): void {
    this.#asking = true;
    this.#askAgain = false;
    const replied = () => {
      this.#asking = false;
      return this.#askAgain;
    };
    reserved.then(
      (waitMs) => {
        const askAgain = replied();
        if (!this.#resolve(head, waitMs) || askAgain) this.#pump();
      },
      (fault: unknown) => {
        replied();
        if (head.index >= 0) head.value.fail(storeFailed(fault));
        this.#pump();
      },
    );
  }

  /** What follows from a reply of the book for this head; true when the queue must wait now. */
  #resolve(head: Waiter<Waiting>, waitMs: number): boolean {
    const { call, until, go, fail } = head.value;
    const left = head.index < 0;
    if (waitMs === 0) {
      if (left) this.#book.giveBack(call);
      else go();
      return false;
    }
    if (left) return false;
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
    // Someone of higher priority came while the store was asked.
    if (this.#queue.head !== head) return false;
    this.#stopTimer?.();
    this.#stopTimer = clock.setTimer(
      () => {
        this.#stopTimer = undefined;
        this.#pump();
      },
      Math.max(waitMs, SHORTEST_WAIT_MS),
    );
    return true;
  }

  #grant(call: LimitCall, place: number, waitedMs: number): Permit {
    this.#active += 1;
    this.#unanswered += 1;
    return new TakenPermit(call, place, waitedMs, {
      answered: () => this.#answered(call),
      release: (answered, outcome) => this.#release(call, answered, outcome),
    });
  }

  #answered(call: LimitCall): void {
    this.#unanswered -= 1;
    this.#lastAnswered = call;
    this.#book.answered(call);
    if (this.#waitsForRoom) this.#pump();
  }

  #release(call: LimitCall, answered: boolean, outcome: Outcome): void {
    this.#active -= 1;
    if (!answered) {
      this.#unanswered -= 1;
      if (outcome.sent === false) this.#book.giveBack(call);
      else this.#book.answered(call);
    }
    const { usedTokens } = outcome;
    if (usedTokens !== undefined && (answered || outcome.sent !== false) && usedTokens !== call.tokens) {
      this.#book.settle(call, Math.max(0, usedTokens));
    }
    this.#pump();
  }
}
