/** What goes in: parts of a prompt that `ai` seldom writes, options of parts, JSON without a schema, tools. */
import type { LanguageModelV3CallOptions } from "@ai-sdk/provider";
import { describe, expect, test } from "vitest";
import { toEmbeddingModel, toLanguageModel } from "../../src/ai-sdk/index.ts";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import { createProvider, type NamedProviderOptions } from "../../src/provider/index.ts";
import { createRouter } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { ask, failure, modelOf, newer, prompt } from "./set-up.ts";
import { answer, fakeGroq, PNG, WAV } from "./wire.ts";

type Service = NamedProviderOptions["provider"];

/** What was sent for a call, and what was told of it. */
async function sendTo(
  service: Service,
  options: Partial<LanguageModelV3CallOptions>,
  config: Partial<NamedProviderOptions> = {},
) {
  const fake = fakeGroq(answer({ content: "Yes." }));
  const provider = createProvider({
    provider: service,
    apiKey: "k",
    model: "m",
    fetch: fake.fetch,
    ...config,
  });
  const { warnings } = await toLanguageModel(provider).doGenerate({ prompt: ask("?"), ...options });
  return { sent: fake.sent[0], warnings };
}
const send = (options: Partial<LanguageModelV3CallOptions>) => sendTo("groq", options);
const sendPrompt = (...messages: object[]) => send({ prompt: prompt(...messages) });

const user = { role: "user", content: [{ type: "text", text: "?" }] };
const groq = <T extends object>(options: T) => ({ providerOptions: { groq: options } });
const cached = groq({ extra: { cache_control: { type: "ephemeral" } } });
const cache_control = { type: "ephemeral" };
const toolCall = (toolCallId: string) => ({ type: "tool-call", toolCallId, toolName: "t", input: {} });
const called = (...ids: string[]) => ({ role: "assistant", content: ids.map(toolCall) });
const result = (toolCallId: string, output: object, more: object = {}) => ({
  ...{ type: "tool-result", toolCallId, toolName: "t" },
  output,
  ...more,
});

