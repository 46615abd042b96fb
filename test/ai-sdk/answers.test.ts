/** What comes out: answers that no test of `ai` gives, parts of streams in whatever pieces, failures. */
import { inspect } from "node:util";
import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toEmbeddingModel, toLanguageModel } from "../../src/ai-sdk/index.ts";
import { createProvider } from "../../src/provider/index.ts";
import { ask, failure, modelOf, partsOf } from "./set-up.ts";
import {
  type Answer,
  answer,
  type Body,
  call,
  chunk,
  chunks,
  fakeGroq,
  json,
  stream,
  USAGE,
} from "./wire.ts";

const generate = async (given: Answer, options: object = {}) =>
  modelOf([given]).model.doGenerate({ prompt: ask("?"), ...options });
const streamed = async (given: Answer, options: object = {}) =>
  partsOf((await modelOf([given]).model.doStream({ prompt: ask("?"), ...options })).stream);

/** JSON whose member `odd` is nested deeper than anything can be written. */
const deep = (body: Body) => {
  const text = JSON.stringify(body).replaceAll('"@"', "[".repeat(20_000) + "]".repeat(20_000));
  return new Response(text, { headers: { "content-type": "application/json" } });
};

describe("an answer", () => {
  test("with members of 20,000 levels is an answer, without them", async () => {
    const executed = { index: 0, type: "search", arguments: "{}", output: "found", odd: "@" };
    const { content, usage } = await generate(() =>
      deep({
        ...answer({ content: "Yes.", executed_tools: [executed] }),
        usage: { prompt_tokens: 3, completion_tokens: 1, odd: "@" },
      }),
    );
    expect(content).toMatchObject([
      { type: "tool-call" },
      { type: "tool-result", result: { output: "found" } },
      { type: "text", text: "Yes." },
    ]);
    expect(usage).toMatchObject({
      inputTokens: { total: 3 },
      raw: { prompt_tokens: 3, completion_tokens: 1 },
    });
  });

  test("of a server's tool that was called with 20,000 levels keeps them as a text", async () => {
    const args = "[".repeat(20_000) + "]".repeat(20_000);
    const executed = { index: 0, type: "search", arguments: args };
    const { content } = await generate(answer({ content: "Yes.", executed_tools: [executed] }));
    expect(content[0]).toMatchObject({ type: "tool-call", input: JSON.stringify({ input: args }) });
  });

  test.each([1e18, -1, Number.MAX_VALUE])("of a time that is none has none: %d", async (created) => {
    const { response } = await generate({ ...answer({ content: "Yes." }), created });
    expect(response).not.toHaveProperty("timestamp");
    expect(response).toMatchObject({ id: "chatcmpl-1", modelId: "openai/gpt-oss-20b" });
  });

  test("names what the server ran by ids that no other answer has", async () => {
    const executed = { index: 0, type: "search", arguments: "{}" };
    const page = { type: "url_citation", url_citation: { url: "https://example.org" } };
    const given = answer({ content: "Yes.", executed_tools: [executed, executed], annotations: [page] });
    const answers = await Promise.all([generate(given), generate(given)]);
    const contents = answers.flatMap(({ content }) => content);
    const ids = contents.flatMap((part) =>
      part.type === "tool-call" ? [part.toolCallId] : part.type === "source" ? [part.id] : [],
    );
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });

  test("of embeddings has the headers and the body as they came", async () => {
    const body = { object: "list", model: "e", data: [{ object: "embedding", index: 0, embedding: [1] }] };
    const fake = fakeGroq(() => json(body));
    const options = { provider: "openai", apiKey: "k", model: "e", fetch: fake.fetch } as const;
    const provider = createProvider({ ...options, supportedEndpoints: ["embedding"] });
    const model = toEmbeddingModel(provider);
    const providerOptions = { groq: { dimensions: 1, model: "other" } };
    const { response, warnings } = await model.doEmbed({ values: ["a"], providerOptions });
    expect(response).toMatchObject({ headers: { "x-request-id": "req_1" }, body });
    expect(fake.sent[0]).toMatchObject({ model: "e", dimensions: 1 });
    expect(warnings).toMatchObject([{ feature: "providerOptions.groq.model" }]);
  });
});

const piece = (index: number, part: object) => ({ tool_calls: [{ index, ...part }] });
const begin = (index: number, id: string, name: string, args = "") =>
  piece(index, { id, type: "function", function: { name, arguments: args } });
const more = (index: number, args: string) => piece(index, { function: { arguments: args } });

/** Each part in a word, its text behind it. */
const brief = (parts: LanguageModelV3StreamPart[]) =>
  parts.map(
    (part) => `${part.type}${"delta" in part ? ` ${part.delta}` : "input" in part ? ` ${part.input}` : ""}`,
  );

