/** What applications import as `groq-provider/telemetry`: calls as OpenTelemetry's spans and metrics. */
import {
  context,
  type MeterProvider,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { LlmError } from "../provider/base/error.ts";
import type { EventListener, ProviderEvent } from "../provider/base/events.ts";
import type { AnswerHead, Call, CallOutcome, Layer } from "../provider/base/layer.ts";
import { demandObject, kindOf, reading } from "../provider/base/values.ts";
import {
  commonAttributes,
  errorAttributes,
  operationName,
  outcomeAttributes,
  requestAttributes,
} from "./attributes.ts";
import { createMeasures, type Measures } from "./metrics.ts";
import { ATTR, type Semconv } from "./names.ts";
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
}

/** A tool of `defineTool`, as far as it is traced. */
export interface Traceable {
  /** The tool's name, which names the span. */
  name: string;
  /** What is timed. */
  execute(...given: never[]): unknown;
}

const SCOPE = "groq-provider";

/**
 * Layers and a listener for a provider:
 *
 * ```ts
 * const telemetry = createTelemetry()
 * const groq = createGroq({ model, layers: telemetry, onEvent: telemetry.onEvent })
 * ```
 *
 * Needs `@opentelemetry/api`; without a registered SDK the layers do nothing.
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
  const tracer = (options.tracerProvider ?? trace).getTracer(SCOPE);
  const measures = createMeasures((options.meterProvider ?? metrics).getMeter(SCOPE), semconv);
  const spans = new Map<number, { span: Span; call: Call }>();
  const publish = diagnostics ? openChannel() : undefined;
  return {
    call: [callLayer(tracer, measures, spans, captureContent)],
    try: [tryLayer(tracer, measures)],
    onEvent: (event) => {
      publish?.(event);
      note(event, spans, measures);
    },
    tool: (tool) => traceTool(tracer, tool, captureContent),
  };
}

type Spans = Map<number, { span: Span; call: Call }>;

function callLayer(tracer: Tracer, measures: Measures, spans: Spans, captureContent: boolean): Layer {
  return async (call, next) => {
    const common = commonAttributes(call);
    const span = tracer.startSpan(`${operationName(call)} ${call.model}`, {
      kind: SpanKind.CLIENT,
      attributes: common,
    });
    const records = span.isRecording();
    if (records) {
      span.setAttributes(requestAttributes(call));
      if (captureContent && call.request) span.setAttribute(ATTR.inputMessages, messagesOf(call.request));
      spans.set(call.id, { span, call });
    }
    const began = performance.now();
    let over = false;
    const end = (outcome: CallOutcome) => {
      if (over) return;
      over = true;
      measures.end(outcome, (performance.now() - began) / 1000, common);
      spans.delete(call.id);
      if (records) {
        span.setAttributes(outcomeAttributes(outcome));
        if (captureContent && outcome.response) {
          span.setAttribute(ATTR.outputMessages, JSON.stringify(outcome.response.choices));
        }
      }
      close(span, outcome.error);
    };
    const handler = {
      onAnswer: (head: AnswerHead) => call.handler.onAnswer(head),
      onEnd: (outcome: CallOutcome) => {
        end(outcome);
        call.handler.onEnd(outcome);
      },
    };
    try {
      return await context.with(trace.setSpan(context.active(), span), () => next({ ...call, handler }));
    } catch (fault) {
      end({ error: LlmError.is(fault) ? fault : new LlmError("ConfigError", "A layer failed") });
      throw fault;
    }
  };
}

function tryLayer(tracer: Tracer, measures: Measures): Layer {
  return async (call, next) => {
    const common = commonAttributes(call);
    const span = tracer.startSpan(`attempt ${call.attempt}`, {
      kind: SpanKind.INTERNAL,
      attributes: { [ATTR.resend]: call.attempt - 1 },
    });
    const handler = {
      onAnswer: (head: AnswerHead) => {
        measures.answer(head, common);
        span.setAttribute(ATTR.status, head.status);
        if (head.requestId !== undefined) span.setAttribute(ATTR.requestId, head.requestId);
        call.handler.onAnswer(head);
      },
      onEnd: (outcome: CallOutcome) => {
        close(span, outcome.error);
        call.handler.onEnd(outcome);
      },
    };
    try {
      return await context.with(trace.setSpan(context.active(), span), () => next({ ...call, handler }));
    } catch (fault) {
      close(span, LlmError.is(fault) ? fault : undefined);
      throw fault;
    }
  };
}

function close(span: Span, error: LlmError | undefined): void {
  if (error) {
    span.setAttributes(errorAttributes(error));
    // The message may hold the server's sentence, and that a prompt: the kind says enough.
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.kind });
  }
  span.end();
}

/** Retries and waits, which come between tries, as events of the call's span. */
function note(event: ProviderEvent, spans: Spans, measures: Measures): void {
  if (event.type !== "retry" && event.type !== "limitWait") return;
  const known = spans.get(event.callId);
  const attributes = { attempt: event.attempt, wait_ms: event.waitMs };
  if (event.type === "limitWait") {
    known?.span.addEvent("limit wait", attributes);
    const common = known ? commonAttributes(known.call) : { [ATTR.requestModel]: event.model };
    measures.wait(event.waitMs / 1000, common);
  } else {
    known?.span.addEvent("retry", { ...attributes, [ATTR.error]: event.kind });
  }
}

const messagesOf = (request: object) => JSON.stringify("messages" in request ? request.messages : request);

/** Found at run time, as browsers and workers have none. */
function openChannel(): ((event: ProviderEvent) => void) | undefined {
  const channel = globalThis.process
    ?.getBuiltinModule?.("node:diagnostics_channel")
    ?.channel("groq-provider:event");
  return channel && ((event) => channel.hasSubscribers && channel.publish(event));
}
