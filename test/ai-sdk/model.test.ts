/** What `ai` never asks for by itself, or only one of its majors does. */
import { expect, test, vi } from "vitest";
import { toEmbeddingModel, toLanguageModel } from "../../src/ai-sdk/index.ts";
import { createGroq, createProvider, LlmError } from "../../src/provider/index.ts";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { ask, failure, modelOf, newer, partsOf } from "./set-up.ts";
import { answer, call, chunk, chunks, fakeGroq, PNG, stream } from "./wire.ts";

test("a model tells what it is", () => {
  const { model } = modelOf([]);
  expect(model).toMatchObject({
    specificationVersion: "v3",
    provider: "groq.chat",
    modelId: "openai/gpt-oss-20b",
  });
  expect(model.supportedUrls).toEqual({ "image/*": [/^https?:\/\//] });
  const local = createProvider({ provider: "ollama", model: "llama3.2" });
  expect(toLanguageModel(local).supportedUrls).toEqual({});
  expect(toEmbeddingModel(local, { model: "nomic" })).toMatchObject({
    provider: "ollama.embedding",
    modelId: "nomic",
    maxEmbeddingsPerCall: 2048,
  });
});

test("what can be no model is told when it is made", () => {
  const { provider } = modelOf([]);
  const make = (provider: unknown, options?: unknown) => () =>
    Reflect.apply(toLanguageModel, undefined, [provider, options]);
  const embedding = (provider: unknown, options?: unknown) => () =>
    Reflect.apply(toEmbeddingModel, undefined, [provider, options]);
  const config = { provider: "x", model: "y", config: {} };
  const none = "provider: expected an LlmProvider, as createGroq gives it, got";
  const cases: [() => unknown, string][] = [
    [make(null), `${none} null`],
    [make({ apiKey: "gsk_test", model: "m" }), `${none} object`],
    [make({ config: {}, chat() {}, chatStream() {} }), `${none} object`],
    [make({ config, chat() {} }), "provider: expected an LlmProvider, got one without chatStream"],
    [embedding({ config, chat() {} }), "provider: expected an LlmProvider, got one without embed"],
    [make(provider, { modle: "m" }), 'modle: unknown option; did you mean "model"?'],
    [make(provider, { maxEmbeddingsPerCall: 3 }), "maxEmbeddingsPerCall: unknown option"],
    [make(provider, { model: " " }), "model: expected a text that is not blank, got string"],
    [make(provider, "m"), "options: expected an object, got string"],
    [
      embedding(provider, { maxEmbeddingsPerCall: 2.5 }),
      "maxEmbeddingsPerCall: expected a whole number of at least 1, got 2.5",
    ],
  ];
  for (const [made, message] of cases)
    expect(made).toThrow(expect.objectContaining({ kind: "ConfigError", message }));
  const all = toEmbeddingModel(provider, { maxEmbeddingsPerCall: Number.POSITIVE_INFINITY });
  expect(all.maxEmbeddingsPerCall).toBe(Number.POSITIVE_INFINITY);
});

const base64 = btoa(String.fromCharCode(...PNG));
const png = { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } };
const linked = { type: "image_url", image_url: { url: "https://example.org/a.png" } };
test.each([
  ["bytes", PNG, "image/*", png],
  ["base64", base64, "image/*", png],
  ["base64 and its type", base64, "image/png", png],
  ["a URL", new URL("https://example.org/a.png"), "image/*", linked],
  ["a URL as text", "https://example.org/a.png", "image/png", linked],
  ["a data URL", `data:image/png;base64,${base64}`, "image/png", png],
  ["a data URL, as a URL", new URL(`data:image/png;base64,${base64}`), "image/png", png],
  [
    "a data URL of text",
    new URL("data:text/plain,hello%20w"),
    "text/plain",
    { type: "text", text: "hello w" },
  ],
  [
    "a data URL with a charset",
    "data:text/plain;charset=utf-8;base64,aGk=",
    "text/plain",
    { type: "text", text: "hi" },
  ],
  ["base64 of URLs", "8J-YgA", "text/plain", { type: "text", text: "😀" }],
  ["base64 of URLs with its end", "8J-YgA==", "text/plain", { type: "text", text: "😀" }],
  ["base64 in lines", "aGVs\nbG8=\n", "text/plain", { type: "text", text: "hello" }],
  ["tagged bytes", { type: "data", data: PNG }, "image", png],
  ["tagged base64", { type: "data", data: base64 }, "image/png", png],
  ["a tagged URL", { type: "url", url: new URL("https://example.org/a.png") }, "image", linked],
  ["a tagged text", { type: "text", text: "a,b" }, "text/csv", { type: "text", text: "a,b" }],
  ["base64 of a text", btoa("a,b"), "text/csv", { type: "text", text: "a,b" }],
  [
    "a reference",
    { type: "reference", reference: { groq: "file-1" } },
    "image/png",
    { type: "file", file: { file_id: "file-1" } },
  ],
])("a file as %s", async (_, data, mediaType, expected) => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const file = Object.assign({ type: "file" as const, mediaType, data: "" }, { data });
  const text = { type: "text" as const, text: "?" };
  await model.doGenerate({ prompt: [{ role: "user", content: [text, file] }] });
  expect(fake.sent[0]?.messages).toEqual([{ role: "user", content: [text, expected] }]);
});

test.each([
  ["a number", 5],
  ["a tag that nobody knows", { type: "cloud", bucket: "b" }],
  ["a reference without an id", { type: "reference", reference: {} }],
  ["a text that is no base64", "not base64!"],
  ["a data URL that is broken", "data:text/plain,%E0%A4%A"],
])("a file as %s is refused before it is sent", async (_, data) => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const file = Object.assign({ type: "file" as const, mediaType: "image/png", data: "" }, { data });
  expect(await failure(model.doGenerate({ prompt: [{ role: "user", content: [file] }] }))).toMatchObject({
    name: "AI_UnsupportedFunctionalityError",
  });
  expect(fake.sent).toEqual([]);
});

