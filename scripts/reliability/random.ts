/** Chance that can be had again: the same seed gives the same numbers. */
export class Random {
  #state: number;

  /** Numbers of one seed and different `streams` have nothing to do with each other. */
  constructor(seed: number, ...streams: readonly number[]) {
    this.#state = seed >>> 0;
    for (const stream of streams)
      this.#state = Math.imul(this.#state ^ (stream + 0x9e3779b9), 0x85ebca6b) >>> 0;
    this.next();
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Small numbers are likelier: each power of two within the bounds is as likely as the next. */
  size(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.next());
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.int(0, list.length - 1)];
    if (found === undefined && list.length === 0) throw new Error("Expected a list with something in it");
    return found as T;
  }

  /** The list with its entries in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let index = copy.length - 1; index > 0; index--) {
      const other = this.int(0, index);
      [copy[index], copy[other]] = [copy[other] as T, copy[index] as T];
    }
    return copy;
  }
}