describe("a stream", () => {
  const CALL = (args: string) => [
    "stream-start",
    "tool-input-start",
    `tool-input-delta ${args}`,
    "tool-input-end",
    `tool-call ${args}`,
    "response-metadata",
    "finish",
  ];
  test.each<[string, Body[], string]>([
    ["an empty object, then the arguments", [begin(0, "a", "x", "{}"), more(0, '{"b":1}')], '{"b":1}'],
    ["one that comes in pieces", [begin(0, "a", "x", "{"), more(0, "}"), more(0, '{"b":1}')], '{"b":1}'],
    ["an empty object alone", [begin(0, "a", "x", "{"), more(0, " }")], "{ }"],
    ["nothing", [begin(0, "a", "x")], "{}"],
    ["an object in one piece", [begin(0, "a", "x", '{"b":1}')], '{"b":1}'],
    [
      "a name that comes late",
      [piece(0, { id: "a" }), piece(0, { function: { name: "x", arguments: '{"b":1}' } })],
      '{"b":1}',
    ],
  ])("of a call with %s", async (_, deltas, args) => {
    expect(brief(await streamed(chunks(deltas, "tool_calls")))).toEqual(CALL(args));
  });

  const answered: Omit<LanguageModelV3CallOptions, "prompt"> = {
    responseFormat: { type: "json", schema: { type: "object" } },
    tools: [{ type: "function", name: "x", inputSchema: { type: "object" } }],
  };
  test.each<[string, Body[], string]>([
    ["an empty object, then the arguments", [begin(0, "a", "json", "{}"), more(0, '{"b":1}')], '{"b":1}'],
    ["nothing", [begin(0, "a", "json")], "{}"],
    ["an empty object", [begin(0, "a", "json", "{}")], "{}"],
  ])("whose answer is a call with %s", async (_, deltas, text) => {
    const parts = await streamed(chunks(deltas, "tool_calls"), answered);
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : [])).join("")).toBe(text);
    expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } });
  });

  test("blank arguments of the call that is the answer mean an empty object in a whole answer too", async () => {
    const { content } = await generate(answer({ tool_calls: [call("json", " ")] }, "tool_calls"), answered);
    expect(content).toEqual([{ type: "text", text: "{}" }]);
  });

  const textOf = fc.constantFrom("", "a", "{", "}", "{}", '{"b":1}', " ", '"b":2}');
  const deltaOf = fc.oneof(
    textOf.map((content) => ({ content })),
    textOf.map((reasoning) => ({ reasoning })),
    fc
      .record(
        {
          index: fc.constantFrom(0, 1, 2),
          id: fc.constantFrom("a", "b"),
          function: fc.record(
            { name: fc.constantFrom("x", "y", "json"), arguments: textOf },
            { requiredKeys: ["arguments"] },
          ),
        },
        { requiredKeys: ["function"] },
      )
      .map((one) => ({ tool_calls: [one] })),
    fc.constant({ executed_tools: [{ index: 0, type: "search", arguments: "{}", output: "found" }] }),
  );
  test.each([
    ["", {}],
    [", where a tool may take the answer", answered],
  ])("in whatever pieces has blocks that begin, grow and end once, and whole calls%s", async (_, options) => {
    const ended = fc.constantFrom("stop", "tool_calls", "length", undefined);
    await fc.assert(
      fc.asyncProperty(fc.array(deltaOf, { minLength: 1, maxLength: 12 }), ended, async (deltas, finish) => {
        const events = finish ? chunks(deltas, finish) : deltas.map((delta) => chunk(delta));
        const { model } = modelOf([() => stream(events)]);
        let parts: LanguageModelV3StreamPart[];
        try {
          parts = await partsOf((await model.doStream({ prompt: ask("?"), ...options })).stream);
        } catch (error) {
          // Broken before the first chunk.
          expect(error).toMatchObject({ name: "AI_APICallError" });
          return;
        }
        expectOrder(parts);
      }),
      { numRuns: 300 },
    );
  });
});

/** What consumers of a stream rely on. */
function expectOrder(parts: LanguageModelV3StreamPart[]): void {
  expect(parts[0]?.type).toBe("stream-start");
  expect(parts.filter(({ type }) => type === "finish")).toHaveLength(1);
  expect(parts.at(-1)?.type).toBe("finish");
  const hasFailed = parts.some(({ type }) => type === "error");
  const open = new Map<string, { type: string; text: string }>();
  const over = new Map<string, string>();
  for (const part of parts) {
    if (!("id" in part) || part.id === undefined || !/-(start|delta|end)$/.test(part.type)) {
      if (part.type === "tool-call" && part.providerExecuted !== true)
        expect(over.get(part.toolCallId)).toBe(part.input);
      continue;
    }
    const [block, step] = [part.type.replace(/-\w+$/, ""), part.type.replace(/^.*-/, "")];
    if (step === "start") {
      expect(open.has(part.id) || over.has(part.id)).toBe(false);
      open.set(part.id, { type: block, text: "" });
      continue;
    }
    const one = open.get(part.id);
    expect(one?.type).toBe(block);
    if (one && "delta" in part) {
      expect(part.delta).not.toBe("");
      one.text += part.delta;
    }
    if (step === "end") {
      open.delete(part.id);
      over.set(part.id, one?.text ?? "");
    }
  }
  if (!hasFailed) expect([...open.keys()]).toEqual([]);
}