test("options that can't be read are an APICallError, as all failures are", async () => {
  const { model } = modelOf([]);
  const options = newer({ prompt: ask("?") }, { tools: 5 });
  for (const work of [model.doGenerate(options), model.doStream(options)])
    expect(await failure(work)).toMatchObject({ name: "AI_APICallError", cause: { kind: "InvalidRequest" } });
  const supportedEndpoints = ["embedding"] as const;
  const provider = createProvider({ provider: "openai", apiKey: "k", model: "m", supportedEndpoints });
  const embedding = toEmbeddingModel(provider);
  for (const given of [
    null,
    { values: 5 },
    { values: ["a"], providerOptions: { groq: { dimensions: "x" } } },
  ])
    expect(await failure(Reflect.apply(embedding.doEmbed, embedding, [given]))).toMatchObject({
      ...{ name: "AI_APICallError", cause: { kind: "InvalidRequest" } },
    });
});

test.each([
  ["temperature", "unknown option"],
  ["seed", "unknown option"],
  ["includeRaw", "unknown option"],
  ["dimension", 'did you mean "dimensions"?'],
])("an embedding has no setting for %s, so none is advised", async (name, message) => {
  const supportedEndpoints = ["embedding"] as const;
  const provider = createProvider({ provider: "openai", apiKey: "k", model: "m", supportedEndpoints });
  const call = { values: ["a"], providerOptions: { groq: { [name]: 1 } } };
  const error = await failure(toEmbeddingModel(provider).doEmbed(call));
  expect(error).toMatchObject({ name: "AI_APICallError", cause: { kind: "InvalidRequest", param: name } });
  expect(error).toHaveProperty("message", expect.stringContaining(message));
});

