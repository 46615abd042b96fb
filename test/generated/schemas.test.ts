import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { chatRequestFields } from "../../src/generated/fields.ts";
import { looseKit } from "../../src/generated/kit.ts";
import { requestSchemas } from "../../src/generated/requests.ts";
import { buildSchemas, looseSchemas, strictSchemas } from "../../src/generated/schemas.ts";

type Name = keyof typeof looseSchemas;
const loose = (name: Name, value: unknown) => looseSchemas[name]().safeParse(value).success;
const strict = (name: Name, value: unknown) => strictSchemas[name]().safeParse(value).success;

const usage = {
  queue_time: 0.05,
  prompt_tokens: 38,
  prompt_time: 0.002,
  completion_tokens: 7,
  completion_time: 0.03,
  total_tokens: 45,
  total_time: 0.032,
};
const toolCall = { id: "fc_1", type: "function", function: { name: "add", arguments: '{"a":1}' } };
const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "vendor/model-1",
  choices: [
    { index: 0, message: { role: "assistant", content: "Hello." }, logprobs: null, finish_reason: "stop" },
  ],
  usage,
  usage_breakdown: null,
  system_fingerprint: "fp_0123456789",
  x_groq: { id: "req_1", seed: 7 },
  service_tier: "on_demand",
};
const calling = {
  ...completion,
  choices: [
    {
      index: 0,
      message: { role: "assistant", tool_calls: [toolCall] },
      logprobs: null,
      finish_reason: "tool_calls",
    },
  ],
};
const chunk = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_790_000_000,
  model: "vendor/model-1",
  system_fingerprint: null,
  choices: [
    { index: 0, delta: { reasoning: "Hm", channel: "analysis" }, logprobs: null, finish_reason: null },
  ],
};
const trailer = { ...chunk, choices: [], usage, service_tier: "on_demand" };
const streamError = {
  error: {
    message: "m",
    type: "invalid_request_error",
    code: "tool_use_failed",
    failed_generation: "",
    status_code: 400,
  },
};
const model = {
  id: "vendor/model-1",
  object: "model",
  created: 1_790_000_000,
  owned_by: "Vendor",
  active: true,
  context_window: 131_072,
  max_completion_tokens: 65_536,
  public_apps: null,
  input_modalities: ["text"],
  supported_features: ["tools"],
  pricing: { prompt: "0.0000001", completion: "0.0000005" },
};

describe("what servers send passes loose and strict, and comes back unchanged", () => {
  test.each<[string, Name, unknown]>([
    ["an answer", "CreateChatCompletionResponse", completion],
    ["a tool call without content", "CreateChatCompletionResponse", calling],
    ["a chunk with reasoning and a channel", "CreateChatCompletionStreamResponse", chunk],
    ["a usage trailer", "CreateChatCompletionStreamResponse", trailer],
    ["an error in a stream", "ErrorResponse", streamError],
    ["models", "ListModelsResponse", { object: "list", data: [model] }],
    [
      "embeddings",
      "CreateEmbeddingResponse",
      {
        object: "list",
        model: "m",
        data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
        usage: { prompt_tokens: 2, total_tokens: 2 },
      },
    ],
    ["an embedding in base64", "Embedding", { object: "embedding", index: 0, embedding: "AAAAPw==" }],
  ])("%s", (_, name, value) => {
    expect(looseSchemas[name]().parse(value)).toEqual(value);
    expect(strictSchemas[name]().parse(value)).toEqual(value);
  });
});

const withMessage = (message: unknown) => ({
  ...completion,
  choices: [{ ...completion.choices[0], message }],
});
const withUsage = (change: object) => ({ ...completion, usage: { ...usage, ...change } });

