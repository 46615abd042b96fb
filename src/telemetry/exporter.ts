/** What spans and metrics are told to, as long as anybody listens. */
import type { Attributes, MeterProvider, SpanOptions, Tracer, TracerProvider } from "@opentelemetry/api";
import { createMeasures, type Measures } from "./metrics.ts";
import { SCOPE, type Semconv } from "./names.ts";
import { type OpenTelemetry, quietly } from "./peer.ts";
import { OpenSpan } from "./span.ts";

/** A call under way. */
export interface KnownCall {
  span: OpenSpan;
  /** What its metrics share. */
  common: Attributes;
}

export interface Exporter {
  api: OpenTelemetry;
  /** Whether a span or a measure would reach anybody now. */
  listens(): boolean;
  start(name: string, options: SpanOptions): OpenSpan;
  measure(tell: (measures: Measures) => void): void;
  /** By their number. */
  calls: Map<number, KnownCall>;
  captureContent: boolean;
}

/**
 * Asked anew by each call. `undefined`: nobody listens, so the call passes by at no cost. A promise: the peer is still
 * loading.
 */
export type GetExporter = () => Exporter | undefined | Promise<Exporter | undefined>;

export interface ExporterOptions {
  tracerProvider: TracerProvider | undefined;
  meterProvider: MeterProvider | undefined;
  semconv: Semconv;
  captureContent: boolean;
}

export function createExporter(api: OpenTelemetry, options: ExporterOptions): Exporter {
  const tracer = followTracer(api, options.tracerProvider);
  const measures = followMeasures(api, options);
  return {
    api,
    listens: () => tracer() !== undefined || measures() !== undefined,
    start: (name, how) => new OpenSpan(api, tracer(), name, how),
    measure(tell) {
      const known = measures();
      if (known) quietly(api, () => tell(known));
    },
    calls: new Map(),
    captureContent: options.captureContent,
  };
}

/** The tracer of the provider that is registered now: an SDK may come later, and another after it. */
function followTracer(api: OpenTelemetry, given: TracerProvider | undefined): () => Tracer | undefined {
  return () => {
    const provider = given ?? api.trace.getTracerProvider();
    // What stands for the global one before, and after `disable()`, hands on to nobody.
    if (provider instanceof api.ProxyTracerProvider)
      return quietly(api, () => provider.getDelegateTracer(SCOPE));
    return quietly(api, () => provider.getTracer(SCOPE));
  };
}

/** The same for measures, which are made once for each meter provider. */
function followMeasures(
  api: OpenTelemetry,
  { meterProvider: given, semconv }: ExporterOptions,
): () => Measures | undefined {
  let known: { from: MeterProvider; measures: Measures | undefined } | undefined;
  return () => {
    const from = given ?? api.metrics.getMeterProvider();
    if (known?.from !== from) {
      const measures = quietly(api, () => {
        const meter = from.getMeter(SCOPE);
        return meter === api.createNoopMeter() ? undefined : createMeasures(meter, semconv);
      });
      known = { from, measures };
    }
    return known.measures;
  };
}
