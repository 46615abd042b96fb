import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { checks } from "../../src/generated/checks.ts";
import { answerSchemas } from "../../src/generated/schemas.ts";
import { prepare } from "../../src/generator/generate.ts";
import { loadDocument } from "../../src/generator/load.ts";
import { bodyOf, mutated } from "./arbitrary.ts";
import {
  calling,
  chunk,
  completion,
  embeddings,
  model,
  streamError,
  toolCall,
  trailer,
  usage,
  withMessage,
  withUsage,
} from "./bodies.ts";

type Name = keyof typeof checks;
const names = Object.keys(checks) as Name[];
const admits = (name: Name, value: unknown) => checks[name](value) === undefined;
const fits = (name: Name, value: unknown) => answerSchemas[name]().safeParse(value).success;

const withCall = (call: unknown) => withMessage({ role: "assistant", tool_calls: [call] });

describe("a check lets pass what the document forbids, where the adapter can go on", () => {
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
    [
      "null details inside",
      "CreateChatCompletionResponse",
      withUsage({ prompt_tokens_details: { cached_tokens: null } }),
    ],
    [
      "token counts left out, or null",
      "CreateChatCompletionResponse",
      { ...completion, usage: { prompt_tokens: 1, total_tokens: null } },
    ],
    [
      "token counts of embeddings left out",
      "CreateEmbeddingResponse",
      { ...embeddings, usage: { total_tokens: 3 } },
    ],
    ["an answer of nothing but choices", "CreateChatCompletionResponse", { choices: [{ message: {} }] }],
    ["a fractional time stamp", "CreateChatCompletionResponse", { ...completion, created: 1_790_000_000.5 }],
    ["arguments and id left out", "CreateChatCompletionResponse", withCall({ function: { name: "now" } })],
    [
      "a member that is not read, of another shape",
      "CreateChatCompletionResponse",
      { ...completion, mcp_list_tools: "none" },
    ],
    [
      "a required member that is not read, left out",
      "CreateChatCompletionResponse",
      { ...completion, choices: [{ index: 0, message: {}, finish_reason: "stop" }] },
    ],
    ["a chunk of nothing but choices", "CreateChatCompletionStreamResponse", { choices: [{}] }],
    [
      "a null delta",
      "CreateChatCompletionStreamResponse",
      { ...chunk, choices: [{ index: 0, delta: null }] },
    ],
    ["a model that says nothing but its id", "Model", { id: "m" }],
    ["a new feature of a model", "Model", { ...model, supported_features: ["telepathy"] }],
  ])("%s", (_, name, value) => {
    expect(checks[name](value)).toBeUndefined();
    expect(fits(name, value)).toBe(false);
  });
});

describe("a check refuses what the adapter could not go on with, and tells the first place", () => {
  const problem = (expected: string, place: string, got: string) => ({ expected, place, got });
  test.each<[string, Name, unknown, object]>([
    ["no choices", "CreateChatCompletionResponse", { id: "1" }, problem("array", ".choices", "nothing")],
    [
      "empty choices",
      "CreateChatCompletionResponse",
      { ...completion, choices: [] },
      problem("an item", ".choices", "none"),
    ],
    [
      "an error in place of an answer",
      "CreateChatCompletionResponse",
      streamError,
      problem("array", ".choices", "nothing"),
    ],
    [
      "choices that are no list",
      "CreateChatCompletionResponse",
      { ...completion, choices: {} },
      problem("array", ".choices", "object"),
    ],
    [
      "a choice without a message",
      "CreateChatCompletionResponse",
      { choices: [{ index: 0 }] },
      problem("object", ".choices[0].message", "nothing"),
    ],
    [
      "a second choice that is none",
      "CreateChatCompletionResponse",
      { choices: [{ message: {} }, null] },
      problem("object", ".choices[1]", "null"),
    ],
    [
      "content that is no text",
      "CreateChatCompletionResponse",
      withMessage({ content: 7 }),
      problem("string", ".choices[0].message.content", "number"),
    ],
    [
      "token counts that are no numbers",
      "CreateChatCompletionResponse",
      withUsage({ total_tokens: "45" }),
      problem("number", ".usage.total_tokens", "string"),
    ],
    [
      "a number beyond all numbers",
      "CreateChatCompletionResponse",
      JSON.parse('{"choices":[{"message":{}}],"created":1e999}'),
      problem("number", ".created", "an infinite number"),
    ],
    [
      "a tool call without a function name",
      "CreateChatCompletionResponse",
      withCall({ ...toolCall, function: { arguments: "{}" } }),
      problem("string", ".choices[0].message.tool_calls[0].function.name", "nothing"),
    ],
    [
      "a tool call without a function",
      "CreateChatCompletionResponse",
      withCall({ id: "1", type: "function" }),
      problem("object", ".choices[0].message.tool_calls[0].function", "nothing"),
    ],
    [
      "a chunk without choices",
      "CreateChatCompletionStreamResponse",
      streamError,
      problem("array", ".choices", "nothing"),
    ],
    [
      "a model without an id",
      "ListModelsResponse",
      { data: [{ object: "model" }] },
      problem("string", ".data[0].id", "nothing"),
    ],
    [
      "embeddings without data",
      "CreateEmbeddingResponse",
      { object: "list" },
      problem("array", ".data", "nothing"),
    ],
    [
      "an embedding of words",
      "CreateEmbeddingResponse",
      { data: [{ embedding: [0, "a"] }] },
      problem("number", ".data[0].embedding[1]", "string"),
    ],
    ["null", "CreateChatCompletionResponse", null, problem("object", "", "null")],
    ["a list", "Model", [], problem("object", "", "array")],
    ["a text", "CreateChatCompletionResponse", "<html>", problem("object", "", "string")],
  ])("%s", (_, name, value, expected) => {
    expect(checks[name](value)).toEqual(expected);
    expect(fits(name, value)).toBe(false);
  });
});

test("a usage trailer has no choices, which is no problem in a stream", () => {
  expect(checks.CreateChatCompletionStreamResponse(trailer)).toBeUndefined();
});

const ordinary: Record<Name, unknown> = {
  CreateChatCompletionResponse: calling,
  CreateChatCompletionStreamResponse: { ...chunk, x_groq: { id: "r", usage } },
  CreateEmbeddingResponse: embeddings,
  ListModelsResponse: { object: "list", data: [model] },
  Model: model,
};

describe.each(names)("%s", async (name) => {
  const { whole, relaxed } = prepare(await loadDocument("openapi/groq.yaml"), "openapi/groq.yaml");
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
  const judge = ajv.compile({ ...relaxed, $ref: `#/components/schemas/${name}` });

  it("admits whatever the document admits", () => {
    const strict = ajv.compile({ ...whole, $ref: `#/components/schemas/${name}` });
    fc.assert(
      fc.property(bodyOf(whole, name), (body) => {
        // Otherwise the bodies prove nothing.
        expect(strict(body)).toBe(true);
        expect(fits(name, body)).toBe(true);
        expect(checks[name](body)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with a JSON Schema validator on what types.ts describes", () => {
    const counts = { admitted: 0, refused: 0 };
    fc.assert(
      fc.property(mutated(ordinary[name]), (body) => {
        const admitted = admits(name, body);
        counts[admitted ? "admitted" : "refused"]++;
        expect({ body, admitted }).toEqual({ body, admitted: judge(body) });
      }),
      { numRuns: 1000 },
    );
    expect(counts.admitted).toBeGreaterThan(20);
    expect(counts.refused).toBeGreaterThan(20);
  });
});
