import type { Clock } from "../../../src/provider/base/clock.ts";

/** A clock that stands still until a test moves it. Promises settle between two timers, as they would in life. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; order: number; fn: () => void }[] = [];
  #order = 0;

  now(): number {
    return this.#now;
  }

  setTimer(fn: () => void, ms: number): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: ++this.#order, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that were set and neither ran nor were cancelled. */
  get timers(): number {
    return this.#timers.length;
  }

  async advanceTo(end: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#next();
      if (!next || next.at > end) break;
      await this.#run(next);
    }
    this.#now = Math.max(this.#now, end);
    await settle();
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms);
  }

  /** Runs timers until none is left. */
  async drain(): Promise<void> {
    await settle();
    for (let runs = 0; ; runs++) {
      const next = this.#next();
      if (!next) return;
      if (runs > 100_000) throw new Error("timers that set timers without end");
      await this.#run(next);
    }
  }

  /** Runs the next timer. */
  async step(): Promise<void> {
    const next = this.#next();
    if (next) await this.#run(next);
  }

  #next() {
    let next: (typeof this.timerList)[number] | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  get timerList() {
    return this.#timers;
  }

  async #run(timer: { at: number; fn: () => void }): Promise<void> {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
    await settle();
  }
}

/** Runs timers until a promise is settled whose work reads bodies, and so takes turns of the event loop. */
export async function finish<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  promise.then(settled, settled);
  for (let runs = 0; !isSettled; runs++) {
    if (runs > 100_000) throw new Error("timers that set timers without end");
    for (let turn = 0; turn < 4 && !isSettled; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (!isSettled) await clock.step();
  }
  return promise;
}

/** Lets promises that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

/** How a promise stands now. */
export async function outcome<T>(promise: Promise<T>): Promise<T | "pending" | { error: unknown }> {
  let state: T | "pending" | { error: unknown } = "pending";
  promise.then(
    (value) => {
      state = value;
    },
    (error: unknown) => {
      state = { error };
    },
  );
  await settle();
  return state;
}
