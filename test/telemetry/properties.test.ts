/** Whatever servers answer and callers do, each span ends once, below what it is part of. */
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import type { ChatStream } from "../../src/provider/base/types.ts";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { Body, event, finish, sse, text } from "../provider/stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { HELLO } from "../router/fake-provider.ts";
import { inMemory } from "./sdk.ts";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

const ANSWERS: Record<string, Handler> = {
  good: ({ body }) =>
    body?.stream ? new Response(sse(text("a"), text("b"), finish())) : json(completion("Hi")),
  down: () => new Response("", { status: 503, headers: { "retry-after": "0" } }),
  refused: () => new Response("{}", { status: 400 }),
  limited: () => new Response("{}", { status: 429, headers: { "retry-after": "3600" } }),
  none: () => new Response("nothing"),
  broken: () => new Response(new Body([event(text("a"))], new TypeError("terminated")).stream),
  fault: () => {
    throw new TypeError("fetch failed");
  },
};

const CALLS: Record<string, (provider: LlmProvider, signal: AbortSignal) => Promise<unknown>> = {
  chat: (provider, signal) => provider.chat(HELLO, { signal }),
  complete: (provider, signal) => provider.complete("Hello", { signal }),
  text: (provider, signal) => provider.chatStream(HELLO, { signal }).text(),
  loop: (provider, signal) => loop(provider.chatStream(HELLO, { signal }), Number.POSITIVE_INFINITY),
  abandon: async (provider, signal) => {
    await provider.chatStream(HELLO, { signal, idleTimeoutMs: 5 })[Symbol.asyncIterator]().next();
  },
  forget: async (provider, signal) => {
    provider.chatStream(HELLO, { signal, idleTimeoutMs: 5 });
  },
  leave: (provider, signal) => loop(provider.chatStream(HELLO, { signal }), 1),
  cancel: async (provider, signal) => provider.chatStream(HELLO, { signal }).cancel(),
  both: async (provider, signal) => {
    const stream = provider.chatStream(HELLO, { signal });
    await Promise.all([loop(stream, 2), stream.response]);
  },
};

async function loop(stream: ChatStream, most: number): Promise<void> {
  let read = 0;
  for await (const _ of stream) if (++read >= most) break;
}

const oneOf = (of: object) => fc.constantFrom(...Object.keys(of));

test("each span that began has ended, in the trace of its call", async () => {
  const cases = fc.record({
    answers: fc.array(oneOf(ANSWERS), { minLength: 1, maxLength: 6 }),
    calls: fc.array(fc.record({ call: oneOf(CALLS), abortAfterMs: fc.option(fc.nat(3)) }), {
      minLength: 1,
      maxLength: 3,
    }),
    wrapped: fc.constantFrom("no", "itself", "by a router"),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ answers, calls, wrapped }) => {
      const { tracerProvider, spans, late } = inMemory();
      const begun: string[] = [];
      const telemetry = createTelemetry({
        tracerProvider: {
          getTracer: (...given) => {
            const tracer = tracerProvider.getTracer(...given);
            return Object.assign(Object.create(tracer), {
              startSpan: (...of: Parameters<typeof tracer.startSpan>) => {
                const span = tracer.startSpan(...of);
                begun.push(span.spanContext().spanId);
                return span;
              },
            });
          },
        },
      });
      let asked = 0;
      const handler: Handler = (sent, count) =>
        ANSWERS[answers[asked++ % answers.length] ?? ""]?.(sent, count) ?? new Response("");
      const providers = [1, 2].map(
        (index) =>
          stubbed(handler, groqConfig({ max_retries: 1 }, { name: `p${index}` }), {
            layers: telemetry,
            onEvent: telemetry.onEvent,
            random: () => 0,
          }).provider,
      );
      const [first] = providers;
      if (!first) throw new Error("expected one");
      const { onEvent } = telemetry;
      const router = createRouter(providers, { onEvent, maxWaitMs: 1, random: () => 0 });
      const provider = wrapped === "no" ? first : telemetry.provider(wrapped === "itself" ? first : router);
      await Promise.allSettled(
        calls.map(async ({ call, abortAfterMs }) => {
          const aborter = new AbortController();
          if (abortAfterMs !== null) setTimeout(() => aborter.abort(), abortAfterMs);
          await CALLS[call]?.(provider, aborter.signal);
        }),
      );
      await vi.waitFor(() => expect(spans()).toHaveLength(begun.length), { timeout: 10_000, interval: 1 });
      expect(late).toEqual([]);
      expect(
        spans()
          .map((span) => span.spanContext().spanId)
          .sort(),
      ).toEqual([...begun].sort());
      const all = new Map(spans().map((span) => [span.spanContext().spanId, span]));
      const parts = spans().filter(
        ({ name }) => name.startsWith("attempt") || (wrapped !== "no" && name.includes("gpt-oss")),
      );
      for (const { parentSpanContext } of parts) expect(all.has(parentSpanContext?.spanId ?? "")).toBe(true);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
  );
}, 120_000);