describe("messages", () => {
  test("a user's message without parts, as `ai` makes of an empty text, is an empty text", async () => {
    const { sent } = await sendPrompt({ role: "user", content: [] });
    expect(sent?.messages).toEqual([{ role: "user", content: "" }]);
  });

  test("an assistant's message of which nothing can be sent is left out, an empty text is not", async () => {
    const executed = { ...toolCall("1"), providerExecuted: true };
    const found = result("1", { type: "json", value: 1 });
    const { sent } = await sendPrompt(
      ...[user, { role: "assistant", content: [executed, found] }, user],
      ...[{ role: "assistant", content: [] }, user],
      ...[{ role: "assistant", content: [{ type: "text", text: "" }] }, user],
    );
    expect(sent?.messages).toMatchObject([
      ...[{ role: "user" }, { role: "user" }, { role: "user" }],
      { role: "assistant", content: "" },
      { role: "user" },
    ]);
  });

  test("members by their wire names, of each kind of message and part", async () => {
    const { sent, warnings } = await sendPrompt(
      { role: "system", content: "s", ...groq({ extra: { prefix: true }, name: "bot" }) },
      { role: "user", content: [{ type: "text", text: "?", ...cached }], ...groq({ name: "ann" }) },
      {
        role: "assistant",
        content: [
          { type: "text", text: "a", ...cached },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: [{ ...toolCall("1") }, toolCall("2")] },
      {
        role: "tool",
        content: [
          result("1", { type: "text", value: "one", ...cached }),
          result("2", { type: "json", value: 2 }, groq({ extra: { beta: 1 } })),
        ],
        ...groq({ extra: { alpha: 1 } }),
      },
    );
    expect(warnings).toEqual([]);
    expect(sent?.messages).toMatchObject([
      { role: "system", content: "s", prefix: true, name: "bot" },
      { role: "user", content: [{ type: "text", text: "?", cache_control }], name: "ann" },
      {
        role: "assistant",
        content: [
          { type: "text", text: "a", cache_control },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", tool_calls: [{ id: "1" }, { id: "2" }] },
      { role: "tool", tool_call_id: "1", content: "one", cache_control },
      { role: "tool", tool_call_id: "2", content: "2", alpha: 1, beta: 1 },
    ]);
    const tool = Array.isArray(sent?.messages) ? sent.messages[4] : undefined;
    expect(tool).not.toHaveProperty("alpha");
  });

  test.each([
    ["a text part", { ...user, content: [{ type: "text", text: "?", ...groq({ extar: {} }) }] }, "extar"],
    ["a user message", { ...user, ...groq({ name: 5 }) }, "name"],
    ["an assistant message", { role: "assistant", content: [], ...groq({ name: "bob" }) }, "name"],
    [
      "an assistant's reasoning part",
      { role: "assistant", content: [{ type: "reasoning", text: "Hm.", ...groq({ signature: "x" }) }] },
      "signature",
    ],
    [
      "a file part (image/png)",
      {
        ...user,
        content: [{ type: "file", data: PNG, mediaType: "image/png", ...groq({ detail: "ultra" }) }],
      },
      "detail",
    ],
    [
      "a file part (text/csv)",
      { ...user, content: [{ type: "file", data: WAV, mediaType: "text/csv", ...groq({ detail: "low" }) }] },
      "detail",
    ],
  ])("options of %s that nobody reads are told", async (place, message, name) => {
    const { warnings } = await sendPrompt(user, message);
    expect(warnings).toMatchObject([
      { type: "unsupported", feature: `providerOptions.groq.${name} of ${place}` },
    ]);
  });

  test.each([
    ["a message of role narrator", [{ role: "narrator", content: "x" }]],
    [
      "a tool's result of type weird",
      [user, called("1"), { role: "tool", content: [result("1", { type: "weird" })] }],
    ],
    [
      "a part of type custom",
      [
        ...[user, called("1")],
        { role: "tool", content: [result("1", { type: "content", value: [{ type: "custom" }] })] },
      ],
    ],
  ])("%s is refused before it is sent", async (what, messages) => {
    const { model, fake } = modelOf([answer({ content: "Yes." })]);
    const error = await failure(model.doGenerate({ prompt: prompt(...messages) }));
    expect(error).toMatchObject({ name: "AI_UnsupportedFunctionalityError", functionality: what });
    expect(fake.sent).toEqual([]);
  });
});

describe("files", () => {
  test.each([
    ["IMAGE/PNG", PNG, { type: "image_url" }],
    ["application/json; charset=utf-8", Uint8Array.of(0x7b, 0x7d), { type: "text", text: "{}" }],
    ["text/plain; charset=ISO-8859-1", Uint8Array.of(0xe9), { type: "text", text: "é" }],
    ["audio/wav; codecs=1", WAV, { type: "input_audio", input_audio: { format: "wav" } }],
  ])("of the media type %s", async (mediaType, data, expected) => {
    const { sent } = await sendPrompt({ role: "user", content: [{ type: "file", data, mediaType }] });
    const part = "text" in expected ? { content: expected.text } : { content: [expected] };
    expect(sent?.messages).toMatchObject([part]);
  });

  const lost = (bytes: string) => ({
    ...{ type: "compatibility", feature: "a file part (text/plain)" },
    details: `some of its bytes are no ${bytes}, and are sent as U+FFFD; charset in its media type says what they are`,
  });
  test.each([
    ["UTF-16, little end first, by its mark", [0xff, 0xfe, 0x61, 0, 0xe9, 0], "", "aé", []],
    ["UTF-16, big end first, by its mark", [0xfe, 0xff, 0, 0x61, 0, 0xe9], "", "aé", []],
    ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, 0x61], "", "a", []],
    ["a mark that says another than the media type", [0xff, 0xfe, 0x61, 0], "; charset=utf-8", "a", []],
    ["a mark and the media type", [0xff, 0xfe, 0x61, 0], "; charset=utf-16le", "a", []],
    ["no mark, said by the media type", [0x61, 0], "; charset=utf-16le", "a", []],
    ["U+FFFD that is meant", [0xef, 0xbf, 0xbd], "", "\ufffd", []],
    ["no text", [0x61, 0xe9], "", "a\ufffd", [lost("utf-8")]],
    ["half a text", [0xff, 0xfe, 0x61, 0, 0x62], "", "a\ufffd", [lost("utf-16le")]],
    ["nothing", [], "", "", []],
  ])("a text in %s", async (_, bytes, parameters, text, expected) => {
    const file = { type: "file", data: Uint8Array.from(bytes), mediaType: `text/plain${parameters}` };
    const { sent, warnings } = await sendPrompt({ role: "user", content: [file] });
    expect(sent?.messages).toEqual([{ role: "user", content: text }]);
    expect(warnings).toEqual(expected);
  });

  test("a text in an alphabet that nobody knows is refused", async () => {
    const { model } = modelOf([]);
    const file = { type: "file", data: PNG, mediaType: "text/plain; charset=klingon" };
    const error = await failure(model.doGenerate({ prompt: prompt({ role: "user", content: [file] }) }));
    expect(error).toMatchObject({ functionality: "a text in klingon" });
  });

  test.each([
    ["https://example.org/a.PNG?size=2", { type: "image_url" }],
    ["data:image/png;base64,iVBORw0KGgo=", { type: "image_url" }],
    ["https://example.org/a.pdf", { type: "file", file: { file_data: "https://example.org/a.pdf" } }],
  ])("of a tool's result by a URL alone, as ai 7 gives them: %s", async (url, expected) => {
    const value = [{ type: "file-url", url }];
    const { sent } = await sendPrompt(user, called("1"), {
      role: "tool",
      content: [result("1", { type: "content", value })],
    });
    expect(sent?.messages).toMatchObject([{}, {}, { content: [expected] }]);
  });

  test.each([
    ["openai", undefined, 2048],
    ["gemini", undefined, 100],
    ["openai-compatible", "https://dashscope.aliyuncs.com/compatible-mode/v1", 10],
  ] as const)("embeddings of %s at %s go %d at a time", (service, baseUrl, most) => {
    const provider = createProvider({ provider: service, baseUrl, apiKey: "k", model: "m" });
    expect(toEmbeddingModel(provider).maxEmbeddingsPerCall).toBe(most);
    expect(toEmbeddingModel(provider, { maxEmbeddingsPerCall: 7 }).maxEmbeddingsPerCall).toBe(7);
  });

  test("a server that fetches nothing gets bytes instead of URLs, by its name or its address", () => {
    const at = (baseUrl: string) =>
      toLanguageModel(createProvider({ provider: "openai-compatible", baseUrl, apiKey: "k", model: "m" }))
        .supportedUrls;
    for (const host of ["localhost:8080", "127.0.0.1:1", "[::1]:9"])
      expect(at(`http://${host}/v1`)).toEqual({});
    expect(at("https://llm.example/v1")).toHaveProperty("image/*");
    const gemini = createProvider({ provider: "gemini", apiKey: "k", model: "m" });
    expect(toLanguageModel(gemini).supportedUrls).toEqual({});
    expect(toLanguageModel(createRouter([gemini])).supportedUrls).toEqual({});
  });
});

describe("JSON", () => {
  const json = { type: "json" as const };
  const tools = [{ type: "function" as const, name: "now", inputSchema: { type: "object" as const } }];

  test("without a schema is asked for by name, since services refuse it where no message does", async () => {
    const { sent, warnings } = await send({ responseFormat: json });
    expect(sent).toMatchObject({
      response_format: { type: "json_object" },
      messages: [{ role: "system", content: "Answer with JSON, and nothing else." }, { role: "user" }],
    });
    expect(warnings).toMatchObject([{ type: "compatibility", feature: "responseFormat" }]);
    const said = await send({ responseFormat: json, prompt: ask("A Json, please") });
    expect(said.sent?.messages).toHaveLength(1);
    expect(said.warnings).toEqual([]);
  });

  test("without a schema, beside tools: a tool takes the answer where the service can't combine them", async () => {
    const { sent } = await send({ responseFormat: json, tools });
    expect(sent).not.toHaveProperty("response_format");
    expect(sent).toMatchObject({
      tool_choice: "required",
      tools: [{ function: { name: "now" } }, { function: { name: "json", parameters: { type: "object" } } }],
    });
    const elsewhere = await sendTo("openai", { responseFormat: json, tools, prompt: ask("JSON!") });
    expect(elsewhere.sent).toMatchObject({
      response_format: { type: "json_object" },
      tools: [{ function: { name: "now" } }],
    });
  });

  test("with a schema beside tools: by the address and by what the configuration says of its server", async () => {
    const schema = { type: "object" as const, properties: {}, additionalProperties: false };
    const options = { responseFormat: { ...json, schema }, tools };
    const baseUrl = "https://api.groq.com/openai/v1";
    const groq = await sendTo("openai-compatible", options, { baseUrl });
    expect(groq.sent).toMatchObject({ tools: [{}, { function: { name: "json" } }] });
    const compat = { schemaBesideTools: false };
    const other = await sendTo("openai-compatible", options, { baseUrl: "https://llm.example/v1", compat });
    expect(other.sent).toMatchObject({ tools: [{}, { function: { name: "json" } }] });
    const gemini = await sendTo("gemini", options);
    expect(gemini.sent).toMatchObject({ tools: [{}, { function: { name: "json" } }] });
    expect(gemini.sent).not.toHaveProperty("parallel_tool_calls");
    const both = await sendTo("openai", options);
    expect(both.sent).toMatchObject({ tools: [{}], response_format: { type: "json_schema" } });
  });

  const closed = (member: object) => ({
    ...{ type: "object" as const, properties: { a: member }, required: ["a"] },
    additionalProperties: false,
  });
  test.each([
    [true, closed({ type: "string" })],
    [true, closed({ anyOf: [{ type: "string" }, { type: "null" }] })],
    [false, closed({ oneOf: [{ type: "string" }] })],
    [false, closed({ type: ["object", "null"] })],
    [false, closed({ type: "array", items: { type: "string" }, minItems: 1 })],
    [false, { anyOf: [closed({ type: "string" })] }],
  ])("strict is %s, as the strict mode takes it: %j", async (strict, schema) => {
    const { sent } = await send(
      newer({ prompt: ask("?"), responseFormat: json }, { responseFormat: { ...json, schema } }),
    );
    expect(sent?.response_format).toMatchObject({ json_schema: { strict } });
  });

  const described = {
    ...{ ...json, schema: closed({ type: "string" }) },
    ...{ name: "a booking", description: "What to book" },
  };
  const INSTEAD = {
    type: "compatibility",
    feature: "providerOptions.groq.structuredOutputs",
    details: "beside tools this service is asked for the answer as the arguments of one more tool",
  };
  const unbound = (details: string) => ({
    ...{ type: "unsupported", feature: "providerOptions.groq.strictJsonSchema" },
    details,
  });
  const inWords = (members: string) => ({
    ...{ type: "compatibility", feature: "responseFormat" },
    details: `told in a system message: ${members}`,
  });

  test.each([
    [{}, []],
    [{ strictJsonSchema: true }, []],
    [{ strictJsonSchema: false }, []],
    [{ structuredOutputs: false }, [INSTEAD]],
    [{ structuredOutputs: true }, [INSTEAD]],
  ])("beside tools each setting reaches the answer's tool or is told: %j", async (options, expected) => {
    const { sent, warnings } = await send({ responseFormat: described, tools, ...groq(options) });
    const { schema: parameters, description } = described;
    const strict = "strictJsonSchema" in options ? { strict: options.strictJsonSchema } : {};
    expect(sent?.tools).toEqual([
      { type: "function", function: { name: "now", parameters: { type: "object" } } },
      { type: "function", function: { name: "a_booking", description, parameters, ...strict } },
    ]);
    expect(warnings).toEqual(expected);
  });

  test("the answer's tool has a name of its own, however long", async () => {
    const name = "n".repeat(64);
    const taken = [
      { ...tools[0], name },
      { ...tools[0], name: `${"n".repeat(60)}_1` },
    ];
    const both = taken.map((tool) => ({
      type: "function" as const,
      inputSchema: { type: "object" as const },
      ...tool,
    }));
    const { sent } = await send({ responseFormat: { ...described, name }, tools: both });
    expect(sent?.tools).toMatchObject([{}, {}, { function: { name: `${"n".repeat(60)}_2` } }]);
  });

  const { schema, ...formless } = described;
  test.each([
    [described, { structuredOutputs: false }, [inWords("schema, name, description")]],
    [
      described,
      { structuredOutputs: false, strictJsonSchema: true },
      [
        unbound("a schema that is told in a system message binds no service"),
        inWords("schema, name, description"),
      ],
    ],
    [
      described,
      { structuredOutputs: false, strictJsonSchema: false },
      [inWords("schema, name, description")],
    ],
    [formless, {}, [inWords("name, description")]],
    [formless, { strictJsonSchema: true }, [unbound("there is no schema"), inWords("name, description")]],
  ])("in words all that is known of the form is told: %j, %j", async (responseFormat, options, expected) => {
    const { sent, warnings } = await send({ responseFormat, prompt: ask("JSON!"), ...groq(options) });
    expect(sent?.response_format).toEqual({ type: "json_object" });
    const first =
      responseFormat === described
        ? `Answer with JSON, and nothing else, that fits this JSON Schema: ${JSON.stringify(schema)}`
        : "Answer with JSON, and nothing else.";
    const content = `${first}\nWhat the answer is called: a booking\nWhat it is: What to book`;
    expect(sent?.messages).toEqual([
      { role: "system", content },
      { role: "user", content: "JSON!" },
    ]);
    expect(warnings).toEqual(expected);
  });

  test("strict beside tools, without a schema, is told", async () => {
    const { sent, warnings } = await send({
      responseFormat: json,
      tools,
      ...groq({ strictJsonSchema: true }),
    });
    expect(warnings).toEqual([unbound("there is no schema")]);
    expect(sent).not.toHaveProperty("tools.1.function.strict");
  });

  test.each(["structuredOutputs", "strictJsonSchema"])("%s is true or false", async (name) => {
    const { model } = modelOf([]);
    const providerOptions = { groq: { [name]: "no" } };
    expect(await failure(model.doGenerate({ prompt: ask("?"), providerOptions }))).toMatchObject({
      name: "AI_APICallError",
      cause: { kind: "InvalidRequest", param: `providerOptions.groq.${name}` },
    });
  });
});

describe("tools and settings", () => {
  const search = (args: object = {}) => ({
    ...{ type: "provider" as const, id: "groq.browser_search" as const, name: "search" },
    args: { ...args },
  });

  test("a server's tool that can't be given its arguments, or to another service", async () => {
    const { sent, warnings } = await send({ tools: [search({ depth: 3 })] });
    expect(sent?.tools).toEqual([{ type: "browser_search" }]);
    expect(warnings).toEqual([{ type: "unsupported", feature: "args of tool groq.browser_search (depth)" }]);
    const elsewhere = await sendTo("mistral", { tools: [search()] });
    expect(elsewhere.sent).not.toHaveProperty("tools");
    expect(elsewhere.warnings).toMatchObject([{ feature: "tool groq.browser_search" }]);
  });

  test.each([
    ["search", '"search" is run by the server, which decides itself when to'],
    ["else", 'no tool of this call is called "else"'],
  ])("a choice of %s is told", async (toolName, details) => {
    const { warnings } = await send({ tools: [search()], toolChoice: { type: "tool", toolName } });
    expect(warnings).toEqual([{ type: "unsupported", feature: "toolChoice", details }]);
  });

  const SENT = { type: "compatibility", feature: "tool groq.browser_search" };
  const LEFT_OUT = { type: "unsupported", feature: "tool groq.browser_search", details: "only Groq runs it" };
  const gateway = { provider: "openai-compatible", baseUrl: "https://llm.example/v1" } as const;
  const openai = { provider: "openai" } as const;
  const groqItself = { provider: "groq" } as const;
  test.each<
    [string, [{ provider: Service; baseUrl?: string }, ...{ provider: Service }[]], object | undefined]
  >([
    ["Groq", [groqItself], undefined],
    ["Groq by its address", [{ ...gateway, baseUrl: "https://api.groq.com/openai/v1" }], undefined],
    ["OpenAI by its address", [{ ...gateway, baseUrl: "https://api.openai.com/v1" }], LEFT_OUT],
    ["a server that nobody knows", [gateway], SENT],
    ["OpenAI alone", [openai], LEFT_OUT],
    ["OpenAI and Mistral", [openai, { provider: "mistral" }], LEFT_OUT],
    ["Groq and OpenAI", [groqItself, openai], SENT],
  ])("who may run Groq's tools: %s, itself and behind routers", async (_, configs, warning) => {
    const fake = fakeGroq(answer({ content: "Yes." }));
    const make = (config: { provider: Service; baseUrl?: string }, index: number) =>
      createProvider({ ...config, name: `p${index}`, apiKey: "k", model: "m", fetch: fake.fetch });
    const [first, ...others] = configs;
    const providers: [LlmProvider, ...LlmProvider[]] = [
      make(first, 0),
      ...others.map((one, at) => make(one, at + 1)),
    ];
    const router = createRouter(providers);
    const traced = createTelemetry().provider(createRouter([router]));
    for (const provider of [...(others.length === 0 ? providers : []), router, traced]) {
      const { warnings } = await toLanguageModel(provider).doGenerate({
        prompt: ask("?"),
        tools: [search()],
      });
      expect(warnings).toMatchObject(warning ? [warning] : []);
      const sent = fake.sent.at(-1)?.tools;
      expect(sent).toEqual(warning === LEFT_OUT ? undefined : [{ type: "browser_search" }]);
    }
  });

  const foreign = { ...search(), id: "openai.web_search" as const };
  test.each([
    ["without tools", "required", []],
    ["without tools", "tool", []],
    ["whose tools are all left out", "required", [foreign]],
    ["whose tools are all left out", "tool", [foreign]],
  ] as const)("a call %s can't be made to call one: %s", async (_, type, tools) => {
    const toolChoice = type === "tool" ? { type, toolName: "search" } : { type };
    const { sent, warnings } = await send({ tools: [...tools], toolChoice });
    expect(sent).not.toHaveProperty("tool_choice");
    const details = "the request has no tool that could be called";
    expect(warnings).toContainEqual({ type: "unsupported", feature: "toolChoice", details });
    expect(warnings).toHaveLength(tools.length + 1);
    for (const type of ["none", "auto"] as const) {
      const harmless = await send({ toolChoice: { type } });
      expect(harmless.warnings).toEqual([]);
      expect(harmless.sent).not.toHaveProperty("tool_choice");
    }
  });

  test("a choice of a tool that is left out beside others is told as that", async () => {
    const now = { type: "function" as const, name: "now", inputSchema: { type: "object" as const } };
    const { warnings } = await send({
      tools: [foreign, now],
      toolChoice: { type: "tool", toolName: "search" },
    });
    expect(warnings).toMatchObject([
      { feature: "tool openai.web_search" },
      { feature: "toolChoice", details: 'the tool "search" is left out' },
    ]);
  });

  test.each(["gemini", "cerebras", "router"] as const)("%s is not sent penalties", async (service) => {
    const fake = fakeGroq(answer({ content: "Yes." }));
    const name = service === "router" ? "openai" : service;
    const one = createProvider({ provider: name, apiKey: "k", model: "m", fetch: fake.fetch });
    const model = toLanguageModel(service === "router" ? createRouter([one]) : one);
    const { warnings } = await model.doGenerate({ prompt: ask("?"), presencePenalty: 1 });
    expect(warnings).toEqual([{ type: "unsupported", feature: "presencePenalty" }]);
    expect(fake.sent[0]).not.toHaveProperty("presence_penalty");
  });

  test("settings of a newer major that are not known here are told, and each cause once", async () => {
    const odd = newer(
      { prompt: prompt(user, { ...user, ...groq({ a: 1 }) }, { ...user, ...groq({ a: 1 }) }) },
      {
        verbosity: "low",
        later: undefined,
      },
    );
    const { warnings } = await send(odd);
    expect(warnings).toMatchObject([
      { type: "unsupported", feature: "providerOptions.groq.a of a user message" },
      { type: "unsupported", feature: "verbosity" },
    ]);
  });

  test("options under the service's own name are told, those of others are theirs", async () => {
    const providerOptions = { mistral: { safePrompt: true }, Groq: { user: "u" }, anthropic: { a: 1 } };
    const { warnings } = await sendTo("mistral", { providerOptions });
    const details = "options go under groq, whichever the service";
    expect(warnings).toEqual([
      { type: "unsupported", feature: "providerOptions.mistral", details },
      { type: "unsupported", feature: "providerOptions.Groq", details },
    ]);
    const odd = newer({ prompt: ask("?") }, { providerOptions: { groq: "low" } });
    expect((await send(odd)).warnings).toMatchObject([{ feature: "providerOptions.groq" }]);
  });
});
