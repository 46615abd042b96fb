/** Streams from bytes of our own, without HTTP. */

import type { Clock } from "../../../src/provider/base/clock.ts";
import { systemClock } from "../../../src/provider/base/clock.ts";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { AnswerBody } from "../../../src/provider/base/exchange.ts";
import type { HeaderReader } from "../../../src/provider/base/headers.ts";
import type { Call, CallOutcome } from "../../../src/provider/base/layer.ts";
import type { ChatChunk, ChatStream } from "../../../src/provider/base/types.ts";
import { beginStream, type StreamSettings } from "../../../src/provider/stream/exchange.ts";
import { createChatStream } from "../../../src/provider/stream/stream.ts";
import { findProblem } from "../../../src/provider/wire/check.ts";

/** A wire chunk of one choice; `extra` goes beside `choices`. */
export function chunk(delta: object, finishReason: string | null = null, extra: object = {}): object {
  return {
    id: "chatcmpl-7",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "some/model",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...extra,
  };
}

export const text = (content: string) => chunk({ content });
export const finish = (reason = "stop", extra: object = {}) => chunk({}, reason, extra);
export const DONE = "data: [DONE]\n\n";
export const event = (data: object | string) =>
  `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** An event stream of these chunks, closed by `[DONE]`. */
export const sse = (...chunks: object[]) => chunks.map(event).join("") + DONE;

export const usage = (completion: number) => ({
  prompt_tokens: 10,
  completion_tokens: completion,
  total_tokens: 10 + completion,
});

/** A body that gives its parts one a read, then ends, breaks, or stays open. */
export class Body {
  reads = 0;
  cancelled = false;
  readonly stream: ReadableStream<Uint8Array>;

  constructor(parts: Iterable<string | Uint8Array>, end: "close" | "open" | Error = "close") {
    const left = [...parts];
    const encoder = new TextEncoder();
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const part = left.shift();
          if (part !== undefined) {
            this.reads++;
            controller.enqueue(typeof part === "string" ? encoder.encode(part) : part);
          } else if (end === "close") controller.close();
          else if (end !== "open") controller.error(end);
        },
        cancel: () => {
          this.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

export interface Started {
  stream: ChatStream;
  outcomes: CallOutcome[];
  body: Body;
}

export interface HarnessOptions extends Omit<Partial<StreamSettings>, "clock"> {
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  requestId?: string;
  /** Gives the answer; `startedAgo` is how long before the request went out. */
  open?: (aborted: AbortSignal) => Promise<Pick<Answer, "body"> & Partial<Answer>>;
}

interface Answer {
  status: number;
  headers: HeaderReader;
  body: AnswerBody;
}

/** A stream over `parts`, each of them one read. */
export function start(parts: Iterable<string | Uint8Array> | Body, options: HarnessOptions = {}): Started {
  const { headers, requestId, open, signal, clock = systemClock, ...given } = options;
  const body = parts instanceof Body ? parts : new Body(parts);
  const outcomes: CallOutcome[] = [];
  const settings = {
    where: "api.example.com",
    redact: (words: string) => words.replaceAll("gsk_secret", "[key]"),
    findProblem: (_came: unknown, chunk: unknown) => findProblem("StreamChunk", chunk),
    ...given,
    clock,
  };
  const stream = createChatStream({
    signal,
    where: settings.where,
    redact: settings.redact,
    open: async (abort) => {
      if (abort.reason) throw abort.reason;
      const call: Call = {
        id: 1,
        operation: "chatStream",
        provider: "groq",
        host: "api.example.com",
        model: "asked/model",
        attempt: 1,
        options: {},
        abort,
        headers: {},
        handler: { onAnswer: () => {}, onEnd: (outcome) => outcomes.push(outcome) },
        waits: { leftMs: 0, spend: () => {} },
      };
      let answered = false;
      const send = async () => {
        const answer: Pick<Answer, "body"> & Partial<Answer> = open
          ? await open(abort.signal)
          : { body: body.stream };
        answered = true;
        return {
          head: { status: answer.status ?? 200, requestId },
          headers: answer.headers ?? new Headers({ "content-type": "text/event-stream", ...headers }),
          body: answer.body,
        };
      };
      try {
        return await beginStream(call, send, settings);
      } catch (error) {
        // What a layer around the try hears of.
        if (answered && LlmError.is(error)) outcomes.push({ error });
        throw error;
      }
    },
  });
  return { stream, outcomes, body };
}

/** Everything that a stream gives: its chunks, and the error that ended it. */
export async function collect(stream: ChatStream): Promise<{ chunks: ChatChunk[]; error?: LlmError }> {
  const chunks: ChatChunk[] = [];
  try {
    for await (const one of stream) chunks.push(one);
    return { chunks };
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    return { chunks, error };
  }
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const value = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!LlmError.is(value)) throw new Error(`expected a rejection with LlmError, got ${String(value)}`);
  return value;
}

export const textOf = (chunks: readonly ChatChunk[]) =>
  chunks.map((one) => (one.type === "text" ? one.text : "")).join("");

/** Time that moves when told. */
export class ManualClock implements Clock {
  #now = 1000;
  #timers = new Set<{ at: number; fn: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimer(fn: () => void, ms: number): () => void {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what falls due, in order, and lets what follows from it happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.fn();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets every promise that can go on go on. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
