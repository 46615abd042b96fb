import type { Clock } from "../base/clock.ts";

export interface DeadlineOptions {
  clock: Clock;
  stallMs: number;
  firstEventMs: number;
  totalMs: number | undefined;
  /** Called once. `limitMs` is the time that ran out. */
  onTimeout(timeout: "stall" | "firstEvent" | "total", limitMs: number): void;
}

/**
 * The times of a stream. Stall and first event count only while the server is waited for: a reader that takes its time is
 * no stall. An event moves a timestamp; the timer looks at it when it goes off, and is not set anew for each event.
 */
export class Deadlines {
  readonly #options: DeadlineOptions;
  #waitingSince: number | undefined;
  #sawEvent = false;
  #cancelTotal: (() => void) | undefined;
  #cancelWait: (() => void) | undefined;
  #stopped = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  /** `startedAt`: when the total time began. */
  start(startedAt: number): void {
    const { clock, totalMs } = this.#options;
    if (totalMs === undefined) return;
    this.#cancelTotal = clock.setTimer(
      () => this.#timeOut("total", totalMs),
      Math.max(0, startedAt + totalMs - clock.now()),
    );
  }

  /** The server is waited for, until `event`. Again during a wait, it changes nothing. */
  beginWait(): void {
    if (this.#waitingSince !== undefined) return;
    this.#waitingSince = this.#options.clock.now();
    if (!this.#cancelWait) this.#arm(this.#limitMs);
  }

  /** An event came: the wait is over. */
  event(): void {
    this.#waitingSince = undefined;
    if (this.#sawEvent) return;
    this.#sawEvent = true;
    // The timer still runs for the first event's time, which may be longer than the one that holds from here.
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTotal?.();
    this.#cancelWait?.();
  }

  get #limitMs(): number {
    return this.#sawEvent ? this.#options.stallMs : this.#options.firstEventMs;
  }

  #arm(ms: number): void {
    if (this.#stopped) return;
    this.#cancelWait = this.#options.clock.setTimer(() => this.#check(), ms);
  }

  #check(): void {
    this.#cancelWait = undefined;
    // Nobody waits for the server now: the next wait sets the timer again.
    if (this.#waitingSince === undefined) return;
    const leftMs = this.#waitingSince + this.#limitMs - this.#options.clock.now();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#timeOut(this.#sawEvent ? "stall" : "firstEvent", this.#limitMs);
  }

  #timeOut(timeout: "stall" | "firstEvent" | "total", limitMs: number): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onTimeout(timeout, limitMs);
  }
}
