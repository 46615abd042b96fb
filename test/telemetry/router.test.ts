/** Spans of a router: one for each call, and those whom it asked below it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { context, SpanStatusCode } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { failure, finish, sse, text } from "../provider/stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { FakeProvider, HELLO } from "../router/fake-provider.ts";
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
    attributes?.["groq_provider.route.candidate"],
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
