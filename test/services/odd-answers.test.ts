/** Answers of other services that a client should read whole: each row is a shape that some server sends. */
import { describe, expect, test } from "vitest";
import type { ConnectionConfig } from "../../src/provider/base/model-config.ts";
import { json, stubbed } from "../provider/support.ts";

const question = [{ role: "user" as const, content: "Hi" }];
const configured = (provider = "openai-compatible", config: Partial<ConnectionConfig> = {}) => ({
  name: "t",
  provider,
  model: "m/one",
  supported_endpoints: ["chat", "completion", "embedding"] as const,
  config: { api_key: "key-0123456789", max_retries: 0, base_url: "https://llm.example/v1", ...config },
});
const answer = (message: object, rest: object = {}, ofChoice: object = {}) => ({
  id: "g",
  choices: [{ index: 0, message, finish_reason: "stop", ...ofChoice }],
  ...rest,
});
const answered = (body: unknown) => stubbed(() => json(body), configured()).provider;
const chat = (body: unknown) => answered(body).chat(question);
const streamed = (...events: object[]) => {
  const body = `${events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`;
  const headers = { "content-type": "text/event-stream" };
  return stubbed(() => new Response(body, { headers }), configured()).provider.chatStream(question).response;
};
const delta = (members: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: members, finish_reason }],
});

describe("usage", () => {
  const whole = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const read = { promptTokens: 10, completionTokens: 5, totalTokens: 15 };
  test.each<[string, unknown, object]>([
    [
      "cached tokens beside objects",
      { ...whole, prompt_tokens_details: { cached_tokens: 7, cache: { a: 1 }, kind: "x" } },
      { ...read, cachedTokens: 7 },
    ],
    [
      "reasoning tokens beside a text",
      { ...whole, completion_tokens_details: { reasoning_tokens: 4, note: "x" } },
      { ...read, reasoningTokens: 4 },
    ],
    ["details as a list", { ...whole, prompt_tokens_details: [{ modality: "TEXT" }] }, read],
    ["figures as text", { prompt_tokens: "10", completion_tokens: "5", total_tokens: "15" }, read],
    ["one figure that is none", { ...whole, total_tokens: "many" }, read],
    ["a negative figure", { ...whole, prompt_tokens: -1 }, read],
    [
      "xAI",
      {
        prompt_tokens: 687,
        completion_tokens: 38,
        total_tokens: 866,
        completion_tokens_details: { reasoning_tokens: 141 },
      },
      { promptTokens: 687, completionTokens: 179, totalTokens: 866, reasoningTokens: 141 },
    ],
    [
      "xAI without a total",
      { prompt_tokens: 687, completion_tokens: 38, completion_tokens_details: { reasoning_tokens: 141 } },
      { promptTokens: 687, completionTokens: 179, totalTokens: 866, reasoningTokens: 141 },
    ],
    [
      "Gemini's hidden thoughts",
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 },
      { promptTokens: 35, completionTokens: 74, totalTokens: 109 },
    ],
  ])("%s", async (_, usage, expected) => {
    expect((await chat(answer({ content: "a" }, { usage }))).usage).toEqual(expected);
    expect((await streamed(delta({ content: "a" }, "stop"), { choices: [], usage })).usage).toEqual(expected);
  });

  test("in the choice", async () => {
    expect((await chat(answer({ content: "a" }, {}, { usage: whole }))).usage).toEqual(read);
  });

  test.each<[object, number]>([
    [{ cost: "0.25" }, 0.25],
    [{ estimated_cost: 0.25 }, 0.25],
    [{ cost: { total_cost: 0.25 } }, 0.25],
  ])("cost in %j", async (usage, cost) => {
    expect((await chat(answer({ content: "a" }, { usage }))).cost).toBe(cost);
  });
});

