/** A span that neither throws nor ends twice. */
import type { Attributes, Span, SpanOptions, Tracer } from "@opentelemetry/api";
import { ATTR } from "./names.ts";
import { type OpenTelemetry, quietly } from "./peer.ts";

export class OpenSpan {
  readonly #api: OpenTelemetry;
  /** Absent where no tracer provider is registered, and where it failed to give one. */
  readonly #span: Span | undefined;
  #over = false;

  constructor(api: OpenTelemetry, tracer: Tracer | undefined, name: string, options: SpanOptions) {
    this.#api = api;
    this.#span = tracer && quietly(api, () => tracer.startSpan(name, options));
  }

  /** Attributes are made only where somebody hears of them: a span may be sampled out. */
  set(attributes: () => Attributes): void {
    this.#tell((span) => span.setAttributes(attributes()));
  }

  event(name: string, attributes: Attributes, at?: Date): void {
    this.#tell((span) => span.addEvent(name, attributes, at));
  }

  /** What is done within it: spans that begin there are its children. */
  around<T>(work: () => T): T {
    const { context, trace } = this.#api;
    return this.#span ? context.with(trace.setSpan(context.active(), this.#span), work) : work();
  }

  /** `kind`: it failed. The message of an error is not told: it may hold the server's sentence, and that a prompt. */
  end(kind?: string): void {
    if (this.#over) return;
    if (kind !== undefined) {
      this.set(() => ({ [ATTR.error]: kind }));
      this.#tell((span) => span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: kind }));
    }
    this.#over = true;
    quietly(this.#api, () => this.#span?.end());
  }

  #tell(work: (span: Span) => void): void {
    const span = this.#span;
    if (span && !this.#over) quietly(this.#api, () => span.isRecording() && work(span));
  }
}
