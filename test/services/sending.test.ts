/** What is sent otherwise to some services than to others: roles, names, reasoning, structured output. */
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ConnectionConfig } from "../../src/provider/base/model-config.ts";
import type { AssistantMessage, ChatOptions, Message } from "../../src/provider/base/types.ts";
import { createProvider, type NamedProviderOptions } from "../../src/provider/create-provider.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../src/provider/tools/tools.ts";
import { completion, json, stubbed } from "../provider/support.ts";

const question: Message[] = [{ role: "user", content: "Hi" }];

async function sentTo(
  provider: string,
  options: ChatOptions = {},
  messages: Message[] = question,
  compat?: ConnectionConfig["compat"],
) {
  const base_url = provider === "openai-compatible" ? "https://llm.example/v1" : undefined;
  const config = { api_key: "key-0123456789", max_retries: 0, base_url, compat };
  const made = stubbed(() => json(completion("Hi")), { name: "t", provider, model: "m", config });
  await made.provider.chat(messages, options);
  return made.sent[0]?.body ?? {};
}

describe("an assistant's message that only calls", () => {
  const toolCalls = [
    { id: "1", type: "function" as const, function: { name: "f", arguments: {}, rawArguments: "{}" } },
  ];
  const wire = [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }];
  const written = (more: Partial<AssistantMessage>): Message[] => [{ role: "assistant", toolCalls, ...more }];

  test.each<[string, Partial<AssistantMessage>]>([
    ["an empty text", { content: "" }],
    ["nothing", {}],
    ["null", { content: null }],
    ["an empty reasoning", { content: "", reasoning: "", reasoningField: "reasoning_content" }],
  ])("%s is content to DeepSeek, which insists on some", async (_, more) => {
    const { messages } = await sentTo("deepseek", {}, written(more));
    expect(messages).toEqual([{ role: "assistant", content: "", tool_calls: wire }]);
  });

  test("others get none, unless compat says so", async () => {
    expect((await sentTo("groq", {}, written({ content: "" }))).messages).toEqual([
      { role: "assistant", tool_calls: wire },
    ]);
    const compat = { content_beside_calls: "empty" as const };
    expect((await sentTo("openai-compatible", {}, written({}), compat)).messages).toEqual([
      { role: "assistant", content: "", tool_calls: wire },
    ]);
  });
});

describe("ids that a server repeats in each answer", () => {
  const call = (id: string) => ({
    id,
    type: "function" as const,
    function: { name: "f", arguments: {}, rawArguments: "{}" },
  });
  const turn = (...ids: string[]): Message[] => [
    { role: "assistant", toolCalls: ids.map(call) },
    ...ids.map((id): Message => ({ role: "tool", toolCallId: id, content: "x" })),
  ];
  const idsOf = async (messages: Message[]) => {
    const { messages: sent } = await sentTo("openai-compatible", {}, messages);
    return (sent as { tool_calls?: { id: string }[]; tool_call_id?: string }[]).map(
      ({ tool_calls, tool_call_id }) => tool_calls?.map(({ id }) => id) ?? tool_call_id,
    );
  };

  test("are sent under names of their own, calls and answers alike", async () => {
    const first = [["call_0", "call_1"], "call_0", "call_1"];
    const turns = [...turn("call_0", "call_1"), ...turn("call_0", "call_1"), ...turn("call_0")];
    expect(await idsOf(turns)).toEqual([
      ...first,
      ...[["call_0_2", "call_1_2"], "call_0_2", "call_1_2"],
      ...[["call_0_3"], "call_0_3"],
    ]);
    // The same again, whatever is added.
    expect((await idsOf([...turns, ...turn("other")])).slice(0, 8)).toEqual(await idsOf(turns));
  });

  test("also two of one answer, and in Mistral's form", async () => {
    expect(await idsOf([...turn("a1B2c3D4e", "a1B2c3D4e"), ...turn("a1B2c3D42")])).toEqual([
      ...[["a1B2c3D4e", "a1B2c3D42"], "a1B2c3D4e", "a1B2c3D42"],
      ...[["a1B2c3D43"], "a1B2c3D43"],
    ]);
  });

  test("ids that differ stay as they are", async () => {
    expect(await idsOf([...turn("f:0"), ...turn("f:1")])).toEqual([["f:0"], "f:0", ["f:1"], "f:1"]);
  });

  test("in runTools", async () => {
    const tool = defineTool({ name: "f", parameters: { type: "object" }, execute: () => "x" });
    const calling = {
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ id: "call_0", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          finish_reason: "tool_calls",
        },
      ],
    };
    const { provider, sent } = stubbed((_, count) => json(count < 3 ? calling : completion("Done")));
    await runTools(provider, question, { tools: [tool] });
    const messages = sent[2]?.body?.messages as { tool_call_id?: string }[];
    expect(messages.map(({ tool_call_id }) => tool_call_id).filter(Boolean)).toEqual(["call_0", "call_0_2"]);
  });
});

