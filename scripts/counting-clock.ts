import { type Clock, systemClock } from "../src/provider/base/clock.ts";

/** The process's clock; counts the timers that neither fired nor were cleared. */
export class CountingClock implements Clock {
  readonly now = systemClock.now;
  readonly #timers = new Set<object>();

  get timers(): number {
    return this.#timers.size;
  }

  setTimer(fn: () => void, ms: number, background?: boolean): () => void {
    const timer = {};
    this.#timers.add(timer);
    const fire = () => {
      this.#timers.delete(timer);
      fn();
    };
    const cancel = systemClock.setTimer(fire, ms, background);
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }
}
