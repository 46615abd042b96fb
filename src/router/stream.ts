/** A stream that began at one candidate or another: one loop, one response. */
import { onAbort, unlessAborted } from "../provider/base/abort.ts";
import type { Clock } from "../provider/base/clock.ts";
import { LlmError } from "../provider/base/error.ts";
import { heard } from "../provider/base/handed-in.ts";
import { keep } from "../provider/base/kept.ts";
import type { ChatChunk, ChatResponse, ChatStream } from "../provider/base/types.ts";
import { isObject, readBefore } from "../provider/base/values.ts";
import { demandAnswer } from "./answers.ts";
import { GRACE_MS, inTime } from "./in-time.ts";
import type { Route, RoutedChatResponse, RoutedChatStream } from "./types.ts";

/** A candidate's stream whose first chunk is there. */
export interface BegunStream {
  stream: ChatStream;
  chunks: AsyncIterator<ChatChunk>;
  first: IteratorResult<ChatChunk>;
}

/** Where a stream comes from, and whom to tell how it ends. */
export interface StreamRoute {
  /** Asks candidates until one has begun; rejects with `LlmError`. */
  begun: Promise<BegunStream>;
  /** Who was asked; it grows. */
  route: Route;
  /** Aborts when the caller or a deadline ends the call. */
  signal: AbortSignal;
  /** Ends the call: aborts `signal` with the error. */
  end(error: LlmError): void;
  clock: Clock;
  /** Milliseconds that it may be left unread. */
  idleMs: number;
  /** Milliseconds between two chunks, where the call bounds them. */
  stallMs: number | undefined;
  /** It came to its end: the response with its route. */
  onResponse(response: ChatResponse): RoutedChatResponse;
  /** It failed, or was left; before anybody began too. `usage` of its last chunk that told any. Gives the error to throw. */
  onFailure(fault: unknown, received: Received): LlmError;
}

export interface Received {
  text: string;
  usage?: Extract<ChatChunk, { type: "usage" }>["usage"] | undefined;
}

/** The next chunk of a stream of any make: `next` may be synchronous, and give anything. */
export async function pull(chunks: AsyncIterator<ChatChunk>): Promise<IteratorResult<ChatChunk>> {
  const next: unknown = await chunks.next();
  if (isResult(next)) return next;
  throw new TypeError("it gave no chunk");
}

const isResult = (given: unknown): given is IteratorResult<ChatChunk> =>
  isObject(given) && (given.done === true || isObject(given.value));

/** Ends a stream of any make: what it throws or rejects with then is nobody's. */
export function closeStream(stream: ChatStream, reason?: string, chunks?: AsyncIterator<ChatChunk>): void {
  quietly(() => stream.cancel(reason));
  // A stream that is a generator ends by this alone.
  quietly(() => chunks?.return?.());
}

const quietly = (run: () => unknown) => heard(() => {}, "stream", run);

/** After its last chunk a stream knows its response. */
const RESPONSE_MS = 5000;

type Result = IteratorResult<ChatChunk, undefined>;
type Outcome = { response: RoutedChatResponse } | { error: LlmError };

/**
 * Chunks are pulled from the candidate by need, or to the end once the response is asked for; either way by its iterator
 * alone, so that any `LlmProvider` will do.
 */
export class RoutedStream implements RoutedChatStream {
  readonly #route: StreamRoute;
  readonly #response: Promise<RoutedChatResponse>;
  #settle!: { resolve(response: RoutedChatResponse): void; reject(error: LlmError): void };
  /** Chunks that came; those before `#taken` were given out. */
  readonly #queue: ChatChunk[] = [];
  #taken = 0;
  #outcome: Outcome | undefined;
  #pulling: Promise<void> | undefined;
  #begun: BegunStream | undefined;
  #received: Received = { text: "" };
  #iterated = false;
  #errorGiven = false;
  #readsAhead = false;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #readAt = 0;
  #stops: (() => void)[] = [];

