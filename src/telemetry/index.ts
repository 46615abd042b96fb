/** What applications import as `groq-provider/telemetry`: calls as OpenTelemetry's spans and metrics. */
import type { MeterProvider, Span, TracerProvider } from "@opentelemetry/api";
import { LlmError } from "../provider/base/error.ts";
import { type EventListener, hush, type ProviderEvent } from "../provider/base/events.ts";
import type { AnswerHead, CallOutcome, Layer } from "../provider/base/layer.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import { demandObject, kindOf, reading } from "../provider/base/values.ts";
import {
  commonAttributes,
  errorAttributes,
  isInference,
  operationName,
  outcomeAttributes,
  requestAttributes,
} from "./attributes.ts";
import type { Exporter, GetExporter, Spans } from "./exporter.ts";
import { inputMessages, outputMessages } from "./messages.ts";
import { followMeasures } from "./metrics.ts";
import { ATTR, SCOPE, type Semconv } from "./names.ts";
import { loadApi, type OpenTelemetry } from "./peer.ts";
import { traceProvider } from "./provider.ts";
import { traceTool } from "./tools.ts";

export type { Semconv } from "./names.ts";

/** What is told, to whom, and under which names. */
export interface TelemetryOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider | undefined;
  /** Default: the global one. */
  meterProvider?: MeterProvider | undefined;
  /** Which names metrics have: those up to 1.41, or those of today. Default `"latest"`. */
  semconv?: Semconv | undefined;
  /** Puts prompts and answers into spans. Default false. */
  captureContent?: boolean | undefined;
  /** Publishes each event on Node's diagnostics channel `groq-provider:event` too. Default false. */
  diagnostics?: boolean | undefined;
}

/** What `createTelemetry` gives: it goes into a provider's `layers` and `onEvent`. */
export interface Telemetry {
  /** Goes into `layers.call`: one span for each call, active while its tries run. */
  call: readonly Layer[];
  /** Goes into `layers.try`: one span for each try, active while its HTTP exchange runs. */
  try: readonly Layer[];
  /** Goes into `onEvent`: retries and waits as events of the call's span, and the wait at the limit as a metric. */
  onEvent: EventListener;
  /** The same tool, each run of which is an `execute_tool` span. */
  tool<T extends Traceable>(tool: T): T;
  /**
   * The same provider, for one that is made of others, as a router: one span around each call, under which the spans of those
   * that it asked hang, with who was asked as its events.
   */
  provider<P extends LlmProvider>(provider: P): P;
}

/** A tool of `defineTool`, as far as it is traced. */
export interface Traceable {
  /** The tool's name, which names the span. */
  name: string;
  /** What is timed. */
  execute(...given: never[]): unknown;
}

/**
 * Layers and a listener for a provider:
 *
 * ```ts
 * const telemetry = createTelemetry()
 * const groq = createGroq({ model, layers: telemetry, onEvent: telemetry.onEvent })
 * ```
 *
 * Needs `@opentelemetry/api`, which the first call loads; without it each call fails with `ConfigError`. Without a registered
 * SDK the layers do nothing; one may be registered at any time. One telemetry serves any number of providers.
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  demandObject("options", options);
  return reading("options", () => create(options), "ConfigError");
}

function create(options: TelemetryOptions): Telemetry {
  const { semconv = "latest", captureContent = false, diagnostics = false } = options;
  if (semconv !== "1.41" && semconv !== "latest") {
    const got = typeof semconv === "string" ? `"${semconv}"` : kindOf(semconv);
    throw new LlmError("ConfigError", `semconv: expected "1.41" or "latest", got ${got}`);
  }
  const { tracerProvider, meterProvider } = options;
  checkNames(options);
  const publish = diagnostics ? openChannel() : undefined;
  const spans: Spans = new Map();
  let known: Exporter | undefined;
  const from = (api: OpenTelemetry): Exporter => {
    known ??= {
      api,
      tracer: (tracerProvider ?? api.trace).getTracer(SCOPE),
      measures: followMeasures(() => meterProvider ?? api.metrics.getMeterProvider(), semconv),
      spans,
      captureContent,
    };
    return known;
  };
  const exporter = () => {
    const api = loadApi();
    return api instanceof Promise ? api.then(from) : from(api);
  };
  // Its failure is told by the first call.
  hush(exporter());
  return {
    call: [callLayer(exporter)],
    try: [tryLayer(exporter)],
    onEvent: (event) => {
      publish?.(event);
      if (known) note(event, known);
    },
    tool: (tool) => traceTool(exporter, tool),
    provider: (provider) => traceProvider(exporter, provider),
  };
}

/** A name that is none would be taken for what was left out. */
function checkNames(options: object): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new LlmError("ConfigError", `options.${unknown}: not known${didYouMean(unknown, NAMES)}`);
}

