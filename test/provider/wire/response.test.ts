import { describe, expect, test } from "vitest";
import { toModelInfo } from "../../../src/provider/wire/models.ts";
import {
  toChatResponse,
  toEmbeddingResponse,
  toFinishReason,
  toToolCall,
} from "../../../src/provider/wire/response.ts";
import { toUsage } from "../../../src/provider/wire/usage.ts";

type Wire = Parameters<typeof toChatResponse>[0];

const answer = (message: object, rest: object = {}, finish = "stop") => {
  const body: object = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: "openai/gpt-oss-20b",
    choices: [
      { index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: finish },
    ],
    usage: {
      queue_time: 0.070370835,
      prompt_tokens: 336,
      prompt_time: 0.017619524,
      completion_tokens: 41,
      completion_time: 0.05386775,
      total_tokens: 377,
      total_time: 0.071487274,
      prompt_tokens_details: { cached_tokens: 256 },
      completion_tokens_details: { reasoning_tokens: 7 },
    },
    usage_breakdown: null,
    system_fingerprint: "fp_0123456789",
    x_groq: { id: "req_body", seed: 42 },
    service_tier: "on_demand",
    ...rest,
  };
  return body as Wire;
};

describe("a chat's answer", () => {
  test("with text and reasoning", () => {
    const response = toChatResponse(answer({ content: "Hi", reasoning: "They greet." }), {
      model: "m",
      requestId: "req_header",
      rateLimits: { tokens: { remaining: 5 } },
    });
    expect(response).toEqual({
      role: "assistant",
      id: "chatcmpl-1",
      model: "openai/gpt-oss-20b",
      requestId: "req_header",
      created: 1_790_000_000,
      content: "Hi",
      reasoning: "They greet.",
      reasoningField: "reasoning",
      toolCalls: [],
      finishReason: "stop",
      rawFinishReason: "stop",
      usage: {
        promptTokens: 336,
        completionTokens: 41,
        totalTokens: 377,
        cachedTokens: 256,
        reasoningTokens: 7,
      },
      timing: { queueMs: 70.370835, promptMs: 17.619524, completionMs: 53.86775, totalMs: 71.487274 },
      serviceTier: "on_demand",
      systemFingerprint: "fp_0123456789",
      seed: 42,
      rateLimits: { tokens: { remaining: 5 } },
      choices: [
        {
          index: 0,
          content: "Hi",
          reasoning: "They greet.",
          reasoningField: "reasoning",
          toolCalls: [],
          finishReason: "stop",
          rawFinishReason: "stop",
        },
      ],
    });
  });

  test("with calls and no content key", () => {
    const wire = answer(
      {
        tool_calls: [
          { id: "fc_1", type: "function", function: { name: "a", arguments: '{"x":[1]}' } },
          { id: "functions.b:0", type: "function", function: { name: "b", arguments: "" } },
          { id: "9z", type: "function", function: { name: "c", arguments: '{"x":' } },
        ],
      },
      {},
      "tool_calls",
    );
    const response = toChatResponse(wire, { model: "m" });
    expect(response).toMatchObject({ content: "", finishReason: "tool_calls", requestId: "req_body" });
    expect(response.toolCalls.map((call) => call.function)).toEqual([
      { name: "a", arguments: { x: [1] }, rawArguments: '{"x":[1]}' },
      { name: "b", arguments: {}, rawArguments: "" },
      { name: "c", arguments: {}, rawArguments: '{"x":', invalid: true },
    ]);
  });

  test("of a server that sends little", () => {
    const wire = { choices: [{ message: { content: "Hi" } }] } as unknown as Wire;
    expect(toChatResponse(wire, { model: "asked" })).toEqual({
      role: "assistant",
      id: "",
      model: "asked",
      created: 0,
      content: "Hi",
      toolCalls: [],
      finishReason: "other",
      rawFinishReason: null,
      choices: [{ index: 0, content: "Hi", toolCalls: [], finishReason: "other", rawFinishReason: null }],
    });
  });

  test("of a server that calls reasoning by another name", () => {
    const response = toChatResponse(answer({ content: "Hi", reasoning_content: "Hm." }), { model: "m" });
    expect(response.reasoning).toBe("Hm.");
  });

  test("without any choice", () => {
    expect(toChatResponse(answer({}, { choices: [] }), { model: "m" })).toMatchObject({
      content: "",
      choices: [],
    });
  });

  test("<think> in content is left where it is", () => {
    const content = "<think>Hm.</think>Hi";
    const response = toChatResponse(answer({ content }), { model: "m" });
    expect(response.content).toBe(content);
    expect(response).not.toHaveProperty("reasoning");
  });

  test("with tools that the server ran", () => {
    const tool = {
      index: 0,
      type: "search",
      arguments: "{}",
      output: "found",
      search_results: { results: [] },
    };
    const response = toChatResponse(answer({ content: "a", executed_tools: [tool] }), { model: "m" });
    expect(response.executedTools).toEqual([
      { index: 0, type: "search", arguments: "{}", output: "found", raw: tool },
    ]);
  });
});

