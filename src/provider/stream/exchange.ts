/** The server's side of a stream: from the answer's headers to `[DONE]`, a fault, a time-out or a cancellation. */
import type { Clock } from "../base/clock.ts";
import type { LlmError } from "../base/error.ts";
import type { BodyReader } from "../base/exchange.ts";
import type { Call } from "../base/layer.ts";
import type { ChatResponse } from "../base/types.ts";
import { EventDecoder } from "../http/event-decoder.ts";
import type { StreamAnswer } from "../http/transport.ts";
import { findError } from "../wire/error-body.ts";
import { normaliseChunk } from "../wire/normalise.ts";
import { StreamAssembly, type WireChunk } from "./assembly.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { Deadlines } from "./deadlines.ts";
import { StreamErrors } from "./errors.ts";
import { readerOf } from "./whole-answer.ts";

export interface StreamSettings {
  clock: Clock;
  /** The server, as named in errors. */
  where: string;
  /** Removes the key from text that came from outside. */
  redact(text: string): string;
  /**
   * What keeps a chunk from holding what is needed, with its place; `undefined` when it does. `came` is the same as the
   * server sent it.
   */
  findProblem(came: unknown, chunk: unknown): string | undefined;
  /** `optional`: `[DONE]` is enough of an end. Default `required`. */
  finishReason?: "required" | "optional" | undefined;
  /** Gives each event as it came, too. */
  includeRaw?: boolean | undefined;
  /** Milliseconds waited for the next event. Default 30 000. */
  stallTimeoutMs?: number | undefined;
  /** What its writer calls that. */
  stallName?: string | undefined;
  /** Milliseconds from the answer's headers to the first event. Default: `stallTimeoutMs`. */
  firstEventTimeoutMs?: number | undefined;
  /** Milliseconds that nobody may read. Default 600 000. */
  idleTimeoutMs?: number | undefined;
  /** Characters of the longest event. Default 16 Mi. */
  maxEventLength?: number | undefined;
  /** Characters that the answer may add up to. Default 32 Mi. */
  maxResponseLength?: number | undefined;
}

export type Outcome = { response: ChatResponse } | { error: LlmError };

const MEBI = 1024 * 1024;
// After [DONE] the server normally ends its answer at once. Waiting for that keeps the connection for the next call;
// closing it earlier would cost that call a new one.
const LINGER_MS = 100;

/**
 * One try of a streamed call: sends, and reads up to the first event. Rejects with `LlmError` where that is an error, or
 * does not come: until then another try does no harm.
 */
export async function beginStream(
  call: Call,
  send: () => Promise<StreamAnswer>,
  settings: StreamSettings,
): Promise<StreamExchange> {
  const startedAt = settings.clock.now();
  const exchange = new StreamExchange(await send(), call, startedAt, settings);
  await exchange.begin();
  return exchange;
}

/** Lines that belong to no event: where the stream does not end well, they are what the server said instead. */
class StrayLines {
  text = "";

  add(line: string): void {
    if (this.text.length < 64 * 1024) this.text += `${line.slice(0, 64 * 1024)}\n`;
  }
}

const BRACE = 0x7b;

export class StreamExchange {
  /** Chunks that came and were not taken. */
  readonly chunks = new ChunkQueue();
  readonly errors: StreamErrors;
  /** Resolves when the exchange is over. */
  readonly over: Promise<Outcome>;
  readonly #call: Call;
  readonly #answer: StreamAnswer;
  readonly #settings: StreamSettings;
  readonly #startedAt: number;
  readonly #reader: BodyReader;
  readonly #assembly: StreamAssembly;
  readonly #deadlines: Deadlines;
  readonly #decoder: EventDecoder;
  readonly #stopListening: () => void;
  #tellOver: (outcome: Outcome) => void = () => {};
  #outcome: Outcome | undefined;
  #reading: Promise<void> | undefined;
  #wake: () => void = () => {};
  #hasBegun = false;
  readonly #stray = new StrayLines();
  #events = 0;
  /** Events that were chunks. */
  #accepted = 0;
  #firstEventMs: number | undefined;
  #bodyEnded = false;
  #sawDone = false;

