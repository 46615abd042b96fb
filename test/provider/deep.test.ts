/** Values nested 5,000 levels deep, wherever one can stand: an answer or an `LlmError`, and no `RangeError`. */
import { expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { completion, groqConfig, stubbed } from "./support.ts";

const LEVELS = 5000;
const deepText = `${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`;
const deepList = `${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`;
const deep: object = JSON.parse(deepText);
const question = [{ role: "user" as const, content: "Hi" }];

const ends = async (run: () => unknown): Promise<string> => {
  try {
    await run();
    return "good";
  } catch (error) {
    if (LlmError.is(error)) return error.kind;
    throw error;
  }
};

test.each<[string, object[], object]>([
  ["a message's content", [{ role: "user", content: deep }], {}],
  ["a message's member", [{ role: "user", content: "Hi", extra: { deep } }], {}],
  ["a raw part", [{ role: "user", content: [{ type: "raw", part: deep }] }], {}],
  [
    "a call's arguments",
    [{ role: "assistant", toolCalls: [{ id: "1", function: { name: "f", arguments: deep } }] }],
    {},
  ],
  ["extra", question, { extra: { search_settings: deep } }],
  ["a tool's schema", question, { tools: [{ type: "function", function: { name: "f", parameters: deep } }] }],
  [
    "a response format",
    question,
    { responseFormat: { type: "json_schema", jsonSchema: { name: "s", schema: deep } } },
  ],
  ["an option", question, { temperature: deep }],
])("sent in %s", async (_, messages, options) => {
  const { provider } = stubbed(() => new Response(JSON.stringify(completion("Hi"))));
  for (const ask of [
    () => provider.chat(messages as never, options),
    () => provider.chatStream(messages as never, options).text(),
  ])
    expect(await ends(ask)).toMatch(/^(good|InvalidRequest|InvalidResponse)$/);
});

test.each<[string, string]>([
  ["the whole answer", deepText],
  ["a list", deepList],
  ["an unknown member", `{"choices":[{"message":{"content":"Hi"}}],"note":${deepText}}`],
  ["content", `{"choices":[{"message":{"content":${deepList}}}]}`],
  [
    "arguments",
    `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":${deepText}}}]}}]}`,
  ],
  ["details", `{"choices":[{"message":{"content":"Hi","reasoning_details":[${deepText}]}}]}`],
  ["annotations", `{"choices":[{"message":{"content":"Hi","annotations":${deepList}}}]}`],
  [
    "logprobs",
    `{"choices":[{"message":{"content":"Hi"},"logprobs":{"content":[{"token":"a","logprob":1,"top_logprobs":${deepList}}]}}]}`,
  ],
  ["usage", `{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":1,"x":${deepText}}}`],
  ["an error", `{"error":{"message":${deepText}}}`],
  ["an error's detail", `{"detail":${deepList}}`],
])("answered in %s", async (_, body) => {
  for (const status of [200, 400]) {
    const whole = stubbed(() => new Response(body, { status })).provider;
    const events = body.replaceAll('"message":{"', '"delta":{"');
    const streamed = stubbed(() => new Response(`data: ${events}\n\ndata: [DONE]\n\n`, { status })).provider;
    const kinds = [await ends(() => whole.chat(question)), await ends(() => whole.listModels())];
    kinds.push(await ends(() => streamed.chatStream(question).response));
    for (const kind of kinds) expect(kind).toMatch(/^(good|Invalid|ProviderError)/);
  }
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["a number", 5],
  ["a list", []],
  ["a deep mapping", deep],
  ["a deep connection", { ...groqConfig(), config: { ...groqConfig().config, compat: deep } }],
  ["a deep limit", { ...groqConfig(), limit: deep }],
])("createProvider of %s is a ConfigError", (_, config) => {
  expect(() => createProvider(config as never)).toThrow(expect.objectContaining({ kind: "ConfigError" }));
});
