/** With the real SDK and its in-memory exporters. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sendOperation } from "../../src/api/index.ts";
import type { Message } from "../../src/provider/base/types.ts";
import type { OpenAiCompatibleProvider } from "../../src/provider/openai-compatible.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../src/provider/tools/tools.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { Body, chunk, DONE, event, failure, finish, sse, text, usage } from "../provider/stream/harness.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { inMemory } from "./sdk.ts";

const hello: Message[] = [{ role: "user", content: "A prompt that nobody should see" }];

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

function traced(handler: Handler, options: TelemetryOptions = {}, config = groqConfig({ max_retries: 2 })) {
  const sdk = inMemory();
  const { tracerProvider, meterProvider } = sdk;
  const telemetry = createTelemetry({ tracerProvider, meterProvider, ...options });
  const { provider, sent } = stubbed(handler, config, {
    layers: telemetry,
    onEvent: telemetry.onEvent,
    random: () => 0,
  });
  return { ...sdk, provider, sent, telemetry };
}

const answer = () =>
  json(completion("Hi"), 200, {
    "x-request-id": "req_9",
    "x-ratelimit-limit-tokens": "8000",
    "x-ratelimit-remaining-tokens": "7990",
    "x-ratelimit-reset-tokens": "75ms",
  });

describe("spans", () => {
  test("one for the call, with one for each try below it", async () => {
    const { provider, spans } = traced((_, count) =>
      count === 1 ? new Response("", { status: 503 }) : answer(),
    );
    await provider.chat(hello, { temperature: 0.5, maxTokens: 100 });
    const [first, second, call] = spans();
    expect([first?.name, second?.name, call?.name]).toEqual([
      "attempt 1",
      "attempt 2",
      "chat openai/gpt-oss-20b",
    ]);
    expect(call?.kind).toBe(SpanKind.CLIENT);
    expect(call?.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "groq",
      "gen_ai.request.model": "openai/gpt-oss-20b",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.usage.output_tokens": 4,
      "server.address": "api.groq.com",
    });
    expect(first?.attributes).not.toHaveProperty("http.request.resend_count");
    for (const one of [first, second])
      expect(one?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(first?.attributes).toMatchObject({
      "http.response.status_code": 503,
      "error.type": "ServiceUnavailable",
    });
    expect(second?.attributes).toMatchObject({
      "groq_provider.request.id": "req_9",
      "http.request.resend_count": 1,
    });
    expect(call?.events.map(({ name }) => name)).toEqual(["retry"]);
    expect(call?.status.code).not.toBe(SpanStatusCode.ERROR);
  });

  test("is active while the exchange runs, so that an HTTP client's span hangs under the try", async () => {
    let inside: string | undefined;
    const { provider, spans } = traced(() => {
      inside = trace.getActiveSpan()?.spanContext().spanId;
      return answer();
    });
    await provider.chat(hello);
    expect(inside).toBe(
      spans()
        .find(({ name }) => name === "attempt 1")
        ?.spanContext().spanId,
    );
  });

  test("of a stream lasts until its last event", async () => {
    const parts = [event(text("Hi")), event(finish("stop", { usage: usage(2) })) + DONE];
    const { provider, spans } = traced(() => new Response(new Body(parts).stream));
    const stream = provider.chatStream(hello);
    const chunks = stream[Symbol.asyncIterator]();
    await chunks.next();
    expect(spans()).toHaveLength(0);
    await stream.response;
    const call = spans().at(-1);
    expect(call?.attributes).toMatchObject({
      "gen_ai.request.stream": true,
      "gen_ai.usage.output_tokens": 2,
    });
  });

  test("of a stream that was left says so", async () => {
    const { provider, spans } = traced(() => new Response(sse(text("a"), text("b"), text("c"), finish())));
    for await (const _ of provider.chatStream(hello)) break;
    expect(spans().every((span) => span.ended)).toBe(true);
  });

  test("of a failed call has the kind of its error, and neither prompt nor the server's words", async () => {
    const { provider, spans } = traced(() =>
      json(
        { error: { message: "You said: A prompt that nobody should see", type: "invalid_request_error" } },
        400,
      ),
    );
    await failure(provider.chat(hello));
    const call = spans().at(-1);
    expect(call?.status).toEqual({ code: SpanStatusCode.ERROR, message: "InvalidRequest" });
    expect(call?.attributes["error.type"]).toBe("InvalidRequest");
    expect(
      JSON.stringify(spans().map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.toMatch(/prompt|gsk_/);
  });

  test("have texts where they are asked for", async () => {
    const { provider, spans } = traced(answer, { captureContent: true });
    await provider.chat(hello);
    const { attributes } = spans().at(-1) ?? {};
    const messagesIn = (name: string) => JSON.parse(String(attributes?.[name]));
    expect(messagesIn("gen_ai.input.messages")).toEqual([
      { role: "user", parts: [{ type: "text", content: "A prompt that nobody should see" }] },
    ]);
    expect(messagesIn("gen_ai.output.messages")).toEqual([
      { role: "assistant", parts: [{ type: "text", content: "Hi" }], finish_reason: "stop" },
    ]);
  });

  test("have calls, their results, images and reasoning as parts of the conventions", async () => {
    const called = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    const message = { role: "assistant", content: "", reasoning: "Hm.", tool_calls: [called] };
    const { provider, spans } = traced(
      () => json(completion("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] })),
      { captureContent: true },
    );
    const toolCall = { type: "tool_call", id: "call_1", name: "add", arguments: { a: 1 } };
    const { toolCalls } = await provider.chat([
      { role: "user", content: [{ type: "image", image: "https://example.org/a.png" }] },
    ]);
    await provider.chat([
      ...hello,
      { role: "assistant", content: "", toolCalls },
      { role: "tool", toolCallId: "call_1", content: "2" },
    ]);
    const calls = spans().filter(({ name }) => name.startsWith("chat"));
    const [first, second] = calls.map(({ attributes }) => attributes);
    expect(JSON.parse(String(first?.["gen_ai.input.messages"]))).toEqual([
      { role: "user", parts: [{ type: "uri", modality: "image", uri: "https://example.org/a.png" }] },
    ]);
    expect(JSON.parse(String(first?.["gen_ai.output.messages"]))).toEqual([
      {
        role: "assistant",
        parts: [{ type: "reasoning", content: "Hm." }, toolCall],
        finish_reason: "tool_call",
      },
    ]);
    expect(JSON.parse(String(second?.["gen_ai.input.messages"])).slice(1)).toEqual([
      { role: "assistant", parts: [toolCall] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "2" }] },
    ]);
  });

  test("have what the service ran by itself, of a chat and of a stream", async () => {
    const search = { index: 0, type: "browser.search", name: "browser_search", arguments: '{"query":"q"}' };
    const code = { index: 1, type: "python", arguments: "1+1", output: "2", code_results: [{ text: "2" }] };
    const tools = [{ ...search, output: "Found", search_results: { results: [] } }, code];
    const message = { role: "assistant", content: "Hi", executed_tools: tools };
    const { provider, spans } = traced(
      ({ body }) =>
        body?.stream
          ? new Response(sse(chunk({ executed_tools: tools }), text("Hi"), finish()))
          : json(completion("", { choices: [{ index: 0, message, finish_reason: "stop" }] })),
      { captureContent: true },
    );
    await provider.chat(hello);
    await provider.chatStream(hello).text();
    const calls = spans().filter(({ name }) => name.startsWith("chat"));
    expect(calls).toHaveLength(2);
    for (const { attributes } of calls)
      expect(JSON.parse(String(attributes["gen_ai.output.messages"]))[0].parts).toEqual([
        {
          type: "server_tool_call",
          id: "0",
          name: "browser_search",
          server_tool_call: { type: "browser.search", arguments: { query: "q" } },
        },
        {
          type: "server_tool_call_response",
          id: "0",
          server_tool_call_response: {
            type: "browser.search",
            output: "Found",
            search_results: { results: [] },
          },
        },
        {
          type: "server_tool_call",
          id: "1",
          name: "python",
          server_tool_call: { type: "python", arguments: "1+1" },
        },
        {
          type: "server_tool_call_response",
          id: "1",
          server_tool_call_response: { type: "python", output: "2", code_results: [{ text: "2" }] },
        },
        { type: "text", content: "Hi" },
      ]);
  });

  test("of two providers with one telemetry have each its own events", async () => {
    const { provider, telemetry, spans } = traced(
      () => new Response("", { status: 503 }),
      {},
      groqConfig({ max_retries: 1 }),
    );
    const other = stubbed(answer, groqConfig(), { layers: telemetry, onEvent: telemetry.onEvent });
    const failed = failure(provider.chat(hello));
    await other.provider.chat(hello);
    await failed;
    const calls = spans().filter(({ name }) => name.startsWith("chat"));
    expect(calls).toHaveLength(2);
    for (const { status, events } of calls)
      expect(events.map(({ name }) => name)).toEqual(status.code === SpanStatusCode.ERROR ? ["retry"] : []);
  });

  test("of tools are execute_tool", async () => {
    const call = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    const { provider, telemetry, spans } = traced((_, count) =>
      json(
        count === 1
          ? completion("", {
              choices: [
                { index: 0, message: { role: "assistant", tool_calls: [call] }, finish_reason: "tool_calls" },
              ],
            })
          : completion("2"),
      ),
    );
    const add = telemetry.tool(defineTool({ name: "add", execute: () => 2 }));
    await runTools(provider, hello, { tools: [add] });
    const tool = spans().find(({ name }) => name === "execute_tool add");
    expect(tool?.attributes).toMatchObject({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "add",
      "gen_ai.tool.call.id": "call_1",
    });
    expect(JSON.stringify(tool?.attributes)).not.toContain('"a":1');
  });

  test("of a tool that throws tell the error's name, and the error goes on", async () => {
    const { telemetry, spans } = traced(answer);
    const broken = telemetry.tool({
      name: "broken",
      execute: async () => {
        throw new RangeError("secret");
      },
    });
    await expect(broken.execute()).rejects.toThrow(RangeError);
    expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: "RangeError" });
  });
});

describe("metrics", () => {
  test.each([
    ["latest", "gen_ai.client.inference.duration", "gen_ai.client.inference.usage.output_tokens"],
    ["1.41", "gen_ai.client.operation.duration", "gen_ai.client.token.usage"],
  ] as const)("have the names of %s", async (semconv, duration, tokens) => {
    const { provider, metrics } = traced(answer, { semconv });
    await provider.chat(hello);
    const found = await metrics();
    expect(found.get(duration)?.[0]?.value).toMatchObject({ count: 1 });
    expect(found.get(duration)?.[0]?.attributes).toMatchObject({ "gen_ai.provider.name": "groq" });
    expect(found.has(tokens)).toBe(true);
    expect(found.get("groq_provider.limit.remaining")?.map(({ value }) => value)).toContain(7990);
  });

  test("count refusals, and the error of a call", async () => {
    const { provider, metrics } = traced(
      () => new Response("{}", { status: 429, headers: { "retry-after": "3600" } }),
    );
    await failure(provider.chat(hello));
    const found = await metrics();
    expect(found.get("groq_provider.limit.refusals")?.[0]?.value).toBe(1);
    expect(found.get("gen_ai.client.inference.duration")?.[0]?.attributes["error.type"]).toBe(
      "RateLimitExceeded",
    );
  });

  test("tell the time to the first chunk, and how long a call waited for the limit", async () => {
    const { provider, metrics } = traced(
      () => new Response(sse(text("Hi"), finish("stop", { usage: usage(2) }))),
      {},
      groqConfig({}, { limit: { renewal_period: "seconds", calls: 1 } }),
    );
    await provider.chatStream(hello).response;
    await provider.chatStream(hello).response;
    const found = await metrics();
    expect(found.get("gen_ai.client.inference.time_to_first_chunk")?.[0]?.value).toMatchObject({ count: 2 });
    expect(found.get("groq_provider.limit.wait")?.[0]?.value).toMatchObject({ count: 1 });
  });

  test("of lists of models are no inference", async () => {
    const { provider, metrics, spans } = traced(() => json({ object: "list", data: [] }));
    await provider.listModels();
    expect((await metrics()).has("gen_ai.client.inference.duration")).toBe(false);
    expect(spans().at(-1)?.attributes["gen_ai.operation.name"]).toBe("listModels");
  });

  test("of a stream's chunks leave out what its tries waited before", async () => {
    const real = performance.now.bind(performance);
    let waitedMs = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => real() + waitedMs);
    try {
      const { provider, metrics } = traced((_, count) => {
        waitedMs = count * 1e6;
        return count === 1
          ? new Response("", { status: 503, headers: { "retry-after": "0" } })
          : new Response(sse(text("Hi"), finish("stop", { usage: usage(11) })));
      });
      await provider.chatStream(hello).response;
      const found = await metrics();
      const sumOf = (name: string) => Object(found.get(`gen_ai.client.inference.${name}`)?.[0]?.value).sum;
      // The try that failed took 1000 s of a clock that jumps.
      expect(sumOf("duration")).toBeGreaterThan(1000);
      expect(sumOf("time_per_output_chunk")).toBeLessThan(50);
    } finally {
      clock.mockRestore();
    }
  });
});

test("without its peer it says what to install, at the first call", async () => {
  vi.resetModules();
  vi.doMock("@opentelemetry/api", () => {
    throw new Error("Cannot find package");
  });
  try {
    const { createTelemetry } = await import("../../src/telemetry/index.ts");
    const { provider } = stubbed(answer, groqConfig(), { layers: createTelemetry() });
    expect(await failure(provider.chat(hello))).toMatchObject({
      kind: "ConfigError",
      message: "groq-provider/telemetry needs @opentelemetry/api: npm install @opentelemetry/api",
    });
  } finally {
    vi.doUnmock("@opentelemetry/api");
    vi.resetModules();
  }
});

test("names that are none are refused", () => {
  expect(() => createTelemetry({ ...{ captureContents: true } } as TelemetryOptions)).toThrow(
    /captureContents: not known.*captureContent/,
  );
});

test.each<
  [
    call: string,
    span: string,
    model: string | undefined,
    ask: (provider: OpenAiCompatibleProvider) => Promise<unknown>,
  ]
>([
  ["a list of models", "listModels", undefined, (provider) => provider.listModels()],
  ["a check of the service", "listModels", undefined, (provider) => provider.checkService()],
  ["one model", "retrieveModel m", "m", (provider) => provider.retrieveModel("m")],
  [
    "an operation without a model",
    "request",
    undefined,
    (provider) => sendOperation(provider, "GET /files", {}),
  ],
  [
    "one that has a model in its body",
    "request w",
    "w",
    (provider) => sendOperation(provider, "POST /audio/speech", { body: { model: "w", input: "Hi" } }),
  ],
  [
    "one that is given a model",
    "request w",
    "w",
    (provider) => sendOperation(provider, "POST /audio/speech", { model: "w", body: { input: "Hi" } }),
  ],
])("of %s no model is told that was not asked", async (_, name, model, ask) => {
  const { provider, spans, metrics } = traced(({ url }) =>
    url.endsWith("/models") ? json({ object: "list", data: [] }) : json({ id: "m", object: "model" }),
  );
  await ask(provider);
  expect(spans().map((span) => span.name)).toEqual(["attempt 1", name]);
  expect(spans().at(-1)?.attributes["gen_ai.request.model"]).toBe(model);
  const measured = (await metrics()).get("gen_ai.client.inference.duration") ?? [];
  expect(measured.map(({ attributes }) => attributes["gen_ai.request.model"])).toEqual(
    name.startsWith("request ") ? [model] : [],
  );
});

test.each<[object, string]>([
  [{ execute: () => "2" }, "tool.name: expected a text that is not empty, got undefined"],
  [{ name: "", execute: () => "2" }, "tool.name: expected a text that is not empty, got string"],
  [{ name: "add" }, "tool: expected an object with execute(), got object"],
])("a tool that lacks its name or execute() is refused: %o", (tool, problem) => {
  expect(() => createTelemetry().tool(tool as never)).toThrow(problem);
});

test("without an SDK calls go as before", async () => {
  const telemetry = createTelemetry();
  const { provider } = stubbed(answer, groqConfig(), { layers: telemetry, onEvent: telemetry.onEvent });
  expect((await provider.chat(hello)).content).toBe("Hi");
});

test("a diagnostics channel has the same events, where it is asked for", async () => {
  const heard: unknown[] = [];
  const listener = (event: unknown) => heard.push(event);
  subscribe("groq-provider:event", listener);
  try {
    await traced(answer, { diagnostics: true }).provider.chat(hello);
  } finally {
    unsubscribe("groq-provider:event", listener);
  }
  expect(heard).toContainEqual(expect.objectContaining({ type: "end", config: "test" }));
});

test("other names than the two are refused", () => {
  expect(() => createTelemetry({ semconv: "1.0" as "1.41" })).toThrow('expected "1.41" or "latest"');
});
