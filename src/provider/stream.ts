/** An event stream as chunks and a final `ChatResponse`. */
import type { LlmError } from "./errors.ts";
import { findError, StreamAssembly, type WireChunk } from "./stream-assembly.ts";
import { Deadlines } from "./stream-deadlines.ts";
import { StreamErrors } from "./stream-errors.ts";
import { EventDecoder } from "./stream-events.ts";
import { LazyPromise, silence } from "./stream-promise.ts";
import type { StreamAnswer, StreamSource } from "./stream-source.ts";
import type { ChatChunk, ChatResponse, ChatStream } from "./types.ts";

export type { StreamAnswer, StreamOutcome, StreamSource } from "./stream-source.ts";

const STALL_MS = 30_000;
const LONGEST_EVENT = 16 * 1024 * 1024;
// After [DONE] the server normally ends its answer at once. Waiting for that keeps the connection for the next call;
// closing it earlier would cost that call a new one.
const LINGER_MS = 100;

/**
 * Starts the call: the request goes out now, and nothing is read of the answer's body before it is asked for. From then
 * on it is read by need, only while no chunk waits to be taken.
 */
export function createChatStream(source: StreamSource): ChatStream {
  return new OpenStream(source);
}

type Result = IteratorResult<ChatChunk, undefined>;
type Chunks = AsyncIterator<ChatChunk, undefined> & AsyncIterable<ChatChunk>;
type Outcome = { response: ChatResponse } | { error: LlmError };

class OpenStream implements ChatStream {
  readonly response: LazyPromise<ChatResponse>;
  readonly #source: StreamSource;
  readonly #assembly: StreamAssembly;
  readonly #errors: StreamErrors;
  readonly #deadlines: Deadlines;
  readonly #decoder: EventDecoder;
  readonly #closed = new AbortController();
  #answer: StreamAnswer | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** Chunks of the last read; those before `#taken` were given out. */
  #queue: ChatChunk[] = [];
  #taken = 0;
  #finishGiven = false;
  #events = 0;
  #firstEventMs: number | undefined;
  #bodyEnded = false;

  #readFor: "iteration" | "response" | undefined;
  /** Set by what ends the exchange first: `[DONE]`, the body's end, a fault, a time-out, a cancellation. */
  #outcome: Outcome | undefined;
  /** `response` has settled: with a failure at once, with success when the last chunk was taken. */
  #settled = false;
  #errorGiven = false;
  #responseAwaited = false;
  #reading: Promise<void> | undefined;
  #waiting = 0;
  #lastTurn: Promise<Result> | undefined;

