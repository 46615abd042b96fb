/** The optional peer: loaded when it is first needed, so that who lacks it is told what to install. */
import type * as Api from "@opentelemetry/api";
import { describeCause, LlmError } from "../provider/base/error.ts";

/** `@opentelemetry/api`, as far as it is used. */
export type OpenTelemetry = Pick<
  typeof Api,
  | "context"
  | "createNoopMeter"
  | "diag"
  | "metrics"
  | "ProxyTracerProvider"
  | "SpanKind"
  | "SpanStatusCode"
  | "trace"
>;

let loaded: OpenTelemetry | undefined;
let loading: Promise<OpenTelemetry> | undefined;

/** At once where it was loaded before. Rejects with `ConfigError` where it is not installed. */
export function loadApi(): OpenTelemetry | Promise<OpenTelemetry> {
  if (loaded) return loaded;
  loading ??= import("@opentelemetry/api").then(
    (api) => {
      loaded = api;
      return api;
    },
    (cause: unknown) => {
      const words = "groq-provider/telemetry needs @opentelemetry/api: npm install @opentelemetry/api";
      throw new LlmError("ConfigError", words, { cause: describeCause(cause, (text) => text) });
    },
  );
  return loading;
}

/** Runs what reaches code of the application: processors, samplers, exporters. Their fault must not become a call's. */
export function quietly<T>({ diag }: OpenTelemetry, work: () => T): T | undefined {
  try {
    return work();
  } catch (fault) {
    diag.error("groq-provider/telemetry: what it tells was lost", fault);
    return undefined;
  }
}
