/**
 * An order among several limiters of one quota. Each counts what its first call waits for; what the first of them needs is
 * kept free, so that a large call is not passed by others' small ones for ever.
 */
export class Tickets<T> {
  readonly #waiting = new Map<T, number>();

  /** It waits for room for so many tokens. Its turn stays what it was. */
  take(owner: T, tokens: number): void {
    this.#waiting.set(owner, tokens);
  }

  /** It waits no longer, or takes a new turn. False if it had none. */
  drop(owner: T): boolean {
    return this.#waiting.delete(owner);
  }

  /** What the first needs, if that is somebody else. */
  before(owner: T): { tokens: number } | undefined {
    for (const [first, tokens] of this.#waiting) return first === owner ? undefined : { tokens };
    return undefined;
  }
}
