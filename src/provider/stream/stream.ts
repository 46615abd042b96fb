/** An event stream as chunks and a final `ChatResponse`. */
import { type Abort, Aborter, onAbort } from "../base/abort.ts";
import { applicationFault, describeCause, LlmError } from "../base/error.ts";
import { hush } from "../base/events.ts";
import { KEPT, type Kept } from "../base/kept.ts";
import type { ChatChunk, ChatResponse, ChatStream } from "../base/types.ts";
import { readBefore } from "../base/values.ts";
import { type Outcome, StreamExchange } from "./exchange.ts";

export interface StreamCall {
  /** The caller's. */
  signal?: AbortSignal | undefined;
  /** The server, as named in errors. */
  where: string;
  /** Removes the key from text that came from outside. */
  redact(text: string): string;
  /**
   * Makes the call, with all its tries: gives a stream of which the first event was read. Called at once. `abort` ends it,
   * also once it has begun.
   */
  open(abort: Abort): Promise<StreamExchange>;
}

/**
 * Starts the call: the request goes out now, and no more is read of the answer than its first event before it is asked for.
 * From then on it is read by need, only while no chunk waits to be taken.
 */
export function createChatStream(call: StreamCall): ChatStream {
  return new OpenStream(call);
}

function notTheStream(): LlmError {
  return new LlmError(
    "ConfigError",
    "layers: expected that a layer of a stream gives what next gave, it did not",
  );
}

type Result = IteratorResult<ChatChunk, undefined>;
type Chunks = AsyncIterator<ChatChunk, undefined> & AsyncIterable<ChatChunk>;

/** The application's side of a stream: one loop, one response, or both at once. */
class OpenStream implements ChatStream {
  readonly #call: StreamCall;
  readonly #aborter = new Aborter();
  readonly #stopListening: (() => void) | undefined;
  /** Resolves when there is an exchange, or none will come. */
  readonly #opening: Promise<void>;
  #opened: () => void = () => {};
  #exchange: StreamExchange | undefined;
  /** How it ended for the application: as the exchange did, unless it was left before its last chunk was taken. */
  #outcome: Outcome | undefined;
  #readBy: "loop" | "text" | undefined;
  #errorGiven = false;
  /** Calls of `next` that wait, and the last of them. */
  #waiting = 0;
  #lastTurn: Promise<Result> | undefined;
  #response: Promise<ChatResponse> | undefined;
  #settle: (outcome: Outcome) => void = () => {};

  constructor(call: StreamCall) {
    this.#call = call;
    const { signal } = call;
    this.#opening = new Promise((resolve) => {
      this.#opened = resolve;
    });
    this.#stopListening = signal && onAbort(signal, () => this.#stop(this.#bySignal(signal)));
    if (signal?.aborted) this.#stop(this.#bySignal(signal));
    void this.#open();
  }

  get response(): Promise<ChatResponse> {
    if (!this.#response) {
      this.#response = new Promise((resolve, reject) => {
        this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.response));
      });
      this.#response.catch(() => {});
      if (this.#outcome) this.#settle(this.#outcome);
      else void this.#readAhead();
    }
    return this.#response;
  }

  get [KEPT](): Kept {
    const over = this.#over();
    hush(over);
    return { over };
  }

  async text(): Promise<string> {
    this.#readBy ??= "text";
    const { content } = await this.response;
    return content;
  }

  cancel(reason?: string): void {
    const message = reason === undefined ? "The stream was cancelled" : `The stream was cancelled: ${reason}`;
    this.#stop(new LlmError("Cancelled", message));
  }

  [Symbol.asyncIterator](): Chunks {
    if (this.#readBy) {
      throw this.#readBy === "loop"
        ? readBefore()
        : readBefore("was read by text() or response, which a loop has to begin before");
    }
    this.#readBy = "loop";
    const chunks: Chunks = {
      next: () => this.#next(),
      // Called by a loop that is left by `break`, `return` or a throw.
      return: () => {
        this.#errorGiven = true;
        this.#stop(new LlmError("Cancelled", "The stream was left before its end"));
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => chunks,
    };
    return chunks;
  }

  /** Never rejects: how it fails is the outcome. */
  async #open(): Promise<void> {
    try {
      const exchange: unknown = await this.#call.open(this.#aborter);
      if (!(exchange instanceof StreamExchange)) throw notTheStream();
      this.#exchange = exchange;
      this.#exchange.over.then((outcome) => this.#onOver(outcome));
      this.#opened();
    } catch (fault) {
      const { redact } = this.#call;
      this.#finish({ error: LlmError.is(fault) ? fault : applicationFault("A layer", fault, redact) });
    }
  }

  async #over(): Promise<ChatResponse> {
    await this.#opening;
    const outcome = (await this.#exchange?.over) ?? this.#outcome;
    if (outcome && "response" in outcome) return outcome.response;
    throw outcome?.error;
  }

  #onOver(outcome: Outcome): void {
    // A success counts when its last chunk was taken; `response` resolves at once.
    if ("error" in outcome || this.#response) this.#finish(outcome);
  }

  #next(): Promise<Result> {
    if (this.#waiting === 0) {
      const chunk = this.#take();
      if (chunk) return Promise.resolve({ done: false, value: chunk });
    }
    const turn = () => this.#takeTurn();
    // Parallel calls of `next` are answered in order.
    this.#lastTurn = this.#waiting++ === 0 || !this.#lastTurn ? turn() : this.#lastTurn.then(turn, turn);
    return this.#lastTurn;
  }

  async #takeTurn(): Promise<Result> {
    try {
      // Not awaited where it is done: a promise for each chunk would cost as much as the chunk.
      if (!this.#exchange && !this.#outcome) await this.#opening;
      for (;;) {
        const chunk = this.#take();
        if (chunk) return { done: false, value: chunk };
        // Chunks that came before an error are given out before it.
        const outcome = this.#outcome ?? this.#exchange?.outcome;
        if (outcome) return this.#endLoop(outcome);
        await this.#exchange?.readMore();
      }
    } finally {
      this.#waiting--;
    }
  }

  #take(): ChatChunk | undefined {
    if (!this.#exchange || this.#exchange.chunks.isEmpty) return undefined;
    this.#exchange.taken();
    return this.#exchange.chunks.take();
  }

  #endLoop(outcome: Outcome): Result {
    this.#finish(outcome);
    if ("error" in outcome && !this.#errorGiven) {
      this.#errorGiven = true;
      throw outcome.error;
    }
    return { done: true, value: undefined };
  }

  async #readAhead(): Promise<void> {
    await this.#opening;
    const exchange = this.#exchange;
    if (!exchange) return;
    while (!exchange.outcome) {
      await exchange.readMore();
      if (this.#readBy === "text") exchange.chunks.clear();
      else exchange.chunks.compact();
    }
    this.#onOver(exchange.outcome);
  }

  #bySignal(signal: AbortSignal): LlmError {
    const reason: unknown = signal.reason;
    if (LlmError.is(reason)) return reason;
    const cause = describeCause(reason, this.#call.redact);
    return new LlmError("Cancelled", "The stream was cancelled by its signal", { cause });
  }

  #stop(reason: LlmError): void {
    if (this.#outcome) return;
    const exchange = this.#exchange;
    exchange?.chunks.clear();
    this.#aborter.abort(reason);
    const ended = exchange?.outcome;
    // Where all had arrived before, the exchange itself ended well.
    this.#finish(ended && "error" in ended ? ended : { error: exchange?.errors.ended(reason) ?? reason });
  }

  #finish(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#stopListening?.();
    this.#settle(outcome);
    this.#opened();
  }
}
