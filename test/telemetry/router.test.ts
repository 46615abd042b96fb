/** Spans of a router: one for each call, and those whom it asked below it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import type { ChatStream } from "../../src/provider/base/types.ts";
import { createRouter, routeOf } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { failure, finish, sse, text } from "../provider/stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { FakeProvider, HELLO, type Turn } from "../router/fake-provider.ts";
import { TestClock } from "../router/test-clock.ts";
import { inMemory } from "./sdk.ts";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

/** Who was asked, by the events of a span. */
const routeIn = (span: ReadableSpan | undefined) =>
  span?.events.map(({ name, attributes }) => [
    name,
    attributes?.["groq_provider.router.candidate"],
    attributes?.["groq_provider.route.outcome"],
    attributes?.["error.type"],
  ]);

function traced(...handlers: Handler[]) {
  const { tracerProvider, spans } = inMemory();
  const telemetry = createTelemetry({ tracerProvider });
  const providers = handlers.map(
    (handler) => stubbed(handler, groqConfig(), { layers: telemetry, onEvent: telemetry.onEvent }).provider,
  );
  const router = telemetry.provider(createRouter(providers));
  return { router, spans, telemetry, providers };
}

const down = () => new Response("", { status: 503 });
const answer = () => json(completion("Hi"));

test("those that were asked hang under the call, which tells who answered", async () => {
  const { router, spans } = traced(down, answer);
  expect((await router.chat(HELLO)).route.answeredBy).toBe("test#2");
  const all = spans();
  const call = all.at(-1);
  expect(call?.name).toBe("chat router");
  expect(call?.parentSpanContext).toBeUndefined();
  const chats = all.filter(({ name }) => name.startsWith("chat openai/"));
  expect(chats.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
    Array(2).fill(call?.spanContext().spanId),
  );
  expect(call?.attributes["groq_provider.route.answered_by"]).toBe("test#2");
  expect(call?.attributes["groq_provider.route.asked"]).toEqual(["test", "test#2"]);
  expect(routeIn(call)).toEqual([
    ["asked", "test", "failed", "ServiceUnavailable"],
    ["asked", "test#2", "answered", undefined],
  ]);
  expect(router.candidates).toHaveLength(2);
});

test("a call that nobody answers has its error's kind", async () => {
  const { router, spans } = traced(() => new Response("{}", { status: 400 }));
  await failure(router.chat(HELLO));
  expect(spans().at(-1)?.status).toEqual({ code: SpanStatusCode.ERROR, message: "InvalidRequest" });
});

test("of a stream the span lasts until it is read, or left", async () => {
  const { router, spans } = traced(() => new Response(sse(text("a"), text("b"), finish())));
  const isOver = () => spans().some(({ name }) => name === "chat router");
  await router.embed([]).catch(() => {});
  const stream = router.chatStream(HELLO);
  for await (const chunk of stream) if (chunk.type === "text") expect(isOver()).toBe(false);
  expect(isOver()).toBe(true);
  expect((await stream.response).content).toBe("ab");
  for await (const _ of router.chatStream(HELLO)) break;
  expect(spans().filter(({ name }) => name === "chat router")).toHaveLength(2);
  expect(await router.chatStream(HELLO).text()).toBe("ab");
});

test("a call that waited in line is asked in its own context, whoever made room", async () => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 100 }], maxConcurrent: 1 });
  const calls = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const chat = one.chat.bind(one);
  one.chat = (...given) => {
    seen.push(calls.getStore());
    return chat(...given);
  };
  const router = createRouter([one], { clock });
  const both = ["first", "second"].map((name) => calls.run(name, () => router.chat(HELLO)));
  await clock.drain();
  await Promise.all(both);
  expect(new Set(seen)).toEqual(new Set(["first", "second"]));
  expect(seen.at(-1)).toBe("second");
});

