import { describeCause, LlmError, type LlmErrorDetails } from "../base/error.ts";
import { errorFromAnswer, errorFromFault } from "../wire/errors.ts";
import type { StreamAnswer, StreamSource } from "./source.ts";

/** The errors that a stream can end with. Each has the text that came before it as `partial`. */
export class StreamErrors {
  answer: StreamAnswer | undefined;
  readonly #source: StreamSource;
  readonly #received: { readonly text: string };

  constructor(source: StreamSource, received: { readonly text: string }) {
    this.#source = source;
    this.#received = received;
  }

  /** `body`: of an error event, or any object with an `error`. */
  fromServer(body: unknown): LlmError {
    return errorFromAnswer({
      status: this.answer?.status ?? 200,
      headers: this.answer?.headers ?? { get: () => null },
      body,
      model: this.#source.model,
      redact: this.#source.redact,
      partial: this.#received.text,
    });
  }

  timeout(timeout: "stall" | "firstEvent" | "total", limitMs: number): LlmError {
    const what = {
      stall: `No event came for ${limitMs} ms (stallTimeoutMs)`,
      firstEvent: `No event came in the first ${limitMs} ms (firstEventTimeoutMs)`,
      total: `The stream took longer than ${limitMs} ms (timeoutMs)`,
    };
    return this.#make("Timeout", `${what[timeout]}, ${this.#place}`, { timeout, retryable: true });
  }

  cancelled(message: string, reason?: unknown): LlmError {
    return this.#make("Cancelled", message, { cause: describeCause(reason, this.#source.redact) });
  }

  /** The connection broke, or `open` rejected with something that is no `LlmError`. */
  fault(fault: unknown): LlmError {
    const error = errorFromFault(fault, this.#source.where, this.#source.redact);
    if (!this.answer || error === fault) return error;
    const { code, cause } = error;
    return this.#make(
      "ServiceUnavailable",
      `The connection broke off${code ? ` (${code})` : ""}, ${this.#place}`,
      {
        code,
        cause,
        retryable: true,
      },
    );
  }

  /** What was thrown while an event was read. */
  inEvent(fault: unknown, event: number): LlmError {
    if (!LlmError.is(fault)) {
      const cause = describeCause(fault, this.#source.redact);
      return this.invalid(`Event ${event} could not be read`, { cause });
    }
    // What finds a fault deep in an event does not know the text that came before it.
    return fault.partial === undefined ? this.invalid(fault.message) : fault;
  }

  noFinish(events: number): LlmError {
    const type = this.answer?.headers.get("content-type") ?? "no content type";
    return this.invalid(
      events === 0
        ? `Expected an event stream, got ${type} without any event`
        : `The stream ended after ${events} event${events === 1 ? "" : "s"} without a finish_reason`,
      { retryable: true },
    );
  }

  invalid(message: string, details: LlmErrorDetails = {}): LlmError {
    return this.#make("InvalidResponse", `${message}, ${this.#place}`, {
      status: this.answer?.status,
      ...details,
    });
  }

  get #place(): string {
    return `from ${this.#source.where}`;
  }

  #make(kind: LlmError["kind"], message: string, details: LlmErrorDetails): LlmError {
    return new LlmError(kind, message, {
      requestId: this.answer?.requestId,
      partial: this.answer && this.#received.text,
      ...details,
    });
  }
}
