/** What an application can count: every failure has its one `end` event, and a wait is told as long as it was. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import type { Layer } from "../../../src/provider/base/layer.ts";
import type { ModelConfig } from "../../../src/provider/base/model-config.ts";
import type { ChatStream } from "../../../src/provider/base/types.ts";
import type { ProviderDependencies } from "../../../src/provider/call/dependencies.ts";
import { createRedisLimitStore } from "../../../src/provider/limits/redis/index.ts";
import { TestClock } from "../../router/test-clock.ts";
import { settle } from "../stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../support.ts";

const hello = [{ role: "user" as const, content: "Hello" }];
const answer: Handler = () => json(completion("Hi"));

function watched(handler: Handler, config: ModelConfig, more: ProviderDependencies = {}) {
  const events: ProviderEvent[] = [];
  const clock = new TestClock();
  const { provider } = stubbed(handler, config, { clock, onEvent: (event) => events.push(event), ...more });
  return { provider, events, clock };
}

const typesOf = (events: readonly ProviderEvent[]) => events.map(({ type }) => type);
const endOf = (events: readonly ProviderEvent[]) => events.filter(({ type }) => type === "end");
const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "none",
    (error: unknown) => (LlmError.is(error) ? error.kind : "foreign"),
  );

const perMinute = { renewal_period: "minutes", calls: 1 } as const;

test.each<[string, string, ModelConfig]>([
  ["on_limit: error", "RateLimitExceeded", groqConfig({}, { limit: perMinute, on_limit: "error" })],
  ["a full queue", "RateLimitExceeded", groqConfig({ max_queue: 0 }, { limit: perMinute })],
  [
    "a wait that is known to be too long",
    "RateLimitExceeded",
    groqConfig({ max_queue_ms: 10 }, { limit: perMinute }),
  ],
])("%s: the refused call has one event, its end, with %s and no try", async (_, kind, config) => {
  const { provider, events } = watched(answer, config);
  await provider.chat(hello);
  events.length = 0;
  expect(await kindOf(provider.chat(hello, { id: "second" }))).toBe(kind);
  expect(events).toEqual([
    {
      type: "end",
      callId: expect.any(Number),
      operation: "chat",
      model: "openai/gpt-oss-20b",
      config: "test",
      id: "second",
      kind,
      tries: 0,
      waitedMs: 0,
      durationMs: 0,
    },
  ]);
});

test.each<[string, string, ModelConfig, ProviderDependencies]>([
  ["too large", "RequestTooLarge", groqConfig({}, { limit: { renewal_period: "minutes", tokens: 1 } }), {}],
  [
    "a store that is away",
    "ServiceUnavailable",
    groqConfig({ max_retries: 0 }, { limit: perMinute }),
    {
      limitStore: createRedisLimitStore({
        client: { call: () => Promise.reject(new Error("gone")) },
        key: "test",
      }),
    },
  ],
])("%s: the first call already ends with %s, and no try", async (_, kind, config, more) => {
  const { provider, events, clock } = watched(answer, config, more);
  const call = kindOf(provider.chat(hello));
  await clock.advance(600_000);
  expect(await call).toBe(kind);
  expect(endOf(events)).toEqual([expect.objectContaining({ kind, tries: 0 })]);
  expect(typesOf(events)).not.toContain("request");
});

test("what the service does not have is counted too", async () => {
  const { provider, events } = watched(answer, groqConfig());
  expect(await kindOf(provider.embed(["a"]))).toBe("NotSupported");
  expect(await kindOf(provider.pullModel("m"))).toBe("NotSupported");
  expect(endOf(events)).toEqual([
    expect.objectContaining({ operation: "embed", kind: "NotSupported", tries: 0 }),
    expect.objectContaining({ operation: "pullModel", kind: "NotSupported", tries: 0, model: "m" }),
  ]);
});

test("a wait for the limit is told only where there was one, with the call's number", async () => {
  const { provider, events, clock } = watched(answer, groqConfig({}, { limit: perMinute }));
  await provider.chat(hello);
  expect(typesOf(events)).not.toContain("limitWait");
  const second = provider.chat(hello);
  await clock.advance(60_000);
  await second;
  const wait = events.find(({ type }) => type === "limitWait");
  const [one, two] = events.filter((event) => event.type === "end");
  expect(wait).toMatchObject({ callId: two?.callId, attempt: 1, waitMs: 60_000 });
  expect(two?.callId).not.toBe(one?.callId);
  expect(two).toMatchObject({ tries: 1, waitedMs: 60_000, durationMs: 60_000 });
});

test("a call that gives up waiting for the limit tells how long it had waited", async () => {
  const { provider, events, clock } = watched(answer, groqConfig({}, { limit: perMinute }));
  await provider.chat(hello);
  events.length = 0;
  const stop = new AbortController();
  const second = kindOf(provider.chat(hello, { signal: stop.signal }));
  await clock.advance(7_000);
  stop.abort();
  expect(await second).toBe("Cancelled");
  expect(typesOf(events)).toEqual(["end"]);
  expect(events[0]).toMatchObject({ kind: "Cancelled", tries: 0, waitedMs: 7_000, durationMs: 7_000 });
});

test("a wait between two tries counts as long as it was, not as long as it should have been", async () => {
  const busy: Handler = () => json({ error: { message: "busy" } }, 503, { "retry-after": "30" });
  const { provider, events, clock } = watched(busy, groqConfig({ max_retries: 1 }));
  const stop = new AbortController();
  const call = kindOf(provider.listModels({ signal: stop.signal }));
  await clock.advance(4_000);
  stop.abort();
  expect(await call).toBe("Cancelled");
  expect(events.find(({ type }) => type === "retry")).toMatchObject({ waitMs: 30_000 });
  expect(endOf(events)).toEqual([expect.objectContaining({ tries: 1, waitedMs: 4_000, durationMs: 4_000 })]);
});

test("no event holds a prompt, an answer or the key", async () => {
  const { provider, events } = watched(() => json(completion("the answer")), groqConfig());
  await provider.chat([{ role: "user", content: "the prompt" }]);
  expect(JSON.stringify(events)).not.toMatch(/the answer|the prompt|gsk_/);
});

test("what is wrong with a model's name is counted too", async () => {
  const { provider, events } = watched(answer, groqConfig());
  for (const call of ["ensureModel", "modelExists", "pullModel"] as const)
    expect(await kindOf(provider[call](undefined as unknown as string)), call).toBe("InvalidRequest");
  expect(events.map((event) => event.type === "end" && [event.operation, event.kind, event.tries])).toEqual([
    ["listModels", "InvalidRequest", 0],
    ["listModels", "InvalidRequest", 0],
    ["pullModel", "InvalidRequest", 0],
  ]);
});

describe("the end is the last event, and each try has its own before it", () => {
  const never: Handler = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  const told = (events: readonly ProviderEvent[]) =>
    events.map((event) => [event.type, ...("kind" in event && event.kind ? [event.kind] : [])].join(" "));

  test("an abort before the head", async () => {
    const { provider, events } = watched(never, groqConfig());
    const stop = new AbortController();
    const call = kindOf(provider.chat(hello, { signal: stop.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await call).toBe("Cancelled");
    await new Promise((resolve) => setImmediate(resolve));
    expect(told(events)).toEqual(["request", "error Cancelled", "end Cancelled"]);
  });

  test("a stream that is cancelled at once", async () => {
    const { provider, events } = watched(answer, groqConfig());
    const stream = provider.chatStream(hello);
    stream.cancel();
    expect(await kindOf(stream.response)).toBe("Cancelled");
    await new Promise((resolve) => setImmediate(resolve));
    expect(told(events).at(-1)).toBe("end Cancelled");
    expect(endOf(events)).toHaveLength(1);
    expect(events.filter(({ type }) => type === "request")).toHaveLength(
      events.filter(({ type }) => type === "error").length,
    );
  });

  test("a key that never comes", async () => {
    const apiKey = () => new Promise<string>(() => {});
    const { provider, events, clock } = watched(answer, groqConfig(), { apiKey });
    const call = kindOf(provider.chat(hello, { deadlineMs: 50 }));
    await clock.advance(50);
    expect(await call).toBe("Timeout");
    expect(told(events)).toEqual(["request", "error Timeout", "end Timeout"]);
  });

  test("a layer around tries that throws", async () => {
    const broken = () => {
      throw new Error("a bug");
    };
    const { provider, events } = watched(answer, groqConfig(), { layers: { try: [broken] } });
    expect(await kindOf(provider.chat(hello))).toBe("ConfigError");
    expect(told(events)).toEqual(["request", "error ConfigError", "end ConfigError"]);
  });

  test("a layer around tries that answers by itself", async () => {
    const { provider: other } = watched(answer, groqConfig());
    const cached = await other.chat(hello);
    const { provider, events } = watched(answer, groqConfig(), {
      layers: { try: [async () => cached as never] },
    });
    await provider.chat(hello);
    expect(told(events)).toEqual(["request", "response", "end"]);
  });

  test("a clock that fails", async () => {
    const clock = { now: () => Number.NaN, setTimer: () => () => {} };
    const { provider, events } = watched(answer, groqConfig(), { clock });
    expect(await kindOf(provider.chat(hello))).toBe("ConfigError");
    expect(endOf(events)).toEqual([expect.objectContaining({ kind: "ConfigError", tries: 0 })]);
  });

  test("a stream that is left has the status of its answer; a try without one has none", async () => {
    const stream: Handler = () =>
      new Response(`data: ${JSON.stringify(chunk("a"))}\n\ndata: ${JSON.stringify(chunk("b"))}\n\n`, {
        headers: { "content-type": "text/event-stream" },
      });
    const { provider, events } = watched(stream, groqConfig());
    for await (const part of provider.chatStream(hello)) if (part.type === "text") break;
    expect(endOf(events)).toEqual([expect.objectContaining({ kind: "Cancelled", status: 200 })]);
    const gone: Handler = (_, count) => {
      if (count === 1) return json({ error: { message: "busy" } }, 503);
      throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } });
    };
    const second = watched(gone, groqConfig({ max_retries: 1 }));
    const call = kindOf(second.provider.chat(hello));
    await second.clock.advance(60_000);
    expect(await call).toBe("ServiceUnavailable");
    expect(endOf(second.events)[0]).toMatchObject({ tries: 2 });
    expect(endOf(second.events)[0]).not.toHaveProperty("status");
  });
});

const chunk = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "openai/gpt-oss-20b",
  choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
});

test.each<[string, (stream: ChatStream, aborter: AbortController) => unknown]>([
  ["cancel()", (stream) => stream.cancel()],
  ["leaving its loop", (stream) => stream[Symbol.asyncIterator]().return?.()],
  ["its signal", (_, aborter) => aborter.abort()],
])("a stream that %s ends before it was sent was no try, and takes no room", async (_, end) => {
  const tries: number[] = [];
  const watch: Layer = (call, next) => {
    tries.push(call.id);
    return next(call);
  };
  const { provider, events } = watched(answer, groqConfig({}, { limit: perMinute }), {
    layers: { try: [watch] },
  });
  const aborter = new AbortController();
  end(provider.chatStream(hello, { signal: aborter.signal }), aborter);
  await settle();
  expect(tries).toEqual([]);
  expect(events).toEqual([expect.objectContaining({ type: "end", kind: "Cancelled", tries: 0 })]);
  expect((await provider.chat(hello)).content).toBe("Hi");
});