describe("of a call that failed, or was left, the route is told too", () => {
  const asked = ["asked", "one", "failed", "ServiceUnavailable"];
  const onClock = (...turns: Turn[]) => {
    const sdk = inMemory();
    const telemetry = createTelemetry({ tracerProvider: sdk.tracerProvider });
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns });
    const router = telemetry.provider(createRouter([one], { clock, maxRetries: 0, random: () => 0 }));
    return { ...sdk, clock, router };
  };
  const unavailable = () => new LlmError("ServiceUnavailable", "Down", { retryable: true });
  const later = <T>(work: Promise<T>) => {
    work.catch(() => {});
    return work;
  };

  test("of a chat", async () => {
    const { router, spans, clock } = onClock({ error: unavailable() });
    const answer = later(router.chat(HELLO));
    await clock.drain();
    await failure(answer);
    expect(routeIn(spans()[0])).toEqual([asked]);
    expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: "ServiceUnavailable" });
  });

  test("of a stream that nobody could begin, though nobody reads it", async () => {
    const { router, spans, clock } = onClock({ error: unavailable() });
    router.chatStream(HELLO);
    await clock.drain();
    expect(routeIn(spans()[0])).toEqual([asked]);
  });

  test("of a stream that breaks off, is cancelled, is left, or is read by nobody", async () => {
    const ends: [Turn, string, (stream: ChatStream, clock: TestClock) => unknown][] = [
      [{ chunksFirst: 1, error: unavailable() }, "ServiceUnavailable", (stream) => failure(stream.response)],
      [{ afterMs: Number.POSITIVE_INFINITY }, "Cancelled", (stream) => stream.cancel()],
      [
        {},
        "Cancelled",
        async (stream) => {
          for await (const _ of stream) break;
        },
      ],
      [{}, "Timeout", (_, clock) => clock.advance(1000)],
    ];
    for (const [turn, kind, end] of ends) {
      const { router, spans, clock } = onClock(turn);
      const stream = router.chatStream(HELLO, { idleTimeoutMs: 1000 });
      await clock.advance(0);
      expect(spans()).toEqual([]);
      await end(stream, clock);
      await clock.advance(0);
      expect(spans()).toHaveLength(1);
      expect(spans()[0]?.attributes["error.type"]).toBe(kind);
      expect(routeIn(spans()[0])?.map((told) => told.slice(0, 2))).toEqual([["asked", "one"]]);
      expect(routeOf(stream)?.asked).toHaveLength(1);
    }
  });
});

test("of a router in a router each has its span, and what they ask hangs below", async () => {
  const active: (string | undefined)[] = [];
  const { providers, telemetry, spans } = traced(down, ({ body }) => {
    active.push(trace.getActiveSpan()?.spanContext().spanId);
    return body?.stream ? new Response(sse(text("Hi"), finish())) : answer();
  });
  const [first, second] = providers;
  if (!first || !second) throw new Error("expected two");
  const inner = telemetry.provider(createRouter([second], { name: "inner" }));
  const outer = telemetry.provider(createRouter([first, inner], { name: "outer" }));
  const asks = [() => outer.chat(HELLO), () => outer.complete("Hello"), () => outer.chatStream(HELLO).text()];
  for (const ask of asks) {
    active.length = 0;
    const before = spans().length;
    await ask();
    const all = new Map(
      spans()
        .slice(before)
        .map((span) => [span.spanContext().spanId, span]),
    );
    const names: (string | undefined)[] = [];
    for (let id = active[0]; id !== undefined; id = all.get(id)?.parentSpanContext?.spanId)
      names.push(all.get(id)?.name.split(" ").at(-1));
    expect(names).toEqual(["1", "openai/gpt-oss-20b", "inner", "outer"]);
  }
});

test("of a router in a router that fail with one error each tells whom it asked itself", async () => {
  const { providers, telemetry, spans } = traced(() => new Response("{}", { status: 400 }));
  const inner = telemetry.provider(createRouter(providers, { name: "inner" }));
  const outer = telemetry.provider(createRouter([inner], { name: "outer" }));
  for (const ask of [() => outer.chat(HELLO), () => outer.chatStream(HELLO).response]) {
    const before = spans().length;
    await failure(ask());
    const routers = spans()
      .slice(before)
      .filter(({ name }) => /inner|outer/.test(name));
    expect(routers.map(({ attributes }) => attributes["groq_provider.route.asked"])).toEqual([
      ["test"],
      ["inner"],
    ]);
  }
});

