/** One span around each call of a provider that is made of others, as a router: the spans of those hang under it. */
import { LlmError } from "../provider/base/error.ts";
import { hush } from "../provider/base/events.ts";
import { keep, keptBy } from "../provider/base/kept.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ChatChunk, ChatStream } from "../provider/base/types.ts";
import { isObject, valueAt } from "../provider/base/values.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR, EVENT, OPERATION } from "./names.ts";
import { replacing } from "./replacing.ts";
import type { OpenSpan } from "./span.ts";
import { type Open, watchedStream } from "./watched-stream.ts";

type Method = (...given: never[]) => unknown;

const WHOLE: readonly unknown[] = ["chat", "complete", "embed"];

/** The same provider; only its calls that ask a model are traced. */
export function traceProvider<P extends LlmProvider>(exporter: GetExporter, provider: P): P {
  const { name } = provider.config;
  return replacing(provider, (member, value) => {
    if (typeof value !== "function") return value;
    const method: Method = value.bind(provider);
    if (WHOLE.includes(member))
      return async (...given: never[]) => {
        const ready = exporter();
        // Not awaited where it is there: a call's order is that of its beginning.
        const found = ready instanceof Promise ? await ready : ready;
        const run = () => method(...given);
        return found ? traceWhole(begin(found, String(member), name), run) : run();
      };
    if (member !== "chatStream") return method;
    return (...given: never[]) => {
      const open = () => method(...given) as ChatStream;
      const traced = (found: Exporter | undefined) =>
        found ? traceStream(begin(found, OPERATION.chat, name), open, given[1]) : open();
      const ready = exporter();
      return ready instanceof Promise ? laterStream(ready.then(traced)) : traced(ready);
    };
  });
}

async function traceWhole(call: Open, run: () => unknown): Promise<unknown> {
  try {
    const given = await call.span.around(run);
    call.succeeds(given);
    return given;
  } catch (fault) {
    call.fails(fault);
    throw fault;
  }
}

function traceStream(call: Open, open: () => ChatStream, options: unknown): ChatStream {
  try {
    const stream = call.span.around(open);
    const over = keptBy(stream)?.over;
    // A stream of another make tells its end only to who reads it.
    if (!over) return watchedStream(stream, call, options);
    over.then(call.succeeds, call.fails);
    return stream;
  } catch (fault) {
    call.fails(fault);
    throw fault;
  }
}

function begin(exporter: Exporter, operation: string, name: string): Open {
  const began = Date.now();
  const span = exporter.start(`${operation} ${name}`, {
    kind: exporter.api.SpanKind.INTERNAL,
    attributes: { [ATTR.router]: name },
  });
  return {
    span,
    succeeds(given) {
      tellRoute(span, valueAt(given, ["route"]) ?? keptBy(given)?.route, began);
      span.end();
    },
    fails(fault) {
      tellRoute(span, keptBy(fault)?.route, began);
      span.end(LlmError.is(fault) ? fault.kind : "Error");
    },
  };
}

/** Who was asked is an event for each, at its time; who answered is an attribute. */
function tellRoute(span: OpenSpan, route: unknown, began: number): void {
  const list = valueAt(route, ["asked"]);
  if (!Array.isArray(list)) return;
  const asked: Record<string, unknown>[] = list.filter(isObject);
  const answeredBy = valueAt(route, ["answeredBy"]);
  const costUsd = valueAt(route, ["costUsd"]);
  span.set(() => ({
    [ATTR.asked]: asked.map(({ candidate }) => String(candidate)),
    ...(typeof answeredBy === "string" && { [ATTR.answeredBy]: answeredBy }),
    ...(typeof costUsd === "number" && { [ATTR.costUsd]: costUsd }),
  }));
  for (const { candidate, outcome, atMs, durationMs, hedge, kind } of asked) {
    const attributes = {
      [ATTR.candidate]: String(candidate),
      [ATTR.outcome]: String(outcome),
      [ATTR.durationMs]: Number(durationMs),
      ...(hedge === true && { [ATTR.hedge]: true }),
      ...(typeof kind === "string" && { [ATTR.error]: kind }),
    };
    span.event(EVENT.asked, attributes, new Date(began + Number(atMs)));
  }
}

/** A stream that opens when the peer has been loaded: the first of a process has its span as every other. */
function laterStream(opening: Promise<ChatStream>): ChatStream {
  let opened: ChatStream | undefined;
  // Nobody may ever read it.
  hush(
    opening.then((stream) => {
      opened = stream;
    }),
  );
  const later = <T>(read: (stream: ChatStream) => T): Promise<Awaited<T>> => {
    const work = (async () => read(await opening))() as Promise<Awaited<T>>;
    // Who does not ask is told nothing.
    hush(work);
    return work;
  };
  const standIn: ChatStream = {
    get response() {
      return later((stream) => stream.response);
    },
    text: () => later((stream) => stream.text()),
    cancel(reason) {
      later((stream) => stream.cancel(reason));
    },
    [Symbol.asyncIterator]() {
      const chunks = later((stream) => ({ of: stream[Symbol.asyncIterator]() }));
      const all: AsyncIterableIterator<ChatChunk, undefined> = {
        next: async () => (await chunks).of.next(),
        async return() {
          await (await chunks).of.return?.();
          return { done: true, value: undefined };
        },
        [Symbol.asyncIterator]: () => all,
      };
      return all;
    },
  };
  return keep(standIn, {
    get route() {
      return keptBy(opened)?.route;
    },
  });
}