describe("what decorates an answer fails none", () => {
  test.each<[string, unknown, object]>([
    ["an id that is a number", answer({ content: "a" }, { id: 5 }), { id: "5" }],
    [
      "a date as text",
      answer({ content: "a" }, { created: "2025-01-01T00:00:00Z" }),
      { created: 1735689600 },
    ],
    ["a model that is no text", answer({ content: "a" }, { model: {} }), { model: "m/one" }],
    [
      "a fingerprint, a tier, facts of Groq",
      answer({ content: "a" }, { system_fingerprint: 5, service_tier: {}, x_groq: "x" }),
      { systemFingerprint: "5" },
    ],
    [
      "an index that is text",
      answer({ content: "a" }, {}, { index: "0" }),
      { choices: [expect.objectContaining({ index: 0 })] },
    ],
    ["a refusal that is no text", answer({ content: "a", refusal: {} }), {}],
    [
      "tools that are no list",
      answer({ content: "a", executed_tools: {}, tool_calls: {} }),
      { toolCalls: [] },
    ],
    [
      "the older call, empty",
      answer({ content: "a", function_call: { name: "", arguments: "" } }),
      { toolCalls: [] },
    ],
    ["an empty call", answer({ content: "a", tool_calls: [null, {}] }), { toolCalls: [] }],
    ["content as one part", answer({ content: { type: "text", text: "a" } }), {}],
    ["the older form", { choices: [{ text: "a", finish_reason: "stop" }] }, {}],
  ])("%s", async (_, body, has) => {
    expect(await chat(body)).toMatchObject({ content: "a", finishReason: "stop", ...has });
  });

  test("comments before it", async () => {
    const body = `: PROCESSING\n\n: PROCESSING\n\n${JSON.stringify(answer({ content: "a" }))}`;
    const { provider } = stubbed(() => new Response(body), configured());
    expect((await provider.chat(question)).content).toBe("a");
  });

  test("a gateway's sentence instead of it is told", async () => {
    const { provider } = stubbed(() => new Response("no healthy upstream"), configured());
    await expect(provider.chat(question)).rejects.toMatchObject({
      kind: "InvalidResponse",
      message: expect.stringContaining("(no healthy upstream)"),
    });
  });
});

describe("calls", () => {
  const fn = { name: "f", arguments: '{"a":1}' };
  test.each<[string, object]>([
    ["one alone", { tool_calls: { id: "x", function: fn } }],
    ["flat", { tool_calls: [{ id: "x", type: "function", ...fn }] }],
    ["the older form", { function_call: fn }],
    [
      "arguments as JSON of JSON",
      { tool_calls: [{ id: "x", function: { ...fn, arguments: JSON.stringify(fn.arguments) } }] },
    ],
  ])("%s", async (_, message) => {
    const { toolCalls, finishReason } = await chat(answer({ content: null, ...message }));
    expect(toolCalls.map((call) => [call.function.name, call.function.arguments])).toEqual([["f", { a: 1 }]]);
    expect(finishReason).toBe("tool_calls");
  });

  const vendor = { thought_signature: "C", provider_specific_fields: { s: "B" }, google: { x: 1 } };
  const call = { id: "x", type: "function", function: { ...fn, thought_signature: "A" }, ...vendor };

  test.each<[string, object[]]>([
    ["whole", []],
    ["streamed", [delta({ tool_calls: [{ index: 0, ...call }] }, "tool_calls")]],
    [
      "streamed, late",
      [
        delta({ tool_calls: [{ index: 0, id: "x", function: fn }] }),
        delta({ tool_calls: [{ index: 1, id: "y", function: fn }] }),
        delta({ tool_calls: [{ index: 0, ...vendor, function: { thought_signature: "A" } }] }, "tool_calls"),
      ],
    ],
  ])("vendor members go back as they came: %s", async (_, events) => {
    const response = await (events.length > 0
      ? streamed(...events)
      : chat(answer({ content: null, tool_calls: [call] })));
    for (const [provider, expected] of [
      ["openai-compatible", call],
      ["gemini", call],
      ["groq", { id: "x", type: "function", function: fn }],
      ["mistral", { id: "x", type: "function", function: fn, google: { x: 1 } }],
    ] as const) {
      const { provider: next, sent } = stubbed(() => json(answer({ content: "b" })), configured(provider));
      await next.chat([...question, response, { role: "tool", toolCallId: "x", content: "1" }]);
      expect(sent[0]?.body?.messages).toMatchObject([
        {},
        { tool_calls: [{ id: "x" }, ...(events.length > 1 ? [{}] : [])] },
        {},
      ]);
      expect(JSON.parse(JSON.stringify(sent[0]?.body)).messages[1].tool_calls[0]).toEqual(expected);
    }
  });
});