test("an embedding's options that have a setting are told by its name", async () => {
  const fake = fakeGroq({
    object: "list",
    model: "m",
    data: [{ object: "embedding", index: 0, embedding: [1] }],
  });
  const supportedEndpoints = ["embedding"] as const;
  const options = {
    provider: "openai",
    apiKey: "k",
    model: "m",
    supportedEndpoints,
    fetch: fake.fetch,
  } as const;
  const providerOptions = { groq: { model: "x", signal: "y", dimensions: 1 } };
  const { warnings } = await toEmbeddingModel(createProvider(options)).doEmbed({
    values: ["a"],
    providerOptions,
  });
  expect(warnings).toMatchObject([
    { feature: "providerOptions.groq.model", details: "use the model's own `model`" },
    { feature: "providerOptions.groq.signal", details: "use `abortSignal`" },
  ]);
  expect(fake.sent[0]).toMatchObject({ model: "m", dimensions: 1 });
});

test.each([
  ["openai/gpt-oss-20b", "high", "high", undefined],
  ["openai/gpt-oss-20b", "none", "low", "compatibility"],
  ["openai/gpt-oss-20b", "max", "high", "compatibility"],
  ["openai/gpt-oss-20b", "provider-default", undefined, undefined],
  ["qwen/qwen3-32b", "none", "none", undefined],
  ["qwen/qwen3-32b", "high", "default", "compatibility"],
  ["llama-3.3-70b-versatile", "none", undefined, undefined],
  ["llama-3.3-70b-versatile", "high", undefined, "unsupported"],
])("%s, asked by ai 7 to reason: %s", async (name, reasoning, effort, warning) => {
  const { model, fake } = modelOf([answer({ content: "Yes." })], name);
  const { warnings } = await model.doGenerate(newer({ prompt: ask("?") }, { reasoning }));
  expect(fake.sent[0]?.reasoning_effort).toBe(effort);
  expect(warnings[0]?.type).toBe(warning);
});

test("what a newer major puts into an assistant's message is told, not dropped in silence", async () => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const custom = Object.assign({ type: "text" as const, text: "" }, { type: "custom", kind: "a.b" });
  const { warnings } = await model.doGenerate({
    prompt: [
      ...ask("?"),
      { role: "assistant", content: [{ type: "text", text: "Hm." }, custom] },
      ...ask("!"),
    ],
  });
  expect(warnings).toEqual([{ type: "unsupported", feature: "custom parts of an assistant's message" }]);
  expect(fake.sent[0]?.messages).toMatchObject([{}, { role: "assistant", content: "Hm." }, {}]);
});

test.each([
  ["auto", { type: "auto" }, "auto"],
  ["none", { type: "none" }, "none"],
  ["required", { type: "required" }, "required"],
  ["a tool", { type: "tool", toolName: "now" }, { type: "function", function: { name: "now" } }],
] as const)("tool choice %s", async (_, toolChoice, expected) => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const tools = [
    { type: "function" as const, name: "now", inputSchema: { type: "object" as const }, strict: true },
  ];
  await model.doGenerate({ prompt: ask("?"), tools, toolChoice });
  expect(fake.sent[0]?.tool_choice).toEqual(expected);
  expect(fake.sent[0]?.tools).toEqual([
    { type: "function", function: { name: "now", parameters: { type: "object" }, strict: true } },
  ]);
});

test("tools that are not known here are warnings", async () => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const tool = { type: "provider" as const, id: "openai.image_generation" as const, name: "draw", args: {} };
  const { warnings } = await model.doGenerate({
    prompt: ask("?"),
    tools: [tool],
    toolChoice: { type: "auto" },
  });
  expect(warnings).toMatchObject([{ type: "unsupported", feature: "tool openai.image_generation" }]);
  expect(fake.sent[0]).not.toHaveProperty("tools");
  expect(fake.sent[0]).not.toHaveProperty("tool_choice");
});

test.each([
  ["stop", "stop"],
  ["length", "length"],
  ["content_filter", "content-filter"],
  ["weird", "other"],
])("finish reason %s", async (raw, unified) => {
  const whole = modelOf([answer({ content: "Yes." }, raw)]);
  const { finishReason } = await whole.model.doGenerate({ prompt: ask("?") });
  expect(finishReason).toEqual({ unified, raw });
  const streamed = modelOf([chunks([{ content: "Yes." }], raw)]);
  const parts = await partsOf((await streamed.model.doStream({ prompt: ask("?") })).stream);
  expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified, raw } });
});

