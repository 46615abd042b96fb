/** One span around each call of a provider that is made of others, as a router: the spans of those hang under it. */
import type { Span } from "@opentelemetry/api";
import { LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ChatChunk, ChatStream } from "../provider/base/types.ts";
import { isObject, valueAt } from "../provider/base/values.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR } from "./names.ts";

type Method = (...given: never[]) => unknown;
type End = (given?: unknown, fault?: unknown) => void;

const WHOLE: readonly unknown[] = ["chat", "complete", "embed"];

/** The same provider; only its calls that ask a model are traced. */
export function traceProvider<P extends LlmProvider>(exporter: GetExporter, provider: P): P {
  const { name } = provider.config;
  return new Proxy(provider, {
    get(target, member) {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== "function") return value;
      const method: Method = value.bind(target);
      if (WHOLE.includes(member))
        return async (...given: never[]) =>
          traceWhole(await exporter(), `${String(member)} ${name}`, () => method(...given));
      if (member !== "chatStream") return method;
      return (...given: never[]) => {
        const ready = exporter();
        return ready instanceof Promise
          ? method(...given)
          : traceStream(ready, `chat ${name}`, () => method(...given) as ChatStream);
      };
    },
  });
}

async function traceWhole(exporter: Exporter, name: string, run: () => unknown): Promise<unknown> {
  const { span, end, inside } = begin(exporter, name);
  try {
    const given = await inside(span, run);
    end(given);
    return given;
  } catch (fault) {
    end(undefined, fault);
    throw fault;
  }
}

function traceStream(exporter: Exporter, name: string, open: () => ChatStream): ChatStream {
  const { span, end, inside } = begin(exporter, name);
  try {
    return tracedStream(inside(span, open), end);
  } catch (fault) {
    end(undefined, fault);
    throw fault;
  }
}

function begin({ api, tracer }: Exporter, name: string) {
  const { context, SpanKind, SpanStatusCode, trace } = api;
  const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL });
  let over = false;
  const end: End = (given, fault) => {
    if (over) return;
    over = true;
    tellRoute(span, valueAt(given, ["route"]));
    if (fault !== undefined) {
      const kind = LlmError.is(fault) ? fault.kind : "Error";
      span.setAttribute(ATTR.error, kind);
      span.setStatus({ code: SpanStatusCode.ERROR, message: kind });
    }
    span.end();
  };
  const inside = <T>(active: Span, run: () => T): T =>
    context.with(trace.setSpan(context.active(), active), run);
  return { span, end, inside };
}

/** Who was asked is an event for each; who answered is an attribute. */
function tellRoute(span: Span, route: unknown): void {
  const answeredBy = valueAt(route, ["answeredBy"]);
  if (typeof answeredBy === "string") span.setAttribute(ATTR.answeredBy, answeredBy);
  const asked = valueAt(route, ["asked"]);
  for (const one of Array.isArray(asked) ? asked.filter(isObject) : []) {
    const { candidate, outcome, atMs, durationMs, kind } = one;
    span.addEvent("asked", {
      candidate: String(candidate),
      outcome: String(outcome),
      at_ms: Number(atMs),
      duration_ms: Number(durationMs),
      ...(typeof kind === "string" && { [ATTR.error]: kind }),
    });
  }
}

/** Ends when the stream does; it is read by nobody but the application. */
function tracedStream(stream: ChatStream, end: End): ChatStream {
  const watched = <T>(work: Promise<T>, read: (value: T) => unknown): Promise<T> => {
    work.then(
      (value) => end(read(value)),
      (fault: unknown) => end(undefined, fault),
    );
    return work;
  };
  const response = () => watched(stream.response, (given) => given);
  return {
    get response() {
      return response();
    },
    async text() {
      return (await response()).content;
    },
    cancel(reason) {
      stream.cancel(reason);
      end();
    },
    [Symbol.asyncIterator]: () => tracedChunks(stream[Symbol.asyncIterator](), response, end),
  };
}

function tracedChunks(
  chunks: ReturnType<ChatStream[typeof Symbol.asyncIterator]>,
  response: () => Promise<unknown>,
  end: End,
): ReturnType<ChatStream[typeof Symbol.asyncIterator]> {
  const all: AsyncIterableIterator<ChatChunk, undefined> = {
    async next() {
      try {
        const result = await chunks.next();
        if (result.done) await response().catch(() => {});
        return result;
      } catch (fault) {
        end(undefined, fault);
        throw fault;
      }
    },
    async return() {
      await chunks.return?.();
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => all,
  };
  return all;
}
