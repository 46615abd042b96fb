/** Exporters that fail, layers that answer in place, ends that come twice, texts that must not be told, odd options. */

import type { MeterProvider } from "@opentelemetry/api";
import { type Context, context, DiagLogLevel, diag, metrics as metricsApi, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import type { Layer } from "../../src/provider/base/layer.ts";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import type { ChatStream } from "../../src/provider/base/types.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { failure, finish, sse, text } from "../provider/stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { FakeProvider, HELLO } from "../router/fake-provider.ts";
import { TestClock } from "../router/test-clock.ts";
import { inMemory } from "./sdk.ts";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

const answer = () => json(completion("Hi"));
const streamed = () => new Response(sse(text("a"), text("b"), finish()));

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 5 });

function fail(): never {
  throw new Error("mine");
}

/** Counts spans that began and ended. */
class Counter implements SpanProcessor {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  onStart({ name }: { name: string }) {
    this.begun.push(name);
  }
  onEnd({ name }: ReadableSpan) {
    this.ended.push(name);
  }
  async forceFlush() {}
  async shutdown() {}
}

function told(
  options: TelemetryOptions,
  handler: Handler = answer,
  layers: { call?: Layer[]; try?: Layer[] } = {},
) {
  const telemetry = createTelemetry(options);
  const { provider } = stubbed(handler, groqConfig({ max_retries: 1 }), {
    layers: {
      call: [...telemetry.call, ...(layers.call ?? [])],
      try: [...telemetry.try, ...(layers.try ?? [])],
    },
    onEvent: telemetry.onEvent,
    random: () => 0,
  });
  return { telemetry, provider };
}

/** What OpenTelemetry complains of, a span that ends twice too. */
const lost = vi.fn();
beforeEach(() => {
  lost.mockClear();
  diag.setLogger({ error: lost, warn: lost, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
});
afterEach(() => diag.disable());

describe("a fault of what is told fails no call", () => {
  const withProcessor = (part: Partial<SpanProcessor>) =>
    new BasicTracerProvider({ spanProcessors: [Object.assign(new Counter(), part)] });
  const badSampler: Sampler = { shouldSample: fail, toString: () => "bad" };
  const badExporter = { export: fail, async shutdown() {} };
  const badMeter = (meter: object): MeterProvider => ({ getMeter: () => meter as never });
  const badInstruments = { add: fail, record: fail };
  const create = () => badInstruments;

  test.each<[string, TelemetryOptions]>([
    ["a sampler", { tracerProvider: new BasicTracerProvider({ sampler: badSampler }) }],
    ["a processor, at the beginning", { tracerProvider: withProcessor({ onStart: fail }) }],
    ["a processor, at the end", { tracerProvider: withProcessor({ onEnd: fail }) }],
    [
      "an exporter",
      { tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(badExporter)] }) },
    ],
    ["a tracer provider", { tracerProvider: { getTracer: fail } }],
    ["a meter provider", { meterProvider: { getMeter: fail } }],
    ["a meter", { meterProvider: badMeter({ createHistogram: fail }) }],
    [
      "an instrument",
      { meterProvider: badMeter({ createHistogram: create, createCounter: create, createGauge: create }) },
    ],
  ])("of %s", async (_, options) => {
    const { provider, telemetry } = told({ ...options, captureContent: true }, (_sent, count) =>
      count % 2 === 1 ? new Response("", { status: 503 }) : answer(),
    );
    expect((await provider.chat(HELLO)).content).toBe("Hi");
    const add = telemetry.tool({ name: "add", execute: () => 2 });
    expect(await add.execute()).toBe(2);
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const router = telemetry.provider(createRouter([one], { clock, onEvent: telemetry.onEvent }));
    const stream = router.chatStream(HELLO);
    const asked = router.chat(HELLO);
    const read = stream.text();
    await clock.drain();
    expect((await asked).content).toBe("one");
    expect(await read).toBe("one");
    expect(lost).toHaveBeenCalled();
  });
});