  constructor(route: StreamRoute) {
    this.#route = route;
    this.#stops.push(onAbort(route.signal, () => this.#onAbort()));
    this.#response = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#response.catch(() => {});
    keep(this, { route: route.route, over: this.#response });
    // Whether or not somebody reads: a call that nobody could answer is over.
    route.begun.then(
      (begun) => this.#begin(begun),
      (fault: unknown) => this.#fail(fault),
    );
  }

  get response(): Promise<RoutedChatResponse> {
    void this.#readAhead();
    return this.#response;
  }

  async text(): Promise<string> {
    const { content } = await this.response;
    return content;
  }

  cancel(reason?: string): void {
    const why = reason === undefined ? "" : `: ${reason}`;
    this.#cancel(new LlmError("Cancelled", `The stream was cancelled${why}`));
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatChunk, undefined> {
    if (this.#iterated) throw readBefore();
    this.#iterated = true;
    const chunks: AsyncIterableIterator<ChatChunk, undefined> = {
      next: () => this.#next(),
      // Called by a loop that is left by `break`, `return` or a throw.
      return: () => {
        this.#errorGiven = true;
        this.#cancel(new LlmError("Cancelled", "The stream was left before its end"));
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => chunks,
    };
    return chunks;
  }

  #next(): Promise<Result> {
    // Parallel calls of `next` are answered in order.
    const turn = this.#lastTurn.then(() => this.#take());
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  async #take(): Promise<Result> {
    for (;;) {
      const chunk = this.#queue[this.#taken];
      if (chunk !== undefined) {
        this.#taken += 1;
        if (this.#taken === this.#queue.length) this.#drop();
        return { done: false, value: chunk };
      }
      if (this.#outcome) break;
      await this.#pull();
    }
    if ("error" in this.#outcome && !this.#errorGiven) {
      this.#errorGiven = true;
      throw this.#outcome.error;
    }
    return { done: true, value: undefined };
  }

  async #readAhead(): Promise<void> {
    if (this.#readsAhead) return;
    this.#readsAhead = true;
    while (!this.#outcome) await this.#pull();
  }

  /** One more chunk, or the end. Whoever asks meanwhile waits for the same. Never rejects. */
  #pull(): Promise<void> {
    this.#readAt = this.#route.clock.now();
    this.#pulling ??= this.#pullOnce().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #pullOnce(): Promise<void> {
    const { signal } = this.#route;
    try {
      if (!this.#begun) {
        await this.#route.begun;
        return;
      }
      const { stream, chunks } = this.#begun;
      const next = await unlessAborted(this.#inTime(pull(chunks)), signal);
      if (next.done) await this.#end(stream);
      else this.#accept(next.value);
    } catch (fault) {
      this.#fail(fault);
    }
  }

  /** One of another make may not heed the bound that it was told. */
  #inTime<T>(chunk: Promise<T>): Promise<T> {
    const { clock, stallMs } = this.#route;
    if (stallMs === undefined) return chunk;
    const stalled = () =>
      new LlmError("Timeout", `No chunk came for ${stallMs} ms`, { timeout: "stall", retryable: true });
    return inTime(chunk, stallMs + GRACE_MS, clock, "The stream", stalled);
  }

  #begin(begun: BegunStream): void {
    if (this.#outcome) return;
    this.#begun = begun;
    this.#readAt = this.#route.clock.now();
    if (!begun.first.done) this.#accept(begun.first.value);
    this.#watchIdle();
  }

  /** A stream that nobody reads is closed, or its call would be held for ever. */
  #watchIdle(): void {
    const { clock, idleMs } = this.#route;
    const leftMs = this.#pulling ? idleMs : this.#readAt + idleMs - clock.now();
    if (leftMs <= 0) {
      this.#cancel(
        new LlmError("Timeout", `Nobody read the stream for ${idleMs} ms, so it was closed`, {
          timeout: "idle",
        }),
      );
      return;
    }
    this.#stops[1] = clock.setTimer(() => this.#watchIdle(), leftMs, true);
  }

  #accept(chunk: ChatChunk): void {
    if (this.#outcome) return;
    if (chunk.type === "text") this.#received.text += chunk.text;
    if (chunk.type === "usage") this.#received.usage = chunk.usage;
    this.#queue.push(chunk);
  }

  async #end(stream: ChatStream): Promise<void> {
    const { signal, clock } = this.#route;
    const coming = inTime(Promise.resolve(stream.response), RESPONSE_MS, clock, "The stream's response");
    const response: ChatResponse = await unlessAborted(coming, signal);
    if (this.#outcome) return;
    demandAnswer("chat", response, "a stream's response");
    const routed = this.#route.onResponse(response);
    this.#outcome = { response: routed };
    this.#stop();
    this.#settle.resolve(routed);
  }

  #fail(fault: unknown): void {
    if (this.#outcome) return;
    const error = this.#route.onFailure(fault, this.#received);
    this.#outcome = { error };
    this.#stop();
    this.#settle.reject(error);
    if (this.#begun) closeStream(this.#begun.stream, error.message, this.#begun.chunks);
  }

  #cancel(error: LlmError): void {
    if (!this.#outcome) this.#route.end(error);
  }

  #onAbort(): void {
    const reason: unknown = this.#route.signal.reason;
    // Who cancels wants no more chunks; what a deadline cuts off is given out before its error.
    if (LlmError.is(reason) && reason.kind === "Cancelled") this.#drop();
    this.#fail(reason);
  }

  #drop(): void {
    this.#queue.length = 0;
    this.#taken = 0;
  }

  #stop(): void {
    for (const stop of this.#stops) stop();
  }
}
