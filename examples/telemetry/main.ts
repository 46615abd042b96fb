/** Traces and metrics of three calls on the console: a chat, a stream, and one that is refused. */
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createGroq, LlmError } from "groq-provider";
import { createTelemetry } from "groq-provider/telemetry";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
});
const reader = new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() });
const meterProvider = new MeterProvider({ readers: [reader] });

const telemetry = createTelemetry({ tracerProvider, meterProvider });
const groq = createGroq({ model: "openai/gpt-oss-20b", layers: telemetry, onEvent: telemetry.onEvent });
const hello = [{ role: "user" as const, content: "Hello" }];

await groq.chat(hello);
await groq.chatStream(hello).text();
await groq.chat(hello, { model: "mixtral-8x7b-32768" }).catch((error: unknown) => {
  if (!LlmError.is(error)) throw error;
});

await meterProvider.shutdown();
await tracerProvider.shutdown();