describe("finish reasons", () => {
  test.each<[string | null, boolean, string]>([
    ["stop", false, "stop"],
    ["length", false, "length"],
    ["length", true, "length"],
    ["tool_calls", true, "tool_calls"],
    ["tool_calls", false, "other"],
    ["function_call", true, "tool_calls"],
    ["stop", true, "tool_calls"],
    ["content_filter", false, "content_filter"],
    ["tired", false, "other"],
    [null, false, "other"],
  ])("%s with calls: %s is %s", (raw, calls, unified) => expect(toFinishReason(raw, calls)).toBe(unified));
});

describe("arguments", () => {
  const parse = (text: string) =>
    toToolCall({ id: "1", function: { name: "f", arguments: text } }, new Set()).function;

  test.each(["", " ", "\n"])("%j means {}", (text) =>
    expect(parse(text)).toEqual({ name: "f", arguments: {}, rawArguments: text }),
  );
  test.each(["[1]", "5", '"x"', "null", "{", "{'a':1}"])("%s is kept and flagged", (text) =>
    expect(parse(text)).toEqual({ name: "f", arguments: {}, rawArguments: text, invalid: true }),
  );
  test("__proto__ stays a member", () => {
    const { arguments: parsed } = parse('{"__proto__":{"polluted":1}}');
    expect(Object.hasOwn(parsed, "__proto__")).toBe(true);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
  test("a call without an id gets one", () => {
    const made = Array.from({ length: 1000 }, () =>
      toToolCall({ id: null, function: { name: "f" } }, new Set()),
    );
    for (const { id } of made) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1000);
  });
  test("an id that is taken in its answer is replaced", () => {
    const ids = new Set<string>();
    const [first, second] = [1, 2].map(() => toToolCall({ id: "call_1", function: { name: "f" } }, ids));
    expect(first?.id).toBe("call_1");
    expect(second?.id).not.toBe("call_1");
  });
});

test("usage without details", () => {
  expect(
    toUsage({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, prompt_tokens_details: null }),
  ).toEqual({
    promptTokens: 1,
    completionTokens: 2,
    totalTokens: 3,
  });
});

test.each([
  [
    { prompt_tokens: 1, completion_tokens: 2 },
    { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
  ],
  [
    { prompt_tokens: 1, total_tokens: 3 },
    { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
  ],
  [
    { completion_tokens: 2, total_tokens: 3 },
    { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
  ],
  [
    { completion_tokens: 4, total_tokens: 3 },
    { completionTokens: 4, totalTokens: 3 },
  ],
  [{ total_tokens: 3, prompt_tokens: null }, { totalTokens: 3 }],
  [{}, {}],
])("a usage that lacks figures: %j", (wire, usage) => {
  expect(toUsage(wire)).toEqual(usage);
});

test("a usage of embeddings that lacks a figure", () => {
  const wire = { data: [], usage: { total_tokens: 3 } };
  expect(toEmbeddingResponse(wire, { model: "m" }).usage).toEqual({ totalTokens: 3 });
});

describe("models", () => {
  test("as Groq lists them", () => {
    const wire = {
      id: "openai/gpt-oss-20b",
      object: "model",
      created: 1,
      owned_by: "OpenAI",
      active: true,
      context_window: 131_072,
      max_completion_tokens: 65_536,
      public_apps: null,
      name: "GPT OSS 20B",
      input_modalities: ["text"],
      output_modalities: ["text"],
      supported_features: ["tools", "reasoning"],
      pricing: { prompt: "0.000000075", completion: "0.0000003", input_cache_read: "" },
    };
    const info = toModelInfo(wire);
    expect(info).toEqual({
      id: "openai/gpt-oss-20b",
      created: 1,
      ownedBy: "OpenAI",
      active: true,
      contextWindow: 131_072,
      maxOutputTokens: 65_536,
      name: "GPT OSS 20B",
      inputModalities: ["text"],
      outputModalities: ["text"],
      features: ["tools", "reasoning"],
      pricing: { prompt: 7.5e-8, completion: 3e-7 },
    });
  });

  test("as others list them", () => {
    const wire = { id: "m", object: "model", created: 1, owned_by: "me" };
    expect(toModelInfo(wire)).toEqual({
      id: "m",
      created: 1,
      ownedBy: "me",
    });
  });
});

describe("embeddings", () => {
  test("in the order of the input, as numbers or base64", () => {
    const base64 = btoa(String.fromCharCode(...new Uint8Array(new Float32Array([0.5, -2]).buffer)));
    const wire = {
      object: "list",
      model: "e",
      data: [
        { object: "embedding", index: 1, embedding: base64 },
        { object: "embedding", index: 0, embedding: [1, 2] },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    };
    const response = toEmbeddingResponse(wire, { model: "asked", requestId: "r" });
    expect(response).toEqual({
      model: "e",
      embeddings: [
        [1, 2],
        [0.5, -2],
      ],
      usage: { promptTokens: 3, totalTokens: 3 },
      requestId: "r",
    });
  });
});
