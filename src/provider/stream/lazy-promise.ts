/**
 * A promise that tells when somebody waits for it: at the first `then`, which `await`, `catch` and `Promise.all` all call.
 * What comes of `then` is an ordinary promise.
 */
export class LazyPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Called at each `then`. */
  onAwaited: (() => void) | undefined;

  // biome-ignore lint/suspicious/noThenProperty: being a promise is the point
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.onAwaited?.();
    return super.then(onFulfilled, onRejected);
  }
}

/** Keeps a rejection that nobody awaits from being reported as unhandled; does not count as awaiting. */
export function silence(promise: Promise<unknown>): void {
  Promise.prototype.then.call(promise, undefined, () => {});
}