  constructor(answer: StreamAnswer, call: Call, startedAt: number, settings: StreamSettings) {
    const { where, redact, stallTimeoutMs = 30_000, firstEventTimeoutMs = stallTimeoutMs } = settings;
    this.#answer = answer;
    this.#call = call;
    this.#settings = settings;
    this.#startedAt = startedAt;
    const maxLength = settings.maxEventLength ?? 16 * MEBI;
    this.#reader = readerOf(answer.body.getReader(), maxLength);
    this.over = new Promise((resolve) => {
      this.#tellOver = resolve;
    });
    this.#assembly = new StreamAssembly(
      (chunk) => this.chunks.push(chunk),
      settings.maxResponseLength ?? 32 * MEBI,
    );
    this.errors = new StreamErrors(
      { answer, model: call.model, where, redact, stallName: settings.stallName },
      this.#assembly,
    );
    this.#deadlines = new Deadlines({
      clock: settings.clock,
      stallMs: stallTimeoutMs,
      firstEventMs: firstEventTimeoutMs,
      idleMs: settings.idleTimeoutMs ?? 600_000,
      onTimeout: (timeout, limitMs) => this.#end({ error: this.errors.timeout(timeout, limitMs) }),
    });
    this.#decoder = new EventDecoder({
      maxLength,
      onEvent: (data, name) => this.#onEvent(data, name),
      onStrayLine: (line) => this.#stray.add(line),
    });
    this.#stopListening = call.abort.onAbort((reason) => this.#end({ error: this.errors.ended(reason) }));
  }

  /** How it ended; absent while it goes on. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  async begin(): Promise<void> {
    // The answer came after the call had ended.
    const { reason } = this.#call.abort;
    if (reason) this.#end({ error: this.errors.ended(reason) });
    while (this.#accepted === 0 && !this.#outcome) await this.readMore();
    // A fault after the first event belongs to the stream and not to the try, even if one read brought both.
    if (this.#accepted === 0 && this.#outcome && "error" in this.#outcome) throw this.#outcome.error;
    this.#hasBegun = true;
    if (this.#outcome) this.#tellEnd(this.#outcome);
  }

  /** One read, or the end. Callers that ask meanwhile share it. Never rejects. */
  readMore(): Promise<void> {
    if (this.#outcome) return Promise.resolve();
    if (this.#reading) return this.#reading;
    const reading = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#reading = reading;
    this.#deadlines.beginWait();
    this.#read();
    return reading;
  }

  /** A chunk was taken: the stream has a reader. */
  taken(): void {
    this.#deadlines.read();
  }

  async #read(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (!this.#outcome) this.#onRead(done ? undefined : value);
    } catch (fault) {
      this.#end({ error: this.errors.fault(fault) });
    }
    this.#reading = undefined;
    this.#wake();
  }

  #onRead(bytes: Uint8Array | undefined): void {
    try {
      if (bytes) this.#decoder.feed(bytes);
      else {
        this.#bodyEnded = true;
        this.#decoder.end();
        if (!this.#outcome) this.#finish();
      }
    } catch (fault) {
      this.#end({ error: this.errors.inEvent(fault, this.#events) });
    }
  }

  #onEvent(data: string, name: string | undefined): void {
    if (this.#outcome) return;
    // Nearly all events are objects, and need no look at their blanks.
    if (data.charCodeAt(0) !== BRACE) {
      const words = data.trim();
      if (words === "") return;
      if (words.startsWith("[DONE]")) {
        this.#sawDone = true;
        this.#finish();
        return;
      }
    }
    if (name !== undefined && name !== "message" && name !== "error") return;
    if (this.#events++ === 0) this.#firstEventMs = this.#settings.clock.now() - this.#startedAt;
    this.#deadlines.event();
    const wire = this.#parse(data, name);
    if (!wire) return;
    this.#assembly.accept(wire, data.length);
    // A ping is no beginning of an answer: what fails after it may be tried again.
    if (wire.choices.length > 0) this.#accepted++;
  }

  #parse(data: string, name: string | undefined): WireChunk | undefined {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      if (data.includes("\n")) return this.#onLines(data, name);
      if (name === "error") throw this.errors.fromServer({ error: data.slice(0, 1000) });
      // The last event of a body that was cut: the error about the cut tells more than one about this event.
      if (this.#bodyEnded) {
        this.#events--;
        return undefined;
      }
      throw this.errors.invalid(
        `Expected JSON in event ${this.#events}, got ${data.length} characters of other text`,
      );
    }
    const error = name === "error" ? value : findError(value);
    if (error !== undefined) throw this.errors.fromServer(error);
    if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
    const chunk = normaliseChunk(value);
    const problem = this.#settings.findProblem(value, chunk);
    if (problem !== undefined) throw this.errors.invalid(`Event ${this.#events} is no chunk: ${problem}`);
    if (this.#settings.includeRaw) this.#assembly.keepRaw(value, data.length);
    // The check has just said so.
    return chunk as WireChunk;
  }

  /** Servers that fail may end events by one line end: then several are taken for one. */
  #onLines(data: string, name: string | undefined): undefined {
    this.#events--;
    for (const line of data.split("\n")) if (line !== "") this.#onEvent(line, name);
  }

  #finish(): void {
    if (!this.#assembly.isFinished && !this.#mayLackReason)
      throw this.errors.noFinish(this.#accepted === 0 ? 0 : this.#events, this.#stray.text);
    this.#assembly.complete();
    const { head, headers } = this.#answer;
    const { requestId, rateLimits } = head;
    const facts = { requestId, rateLimits, headers, model: this.#call.model };
    this.#end({ response: this.#assembly.toResponse(facts) });
    if (!this.#bodyEnded) this.#linger();
  }

  /** Where a service leaves the reason out, only `[DONE]` tells that the stream was not cut. */
  get #mayLackReason(): boolean {
    return this.#settings.finishReason === "optional" && this.#sawDone && this.#accepted > 0;
  }

  #linger(): void {
    const close = () => {
      stopTimer();
      this.#reader.cancel().catch(() => {});
    };
    const stopTimer = this.#settings.clock.setTimer(close, LINGER_MS);
    this.#reader.read().then(({ done }) => (done ? stopTimer() : close()), stopTimer);
  }

  /** Ends the exchange, unless it has ended: closes the connection of one that failed. */
  #end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#deadlines.stop();
    this.#stopListening();
    if ("error" in outcome) this.#reader.cancel(outcome.error).catch(() => {});
    if (this.#hasBegun) this.#tellEnd(outcome);
    this.#tellOver(outcome);
    // A body may take no notice of being cancelled.
    this.#wake();
  }

  #tellEnd(outcome: Outcome): void {
    const { usage } = this.#assembly;
    const response = "response" in outcome ? outcome.response : undefined;
    this.#call.handler.onEnd({
      ...("error" in outcome && { error: outcome.error }),
      ...(usage && { usage }),
      ...(response && { finishReason: response.finishReason, response }),
      ...(this.#firstEventMs !== undefined && { firstEventMs: this.#firstEventMs }),
    });
  }
}