test("a stream's usage as it came is told where its chunks are asked for", async () => {
  const last = (parts: LanguageModelV3StreamPart[]) => parts.at(-1);
  const parts = await streamed(chunks([{ content: "Yes." }]), { includeRawChunks: true });
  expect(last(parts)).toMatchObject({ usage: { raw: USAGE } });
  const without = last(await streamed(chunks([{ content: "Yes." }])));
  expect(without).toMatchObject({ usage: { inputTokens: { total: 30 } } });
  expect(without).not.toHaveProperty("usage.raw");
});

describe("a reader", () => {
  const endless = () => stream([chunk({ content: "one" })], "open");

  test.each<[string, (reader: ReadableStreamDefaultReader<unknown>) => Promise<unknown>]>([
    ["before it has read", async () => {}],
    ["after a part", (reader) => reader.read()],
    [
      "while it waits",
      async (reader) => {
        for (let i = 0; i < 3; i++) await reader.read();
        void reader.read();
      },
    ],
  ])("that leaves %s closes the connection and gives its place back", async (_, read) => {
    const { model, fake } = modelOf([endless, answer({ content: "Yes." })], undefined, { maxConcurrent: 1 });
    const reader = (await model.doStream({ prompt: ask("?") })).stream.getReader();
    await read(reader);
    await reader.cancel();
    const { content } = await model.doGenerate({ prompt: ask("?") });
    expect(content).toEqual([{ type: "text", text: "Yes." }]);
    expect(fake.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  test("that aborts gives its place back too", async () => {
    const { model } = modelOf([endless, answer({ content: "Yes." })], undefined, { maxConcurrent: 1 });
    const stop = new AbortController();
    const options = { prompt: ask("?"), abortSignal: stop.signal };
    const reader = (await model.doStream(options)).stream.getReader();
    await reader.read();
    stop.abort();
    const rest = async () => {
      while (!(await reader.read()).done);
    };
    expect(await failure(rest())).toMatchObject({ name: "AbortError" });
    expect((await model.doGenerate({ prompt: ask("?") })).content).toHaveLength(1);
  });

  test("that is slow holds the server back", async () => {
    let given = 0;
    const event = new TextEncoder().encode(`data: ${JSON.stringify(chunk({ content: "x" }))}\n\n`);
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          given++;
          controller.enqueue(event);
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { "content-type": "text/event-stream" };
    const { model } = modelOf([() => new Response(body, { headers })]);
    const reader = (await model.doStream({ prompt: ask("?") })).stream.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    // Whatever runs ahead would run meanwhile.
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBeLessThan(10);
    await reader.cancel();
  });
});

test.each([
  [400, { message: "bad", param: "x" }, "InvalidRequest", false],
  [401, { message: "Invalid API Key gsk_test" }, "Authentication", false],
  [402, { message: "no credit" }, "QuotaExceeded", false],
  [403, { message: "no" }, "PermissionDenied", false],
  [404, { message: "no such model", code: "model_not_found" }, "ModelNotFound", false],
  [400, { message: "too long", code: "context_length_exceeded" }, "ContextLengthExceeded", false],
  [400, { message: "no call", code: "tool_use_failed", failed_generation: "<x" }, "GenerationFailed", false],
  [413, { message: "too large" }, "RequestTooLarge", false],
  [429, { message: "limit" }, "RateLimitExceeded", true],
  [498, { message: "capacity" }, "ServiceUnavailable", true],
  [500, { message: "oops gsk_test" }, "ProviderError", true],
  [503, { message: "down" }, "ServiceUnavailable", true],
])("a refusal %d %j is %s, and tried again: %s", async (status, error, kind, isRetryable) => {
  const headers = { "x-secret": "gsk_test", "x-request-id": "req_9" };
  for (const method of ["doGenerate", "doStream"] as const) {
    const { model } = modelOf([() => json({ error }, status, headers)]);
    const failed = await failure(model[method]({ prompt: ask("?"), seed: 7 }));
    expect(failed).toMatchObject({
      ...{ name: "AI_APICallError", statusCode: status, isRetryable },
      ...{ cause: { kind }, responseHeaders: { "x-request-id": "req_9" } },
      requestBodyValues: { messages: [{ role: "user", content: "?" }], seed: 7 },
    });
    const told = [JSON.stringify(failed), inspect(failed, { depth: 10, showHidden: true })];
    expect(told.join()).not.toContain("gsk_test");
  }
});

test("an error's URL has no query, which may hold a secret", async () => {
  const fake = fakeGroq(() => json({ message: "no" }, 400));
  const baseUrl = "https://a.openai.azure.com/openai/v1/?api-version=2026&sig=SECRET";
  const provider = createProvider({ provider: "azure", baseUrl, apiKey: "k", model: "m", fetch: fake.fetch });
  const error = await failure(toLanguageModel(provider).doGenerate({ prompt: ask("?") }));
  expect(error).toMatchObject({ url: "https://a.openai.azure.com/openai/v1/chat/completions" });
});
