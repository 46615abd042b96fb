/** Calls that wait: higher priority first, then in order of arrival. A binary heap that any entry can leave. */

export class WaitQueue<T> {
  readonly #heap: Waiter<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The next to go. */
  get head(): Waiter<T> | undefined {
    return this.#heap[0];
  }

  /** `place` is the number of arrival; a try that comes back keeps that of its call. */
  add(value: T, priority: number, place: number): Waiter<T> {
    const waiter = { value, priority, place, index: -1 };
    this.putBack(waiter);
    return waiter;
  }

  /** One that was taken out stands where it would if it had stayed. */
  putBack(waiter: Waiter<T>): void {
    waiter.index = this.#heap.length;
    this.#heap.push(waiter);
    this.#rise(waiter);
  }

  /** Takes out the first of them, as many as there are, in order. */
  take(most: number): Waiter<T>[] {
    const taken: Waiter<T>[] = [];
    for (let head = this.head; head && taken.length < most; head = this.head) {
      this.remove(head);
      taken.push(head);
    }
    return taken;
  }

  /** All of them, the next to go first. */
  inOrder(): Waiter<T>[] {
    return [...this.#heap].sort((a, b) => (goesBefore(a, b) ? -1 : 1));
  }

  /** How many go before one of this priority and place. */
  ahead(priority: number, place: number): number {
    return this.#heap.filter((waiter) => goesBefore(waiter, { priority, place })).length;
  }

  /** Takes it out, wherever it stands; false if it is not there. */
  remove(waiter: Waiter<T>): boolean {
    const { index } = waiter;
    if (index < 0 || this.#heap[index] !== waiter) return false;
    const last = this.#heap.pop() as Waiter<T>;
    waiter.index = -1;
    if (last !== waiter) {
      this.#put(last, index);
      this.#rise(last);
      this.#sink(last);
    }
    return true;
  }

  #rise(waiter: Waiter<T>): void {
    while (waiter.index > 0) {
      const above = (waiter.index - 1) >> 1;
      const parent = this.#heap[above] as Waiter<T>;
      if (!goesBefore(waiter, parent)) return;
      this.#put(parent, waiter.index);
      this.#put(waiter, above);
    }
  }

  #sink(waiter: Waiter<T>): void {
    for (;;) {
      const left = this.#heap[waiter.index * 2 + 1];
      const right = this.#heap[waiter.index * 2 + 2];
      const first = right && left && goesBefore(right, left) ? right : left;
      if (!first || !goesBefore(first, waiter)) return;
      const below = first.index;
      this.#put(first, waiter.index);
      this.#put(waiter, below);
    }
  }

  #put(waiter: Waiter<T>, index: number): void {
    this.#heap[index] = waiter;
    waiter.index = index;
  }
}

export interface Waiter<T> {
  readonly value: T;
  readonly priority: number;
  readonly place: number;
  /** Where it stands in the heap; -1 when it is not there. */
  index: number;
}

type Rank = { readonly priority: number; readonly place: number };

function goesBefore(a: Rank, b: Rank): boolean {
  return a.priority === b.priority ? a.place < b.place : a.priority > b.priority;
}