describe("roles and names", () => {
  const messages: Message[] = [{ role: "developer", content: "Be brief." }, ...question];

  test.each<[string, string]>([
    ["mistral", "system"],
    ["deepseek", "system"],
    ["ollama", "system"],
    ["openai", "developer"],
    ["openai-compatible", "developer"],
  ])("%s: the developer's message goes as %s", async (provider, role) => {
    const { messages: sent } = await sentTo(provider, {}, messages);
    expect(sent).toEqual([{ role, content: "Be brief." }, ...question]);
  });

  test("compat: developer_role, message_names", async () => {
    const compat = { developer_role: "system" as const, message_names: false };
    const { messages: sent } = await sentTo("openai-compatible", {}, messages, compat);
    expect(sent).toMatchObject([{ role: "system" }, {}]);
    const named: Message[] = [{ role: "user", content: "Hi", name: "ann" }];
    await expect(sentTo("openai-compatible", {}, named, compat)).rejects.toMatchObject({
      kind: "InvalidRequest",
      param: "messages[0].name",
    });
  });

  test("Mistral takes no names but those of tools", async () => {
    const named: Message[] = [{ role: "user", content: "Hi", name: "ann" }];
    await expect(sentTo("mistral", {}, named)).rejects.toMatchObject({
      kind: "InvalidRequest",
      message: expect.stringContaining("Mistral refuses names"),
    });
    const tool: Message = { role: "tool", content: "4", toolCallId: "1", name: "weather" };
    expect((await sentTo("mistral", {}, [tool])).messages).toMatchObject([{ name: "weather" }]);
  });
});

describe("reasoning", () => {
  test.each<[ChatOptions["reasoningEffort"], object]>([
    ["none", { reasoning: { enabled: false } }],
    ["default", { reasoning: { enabled: true } }],
    ["high", { reasoning: { enabled: true }, reasoning_effort: "high" }],
  ])("Together's switch is nested: %s", async (reasoningEffort, expected) => {
    const body = await sentTo("together", { reasoningEffort });
    const { reasoning, reasoning_effort } = body;
    expect({ reasoning, reasoning_effort }).toEqual({ reasoning_effort: undefined, ...expected });
    const compat = { reasoning_request: "nested" as const };
    expect(await sentTo("openai-compatible", { reasoningEffort }, question, compat)).toMatchObject(expected);
  });

  test.each([
    ...["openai", "mistral", "deepseek", "together", "gemini", "xai", "zai", "moonshot", "alibaba"],
    ...[
      "perplexity",
      "huggingface",
      "crusoe",
      "heroku",
      "openrouter",
      "ollama",
      "lmstudio",
      "llamacpp",
      "vllm",
    ],
  ])("%s has no reasoning_format, and says so before the call", async (provider) => {
    await expect(sentTo(provider, { reasoningFormat: "parsed" })).rejects.toMatchObject({
      kind: "InvalidRequest",
      param: "reasoningFormat",
    });
  });

  test.each(["groq", "cerebras", "openai-compatible"])("%s gets it", async (provider) => {
    expect(await sentTo(provider, { reasoningFormat: "parsed" })).toHaveProperty(
      "reasoning_format",
      "parsed",
    );
  });
});

describe("structured output", () => {
  const responseFormat = {
    type: "json_schema" as const,
    jsonSchema: { name: "weather", schema: { type: "object", properties: { rain: { type: "boolean" } } } },
  };

  test.each(["deepseek", "zai"])(
    "%s: JSON is asked for, and the schema is told in words",
    async (provider) => {
      const { response_format, messages } = await sentTo(provider, { responseFormat });
      expect(response_format).toEqual({ type: "json_object" });
      expect(messages).toEqual([
        { role: "system", content: expect.stringMatching(/JSON Schema \(weather\):\n\{"type":"object"/) },
        ...question,
      ]);
    },
  );

  test("compat: structured_output", async () => {
    const compat = { structured_output: "json_schema" as const };
    const { response_format, messages } = await sentTo("deepseek", { responseFormat }, question, compat);
    expect(response_format).toMatchObject({ type: "json_schema" });
    expect(messages).toEqual(question);
  });
});

describe("compat in code", () => {
  const base = {
    provider: "openai-compatible",
    baseUrl: "https://llm.example/v1",
    model: "m",
    apiKey: "key-0123456789",
  } as const;

  test("takes camelCase, and is typed", async () => {
    const sent: unknown[] = [];
    const provider = createProvider({
      ...base,
      maxQueueMs: 5000,
      compat: { maxTokensField: "max_tokens", limitPeriods: { requests: 1000 } },
      fetch: async (_, { body }) => {
        sent.push(JSON.parse(body ?? ""));
        return json(completion("Hi"));
      },
    });
    await provider.chat(question, { maxTokens: 5 });
    expect(sent).toMatchObject([{ max_tokens: 5 }]);
    type Compat = NonNullable<NamedProviderOptions["compat"]>;
    expectTypeOf<Compat["maxTokensField"]>().toEqualTypeOf<
      "max_completion_tokens" | "max_tokens" | undefined
    >();
    expectTypeOf<NamedProviderOptions>().toHaveProperty("maxQueueMs");
  });

  test.each<[object, string]>([
    [{ maxTokenField: "max_tokens" }, 'compat.maxTokenField: unknown option; did you mean "maxTokensField"?'],
    [
      { max_tokens_field: "max_tokens" },
      'compat.max_tokens_field: unknown option; did you mean "maxTokensField"?',
    ],
    [
      { maxTokensField: "tokens" },
      'compat.maxTokensField: expected one of max_completion_tokens, max_tokens, got "tokens"',
    ],
    [
      { limitPeriods: { requests: 0 } },
      "compat.limitPeriods.requests: expected a number of milliseconds above 0, got 0",
    ],
  ])("%j is a ConfigError under the name as written", (compat, message) => {
    expect(() => createProvider({ ...base, compat })).toThrow(
      expect.objectContaining({ kind: "ConfigError", message }),
    );
  });
});
