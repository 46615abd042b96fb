import type { LlmError } from "../base/error.ts";
import type { BodyReader } from "../base/exchange.ts";
import type { ChatChunk, ChatResponse } from "../base/types.ts";
import { EventDecoder } from "../http/event-decoder.ts";
import { findError } from "../wire/error-body.ts";
import { StreamAssembly, type WireChunk } from "./assembly.ts";
import { Deadlines } from "./deadlines.ts";
import { StreamErrors } from "./errors.ts";
import { awaitFirstRead, type FirstRead } from "./first-read.ts";
import { type StreamAnswer, type StreamSource, streamTimes } from "./source.ts";

const LONGEST_EVENT = 16 * 1024 * 1024;
// After [DONE] the server normally ends its answer at once. Waiting for that keeps the connection for the next call;
// closing it earlier would cost that call a new one.
const LINGER_MS = 100;

export type Outcome = { response: ChatResponse } | { error: LlmError };

export interface ExchangeListener {
  onChunk(chunk: ChatChunk): void;
  /** Called once, by what ends the exchange first. */
  onOutcome(outcome: Outcome): void;
}

/** The server's side of a stream: from the request to `[DONE]`, a fault, a time-out or a cancellation. */
export class StreamExchange {
  readonly errors: StreamErrors;
  readonly #source: StreamSource;
  readonly #listener: ExchangeListener;
  readonly #assembly: StreamAssembly;
  readonly #deadlines: Deadlines;
  readonly #decoder: EventDecoder;
  readonly #closed = new AbortController();
  #outcome: Outcome | undefined;
  #answer: StreamAnswer | undefined;
  #reader: BodyReader | undefined;
  #begun: FirstRead | undefined;
  #reading: Promise<void> | undefined;
  #events = 0;
  #firstEventMs: number | undefined;
  #bodyEnded = false;
  #opened: () => void = () => {};
  readonly #opening = new Promise<void>((resolve) => {
    this.#opened = resolve;
  });

  constructor(source: StreamSource, listener: ExchangeListener) {
    this.#source = source;
    this.#listener = listener;
    this.#assembly = new StreamAssembly((chunk) => listener.onChunk(chunk));
    this.errors = new StreamErrors(source, this.#assembly);
    const { stallMs, firstEventMs } = streamTimes(source);
    this.#deadlines = new Deadlines({
      clock: source.clock,
      stallMs,
      firstEventMs,
      totalMs: source.totalTimeoutMs,
      onTimeout: (timeout, limitMs) => this.end({ error: this.errors.timeout(timeout, limitMs) }),
    });
    this.#decoder = new EventDecoder({
      maxLength: source.maxEventLength ?? LONGEST_EVENT,
      onEvent: (data, name) => this.#onEvent(data, name),
    });
  }

  /** Sends the request. */
  async open(): Promise<void> {
    try {
      const answer = await this.#source.open(this.#closed.signal, async (answer) => {
        this.#begun = await awaitFirstRead(answer, this.#source, this.#closed.signal);
      });
      this.#answer = answer;
      const reader = this.#begun?.reader ?? answer.body.getReader();
      if (this.#outcome) {
        reader.cancel().catch(() => {});
        this.#tellEnd(this.#outcome);
        return;
      }
      this.errors.answer = answer;
      this.#reader = reader;
      this.#deadlines.start(answer.startedAt);
    } catch (fault) {
      this.end({ error: this.errors.fault(fault) });
    }
    this.#opened();
  }

  /** One read; whoever asks meanwhile waits for the same. Never rejects. */
  readMore(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    if (!this.#reader) await this.#opening;
    if (this.#reader && !this.#outcome) {
      this.#deadlines.beginWait();
      try {
        const begun = this.#begun;
        this.#begun = undefined;
        const { done, value } = begun?.read ?? (await this.#reader.read());
        if (!this.#outcome) this.#onRead(done ? undefined : value);
      } catch (fault) {
        this.end({ error: this.errors.fault(fault) });
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
      this.end({ error: this.errors.inEvent(fault, this.#events) });
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
      if (name === "error") throw this.errors.fromServer({ error: data.slice(0, 1000) });
      // The last event of a body that was cut: what it lacks is told by what came before it.
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
    const problem = this.#source.findProblem(value);
    if (problem !== undefined) throw this.errors.invalid(`Event ${this.#events} is no chunk: ${problem}`);
    // The loose schema has just said so.
    return value as WireChunk;
  }

  #finish(): void {
    if (!this.#assembly.isFinished) throw this.errors.noFinish(this.#events);
    this.#assembly.complete();
    const { requestId, rateLimits } = this.#answer ?? {};
    this.end({ response: this.#assembly.toResponse({ requestId, rateLimits, model: this.#source.model }) });
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

  /** Ends the exchange, unless it has ended: closes the connection of one that failed. */
  end(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#deadlines.stop();
    if ("error" in outcome) {
      this.#reader?.cancel(outcome.error).catch(() => {});
      this.#closed.abort(outcome.error);
      this.#opened();
    }
    if (this.#answer) this.#tellEnd(outcome);
    this.#listener.onOutcome(outcome);
  }

  #tellEnd(outcome: Outcome): void {
    const { usage } = this.#assembly;
    this.#source.onEnd({
      ...(usage && { usage }),
      ...("error" in outcome && { error: outcome.error }),
      ...(this.#firstEventMs !== undefined && { firstEventMs: this.#firstEventMs }),
    });
  }
}
