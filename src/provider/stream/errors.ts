import { describeCause, LlmError, type LlmErrorDetails } from "../base/error.ts";
import { parseJson } from "../base/values.ts";
import type { StreamAnswer } from "../http/transport.ts";
import { findError } from "../wire/error-body.ts";
import { errorFromAnswer, errorFromFault } from "../wire/errors.ts";
import { isPage } from "../wire/html-page.ts";

/** What the errors of a stream tell beside their fault. */
export interface StreamPlace {
  answer: StreamAnswer;
  /** The model asked for. */
  model: string;
  /** The server, as named in errors. */
  where: string;
  /** Removes the key from text that came from outside. */
  redact(text: string): string;
  /** What its writer calls `stallTimeoutMs`. */
  stallName?: string | undefined;
}

/** An error that stands outside of any event: as a body, on a line of its own, or after `error:` as llama.cpp has it. */
function findStrayError(stray: string): unknown {
  const whole = findError(parseJson(stray));
  if (whole !== undefined) return whole;
  for (const line of stray.split("\n", MOST_LINES)) {
    const said = /^error:\s*(\S.*)$/.exec(line)?.[1];
    if (said !== undefined) return { error: parseJson(said) ?? said };
    const error = findError(parseJson(line));
    if (error !== undefined) return error;
  }
  return undefined;
}

const MOST_LINES = 1000;
const LONGEST_SENTENCE = 200;

/** The errors that a stream can end with. Each has the text that came before it as `partial`. */
export class StreamErrors {
  readonly #place: StreamPlace;
  readonly #received: { readonly text: string };

  constructor(place: StreamPlace, received: { readonly text: string }) {
    this.#place = place;
    this.#received = received;
  }

  /** `body`: of an error event, or any object with an `error`. */
  fromServer(body: unknown): LlmError {
    const { answer, model, redact } = this.#place;
    const { status } = answer.head;
    return errorFromAnswer({
      status,
      headers: answer.headers,
      body,
      model,
      redact,
      partial: this.#received.text,
    });
  }

  timeout(timeout: "stall" | "firstEvent" | "idle", limitMs: number): LlmError {
    const what = {
      stall: `No event came for ${limitMs} ms (${this.#place.stallName ?? "stallTimeoutMs"})`,
      firstEvent: `No event came in the first ${limitMs} ms (firstEventTimeoutMs)`,
      idle: `Nobody read the stream for ${limitMs} ms (idleTimeoutMs)`,
    };
    return this.#make("Timeout", `${what[timeout]}, ${this.#from}`, {
      timeout,
      retryable: timeout !== "idle",
    });
  }

  /** What ended the call, with the text that came before. */
  ended(reason: LlmError): LlmError {
    const { kind, message, cause, retryable, timeout } = reason;
    return this.#make(kind, message, { cause, retryable, timeout });
  }

  /** The connection broke. */
  fault(fault: unknown): LlmError {
    if (LlmError.is(fault))
      return fault.kind === "InvalidResponse" ? this.invalid(fault.message) : this.ended(fault);
    const { code, cause, retryable } = errorFromFault(fault, this.#place.where, this.#place.redact);
    return this.#make(
      "ServiceUnavailable",
      `The connection broke off${code ? ` (${code})` : ""}, ${this.#from}`,
      { code, cause, retryable },
    );
  }

  /** What was thrown while an event was read. */
  inEvent(fault: unknown, event: number): LlmError {
    if (!LlmError.is(fault)) {
      const cause = describeCause(fault, this.#place.redact);
      return this.invalid(`Event ${event} could not be read`, { cause });
    }
    // Code that finds a fault inside an event does not know the text that came before.
    return fault.partial === undefined ? this.invalid(fault.message) : fault;
  }

  /** `stray`: lines that belonged to no event. */
  noFinish(events: number, stray: string): LlmError {
    const error = findStrayError(stray);
    if (error !== undefined) return this.fromServer(error);
    const type = this.#place.answer.headers.get("content-type") ?? "no content type";
    return this.invalid(
      events === 0
        ? `Expected an event stream, got ${type} without any event${this.#told(stray)}`
        : `The stream ended after ${events} event${events === 1 ? "" : "s"} without a finish_reason`,
      // A server that answers with another type will do so again; a stream that was cut may be whole next time.
      { retryable: events > 0 || type.startsWith("text/event-stream") },
    );
  }

  invalid(message: string, details: LlmErrorDetails = {}): LlmError {
    const { status } = this.#place.answer.head;
    return this.#make("InvalidResponse", `${message}, ${this.#from}`, { status, ...details });
  }

  /** A sentence of a gateway. What is longer may be an answer; pages repeat what was asked. */
  #told(stray: string): string {
    const words = stray.trim();
    return words === "" || words.length > LONGEST_SENTENCE || isPage(words)
      ? ""
      : ` (${this.#place.redact(words)})`;
  }

  get #from(): string {
    return `from ${this.#place.where}`;
  }

  #make(kind: LlmError["kind"], message: string, details: LlmErrorDetails): LlmError {
    const { requestId } = this.#place.answer.head;
    return new LlmError(kind, message, { requestId, partial: this.#received.text, ...details });
  }
}