describe("loose lets pass what strict reports", () => {
  test.each<[string, Name, unknown]>([
    ["an unknown member", "CreateChatCompletionResponse", { ...completion, surprise: 1 }],
    ["an unknown member deep down", "CreateChatCompletionResponse", withUsage({ surprise: 1 })],
    [
      "a new finish reason",
      "CreateChatCompletionResponse",
      { ...completion, choices: [{ ...completion.choices[0], finish_reason: "paused" }] },
    ],
    ["a new service tier", "CreateChatCompletionResponse", { ...completion, service_tier: "turbo" }],
    ["another object name", "CreateChatCompletionResponse", { ...completion, object: "chat" }],
    [
      "null for an optional member",
      "CreateChatCompletionResponse",
      { ...completion, usage: null, x_groq: null },
    ],
    [
      "null tool calls",
      "CreateChatCompletionResponse",
      withMessage({ role: "assistant", content: "x", tool_calls: null }),
    ],
    ["null token details", "CreateChatCompletionResponse", withUsage({ queue_time: null })],
    ["null details inside", "CompletionUsage", { ...usage, prompt_tokens_details: { cached_tokens: null } }],
    ["an answer of nothing but choices", "CreateChatCompletionResponse", { choices: [{ message: {} }] }],
    ["a fractional time stamp", "CreateChatCompletionResponse", { ...completion, created: 1_790_000_000.5 }],
    ["arguments left out", "ChatCompletionMessageToolCall", { id: "1", function: { name: "now" } }],
    [
      "a member that is not read, of another shape",
      "CreateChatCompletionResponse",
      { ...completion, mcp_list_tools: "none" },
    ],
    ["a chunk of nothing but choices", "CreateChatCompletionStreamResponse", { choices: [{}] }],
    [
      "a null delta",
      "CreateChatCompletionStreamResponse",
      { ...chunk, choices: [{ index: 0, delta: null }] },
    ],
    ["an error without a type", "ErrorResponse", { error: { message: "m" } }],
    ["a model that says nothing but its id", "Model", { id: "m" }],
    ["a new feature of a model", "Model", { ...model, supported_features: ["telepathy"] }],
  ])("%s", (_, name, value) => {
    expect(loose(name, value)).toBe(true);
    expect(strict(name, value)).toBe(false);
  });
});

describe("loose refuses what the adapter could not go on with", () => {
  test.each<[string, Name, unknown]>([
    ["no choices", "CreateChatCompletionResponse", { id: "1" }],
    ["an error in place of an answer", "CreateChatCompletionResponse", streamError],
    ["choices that are no list", "CreateChatCompletionResponse", { ...completion, choices: {} }],
    ["a choice without a message", "CreateChatCompletionResponse", { choices: [{ index: 0 }] }],
    ["content that is no text", "CreateChatCompletionResponse", withMessage({ content: 7 })],
    ["token counts that are no numbers", "CreateChatCompletionResponse", withUsage({ total_tokens: "45" })],
    ["token counts left out", "CompletionUsage", { prompt_tokens: 1 }],
    [
      "a tool call without a function name",
      "ChatCompletionMessageToolCall",
      { ...toolCall, function: { arguments: "{}" } },
    ],
    ["a tool call without a function", "ChatCompletionMessageToolCall", { id: "1", type: "function" }],
    ["a chunk without choices", "CreateChatCompletionStreamResponse", streamError],
    ["a model without an id", "ListModelsResponse", { data: [{ object: "model" }] }],
    ["embeddings without data", "CreateEmbeddingResponse", { object: "list" }],
    ["an error that is only a text", "ErrorResponse", { error: "no" }],
    ["an error that says nothing", "ErrorResponse", { error: {} }],
    ["null", "CreateChatCompletionResponse", null],
    ["a text", "CreateChatCompletionResponse", "<html>"],
  ])("%s", (_, name, value) => {
    expect(loose(name, value)).toBe(false);
    expect(strict(name, value)).toBe(false);
  });
});

test("strict reports a required member that is missing, though loose does without it", () => {
  const { created: _, ...without } = completion;
  const { error } = strictSchemas.CreateChatCompletionResponse().safeParse(without);
  expect(error?.issues.map((issue) => issue.path)).toEqual([["created"]]);
  expect(loose("CreateChatCompletionResponse", without)).toBe(true);
});

