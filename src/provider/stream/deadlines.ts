import type { Clock } from "../base/clock.ts";

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds waited for the next event. */
  stallMs: number;
  /** Milliseconds waited for the first event. */
  firstEventMs: number;
  /** Milliseconds that nobody may read. */
  idleMs: number;
  /** Called once. `limitMs` is the time that ran out. */
  onTimeout(timeout: "stall" | "firstEvent" | "idle", limitMs: number): void;
}

/**
 * The times of a stream. Stall and first event count only while the server is waited for: a reader that takes its time is
 * no stall. An event moves a timestamp; the timer looks at it when it goes off, and is not set anew for each event.
 */
export class Deadlines {
  readonly #options: DeadlineOptions;
  #waitingSince: number | undefined;
  #sawEvent = false;
  #cancelWait: (() => void) | undefined;
  #cancelIdle: (() => void) | undefined;
  /** Reads and chunks taken, to tell a stream that nobody reads. */
  #reads = 0;
  #stopped = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  /** The server is waited for, until `event`. Again during a wait, it changes nothing. */
  beginWait(): void {
    this.#reads += 1;
    if (this.#waitingSince !== undefined) return;
    this.#waitingSince = this.#options.clock.now();
    if (!this.#cancelWait) this.#arm(this.#limitMs);
  }

  /** The reader took something that had come before. */
  read(): void {
    this.#reads += 1;
  }

  /** An event came: the wait is over. */
  event(): void {
    this.#waitingSince = undefined;
    if (this.#sawEvent) return;
    this.#sawEvent = true;
    // The timer still runs for the first event's time, which may be longer than the one that holds from here.
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#watchReader();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWait?.();
    this.#cancelIdle?.();
  }

  get #limitMs(): number {
    return this.#sawEvent ? this.#options.stallMs : this.#options.firstEventMs;
  }

  #arm(ms: number): void {
    if (this.#stopped || ms === Infinity) return;
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

  /** Looks once in each idle time: so a stream that nobody reads ends after one to two of them. */
  #watchReader(): void {
    const { clock, idleMs } = this.#options;
    if (this.#stopped || idleMs === Infinity) return;
    const seen = this.#reads;
    this.#cancelIdle = clock.setTimer(
      () => {
        if (this.#reads === seen && this.#waitingSince === undefined) this.#timeOut("idle", idleMs);
        else this.#watchReader();
      },
      idleMs,
      true,
    );
  }

  #timeOut(timeout: "stall" | "firstEvent" | "idle", limitMs: number): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onTimeout(timeout, limitMs);
  }
}
