/** Values by name, made when first asked for, and dropped when idle. */

// Below this number it is not worth looking for idle ones.
const FIRST_SWEEP = 64;

export class IdleMap<V> {
  readonly #values = new Map<string, V>();
  readonly #isIdle: (value: V) => boolean;
  readonly #onDrop: (value: V) => void;
  #sweepAt = FIRST_SWEEP;

  constructor(isIdle: (value: V) => boolean, onDrop: (value: V) => void = () => {}) {
    this.#isIdle = isIdle;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#values.size;
  }

  get(name: string, make: () => V): V {
    let value = this.#values.get(name);
    if (value === undefined) {
      if (this.#values.size >= this.#sweepAt) this.#sweep();
      value = make();
      this.#values.set(name, value);
    }
    return value;
  }

  values(): Iterable<V> {
    return this.#values.values();
  }

  clear(): void {
    this.#values.clear();
  }

  /** Looks again when there are twice as many as are in use, so that it costs little for each value. */
  #sweep(): void {
    for (const [name, value] of this.#values) {
      if (!this.#isIdle(value)) continue;
      this.#values.delete(name);
      this.#onDrop(value);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#values.size * 2);
  }
}
