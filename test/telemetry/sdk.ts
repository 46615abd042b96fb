/** The real SDK with its in-memory exporters. */
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";

type Points = readonly DataPoint<unknown>[];

export function inMemory(options: { sampler?: Sampler } = {}) {
  const spans = new InMemorySpanExporter();
  const ended = new Set<string>();
  const late: string[] = [];
  const watch: SpanProcessor = {
    onStart({ name, parentSpanContext }) {
      if (parentSpanContext && ended.has(parentSpanContext.spanId)) late.push(name);
    },
    onEnd: (span) => ended.add(span.spanContext().spanId),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const tracerProvider = new BasicTracerProvider({
    ...options,
    spanProcessors: [watch, new SimpleSpanProcessor(spans)],
  });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  return {
    tracerProvider,
    meterProvider,
    spans: () => spans.getFinishedSpans(),
    /** Spans that began after the one above them had ended. */
    late,
    /** What was measured, by name. */
    async metrics(): Promise<Map<string, Points>> {
      await reader.forceFlush();
      const scopes = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
      const found = scopes.flatMap((scope) => scope.metrics);
      return new Map(found.map((one) => [one.descriptor.name, one.dataPoints]));
    },
  };
}
