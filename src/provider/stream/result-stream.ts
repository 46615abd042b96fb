/** Events on the way to a result: read one by one, or not at all. */
import { cancelled, onAbort, throwIfAborted } from "../base/abort.ts";
import { LlmError } from "../base/error.ts";
import { LazyPromise, silence } from "./lazy-promise.ts";

/**
 * An `AsyncIterable` that also has a result. Iterate it once; or only await `result`, which then reads it to its end.
 * Nothing starts before either. Leaving the loop early, `cancel()` and the caller's signal all stop the work at once.
 */
export class ResultStream<Event, Result> implements AsyncIterable<Event> {
  /**
   * Settles at the end of the stream. Rejects with what iterating throws, and with `Cancelled` when the loop was left.
   * Never causes an unhandled rejection.
   */
  readonly result: Promise<Result>;
  readonly #work: (signal: AbortSignal) => AsyncGenerator<Event, Result, void>;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #begun = false;
  /** The work has been asked for its next event, and not given it. */
  #working = false;
  #settle!: { resolve: (result: Result) => void; reject: (error: unknown) => void };

  constructor(work: (signal: AbortSignal) => AsyncGenerator<Event, Result, void>, signal?: AbortSignal) {
    this.#work = work;
    this.#callerSignal = signal;
    const settled = new Promise<Result>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    silence(settled);
    this.result = lazily(() => {
      this.#readUnlessIterated();
      return settled;
    });
  }

  [Symbol.asyncIterator](): AsyncGenerator<Event, void, void> {
    if (this.#begun) {
      throw new TypeError("A stream can be iterated once; this one was iterated, or awaited before");
    }
    this.#begun = true;
    return this.#read();
  }

  /** Stops the work now. A waiting reader and `result` reject with kind `Cancelled`. */
  cancel(reason?: string): void {
    const why = reason === undefined ? "" : `: ${reason}`;
    this.#stop(new LlmError("Cancelled", `The stream was cancelled${why}`));
  }

  #stop(error: LlmError): void {
    // Work that is under way ends by the abort, and settles the result when it has cleaned up.
    if (!this.#working) this.#settle.reject(error);
    if (!this.#controller.signal.aborted) this.#controller.abort(error);
  }

  async *#read(): AsyncGenerator<Event, void, void> {
    const { signal } = this.#controller;
    const caller = this.#callerSignal;
    if (caller?.aborted) this.#stop(cancelled(caller));
    const stopListening = caller && onAbort(caller, () => this.#stop(cancelled(caller)));
    const work = this.#work(signal);
    let ended = false;
    try {
      for (;;) {
        throwIfAborted(signal);
        this.#working = true;
        const step = await work.next();
        this.#working = false;
        if (step.done) {
          ended = true;
          this.#settle.resolve(step.value);
          return;
        }
        yield step.value;
      }
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    } finally {
      this.#working = false;
      stopListening?.();
      if (!ended) await this.#close(work);
    }
  }

  /** After an error or a `break` something may still run. */
  async #close(work: AsyncGenerator<Event, Result, void>): Promise<void> {
    try {
      await work.return(undefined as never);
    } finally {
      this.#stop(new LlmError("Cancelled", "The stream was left before its end"));
    }
  }

  #readUnlessIterated(): void {
    // A turn later, so that `Promise.all([stream.result, readItAll(stream)])` may iterate.
    queueMicrotask(async () => {
      if (this.#begun) return;
      try {
        for await (const _ of this);
      } catch {
        // `result` tells it.
      }
    });
  }
}

/** A promise of what `start` gives, which is called when somebody first waits for it. Rejects nothing unheard. */
export function lazily<T>(start: () => Promise<T>): Promise<T> {
  let begin = () => {};
  const promise = new LazyPromise<T>((resolve) => {
    begin = () => resolve(start());
  });
  promise.onAwaited = () => {
    promise.onAwaited = undefined;
    begin();
  };
  silence(promise);
  return promise;
}