test("strict reports a required member that is not read", () => {
  const [{ logprobs: _, ...choice }] = completion.choices as [(typeof completion.choices)[0]];
  expect(strict("ChatCompletionChoice", choice)).toBe(false);
  expect(loose("ChatCompletionChoice", choice)).toBe(true);
});

describe("kits", () => {
  test("a schema is made once, at its first use, and only with what it needs", () => {
    const made: string[][] = [];
    const schemas = buildSchemas({
      ...looseKit,
      object(shape) {
        made.push(Object.keys(shape));
        return looseKit.object(shape);
      },
    });
    expect(made).toEqual([]);
    expect(schemas.CompletionUsage()).toBe(schemas.CompletionUsage());
    expect(made.length).toBe(3);
  });

  test("loose never makes the schema of what is not read", () => {
    const made: string[][] = [];
    const object: typeof looseKit.object = (shape) => {
      made.push(Object.keys(shape));
      return looseKit.object(shape);
    };
    buildSchemas({ ...looseKit, object }).CreateChatCompletionResponse();
    expect(made.flat()).toContain("message");
    expect(made.flat()).not.toContain("top_logprobs");
  });

  test("another constructor of objects can be handed in", () => {
    const schemas = buildSchemas({ ...looseKit, object: (shape) => z.object(shape) });
    expect(schemas.Model().parse({ id: "m", surprise: 1 })).toEqual({ id: "m" });
  });
});

describe("requests are held to the letter", () => {
  const request = { model: "vendor/model-1", messages: [{ role: "user", content: "Hi" }] };
  const accepts = (change: object) =>
    requestSchemas.CreateChatCompletionRequest().safeParse({ ...request, ...change }).success;

  test.each<[string, object]>([
    ["the least", {}],
    [
      "null options",
      { temperature: null, stop: null, tools: null, response_format: null, stream_options: null },
    ],
    ["stream options", { stream: true, stream_options: { include_usage: true } }],
    ["both names of the token limit", { max_tokens: 5, max_completion_tokens: 5 }],
    [
      "a tool message with a name",
      { messages: [{ role: "tool", content: "4", tool_call_id: "1", name: "add" }] },
    ],
    ["a replayed tool call", { messages: [{ role: "assistant", content: null, tool_calls: [toolCall] }] }],
    ["a tool of the server", { tools: [{ type: "browser_search" }] }],
    ["four stop texts", { stop: ["a", "b", "c", "d"] }],
    [
      "an image",
      {
        messages: [
          { role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/i.png" } }] },
        ],
      },
    ],
  ])("accepts %s", (_, change) => expect(accepts(change)).toBe(true));

  test.each<[string, object]>([
    ["an unknown field", { surprise: 1 }],
    [
      "an unknown member of a message",
      { messages: [{ role: "assistant", content: "x", reasoning_content: "y" }] },
    ],
    ["two choices", { n: 2 }],
    ["a temperature out of range", { temperature: 2.1 }],
    ["no message", { messages: [] }],
    ["an unknown role", { messages: [{ role: "robot", content: "x" }] }],
    ["five stop texts", { stop: ["a", "b", "c", "d", "e"] }],
    ["an unknown effort", { reasoning_effort: "utmost" }],
    ["a fraction of a token", { max_completion_tokens: 1.5 }],
    ["a function whose name has a blank", { tools: [{ type: "function", function: { name: "a b" } }] }],
    [
      "a tool call without arguments",
      {
        messages: [
          { role: "assistant", tool_calls: [{ id: "1", type: "function", function: { name: "a" } }] },
        ],
      },
    ],
  ])("refuses %s", (_, change) => expect(accepts(change)).toBe(false));

  test("the list of fields is that of the schema", () => {
    expect([...chatRequestFields]).toEqual(Object.keys(requestSchemas.CreateChatCompletionRequest().shape));
    expect(chatRequestFields).toContain("stream_options");
  });
});