describe("reasoning", () => {
  test.each<[string, object]>([
    ["an object", { reasoning: { content: "R" } }],
    ["a list of parts", { reasoning_content: [{ type: "text", text: "R" }] }],
    ["reasoning_text", { reasoning_text: "R" }],
    ["thinking_blocks", { thinking_blocks: [{ type: "thinking", thinking: "R", signature: "s" }] }],
    ["details alone", { reasoning_details: [{ type: "reasoning.summary", summary: "R" }] }],
  ])("%s", async (_, members) => {
    expect((await chat(answer({ content: "a", ...members }))).reasoning).toBe("R");
    expect((await streamed(delta({ content: "a", ...members }, "stop"))).reasoning).toBe("R");
  });

  const thinking = (words: string, rest: object = {}) => ({
    type: "thinking",
    thinking: [{ type: "text", text: words }],
    ...rest,
  });
  test.each<[string, object[], object[] | undefined]>([
    [
      "signed",
      [thinking("A"), thinking("B", { signature: "s" }), thinking("C", { closed: true })],
      [thinking("AB", { signature: "s" }), thinking("C", { closed: true })],
    ],
    ["plain: its text says all", [thinking("A"), thinking("B")], undefined],
  ])("thinking parts of a stream, %s", async (_, came, kept) => {
    const response = await streamed(
      ...came.map((part) => delta({ content: [part] })),
      delta({ content: "a" }, "stop"),
    );
    expect(response.reasoning).toMatch(/^AB/);
    expect(response.extra?.thinking_parts).toEqual(kept);
  });

  test.each<[string, string, object, object]>([
    [
      "signed parts go back to Mistral",
      "mistral",
      { content: [thinking("A", { signature: "s", closed: true }), { type: "text", text: "a" }] },
      { content: [thinking("A", { signature: "s", closed: true }), { type: "text", text: "a" }] },
    ],
    [
      "a member where it came",
      "openai-compatible",
      { content: "a", thinking: "A" },
      { content: "a", thinking: "A" },
    ],
    [
      "nothing to a service that takes none",
      "openai",
      { content: [thinking("A", { signature: "s" }), { type: "text", text: "a" }] },
      { content: "a" },
    ],
  ])("thinking: %s", async (_, service, message, back) => {
    const { provider, sent } = stubbed(() => json(answer(message)), configured(service));
    const response = await provider.chat(question);
    await provider.chat([...question, response, ...question]);
    expect(sent[1]?.body).toHaveProperty(["messages", 1], { role: "assistant", ...back });
  });

  const text = (text: string, rest: object = {}) => ({ type: "reasoning.text", text, ...rest });
  const secret = (data: string, rest: object = {}) => ({ type: "reasoning.encrypted", data, ...rest });
  test.each<[string, object[], object[]]>([
    [
      "one text",
      [text("A", { index: 0 }), text("B", { index: 0, signature: "s" })],
      [text("AB", { index: 0, signature: "s" })],
    ],
    [
      "two signatures",
      [text("A", { signature: "1" }), text("B", { signature: "2" })],
      [text("A", { signature: "1" }), text("B", { signature: "2" })],
    ],
    [
      "text after a signature",
      [text("A", { signature: "1" }), text("B")],
      [text("A", { signature: "1" }), text("B")],
    ],
    [
      "two ids",
      [text("A", { id: "1" }), text("B", { id: "2" })],
      [text("A", { id: "1" }), text("B", { id: "2" })],
    ],
    [
      "encrypted, two ids under one index",
      [secret("A", { id: "1", index: 0 }), secret("B", { id: "2", index: 0 })],
      [secret("A", { id: "1", index: 0 }), secret("B", { id: "2", index: 0 })],
    ],
    ["encrypted, nothing to tell them by", [secret("A"), secret("B")], [secret("A"), secret("B")]],
    [
      "mixed",
      [text("A", { index: 0 }), text("C", { index: 1 }), text("B", { index: 0 })],
      [text("AB", { index: 0 }), text("C", { index: 1 })],
    ],
  ])("details of a stream: %s", async (_, came, kept) => {
    const response = await streamed(
      ...came.map((one) => delta({ reasoning_details: [one] })),
      delta({ content: "a" }, "stop"),
    );
    expect(response.extra).toEqual({ reasoning_details: kept });
  });
});