test("a refusal is the answer's text, and a content filter", async () => {
  const { model } = modelOf([answer({ content: null, refusal: "I can't." })]);
  const { content, finishReason, providerMetadata } = await model.doGenerate({ prompt: ask("?") });
  expect(content).toEqual([{ type: "text", text: "I can't." }]);
  expect(finishReason.unified).toBe("content-filter");
  expect(providerMetadata?.groq?.refusal).toBe("I can't.");
});

test("a stream begins with its warnings and ends with its facts", async () => {
  const { model } = modelOf([chunks([{ content: "Yes." }])]);
  const { stream } = await model.doStream({ prompt: ask("?"), topK: 3 });
  const parts = await partsOf(stream);
  expect(parts[0]).toEqual({ type: "stream-start", warnings: [{ type: "unsupported", feature: "topK" }] });
  expect(parts.slice(-2)).toMatchObject([
    {
      type: "response-metadata",
      id: "chatcmpl-1",
      modelId: "openai/gpt-oss-20b",
      timestamp: new Date(1.79e12),
    },
    { type: "finish", usage: { inputTokens: { total: 30, noCache: 20, cacheRead: 10 } } },
  ]);
});

test("a reader that leaves a stream closes its connection", async () => {
  const { model, fake } = modelOf([() => stream([chunk({ content: "one" })], "open")]);
  const reader = (await model.doStream({ prompt: ask("?") })).stream.getReader();
  await reader.read();
  await reader.cancel();
  expect(fake.signals[0]?.aborted).toBe(true);
});

test("an abort is what the signal says: a time-out stays one", async () => {
  const never = () => new Response(new ReadableStream({}));
  const late = await failure(
    modelOf([never]).model.doGenerate({ prompt: ask("?"), abortSignal: AbortSignal.timeout(20) }),
  );
  expect(late).toMatchObject({ name: "TimeoutError" });
  const own = await failure(
    modelOf([never]).model.doGenerate({ prompt: ask("?"), abortSignal: AbortSignal.abort("left") }),
  );
  expect(own).toMatchObject({ name: "AbortError" });
});

test("a call that is wrong before it is sent is an APICallError that is not tried again", async () => {
  const { model, fake } = modelOf([answer({ content: "Yes." })]);
  const error = await failure(model.doGenerate({ prompt: ask("?"), maxOutputTokens: -1 }));
  expect(error).toMatchObject({ name: "AI_APICallError", isRetryable: false, statusCode: undefined });
  expect(error instanceof Error && LlmError.is(error.cause)).toBe(true);
  expect(fake.sent).toEqual([]);
});

test("a router's answer says who gave it, and each candidate keeps its own model", async () => {
  const first = fakeGroq(() => new Response("", { status: 503 }));
  const second = fakeGroq(answer({ content: "Yes." }));
  const candidate = (name: string, { fetch }: typeof first) =>
    createGroq({ apiKey: "gsk_test", name, model: `model/${name}`, fetch });
  const router = createRouter([candidate("a", first), candidate("b", second)]);
  const { providerMetadata } = await toLanguageModel(router).doGenerate({ prompt: ask("?"), topK: 1 });
  expect(providerMetadata?.groq?.route).toMatchObject({ answeredBy: "b" });
  expect(second.sent[0]?.model).toBe("model/b");
});

test.each([
  ["openai/gpt-oss-20b", "none", "low"],
  ["model/other", "max", "xhigh"],
])("a router whose first model is %s is asked to reason: %s", async (model, reasoning, effort) => {
  const { provider, fake } = modelOf([answer({ content: "Yes." })], model);
  await toLanguageModel(createRouter([provider])).doGenerate(newer({ prompt: ask("?") }, { reasoning }));
  expect(fake.sent[0]?.reasoning_effort).toBe(effort);
});

