/** How many calls are under way at once, counted over all limiters that are given the same object. */

export class Concurrency {
  readonly max: number;
  #active = 0;
  /** Limiters that wait for a call to end, in order. */
  readonly #waiting = new Set<() => void>();

  constructor(max: number) {
    this.max = max;
  }

  /** Calls that may begin. */
  get free(): number {
    return this.max - this.#active;
  }

  take(calls: number): void {
    this.#active += calls;
  }

  /** Calls ended. Those who wait look again, one after another while there is room. */
  release(calls: number): void {
    this.#active -= calls;
    const waiting = [...this.#waiting];
    for (const wake of waiting) {
      if (this.free <= 0) return;
      this.#waiting.delete(wake);
      wake();
    }
  }

  /** Calls `wake` once, when a call may begin. */
  whenFree(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