describe("sources", () => {
  test.each<[string, object]>([
    ["citations", { citations: ["https://a.example"] }],
    ["web_search", { web_search: [{ link: "https://a.example" }] }],
    ["search_info", { search_info: { search_results: [{ url: "https://a.example" }] } }],
    ["uri", { citations: [{ uri: "https://a.example" }] }],
  ])("%s", async (_, rest) => {
    const found = [{ url: "https://a.example" }];
    expect((await chat(answer({ content: "a" }, rest))).citations).toEqual(found);
    expect((await streamed(delta({ content: "a" }, "stop"), { choices: [], ...rest })).citations).toEqual(
      found,
    );
    expect((await streamed({ ...delta({ content: "a" }, "stop"), ...rest })).citations).toEqual(found);
  });

  test("more of a token's probabilities in one event than a call of a function can have arguments", async () => {
    const content = Array.from({ length: 300_000 }, () => ({ token: "a", logprob: -1 }));
    const event = {
      choices: [{ index: 0, delta: { content: "a" }, logprobs: { content }, finish_reason: "stop" }],
    };
    expect((await streamed(event)).logprobs).toHaveLength(300_000);
  });

  test("Together's probabilities", async () => {
    const logprobs = { tokens: ["a", "b"], token_logprobs: [-0.5, null] };
    expect((await chat(answer({ content: "a" }, {}, { logprobs }))).logprobs).toEqual([
      { token: "a", logprob: -0.5 },
    ]);
  });
});

describe("lists", () => {
  test.each<[string, unknown, string[]]>([
    ["texts", ["a", "b"], ["a", "b"]],
    ["texts under data", { data: ["a"] }, ["a"]],
    ["texts under models", { models: ["a"] }, ["a"]],
    ["result", { result: [{ id: "a" }] }, ["a"]],
    ["data.models", { data: { models: [{ id: "a" }] } }, ["a"]],
    ["by their names", { data: { a: { id: "a" }, b: { id: "b" } } }, ["a", "b"]],
    ["bad entries among good ones", { data: [{ id: "a" }, { id: null }, null, 5] }, ["a"]],
    ["an id that is a number", { data: [{ id: 5 }] }, ["5"]],
    ["none", { object: "list", data: null }, []],
  ])("models: %s", async (_, body, ids) => {
    expect((await answered(body).listModels()).map(({ id }) => id)).toEqual(ids);
  });

  test("no model at all is told", async () => {
    await expect(answered({ data: [{ id: null }] }).listModels()).rejects.toMatchObject({
      kind: "InvalidResponse",
    });
  });

  test.each<[string, unknown]>([
    ["vectors", [[1], [2]]],
    [
      "entries",
      [
        { embedding: [1], index: 0 },
        { embedding: [2], index: 1 },
      ],
    ],
    ["embeddings", { embeddings: [[1], [2]] }],
    ["by the type of their numbers", { embeddings: { float: [[1], [2]] } }],
    [
      "rows in rows",
      [
        { index: 0, embedding: [[1]] },
        { index: 1, embedding: [[2]] },
      ],
    ],
    ["data of vectors, figures as text", { data: [[1], [2]], usage: { prompt_tokens: "3" } }],
  ])("embeddings: %s", async (_, body) => {
    expect((await answered(body).embed(["a", "b"])).embeddings).toEqual([[1], [2]]);
  });
});