describe("each span ends, once", () => {
  afterEach(() => expect(lost).not.toHaveBeenCalled());

  const counted = (handler: Handler, layers = {}) => {
    const counter = new Counter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [counter] });
    const { provider, telemetry } = told({ tracerProvider }, handler, layers);
    return { provider, telemetry, counter };
  };
  const inPlace: Layer = async () => completion("cached") as never;
  const afterwards: Layer = async (call, next) => {
    await next(call);
    throw new Error("too late");
  };

  test.each<[string, Handler, { call?: Layer[]; try?: Layer[] }]>([
    ["where a layer of the call answers in place", answer, { call: [inPlace] }],
    ["where a layer of the try does", answer, { try: [inPlace] }],
    ["where a layer fails after the answer", answer, { call: [afterwards] }],
    ["where a layer of the try does", answer, { try: [afterwards] }],
    ["where a server fails", () => new Response("", { status: 503 }), {}],
  ])("%s", async (_, handler, layers) => {
    const { provider, counter } = counted(handler, layers);
    await provider.chat(HELLO).catch(() => {});
    await failure(provider.chatStream(HELLO).response).catch(() => {});
    expect(counter.begun.length).toBeGreaterThanOrEqual(2);
    expect([...counter.ended].sort()).toEqual([...counter.begun].sort());
  });

  test.each<[string, (stream: ChatStream) => unknown, idleTimeoutMs?: number]>([
    ["is cancelled", (stream) => stream.cancel()],
    [
      "is cancelled twice, and read",
      (stream) => {
        stream.cancel();
        stream.cancel();
        return failure(stream.response);
      },
    ],
    [
      "is left",
      async (stream) => {
        for await (const _ of stream) break;
      },
    ],
    ["is read to its end twice over", async (stream) => [await stream.text(), await stream.response]],
    ["is read by nobody", () => undefined, 50],
  ])("of a stream that %s, bare and by a router", async (_, end, idleTimeoutMs = 60_000) => {
    const { provider, telemetry, counter } = counted(streamed);
    const router = telemetry.provider(createRouter([provider]));
    for (const asked of [provider, router]) {
      const before = counter.begun.length;
      const stream = asked.chatStream(HELLO, { idleTimeoutMs });
      await eventually(() => expect(counter.begun.slice(before)).toContain("attempt 1"));
      await end(stream);
      await eventually(() => expect([...counter.ended].sort()).toEqual([...counter.begun].sort()));
    }
    expect(counter.ended).toHaveLength(5);
  });

  test("of a call that is aborted while its server is silent", async () => {
    const { provider, counter } = counted(() => new Promise<Response>(() => {}));
    const aborter = new AbortController();
    const call = failure(provider.chat(HELLO, { signal: aborter.signal }));
    await eventually(() => expect(counter.begun).toHaveLength(2));
    aborter.abort();
    expect((await call).kind).toBe("Cancelled");
    await eventually(() => expect(counter.ended).toHaveLength(2));
  });
});

test("two telemetries on one provider tell each the whole", async () => {
  const sdks = [inMemory(), inMemory()];
  const [one, two] = sdks.map(({ tracerProvider, meterProvider }) =>
    createTelemetry({ tracerProvider, meterProvider }),
  );
  if (!one || !two) throw new Error("expected two");
  const { provider } = stubbed(answer, groqConfig(), {
    layers: { call: [...one.call, ...two.call], try: [...one.try, ...two.try] },
  });
  const router = two.provider(one.provider(createRouter([provider])));
  await router.chat(HELLO);
  await router.chatStream(HELLO).response;
  for (const { spans, metrics } of sdks) {
    const names = ["attempt 1", "chat openai/gpt-oss-20b", "chat router"];
    expect(spans().map(({ name }) => name)).toEqual([...names, ...names]);
    expect(spans().at(-1)?.attributes["groq_provider.route.asked"]).toEqual(["test"]);
    expect((await metrics()).has("gen_ai.client.inference.duration")).toBe(true);
  }
});

