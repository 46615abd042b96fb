import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { checks } from "../../src/generated/checks.ts";
import { answerSchemas } from "../../src/generated/schemas.ts";
import { prepare } from "../../src/generator/generate.ts";
import { loadDocument } from "../../src/openapi/document.ts";
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
    ["an unknown member", "ChatAnswer", { ...completion, surprise: 1 }],
    ["an unknown member deep down", "ChatAnswer", withUsage({ surprise: 1 })],
    [
      "a new finish reason",
      "ChatAnswer",
      { ...completion, choices: [{ ...completion.choices[0], finish_reason: "paused" }] },
    ],
    ["a new service tier", "ChatAnswer", { ...completion, service_tier: "turbo" }],
    ["another object name", "ChatAnswer", { ...completion, object: "chat" }],
    ["null for an optional member", "ChatAnswer", { ...completion, usage: null, x_groq: null }],
    ["null tool calls", "ChatAnswer", withMessage({ role: "assistant", content: "x", tool_calls: null })],
    ["null token details", "ChatAnswer", withUsage({ queue_time: null })],
    ["null details inside", "ChatAnswer", withUsage({ prompt_tokens_details: { cached_tokens: null } })],
    [
      "token counts left out, or null",
      "ChatAnswer",
      { ...completion, usage: { prompt_tokens: 1, total_tokens: null } },
    ],
    ["token counts of embeddings left out", "EmbeddingAnswer", { ...embeddings, usage: { total_tokens: 3 } }],
    ["an answer of nothing but choices", "ChatAnswer", { choices: [{ message: {} }] }],
    ["a fractional time stamp", "ChatAnswer", { ...completion, created: 1_790_000_000.5 }],
    ["arguments and id left out", "ChatAnswer", withCall({ function: { name: "now" } })],
    ["a member that is not read, of another shape", "ChatAnswer", { ...completion, mcp_list_tools: "none" }],
    [
      "a required member that is not read, left out",
      "ChatAnswer",
      { ...completion, choices: [{ index: 0, message: {}, finish_reason: "stop" }] },
    ],
    ["a chunk of nothing but choices", "StreamChunk", { choices: [{}] }],
    ["a null delta", "StreamChunk", { ...chunk, choices: [{ index: 0, delta: null }] }],
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
    ["no choices", "ChatAnswer", { id: "1" }, problem("array", ".choices", "nothing")],
    ["empty choices", "ChatAnswer", { ...completion, choices: [] }, problem("an item", ".choices", "none")],
    ["an error in place of an answer", "ChatAnswer", streamError, problem("array", ".choices", "nothing")],
    [
      "choices that are no list",
      "ChatAnswer",
      { ...completion, choices: {} },
      problem("array", ".choices", "object"),
    ],
    [
      "a choice without a message",
      "ChatAnswer",
      { choices: [{ index: 0 }] },
      problem("object", ".choices[0].message", "nothing"),
    ],
    [
      "a second choice that is none",
      "ChatAnswer",
      { choices: [{ message: {} }, null] },
      problem("object", ".choices[1]", "null"),
    ],
    [
      "content that is no text",
      "ChatAnswer",
      withMessage({ content: 7 }),
      problem("string", ".choices[0].message.content", "number"),
    ],
    [
      "token counts that are no numbers",
      "ChatAnswer",
      withUsage({ total_tokens: "45" }),
      problem("number", ".usage.total_tokens", "string"),
    ],
    [
      "a number beyond all numbers",
      "ChatAnswer",
      JSON.parse('{"choices":[{"message":{}}],"created":1e999}'),
      problem("number", ".created", "an infinite number"),
    ],
    [
      "a tool call without a function name",
      "ChatAnswer",
      withCall({ ...toolCall, function: { arguments: "{}" } }),
      problem("string", ".choices[0].message.tool_calls[0].function.name", "nothing"),
    ],
    [
      "a tool call without a function",
      "ChatAnswer",
      withCall({ id: "1", type: "function" }),
      problem("object", ".choices[0].message.tool_calls[0].function", "nothing"),
    ],
    ["a chunk without choices", "StreamChunk", streamError, problem("array", ".choices", "nothing")],
    [
      "a model without an id",
      "ModelList",
      { data: [{ object: "model" }] },
      problem("string", ".data[0].id", "nothing"),
    ],
    ["embeddings without data", "EmbeddingAnswer", { object: "list" }, problem("array", ".data", "nothing")],
    [
      "an embedding of words",
      "EmbeddingAnswer",
      { data: [{ embedding: [0, "a"] }] },
      problem("number", ".data[0].embedding[1]", "string"),
    ],
    ["null", "ChatAnswer", null, problem("object", "", "null")],
    ["a list", "Model", [], problem("object", "", "array")],
    ["a text", "ChatAnswer", "<html>", problem("object", "", "string")],
  ])("%s", (_, name, value, expected) => {
    expect(checks[name](value)).toEqual(expected);
    expect(fits(name, value)).toBe(false);
  });
});

test("a usage trailer has no choices, which is no problem in a stream", () => {
  expect(checks.StreamChunk(trailer)).toBeUndefined();
});

const ordinary: Record<Name, unknown> = {
  ChatAnswer: calling,
  StreamChunk: { ...chunk, x_groq: { id: "r", usage } },
  EmbeddingAnswer: embeddings,
  ModelList: { object: "list", data: [model] },
  Model: model,
};

describe.each(names)("%s", async (name) => {
  const { api, wire } = prepare(await loadDocument("openapi/groq.yaml"));
  const own = api.roles.get(name) ?? "";
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
  const judge = ajv.compile({ components: { schemas: wire.schemas }, $ref: `#/components/schemas/${name}` });

  it("admits whatever the document admits", () => {
    const strict = ajv.compile({ components: { schemas: api.schemas }, $ref: `#/components/schemas/${own}` });
    fc.assert(
      fc.property(bodyOf(api.schemas, own), (body) => {
        // Otherwise the bodies prove nothing.
        expect(strict(body)).toBe(true);
        expect(fits(name, body)).toBe(true);
        expect(checks[name](body)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with a JSON Schema validator on what wire.ts describes", () => {
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
