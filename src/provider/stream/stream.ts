/** An event stream as chunks and a final `ChatResponse`. */
import { onAbort } from "../base/abort.ts";
import type { ChatChunk, ChatResponse, ChatStream } from "../base/types.ts";
import { type Outcome, StreamExchange } from "./exchange.ts";
import { LazyPromise, silence } from "./lazy-promise.ts";
import type { StreamSource } from "./source.ts";

export type { StreamOutcome, StreamSource } from "./source.ts";

/**
 * Starts the call: the request goes out now, and no more is read of the answer's body than its first bytes before it is
 * asked for. From then on it is read by need, only while no chunk waits to be taken.
 */
export function createChatStream(source: StreamSource): ChatStream {
  return new OpenStream(source);
}

type Result = IteratorResult<ChatChunk, undefined>;
type Chunks = AsyncIterator<ChatChunk, undefined> & AsyncIterable<ChatChunk>;

/** The application's side of a stream: one loop, one response, and what happens where they meet. */
class OpenStream implements ChatStream {
  readonly response: LazyPromise<ChatResponse>;
  readonly #signal: AbortSignal | undefined;
  readonly #stopListening: (() => void) | undefined;
  readonly #exchange: StreamExchange;
  /** How it ended for the application: as the exchange did, unless it was left before its last chunk was taken. */
  #outcome: Outcome | undefined;
  #readFor: "iteration" | "response" | undefined;

  /** Chunks of the last read; those before `#taken` were given out. */
  readonly #queue: ChatChunk[] = [];
  #taken = 0;
  #finishGiven = false;
  #errorGiven = false;
  /** Calls of `next` that wait, and the last of them. */
  #waiting = 0;
  #lastTurn: Promise<Result> | undefined;

  #responseAwaited = false;
  /** `response` has its value: a failure at once, success when the last chunk was taken or it is awaited. */
  #settled = false;
  #settle: (outcome: Outcome) => void = () => {};

  constructor(source: StreamSource) {
    this.response = new LazyPromise((resolve, reject) => {
      this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.response));
    });
    silence(this.response);
    this.response.onAwaited = () => this.#onResponseAwaited();
    this.#exchange = new StreamExchange(source, {
      onChunk: (chunk) => this.#queue.push(chunk),
      onOutcome: (outcome) => {
        this.#outcome = outcome;
        if ("error" in outcome || this.#responseAwaited) this.#settleOnce(outcome);
      },
    });
    this.#signal = source.signal;
    this.#stopListening = this.#signal && onAbort(this.#signal, this.#onAbort);
    if (this.#signal?.aborted) this.#onAbort();
    else void this.#exchange.open();
  }

  [Symbol.asyncIterator](): Chunks {
    if (this.#readFor) {
      throw new TypeError(
        this.#readFor === "iteration"
          ? "A ChatStream can be iterated once, and this one was"
          : "A ChatStream can be read once, and this one was by text() or response; iterate it before awaiting them",
      );
    }
    this.#readFor = "iteration";
    const chunks: Chunks = {
      next: () => this.#next(),
      // What a loop calls that is left by `break`, `return` or a throw.
      return: () => {
        this.#errorGiven = true;
        this.#cancel("The stream was left before its end");
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => chunks,
    };
    return chunks;
  }

  async text(): Promise<string> {
    if (!this.#readFor) void this.#readForResponse();
    const { content } = await this.response;
    return content;
  }

  cancel(reason?: string): void {
    this.#cancel(reason === undefined ? "The stream was cancelled" : `The stream was cancelled: ${reason}`);
  }

  #next(): Promise<Result> {
    if (this.#waiting === 0 && this.#taken < this.#queue.length) {
      return Promise.resolve({ done: false, value: this.#take() });
    }
    const turn = () => this.#takeTurn();
    // Calls that do not wait for each other are answered in their order.
    this.#lastTurn = this.#waiting++ === 0 || !this.#lastTurn ? turn() : this.#lastTurn.then(turn, turn);
    return this.#lastTurn;
  }

  async #takeTurn(): Promise<Result> {
    try {
      while (this.#taken === this.#queue.length) {
        // Chunks that came before an error are given out before it.
        if (this.#outcome) return this.#endIteration(this.#outcome);
        await this.#exchange.readMore();
      }
      return { done: false, value: this.#take() };
    } finally {
      this.#waiting--;
    }
  }

  #take(): ChatChunk {
    const chunk = this.#queue[this.#taken++] as ChatChunk;
    if (this.#taken === this.#queue.length) this.#drop();
    if (chunk.type === "finish") this.#finishGiven = true;
    return chunk;
  }

  #drop(): void {
    this.#queue.length = 0;
    this.#taken = 0;
  }

  #endIteration(outcome: Outcome): Result {
    this.#settleOnce(outcome);
    if ("error" in outcome && !this.#errorGiven) {
      this.#errorGiven = true;
      throw outcome.error;
    }
    return { done: true, value: undefined };
  }

  #onResponseAwaited(): void {
    this.#responseAwaited = true;
    if (this.#outcome) this.#settleOnce(this.#outcome);
    // Not yet: the loop may begin in this very turn, as in Promise.all([stream.response, show(stream)]).
    else if (!this.#readFor) queueMicrotask(() => this.#readFor ?? this.#readForResponse());
    // A loop may await the response in its body. What follows `finish` is small, so it is read ahead of the loop.
    else if (this.#finishGiven) void this.#readToEnd();
  }

  async #readForResponse(): Promise<void> {
    this.#readFor = "response";
    await this.#readToEnd();
  }

  async #readToEnd(): Promise<void> {
    while (!this.#outcome) {
      await this.#exchange.readMore();
      if (this.#readFor === "response") this.#drop();
    }
    this.#settleOnce(this.#outcome);
  }

  readonly #onAbort = (): void => {
    this.#cancel("The stream was cancelled by its signal", this.#signal?.reason);
  };

  #cancel(message: string, reason?: unknown): void {
    if (this.#settled) return;
    this.#drop();
    this.#outcome = { error: this.#exchange.errors.cancelled(message, reason) };
    this.#exchange.end(this.#outcome);
    this.#settleOnce(this.#outcome);
  }

  #settleOnce(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#stopListening?.();
    this.#settle(outcome);
  }
}