describe("without captureContent no text is told", () => {
  const SECRET = "Zebra";
  const secretCall = (name = "add") => ({
    id: "call_1",
    type: "function",
    function: { name, arguments: `{"a":"${SECRET}"}` },
  });
  const refusing = (error: object, status = 400) =>
    json({ error: { message: SECRET, ...error } }, status, { "retry-after": "3600" });

  const handlers: [string, Handler][] = [
    ["answers", () => json(completion(SECRET))],
    ["refusals that quote", () => refusing({ type: "invalid_request_error", param: SECRET })],
    ["failed generations", () => refusing({ code: "tool_use_failed", failed_generation: SECRET })],
    ["faults of a server", () => refusing({ type: SECRET, code: SECRET }, 500)],
    ["answers that are none", () => new Response(SECRET)],
    ["refusals of limits that quote", () => refusing({ code: "rate_limit_exceeded" }, 429)],
    [
      "tools",
      (_, count) =>
        json(
          count > 1
            ? completion(SECRET)
            : completion(SECRET, {
                choices: [
                  {
                    index: 0,
                    message: {
                      role: "assistant",
                      content: SECRET,
                      reasoning: SECRET,
                      tool_calls: [secretCall()],
                    },
                    finish_reason: "tool_calls",
                  },
                ],
              }),
        ),
    ],
  ];

  test.each(handlers)("of %s", async (_, handler) => {
    const sdk = inMemory();
    const events: unknown[] = [];
    const telemetry = createTelemetry(sdkOf(sdk));
    const { provider } = stubbed(handler, groqConfig({ max_retries: 1 }), {
      layers: telemetry,
      onEvent: (event) => {
        events.push(event);
        telemetry.onEvent(event);
      },
      random: () => 0,
    });
    const router = telemetry.provider(createRouter([provider], { onEvent: telemetry.onEvent, maxWaitMs: 1 }));
    const add = telemetry.tool({
      name: "add",
      description: SECRET,
      execute: (): never => {
        throw Object.assign(new Error(SECRET), { name: `Failed with ${SECRET}`, kind: `${SECRET} and more` });
      },
    });
    const image = `data:image/png;base64,${Buffer.from(SECRET).toString("base64")}`;
    const messages = [
      { role: "user" as const, content: [{ type: "text" as const, text: SECRET }] },
      { role: "user" as const, content: [{ type: "image" as const, image }] },
    ];
    const responseFormat = {
      type: "json_schema" as const,
      jsonSchema: { name: SECRET, schema: { type: "object", description: SECRET } },
    };
    for (const asked of [provider, router]) {
      await runTools(asked, messages, { tools: [add], maxWaitMs: 1 }).catch(() => {});
      await asked.chat(messages, { responseFormat, user: SECRET, maxWaitMs: 1 }).catch(() => {});
      await asked.chatStream(messages, { maxWaitMs: 1 }).response.catch(() => {});
    }
    const spans = sdk
      .spans()
      .map(({ name, attributes, events, status }) => [name, attributes, events, status]);
    expect(spans.length).toBeGreaterThan(5);
    const all = JSON.stringify([spans, [...(await sdk.metrics())], events]);
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain(Buffer.from(SECRET).toString("base64"));
  });

  function sdkOf({ tracerProvider, meterProvider }: ReturnType<typeof inMemory>) {
    return { tracerProvider, meterProvider };
  }
});

describe("what is handed in wrong is refused", () => {
  const getter = Object.defineProperty({}, "semconv", { enumerable: true, get: fail });
  test.each<[string, unknown, RegExp]>([
    ["null", null, /options: expected an object, got null/],
    ["a text", "latest", /options: expected an object, got string/],
    ["a getter that throws", getter, /options: expected values of their types/],
    ["captureContent", { captureContent: "yes" }, /captureContent: expected true or false, got string/],
    ["diagnostics", { diagnostics: 1 }, /diagnostics: expected true or false, got 1/],
    ["tracerProvider", { tracerProvider: {} }, /tracerProvider: expected an object with getTracer\(\)/],
    [
      "meterProvider",
      { meterProvider: null },
      /meterProvider: expected an object with getMeter\(\), got null/,
    ],
  ])("%s", (_, options, problem) => {
    const error = catchError(() => createTelemetry(options as TelemetryOptions));
    expect(error).toMatchObject({ kind: "ConfigError", message: expect.stringMatching(problem) });
  });

  test("a tool or a provider that is none", () => {
    const telemetry = createTelemetry();
    for (const wrong of [() => telemetry.tool(null as never), () => telemetry.provider({} as never)])
      expect(catchError(wrong)).toMatchObject({ kind: "ConfigError" });
  });

  function catchError(work: () => unknown): unknown {
    try {
      return work();
    } catch (fault) {
      expect(LlmError.is(fault)).toBe(true);
      return fault;
    }
  }
});

