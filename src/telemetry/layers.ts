/** Spans and measures of a provider's calls, and of their tries. */
import type { Attributes } from "@opentelemetry/api";
import { LlmError } from "../provider/base/error.ts";
import type { AnswerHead, Call, CallOutcome, Layer, Next } from "../provider/base/layer.ts";
import {
  commonAttributes,
  errorAttributes,
  measuredAs,
  outcomeAttributes,
  requestAttributes,
  spanName,
} from "./attributes.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { inputMessages, outputMessages } from "./messages.ts";
import { ATTEMPT, ATTR } from "./names.ts";
import type { OpenSpan } from "./span.ts";

/** One span for each call, active while its tries run. */
export const callLayer = (exporter: GetExporter): Layer => passing(exporter, traceCall);

/** One span for each try, active while its exchange runs. */
export const tryLayer = (exporter: GetExporter): Layer => passing(exporter, traceTry);

type Traced = <T>(exporter: Exporter, call: Call, next: Next<T>) => Promise<T>;

/** A call passes by where nobody listens. */
function passing(exporter: GetExporter, traced: Traced): Layer {
  return (call, next) => {
    const ready = exporter();
    if (!ready) return next(call);
    // Not awaited where it is there: a call's order is that of its beginning.
    if (!(ready instanceof Promise)) return traced(ready, call, next);
    return ready.then((found) => (found ? traced(found, call, next) : next(call)));
  };
}

async function traceCall<T>(exporter: Exporter, call: Call, next: Next<T>): Promise<T> {
  const { api, calls, captureContent } = exporter;
  const common = commonAttributes(call);
  const span = exporter.start(spanName(call), {
    kind: api.SpanKind.CLIENT,
    attributes: common,
  });
  span.set(() => requestAttributes(call));
  const { request } = call;
  if (captureContent && request) span.set(() => ({ [ATTR.inputMessages]: inputMessages(request) }));
  calls.set(call.id, { span, common });
  const kind = measuredAs(call);
  const began = performance.now();
  let begunAt: number | undefined;
  let answered = false;
  let over = false;
  const end = (outcome: CallOutcome) => {
    if (over) return;
    over = true;
    calls.delete(call.id);
    const now = performance.now();
    const took = {
      call: (now - began) / 1000,
      stream: (now - (begunAt ?? now)) / 1000,
      kind,
    };
    exporter.measure((measures) => measures.end(outcome, took, common));
    span.set(() => outcomeAttributes(outcome, kind));
    const { response, error } = outcome;
    if (captureContent && response)
      span.set(() => ({ [ATTR.outputMessages]: outputMessages(response.choices) }));
    close(span, error);
  };
  const handler = {
    onAnswer: (head: AnswerHead) => {
      answered = true;
      call.handler.onAnswer(head);
    },
    onEnd: (outcome: CallOutcome) => {
      end(outcome);
      call.handler.onEnd(outcome);
    },
  };
  try {
    // A stream resolves with its first chunk.
    const begun = await span.around(() => next({ ...call, handler }));
    begunAt = performance.now();
    // A layer may have answered in place of the server: then no answer of a server ends.
    if (call.operation !== "chatStream" || !answered) end({});
    return begun;
  } catch (fault) {
    end({ error: LlmError.is(fault) ? fault : new LlmError("ConfigError", "A layer failed") });
    throw fault;
  }
}

async function traceTry<T>(exporter: Exporter, call: Call, next: Next<T>): Promise<T> {
  const common = exporter.calls.get(call.id)?.common ?? commonAttributes(call);
  // The first try is no resend, and has none.
  const attributes: Attributes = call.attempt > 1 ? { [ATTR.resend]: call.attempt - 1 } : {};
  const span = exporter.start(`${ATTEMPT} ${call.attempt}`, {
    kind: exporter.api.SpanKind.INTERNAL,
    attributes,
  });
  let answered = false;
  const handler = {
    onAnswer: (head: AnswerHead) => {
      answered = true;
      exporter.measure((measures) => measures.answer(head, common));
      span.set(() => ({ [ATTR.status]: head.status }));
      if (head.requestId !== undefined) span.set(() => ({ [ATTR.requestId]: head.requestId }));
      call.handler.onAnswer(head);
    },
    onEnd: (outcome: CallOutcome) => {
      close(span, outcome.error);
      call.handler.onEnd(outcome);
    },
  };
  try {
    const begun = await span.around(() => next({ ...call, handler }));
    if (call.operation !== "chatStream" || !answered) close(span, undefined);
    return begun;
  } catch (fault) {
    close(span, LlmError.is(fault) ? fault : new LlmError("ConfigError", "A layer failed"));
    throw fault;
  }
}

function close(span: OpenSpan, error: LlmError | undefined): void {
  if (error) span.set(() => errorAttributes(error));
  span.end(error?.kind);
}
