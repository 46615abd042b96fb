/** What spans and metrics are told to. */
import type { Span, Tracer } from "@opentelemetry/api";
import type { Call } from "../provider/base/layer.ts";
import type { Measures } from "./metrics.ts";
import type { OpenTelemetry } from "./peer.ts";

export type Spans = Map<number, { span: Span; call: Call }>;

export interface Exporter {
  api: OpenTelemetry;
  tracer: Tracer;
  measures(): Measures;
  /** Of the calls under way, by their number. */
  spans: Spans;
  captureContent: boolean;
}

/** The peer may still be loading. */
export type GetExporter = () => Exporter | Promise<Exporter>;
