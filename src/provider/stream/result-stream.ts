/** Events on the way to a result: read one by one, or not at all. */
import { cancelled, onAbort, throwIfAborted } from "../base/abort.ts";
import { LlmError, memberOf } from "../base/error.ts";
import { invalidRequest, kindOf, readBefore, reading } from "../base/values.ts";
import { isSignal } from "../wire/option-rules.ts";

type Work<Queued, Result> = (signal: AbortSignal) => AsyncIterator<Queued, Result, void>;
type Ending<Result> = { result: Result } | { error: unknown };

/**
 * An `AsyncIterable` that also has a result. Iterate it once, ask for `result`, or both, in any order. Nothing starts
 * before either. Leaving the loop early, `cancel()` and the caller's signal all stop the work at once.
 */
export class ResultStream<Event, Result, Queued = Event> implements AsyncIterable<Event> {
  readonly #start: Work<Queued, Result>;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #give: (queued: Queued) => Event | undefined;
  readonly #controller = new AbortController();
  readonly #result: Promise<Result>;
  #settle!: { resolve: (result: Result) => void; reject: (error: unknown) => void };

  #work: AsyncIterator<Queued, Result, void> | undefined;
  /** The work has been asked for its next event, and has not given it. */
  #pulling: Promise<void> | undefined;
  #ending: Ending<Result> | undefined;
  #stopListening: (() => void) | undefined;

  #asked = false;
  #begun = false;
  #errorGiven = false;
  /** What the loop has not taken yet begins at `#taken`. */
  #queue: Queued[] = [];
  #taken = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();

  /**
   * `work` is started when somebody first asks. `give` makes of what it yields what the loop is given, at the moment the
   * loop takes it; `undefined` is passed over.
   */
  constructor(
    work: Work<Queued, Result>,
    signal: AbortSignal | undefined,
    give: (queued: Queued) => Event | undefined,
  ) {
    if (typeof work !== "function") throw invalidRequest("work", `expected a function, got ${kindOf(work)}`);
    if (typeof give !== "function") throw invalidRequest("give", `expected a function, got ${kindOf(give)}`);
    this.#start = work;
    this.#callerSignal = isSignal(signal) ? signal : undefined;
    this.#give = give;
    this.#result = new Promise<Result>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#result.catch(() => {});
  }

  /**
   * What the work comes to; rejects with what iterating throws, and with `Cancelled` when the loop was left; never causes
   * an unhandled rejection. Asking for it reads ahead to the end, while events wait for a loop that has begun or still
   * begins; once it is settled without one, they are gone, and iterating is `InvalidRequest`.
   */
  get result(): Promise<Result> {
    if (!this.#asked) {
      this.#asked = true;
      void this.#readAhead();
    }
    return this.#result;
  }

  /** The events, once. Throws `InvalidRequest` the second time, and after the result was awaited. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event, undefined> {
    if (this.#begun || (this.#asked && this.#ending)) {
      throw readBefore("was read by a loop, or awaited, before");
    }
    this.#begun = true;
    const events: AsyncIterableIterator<Event, undefined> = {
      next: () => {
        // Parallel calls of `next` are answered in order.
        const turn = this.#lastTurn.then(() => this.#next());
        this.#lastTurn = turn.catch(() => {});
        return turn;
      },
      // Called by a loop that is left by `break`, `return` or a throw.
      return: async () => {
        await this.#stop(new LlmError("Cancelled", "The stream was left before its end"));
        this.#drop();
        this.#errorGiven = true;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => events,
    };
    return events;
  }

  /** Stops the work now. A waiting reader and `result` reject with kind `Cancelled`. */
  cancel(reason?: string): void {
    const why = reason === undefined ? "" : `: ${reason}`;
    void this.#stop(new LlmError("Cancelled", `The stream was cancelled${why}`));
  }

  async #next(): Promise<IteratorResult<Event, undefined>> {
    for (;;) {
      while (this.#taken < this.#queue.length) {
        const event = this.#give(this.#take());
        if (event !== undefined) return { done: false, value: event };
      }
      if (this.#ending) break;
      await this.#pull();
    }
    if ("error" in this.#ending && !this.#errorGiven) {
      this.#errorGiven = true;
      throw this.#ending.error;
    }
    return { done: true, value: undefined };
  }

  #take(): Queued {
    const queued = this.#queue[this.#taken++] as Queued;
    // Moves what is left only when that is the smaller part, so that each event is moved once on average.
    if (this.#taken * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#taken);
      this.#taken = 0;
    }
    return queued;
  }

  #drop(): void {
    this.#queue = [];
    this.#taken = 0;
  }

  async #readAhead(): Promise<void> {
    while (!this.#ending) await this.#pull();
  }

  /** One step of the work; whoever asks meanwhile waits for the same step. Never rejects. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#advance().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #advance(): Promise<void> {
    const { signal } = this.#controller;
    try {
      this.#work ??= this.#begin();
      throwIfAborted(signal);
      const step = await this.#work.next();
      if (step.done) {
        this.#end({ result: step.value });
        return;
      }
      throwIfAborted(signal);
      this.#queue.push(step.value);
    } catch (error) {
      await this.#close(error);
    }
  }

  #begin(): AsyncIterator<Queued, Result, void> {
    const { signal } = this.#controller;
    const caller = this.#callerSignal;
    if (caller?.aborted) this.#controller.abort(cancelled(caller));
    else if (caller) this.#stopListening = onAbort(caller, () => void this.#stop(cancelled(caller)));
    const work: unknown = reading("work", () => this.#start(signal));
    if (typeof memberOf(work, "next") !== "function")
      throw invalidRequest(
        "work",
        `expected a function that gives an async iterator, it gave ${kindOf(work)}`,
      );
    return work as AsyncIterator<Queued, Result, void>;
  }

  async #stop(error: LlmError): Promise<void> {
    if (this.#ending) return;
    this.#drop();
    if (this.#pulling && !this.#controller.signal.aborted) this.#controller.abort(error);
    // A step that is under way ends by the abort, cleans up, and settles the result.
    await (this.#pulling ?? this.#close(error));
  }

  /** Tells the work, and what it set going, that nobody waits any more; lets it clean up. */
  async #close(error: unknown): Promise<void> {
    if (!this.#controller.signal.aborted) this.#controller.abort(error);
    try {
      await this.#work?.return?.();
    } catch {
      // The first error counts.
    }
    this.#end({ error });
  }

  #end(ending: Ending<Result>): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.#stopListening?.();
    // No loop can ask for the events any more.
    if (!this.#begun && this.#asked) this.#drop();
    if ("error" in ending) this.#settle.reject(ending.error);
    else this.#settle.resolve(ending.result);
  }
}