const NAMES: readonly string[] = [
  "tracerProvider",
  "meterProvider",
  "semconv",
  "captureContent",
  "diagnostics",
] satisfies (keyof TelemetryOptions)[];

function callLayer(exporter: GetExporter): Layer {
  return async (call, next) => {
    const ready = exporter();
    // Not awaited where it is there: a call's order is that of its beginning.
    const { api, tracer, measures, spans, captureContent } = ready instanceof Promise ? await ready : ready;
    const { context, trace } = api;
    const common = commonAttributes(call);
    const span = tracer.startSpan(`${operationName(call)} ${call.model}`, {
      kind: api.SpanKind.CLIENT,
      attributes: common,
    });
    const records = span.isRecording();
    if (records) {
      span.setAttributes(requestAttributes(call));
      if (captureContent && call.request) span.setAttribute(ATTR.inputMessages, inputMessages(call.request));
      spans.set(call.id, { span, call });
    }
    const began = performance.now();
    let begunAt: number | undefined;
    let over = false;
    const end = (outcome: CallOutcome) => {
      if (over) return;
      over = true;
      const now = performance.now();
      const took = {
        call: (now - began) / 1000,
        stream: (now - (begunAt ?? now)) / 1000,
        inference: isInference(call),
      };
      measures().end(outcome, took, common);
      spans.delete(call.id);
      if (records) {
        span.setAttributes(outcomeAttributes(outcome));
        if (captureContent && outcome.response) {
          span.setAttribute(ATTR.outputMessages, outputMessages(outcome.response.choices));
        }
      }
      close(api, span, outcome.error);
    };
    const handler = {
      onAnswer: (head: AnswerHead) => call.handler.onAnswer(head),
      onEnd: (outcome: CallOutcome) => {
        end(outcome);
        call.handler.onEnd(outcome);
      },
    };
    try {
      // A stream resolves with its first chunk.
      return await context.with(trace.setSpan(context.active(), span), async () => {
        const begun = await next({ ...call, handler });
        begunAt = performance.now();
        return begun;
      });
    } catch (fault) {
      end({ error: LlmError.is(fault) ? fault : new LlmError("ConfigError", "A layer failed") });
      throw fault;
    }
  };
}

function tryLayer(exporter: GetExporter): Layer {
  return async (call, next) => {
    const ready = exporter();
    const { api, tracer, measures } = ready instanceof Promise ? await ready : ready;
    const { context, trace } = api;
    const common = commonAttributes(call);
    const span = tracer.startSpan(`attempt ${call.attempt}`, {
      kind: api.SpanKind.INTERNAL,
      // The first try is no resend, and has none.
      attributes: call.attempt > 1 ? { [ATTR.resend]: call.attempt - 1 } : {},
    });
    const handler = {
      onAnswer: (head: AnswerHead) => {
        measures().answer(head, common);
        span.setAttribute(ATTR.status, head.status);
        if (head.requestId !== undefined) span.setAttribute(ATTR.requestId, head.requestId);
        call.handler.onAnswer(head);
      },
      onEnd: (outcome: CallOutcome) => {
        close(api, span, outcome.error);
        call.handler.onEnd(outcome);
      },
    };
    try {
      return await context.with(trace.setSpan(context.active(), span), () => next({ ...call, handler }));
    } catch (fault) {
      close(api, span, LlmError.is(fault) ? fault : undefined);
      throw fault;
    }
  };
}

function close({ SpanStatusCode }: OpenTelemetry, span: Span, error: LlmError | undefined): void {
  if (error) {
    span.setAttributes(errorAttributes(error));
    // The message may hold the server's sentence, and that a prompt: the kind says enough.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.kind });
  }
  span.end();
}

/** Retries and waits, which come between tries, as events of the call's span. */
function note(event: ProviderEvent, { spans, measures }: Exporter): void {
  if (event.type !== "retry" && event.type !== "limitWait") return;
  const known = spans.get(event.callId);
  const attributes = { attempt: event.attempt, wait_ms: event.waitMs };
  if (event.type === "limitWait") {
    known?.span.addEvent("limit wait", attributes);
    const common = known ? commonAttributes(known.call) : { [ATTR.requestModel]: event.model };
    measures().wait(event.waitMs / 1000, common);
  } else {
    known?.span.addEvent("retry", { ...attributes, [ATTR.error]: event.kind });
  }
}

/** Found at run time, as browsers and workers have none. */
function openChannel(): ((event: ProviderEvent) => void) | undefined {
  const channel = globalThis.process
    ?.getBuiltinModule?.("node:diagnostics_channel")
    ?.channel("groq-provider:event");
  return channel && ((event) => channel.hasSubscribers && channel.publish(event));
}