  #settle: (outcome: Outcome) => void = () => {};
  #opened: () => void = () => {};
  readonly #opening = new Promise<void>((resolve) => {
    this.#opened = resolve;
  });

  constructor(source: StreamSource) {
    this.#source = source;
    this.#assembly = new StreamAssembly((chunk) => this.#queue.push(chunk));
    this.#errors = new StreamErrors(source, this.#assembly);
    const stallMs = source.stallTimeoutMs ?? STALL_MS;
    this.#deadlines = new Deadlines({
      clock: source.clock,
      stallMs,
      firstEventMs: source.firstEventTimeoutMs ?? stallMs,
      totalMs: source.totalTimeoutMs,
      onTimeout: (timeout, limitMs) => this.#end({ error: this.#errors.timeout(timeout, limitMs) }),
    });
    this.#decoder = new EventDecoder({
      maxLength: source.maxEventLength ?? LONGEST_EVENT,
      onEvent: (data, name) => this.#onEvent(data, name),
    });
    this.response = new LazyPromise((resolve, reject) => {
      this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.response));
    });
    silence(this.response);
    this.response.onAwaited = () => this.#onResponseAwaited();
    source.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (source.signal?.aborted) this.#onAbort();
    else void this.#open();
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

  // ------------------------------------------------------------ giving out

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
        await this.#readMore();
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
      await this.#readMore();
      if (this.#readFor === "response") this.#drop();
    }
    this.#settleOnce(this.#outcome);
  }

  // ------------------------------------------------------------ reading

  async #open(): Promise<void> {
    try {
      const answer = await this.#source.open(this.#closed.signal);
      this.#answer = answer;
      if (this.#outcome) {
        answer.body.cancel().catch(() => {});
        this.#tellEnd(this.#outcome);
        return;
      }
      this.#errors.answer = answer;
      this.#reader = answer.body.getReader();
      this.#deadlines.start(answer.startedAt);
    } catch (fault) {
      this.#end({ error: this.#errors.fault(fault) });
    }
    this.#opened();
  }

  /** One read; whoever asks meanwhile waits for the same. Never rejects. */
  #readMore(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    if (!this.#reader) await this.#opening;
    if (this.#reader && !this.#outcome) {
      this.#deadlines.beginWait();
      try {
        const { done, value } = await this.#reader.read();
        if (!this.#outcome) this.#onRead(done ? undefined : value);
      } catch (fault) {
        this.#end({ error: this.#errors.fault(fault) });
      }
    }
    this.#reading = undefined;
  }

  #onRead(bytes: Uint8Array | undefined): void {
    try {
      if (bytes) {
        this.#decoder.feed(bytes);
      } else {
        this.#bodyEnded = true;
        this.#decoder.end();
        if (!this.#outcome) this.#finish();
      }
    } catch (fault) {
      this.#end({ error: this.#errors.inEvent(fault, this.#events) });
    }
  }

  #onEvent(data: string, name: string | undefined): void {
    if (this.#outcome) return;
    if (data.startsWith("[DONE]")) {
      this.#finish();
      return;
    }
    if (name !== undefined && name !== "message" && name !== "error") return;
    if (this.#events++ === 0 && this.#answer) {
      this.#firstEventMs = this.#source.clock.now() - this.#answer.startedAt;
    }
    this.#deadlines.event();
    const wire = this.#parse(data, name);
    if (wire) this.#assembly.accept(wire);
  }

  #parse(data: string, name: string | undefined): WireChunk | undefined {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      if (name === "error") throw this.#errors.fromServer({ error: data.slice(0, 1000) });
      // The last event of a body that was cut: what it lacks is told by what came before it.
      if (this.#bodyEnded) {
        this.#events--;
        return undefined;
      }
      throw this.#errors.invalid(
        `Expected JSON in event ${this.#events}, got ${data.length} characters of other text`,
      );
    }
    const error = name === "error" ? value : findError(value);
    if (error !== undefined) throw this.#errors.fromServer(error);
    const problem = this.#source.findProblem(value);
    if (problem !== undefined) throw this.#errors.invalid(`Event ${this.#events} is no chunk: ${problem}`);
    // The loose schema has just said so.
    return value as WireChunk;
  }

  // ------------------------------------------------------------ ending

  #finish(): void {
    if (!this.#assembly.isFinished) throw this.#errors.noFinish(this.#events);
    this.#assembly.complete();
    const { requestId, rateLimits } = this.#answer ?? {};
    this.#end({ response: this.#assembly.toResponse({ requestId, rateLimits, model: this.#source.model }) });
    if (!this.#bodyEnded) this.#linger();
  }

  #linger(): void {
    const reader = this.#reader;
    if (!reader) return;
    const close = () => {
      stopTimer();
      reader.cancel().catch(() => {});
    };
    const stopTimer = this.#source.clock.setTimer(close, LINGER_MS);
    reader.read().then(({ done }) => (done ? stopTimer() : close()), stopTimer);
  }

  readonly #onAbort = (): void => {
    this.#cancel("The stream was cancelled by its signal", this.#source.signal?.reason);
  };

  #cancel(message: string, reason?: unknown): void {
    if (this.#settled) return;
    const error = this.#errors.cancelled(message, reason);
    this.#drop();
    this.#end({ error });
    // It had ended, but not for its reader, who has not taken all of it.
    if (this.#outcome && "response" in this.#outcome) this.#outcome = { error };
    if (this.#outcome) this.#settleOnce(this.#outcome);
  }

  #end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#deadlines.stop();
    if ("error" in outcome) {
      this.#reader?.cancel(outcome.error).catch(() => {});
      this.#closed.abort(outcome.error);
      this.#opened();
    }
    if (this.#answer) this.#tellEnd(outcome);
    if ("error" in outcome || this.#responseAwaited) this.#settleOnce(outcome);
  }

  #tellEnd(outcome: Outcome): void {
    const { usage } = this.#assembly;
    this.#source.onEnd({
      ...(usage && { usage }),
      ...("error" in outcome && { error: outcome.error }),
      ...(this.#firstEventMs !== undefined && { firstEventMs: this.#firstEventMs }),
    });
  }

  #settleOnce(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#source.signal?.removeEventListener("abort", this.#onAbort);
    this.#settle(outcome);
  }
}
