/** How long a call may wait in line, and the error of one that has, or would have, waited too long. */
import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import { waitsTooLong } from "./limit-errors.ts";
import type { Quota, QuotaUser } from "./store.ts";

/** A call's place in the line. It keeps it when it comes back for another attempt. */
export interface Turn {
  /** Higher goes first. */
  readonly priority: number;
  /** Number of arrival. */
  readonly place: number;
  /** Milliseconds that the call waited in this line so far, without pauses. */
  queuedMs: number;
  /** The tokens that it is thought to need. */
  readonly estimate: number;
  /** What the server said instead when it refused the call. */
  requested?: number;
}

export interface Bounds {
  /** Milliseconds of pauses that the server asks for. */
  maxWaitMs: number;
  /** Milliseconds of all other waiting. */
  maxQueueMs: number;
  /** What the writer of these two calls them. */
  maxWaitName: string;
  maxQueueName: string;
  /** Milliseconds that its call has left: no wait that is known to be longer is begun. */
  deadlineMs: number;
}

/** A call in line, and its time there. */
export interface InLine extends Bounds {
  readonly turn: Turn;
  readonly since: number;
  /** `quota.pausedMs()` when it came. */
  readonly pausedBefore: number;
}

/** Measures waits in one line against their bounds. */
export class WaitBounds {
  readonly #clock: Clock;
  readonly #quota: Quota;
  readonly #user: QuotaUser;

  constructor({ clock, quota, user }: { clock: Clock; quota: Quota; user: QuotaUser }) {
    this.#clock = clock;
    this.#quota = quota;
    this.#user = user;
  }

  /** When a call has waited for as long as it may, if no pause follows. */
  until(waiting: InLine): number {
    return this.#clock.now() + this.#quota.pausedForMs() + waiting.maxQueueMs - this.queuedMs(waiting);
  }

  /** Milliseconds that a call waited in this line, without pauses. */
  queuedMs({ turn, since, pausedBefore }: InLine): number {
    return turn.queuedMs + this.#clock.now() - since - (this.#quota.pausedMs() - pausedBefore);
  }

  /** The error of a call that would have to wait for longer than it may. */
  problem(waiting: InLine, waitMs: number): LlmError | undefined {
    const { maxWaitMs, maxQueueMs, deadlineMs, since, pausedBefore } = waiting;
    const pausedForMs = this.#quota.pausedForMs();
    if (waitMs > 0 && pausedForMs > 0 && this.#quota.pausedMs() - pausedBefore + pausedForMs > maxWaitMs) {
      return waitsTooLong(
        { of: "pause", option: waiting.maxWaitName, ms: maxWaitMs },
        Math.max(waitMs, pausedForMs),
      );
    }
    const aheadMs = Math.max(0, waitMs - pausedForMs);
    // Who need not wait is not late by the microseconds since it came.
    if (aheadMs > 0 && this.queuedMs(waiting) + aheadMs > maxQueueMs)
      return this.#quota.outage ?? queuesTooLong(waiting, waitMs);
    const isLate = waitMs > 0 && this.#clock.now() - since + waitMs > deadlineMs;
    return isLate
      ? (this.#quota.outage ?? waitsTooLong({ of: "call", option: "deadlineMs", ms: deadlineMs }, waitMs))
      : undefined;
  }

  /** The error of a call whose time is over. */
  over(waiting: InLine, tokens: number): LlmError {
    return this.#quota.outage ?? queuesTooLong(waiting, this.#quota.waitMs(tokens, this.#user));
  }
}

function queuesTooLong({ maxQueueName, maxQueueMs }: Bounds, waitMs: number): LlmError {
  return waitsTooLong({ of: "line", option: maxQueueName, ms: maxQueueMs }, waitMs);
}
