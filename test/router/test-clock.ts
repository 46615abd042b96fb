import type { Clock } from "../../src/provider/base/clock.ts";

interface Timer {
  at: number;
  order: number;
  background: boolean;
  fn: () => void;
}

/** A clock that stands still until a test moves it. All that can happen without it happens between two timers. */
export class TestClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  setTimer(fn: () => void, ms: number, background = false): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: ++this.#order, background, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that were set and neither ran nor were cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) await this.#run(next);
    this.#now = end;
    await settle();
  }

  /** Runs timers until none is left that would keep a process alive. */
  async drain(): Promise<void> {
    await settle();
    let runs = 0;
    for (
      let next = this.#next();
      [...this.#timers].some(({ background }) => !background);
      next = this.#next()
    ) {
      if (next) await this.#run(next);
      if (++runs > 20_000) throw new Error("timers that set timers without end");
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  async #run(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
    await settle();
  }
}

/** A macrotask, which comes after all promises that can settle. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
