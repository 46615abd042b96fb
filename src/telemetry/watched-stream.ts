/** Streams of another make, which tell their end only to who reads them. */
import { cancelled, onAbort } from "../provider/base/abort.ts";
import { systemClock } from "../provider/base/clock.ts";
import { LlmError, memberOf } from "../provider/base/error.ts";
import type { ChatChunk, ChatStream } from "../provider/base/types.ts";
import type { OpenSpan } from "./span.ts";

type Chunks = AsyncIterableIterator<ChatChunk, undefined>;

/** A call under way. Only its first end counts. */
export interface Open {
  span: OpenSpan;
  /** What it gave: its route is told. */
  succeeds(given: unknown): void;
  fails(fault: unknown): void;
}

/** Its call ends when the stream does, or when nobody waits for it any more; it is read by nobody but the application. */
export function watchedStream(stream: ChatStream, open: Open, options: unknown): ChatStream {
  const { call, reading } = endsUnread(open, options);
  const response = () => {
    const given = stream.response;
    // Of another make it may be anything.
    reading(Promise.resolve(given)).then(call.succeeds, call.fails);
    return given;
  };
  return {
    get response() {
      return response();
    },
    async text() {
      return (await response()).content;
    },
    cancel(reason) {
      stream.cancel(reason);
      call.fails(left());
    },
    [Symbol.asyncIterator]() {
      const chunks = stream[Symbol.asyncIterator]();
      const all: Chunks = {
        async next() {
          try {
            const result = await reading(Promise.resolve(chunks.next()));
            if (result.done) await response().catch(() => {});
            return result;
          } catch (fault) {
            call.fails(fault);
            throw fault;
          }
        },
        async return() {
          await chunks.return?.();
          call.fails(left());
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]: () => all,
      };
      return all;
    },
  };
}

/** The call also ends with its signal, and when it was left unread for longer than any stream of this package would be. */
function endsUnread(open: Open, options: unknown) {
  const [idle, signal] = ["idleTimeoutMs", "signal"].map((name) => memberOf(options, name));
  const idleMs = typeof idle === "number" && idle > 0 ? idle : 600_000;
  let readers = 0;
  let over = false;
  let stopClock = () => {};
  const end = () => {
    over = true;
    stopClock();
    stopListening?.();
  };
  const call: Open = {
    span: open.span,
    succeeds(given) {
      end();
      open.succeeds(given);
    },
    fails(fault) {
      end();
      open.fails(fault);
    },
  };
  const wait = () => {
    // Such a stream looks once in each idle time, so that it ends after one to two of them.
    if (!over && readers === 0 && idleMs !== Infinity)
      stopClock = systemClock.setTimer(() => call.fails(unread(idleMs)), 2 * idleMs, true);
  };
  const stopListening =
    signal instanceof AbortSignal ? onAbort(signal, () => call.fails(cancelled(signal))) : undefined;
  wait();
  if (signal instanceof AbortSignal && signal.aborted) call.fails(cancelled(signal));
  return {
    call,
    async reading<T>(work: Promise<T>): Promise<T> {
      readers += 1;
      stopClock();
      try {
        return await work;
      } finally {
        readers -= 1;
        wait();
      }
    },
  };
}

const unread = (ms: number) =>
  new LlmError("Timeout", `Nobody read the stream for ${ms} ms (idleTimeoutMs)`, { timeout: "idle" });

const left = () => new LlmError("Cancelled", "The stream was left before its end");