describe("of what is wrapped the rest stays", () => {
  test("a tool of a class, with private members", async () => {
    class Add {
      readonly #sum = 2;
      name = "add";
      get description() {
        return `gives ${this.#sum}`;
      }
      execute() {
        return this.#sum;
      }
    }
    const { tracerProvider, spans } = inMemory();
    const tool = createTelemetry({ tracerProvider }).tool(new Add());
    expect(tool.description).toBe("gives 2");
    expect(await tool.execute()).toBe(2);
    expect(spans()).toHaveLength(1);
  });

  test("a provider and a tool that are frozen", async () => {
    const { tracerProvider, spans } = inMemory();
    const telemetry = createTelemetry({ tracerProvider });
    const one = stubbed(answer).provider;
    const chat = (...given: Parameters<LlmProvider["chat"]>) => one.chat(...given);
    const frozen = Object.freeze({ config: one.config, chat }) as unknown as LlmProvider;
    expect((await telemetry.provider(frozen).chat(HELLO)).content).toBe("Hi");
    expect(await telemetry.tool(Object.freeze({ name: "add", execute: () => 2 })).execute()).toBe(2);
    expect(spans()).toHaveLength(2);
  });
});

test("what a tool asks for hangs under its run", async () => {
  const { tracerProvider, spans } = inMemory();
  let inside: Context | undefined;
  const tool = createTelemetry({ tracerProvider }).tool({
    name: "fetch",
    execute: async () => {
      await Promise.resolve();
      inside = context.active();
    },
  });
  await tool.execute();
  expect(inside && trace.getSpanContext(inside)?.spanId).toBe(spans()[0]?.spanContext().spanId);
});

test("another copy of the package, as CommonJS beside ESM, tells its routes too", async () => {
  const { tracerProvider, spans } = inMemory({ sampler: new AlwaysOnSampler() });
  vi.resetModules();
  const other = await import("../../src/router/index.ts");
  const { provider } = stubbed(() => new Response("", { status: 400 }));
  const router = createTelemetry({ tracerProvider }).provider(other.createRouter([provider]));
  await failure(router.chat(HELLO));
  await failure(router.chatStream(HELLO).response);
  for (const { attributes } of spans()) expect(attributes["groq_provider.route.asked"]).toEqual(["test"]);
  expect(spans()).toHaveLength(2);
});

describe("while the peer is loading", () => {
  const first = async () => {
    vi.resetModules();
    const sdk = inMemory();
    const fresh = await import("../../src/telemetry/index.ts");
    const telemetry = fresh.createTelemetry({ tracerProvider: sdk.tracerProvider });
    const { provider } = stubbed(streamed);
    return { ...sdk, stream: telemetry.provider(createRouter([provider])).chatStream(HELLO) };
  };

  test("what is told is measured when it is there", async () => {
    vi.resetModules();
    const { meterProvider, metrics } = inMemory();
    const fresh = await import("../../src/telemetry/index.ts");
    fresh
      .createTelemetry({ meterProvider })
      .onEvent({ type: "breaker", router: "router", candidate: "one", state: "open" });
    await eventually(async () =>
      expect((await metrics()).get("groq_provider.router.breaker.changes")?.[0]?.value).toBe(1),
    );
  });

  test("a stream may be cancelled", async () => {
    const { stream, spans } = await first();
    stream.cancel("enough");
    expect(await failure(stream.response)).toMatchObject({ kind: "Cancelled" });
    await eventually(() => expect(spans()[0]?.attributes["error.type"]).toBe("Cancelled"));
  });

  test("a stream may be left, and is looped over only once", async () => {
    const { stream, spans } = await first();
    for await (const _ of stream) break;
    await eventually(() => expect(spans()).toHaveLength(1));
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ kind: "InvalidRequest" });
  });

  test("without it a stream says what to install", async () => {
    vi.doMock("@opentelemetry/api", () => fail());
    try {
      const unhandled = vi.fn();
      process.on("unhandledRejection", unhandled);
      await first();
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.off("unhandledRejection", unhandled);
      expect(unhandled).not.toHaveBeenCalled();
      const { stream } = await first();
      const error = await failure(stream.response);
      expect(error.message).toBe(
        "groq-provider/telemetry needs @opentelemetry/api: npm install @opentelemetry/api",
      );
    } finally {
      vi.doUnmock("@opentelemetry/api");
      vi.resetModules();
    }
  });
});

afterEach(() => metricsApi.disable());