test("a traced router is a provider like others", async () => {
  const { provider, fake } = modelOf([answer({ content: "Yes." }), chunks([{ content: "Yes." }])]);
  const traced = toLanguageModel(createTelemetry().provider(createRouter([provider])));
  const { providerMetadata } = await traced.doGenerate({ prompt: ask("?") });
  expect(providerMetadata?.groq?.route).toMatchObject({ answeredBy: "groq" });
  const parts = await partsOf((await traced.doStream({ prompt: ask("?") })).stream);
  expect(parts.at(-1)).toMatchObject({ providerMetadata: { groq: { route: { answeredBy: "groq" } } } });
  expect(fake.sent).toHaveLength(2);
});

test("a service's signature of a call comes back with it", async () => {
  const signature = { google: { thought_signature: "abc" } };
  const fake = fakeGroq(
    answer({ tool_calls: [{ ...call("now", "{}"), extra_content: signature }] }, "tool_calls"),
    answer({ content: "Noon." }),
  );
  const provider = createProvider({ provider: "gemini", apiKey: "k", model: "m", fetch: fake.fetch });
  const model = toLanguageModel(provider);
  const [part] = (await model.doGenerate({ prompt: ask("?") })).content;
  if (part?.type !== "tool-call") return expect.fail("expected a call");
  const { providerMetadata: providerOptions, ...rest } = part;
  const output = { type: "text" as const, value: "noon" };
  await model.doGenerate({
    prompt: [
      ...ask("?"),
      { role: "assistant", content: [{ ...rest, input: {}, ...(providerOptions && { providerOptions }) }] },
      { role: "tool", content: [{ type: "tool-result", toolCallId: "call_1", toolName: "now", output }] },
    ],
  });
  expect(fake.sent[1]?.messages).toMatchObject([{}, { tool_calls: [{ extra_content: signature }] }, {}]);
});

test("without its peer each call says what to install", async () => {
  vi.resetModules();
  vi.doMock("@ai-sdk/provider", () => {
    throw new Error("Cannot find package");
  });
  try {
    const sdk = await import("../../src/ai-sdk/index.ts");
    const provider = createGroq({ apiKey: "gsk_test", model: "openai/gpt-oss-20b" });
    const model = sdk.toLanguageModel(provider);
    const missing = {
      kind: "ConfigError",
      message: "groq-provider/ai-sdk needs @ai-sdk/provider: npm install @ai-sdk/provider",
    };
    expect(await failure(model.doGenerate({ prompt: ask("?") }))).toMatchObject(missing);
    expect(await failure(model.doStream({ prompt: ask("?") }))).toMatchObject(missing);
    expect(await failure(sdk.toEmbeddingModel(provider).doEmbed({ values: ["a"] }))).toMatchObject(missing);
  } finally {
    vi.doUnmock("@ai-sdk/provider");
    vi.resetModules();
  }
});

test("an abort for a reason of the application's is an AbortError", async () => {
  const { model } = modelOf([
    () => new Response(new ReadableStream({}), { headers: { "content-type": "application/json" } }),
  ]);
  const reason = new Error("bye");
  const error = await failure(model.doGenerate({ prompt: ask("?"), abortSignal: AbortSignal.abort(reason) }));
  expect(error).toMatchObject({ name: "AbortError", cause: { kind: "Cancelled" } });
  const timeout = new DOMException("late", "TimeoutError");
  expect(await failure(model.doGenerate({ prompt: ask("?"), abortSignal: AbortSignal.abort(timeout) }))).toBe(
    timeout,
  );
});

test("what is not told as cached or reasoning counts as neither", async () => {
  const usage = { prompt_tokens: 30, completion_tokens: 7, total_tokens: 37 };
  const told = answer({ content: "Yes." });
  const { model } = modelOf([{ ...told, usage }]);
  expect((await model.doGenerate({ prompt: ask("?") })).usage).toMatchObject({
    inputTokens: { total: 30, noCache: 30, cacheRead: undefined },
    outputTokens: { total: 7, text: 7, reasoning: undefined },
  });
});