test("a hedge that is asked by a timer hangs under its call, and is marked", async () => {
  const { tracerProvider, spans } = inMemory();
  const telemetry = createTelemetry({ tracerProvider });
  const clock = new TestClock();
  const [slow, quick] = [Number.POSITIVE_INFINITY, 10].map(
    (afterMs, index) => new FakeProvider({ clock, name: `p${index}`, turns: [{ afterMs }] }),
  );
  if (!slow || !quick) throw new Error("expected two");
  let inside: string | undefined;
  const chat = quick.chat.bind(quick);
  quick.chat = (...given) => {
    inside = trace.getActiveSpan()?.spanContext().spanId;
    return chat(...given);
  };
  const router = telemetry.provider(createRouter([slow, quick], { clock, hedgeAfterMs: 50 }));
  const answer = router.chat(HELLO);
  await clock.drain();
  await answer;
  const [call] = spans();
  expect(inside).toBe(call?.spanContext().spanId);
  expect(routeIn(call)?.map(([, ...told]) => told)).toEqual([
    ["p0", "outrun", undefined],
    ["p1", "answered", undefined],
  ]);
  expect(call?.events[1]?.attributes?.["groq_provider.route.hedge"]).toBe(true);
});

describe("what a router tells is measured", () => {
  test("who was asked, breakers, waits and cost", async () => {
    const { meterProvider, metrics } = inMemory();
    const { onEvent } = createTelemetry({ meterProvider });
    const clock = new TestClock();
    const [bad, good] = [
      new FakeProvider({
        clock,
        name: "bad",
        turns: (now) =>
          now < 500 ? { error: new LlmError("ProviderError", "Fault", { retryable: true }) } : {},
      }),
      new FakeProvider({
        clock,
        name: "good",
        turns: [
          { answer: { usage: { promptTokens: 10, completionTokens: 0, totalTokens: 10 } }, afterMs: 100 },
        ],
      }),
    ];
    const price = { prompt: 0.001 };
    const router = createRouter(
      [
        { provider: bad, price },
        { provider: good, price, weight: 1 },
      ],
      { name: "mine", clock, onEvent, breaker: { failures: 1, restMs: 1000 }, budget: { maxCostUsd: 1 } },
    );
    for (const afterMs of [0, 2000]) {
      await clock.advance(afterMs);
      const call = router.chat(HELLO);
      await clock.drain();
      await call;
    }
    const found = await metrics();
    const told = (name: string) =>
      found
        .get(`groq_provider.router.${name}`)
        ?.map(({ value, attributes }) => [
          value,
          ...Object.entries(attributes).map(([key, of]) => `${key.split(".").at(-1)} ${of}`),
        ]);
    expect(told("asks")).toEqual([
      [1, "name mine", "candidate bad", "type ProviderError", "outcome failed"],
      [1, "name mine", "candidate good", "outcome answered"],
      [1, "name mine", "candidate bad", "outcome answered"],
    ]);
    expect(told("breaker.changes")).toEqual([
      [1, "name mine", "candidate bad", "type ProviderError", "state open"],
      [1, "name mine", "candidate bad", "state halfOpen"],
      [1, "name mine", "candidate bad", "state closed"],
    ]);
    expect(told("breaker.open")).toEqual([[0, "name mine", "candidate bad"]]);
    expect(told("cost")).toContainEqual([0.01, "name mine", "candidate good"]);
  });

  test("a budget that is spent, and calls that wait in line", async () => {
    const { meterProvider, metrics } = inMemory();
    const { onEvent } = createTelemetry({ meterProvider });
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: 100 }], maxConcurrent: 1 });
    const budget = { maxCostUsd: 0.5 };
    const router = createRouter([{ provider: one, price: { prompt: 0.02 } }], { clock, onEvent, budget });
    const calls = [router.chat(HELLO), router.chat(HELLO)];
    const ends = Promise.allSettled(calls);
    await clock.drain();
    expect((await ends).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    const dear = router.chat([{ role: "user", content: "Hello ".repeat(1000) }]);
    dear.catch(() => {});
    await clock.drain();
    await failure(dear);
    const found = await metrics();
    expect(found.get("groq_provider.router.wait")?.[0]?.value).toMatchObject({ sum: 0.1 });
    expect(found.get("groq_provider.router.budget.problems")?.[0]).toMatchObject({
      value: 1,
      attributes: { "groq_provider.router.name": "router", "groq_provider.router.budget.problem": "spent" },
    });
  });
});
