/** A body of Node to be read without a web stream, which would cost as much as the rest of the exchange. */
import type { Readable } from "node:stream";
import type { AnswerBody, BodyRead, BodyReader } from "../base/exchange.ts";

/** Bytes that may wait to be read. Most whole answers are shorter, and then are read without a pause. */
const READ_AHEAD = 1 << 16;

const END: BodyRead = { done: true };

export class NodeBody implements AnswerBody, BodyReader {
  readonly #source: Readable;
  readonly #onClosed: (isEnd: boolean) => void;
  #ahead: Uint8Array[] = [];
  #aheadBytes = 0;
  #state: "open" | "ended" | "failed" = "open";
  #error: Error | undefined;
  #waiting: { resolve(read: BodyRead): void; reject(error: unknown): void } | undefined;

  /** `onClosed` is called once, when the last byte has come, or when no more will: then `isEnd` is false. */
  constructor(source: Readable, onClosed: (isEnd: boolean) => void) {
    this.#source = source;
    this.#onClosed = onClosed;
    // Listen at once: an `error` event without a listener would end the process.
    source.on("data", (bytes: Uint8Array) => this.#take(bytes));
    source.on("end", () => this.#close("ended"));
    // A destroyed body emits `error`, or `close` alone.
    source.on("error", (error) => this.fail(error));
    source.on("close", () => this.fail(new Error("The connection was closed within the body")));
  }

  getReader(): BodyReader {
    return this;
  }

  read(): Promise<BodyRead> {
    const value = this.#ahead.shift();
    if (value) {
      this.#aheadBytes -= value.byteLength;
      if (this.#ahead.length === 0 && this.#source.isPaused()) this.#source.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#state === "ended") return Promise.resolve(END);
    if (this.#state === "failed") return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async cancel(): Promise<void> {
    this.#ahead = [];
    this.#close("ended", false);
    this.#source.destroy();
  }

  /** Every later read rejects with `error`; what was read ahead is lost, as with `fetch`. */
  fail(error: Error): void {
    if (this.#state !== "open") return;
    this.#error = error;
    this.#ahead = [];
    this.#close("failed", false);
    this.#source.destroy();
  }

  #take(value: Uint8Array): void {
    if (this.#state !== "open") return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value });
      return;
    }
    this.#ahead.push(value);
    this.#aheadBytes += value.byteLength;
    if (this.#aheadBytes >= READ_AHEAD) this.#source.pause();
  }

  #close(state: "ended" | "failed", isEnd = true): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#onClosed(isEnd);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (state === "ended") waiting?.resolve(END);
    else waiting?.reject(this.#error);
  }
}
