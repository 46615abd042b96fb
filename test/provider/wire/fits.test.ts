import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import * as z from "zod/mini";
import { looseSchemas } from "../../../src/generated/schemas.ts";
import type { AnswerSchema } from "../../../src/provider/wire/check.ts";
import { compileFits } from "../../../src/provider/wire/fits.ts";

describe("what it knows", () => {
  const schema = z.looseObject({
    name: z.string(),
    count: z.exactOptional(z.nullable(z.number())),
    flags: z.array(z.boolean()),
    code: z.exactOptional(z.union([z.string(), z.number()])),
    rest: z.exactOptional(z.unknown()),
  });
  const fits = compileFits(schema);

  it.each([
    [{ name: "a", flags: [] }, true],
    [{ name: "a", flags: [true], count: null, rest: {}, more: 1 }, true],
    [{ name: "a", flags: [], count: 1.5 }, true],
    [{ name: "a", flags: [], count: Number.NaN }, false],
    [{ name: "a", flags: [], count: undefined }, false],
    [{ name: "a", flags: [], code: "a" }, true],
    [{ name: "a", flags: [], code: 5 }, true],
    [{ name: "a", flags: [], code: false }, false],
    [{ name: "a", flags: [1] }, false],
    [{ name: "a", flags: {} }, false],
    [{ name: null, flags: [] }, false],
    [{ flags: [] }, false],
    [[], false],
    [null, false],
    ["a", false],
  ])("%j: %s", (value, expected) => {
    expect(fits(value)).toBe(expected);
    expect(schema.safeParse(value).success).toBe(expected);
  });
});

test.each([
  ["a bound", z.string().check(z.minLength(2)), "abc"],
  ["an integer", z.int(), 5],
  ["a conversion", z.coerce.string(), "a"],
  ["a format", z.email(), "a@example.org"],
  ["an exclusive union", z.xor([z.string(), z.number()]), "a"],
  ["an enum", z.enum(["a"]), "a"],
  ["an object that admits no other members", z.strictObject({ a: z.string() }), { a: "a" }],
  ["an object that drops other members", z.object({ a: z.string() }), { a: "a" }],
])("leaves %s to zod", (_, schema, value) => {
  expect(schema.safeParse(value).success).toBe(true);
  expect(compileFits(schema)(value)).toBe(false);
});

const ANSWERS: AnswerSchema[] = [
  "CreateChatCompletionResponse",
  "CreateChatCompletionStreamResponse",
  "CreateEmbeddingResponse",
  "ListModelsResponse",
  "Model",
];

/** An ordinary answer of each kind, in which the test then changes what it likes. */
const ordinary: Record<AnswerSchema, unknown> = {
  CreateChatCompletionResponse: {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          tool_calls: [{ id: "t", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        logprobs: null,
        finish_reason: "tool_calls",
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, queue_time: 0.1 },
    usage_breakdown: null,
    x_groq: { id: "r", seed: 1 },
    service_tier: "on_demand",
  },
  CreateChatCompletionStreamResponse: {
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content: "a", channel: "x" }, logprobs: null, finish_reason: null }],
    x_groq: { id: "r", usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
  },
  CreateEmbeddingResponse: {
    object: "list",
    model: "m",
    data: [{ object: "embedding", index: 0, embedding: [0.1, -0.2] }],
    usage: { prompt_tokens: 1, total_tokens: 1 },
  },
  ListModelsResponse: { object: "list", data: [{ id: "m", object: "model", created: 1, owned_by: "o" }] },
  Model: { id: "m", object: "model", created: 1, owned_by: "o", active: true, context_window: 8192 },
};

describe.each(ANSWERS)("%s", (name) => {
  const schema = looseSchemas[name]();
  const fits = compileFits(schema);

  it("knows an ordinary answer by itself", () => {
    expect(fits(ordinary[name])).toBe(true);
  });

  it("admits nothing that the schema refuses", () => {
    fc.assert(
      fc.property(mutated(ordinary[name]), (value) => {
        if (fits(value)) expect(schema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** The value with some of its parts, at any depth, replaced or left out. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  const odd = fc.oneof(
    fc.constantFrom(null, undefined, "", "x", 0, 1.5, Number.NaN, true, [], {}),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const kept = Array.isArray(value)
    ? fc.tuple(...value.map(mutated))
    : typeof value === "object" && value !== null
      ? fc.record(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mutated(member)])), {
          requiredKeys: [],
        })
      : fc.constant(value);
  return fc.oneof({ weight: 12, arbitrary: kept }, { weight: 1, arbitrary: odd });
}
