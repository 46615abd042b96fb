import fc from "fast-check";
import { expect, test } from "vitest";
import { looseSchemas } from "../../../src/generated/schemas.ts";
import { isPlainChunk } from "../../../src/provider/stream/plain-chunk.ts";
import { chunk, finish, text, usage } from "./harness.ts";

test.each([
  ["text", text("a")],
  ["reasoning", chunk({ reasoning: "a", channel: "analysis" })],
  ["the first", chunk({ role: "assistant", content: null })],
  ["a bare finish", finish()],
])("%s is plain", (_, data) => {
  expect(isPlainChunk(data)).toBe(true);
});

test.each([
  ["a tool call", chunk({ tool_calls: [{ index: 0 }] })],
  ["an executed tool", chunk({ executed_tools: [] })],
  ["usage", finish("stop", { usage: usage(1) })],
  ["x_groq", text("a") && chunk({}, null, { x_groq: { id: "r" } })],
  ["a content of another type", chunk({ content: 5 })],
  ["no choices", { id: "x" }],
  ["an array", []],
])("%s is left to the schema", (_, data) => {
  expect(isPlainChunk(data)).toBe(false);
});

test("what is plain fits the loose schema", () => {
  const odd = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(null, undefined, "x", 1, "stop") },
    fc.jsonValue({ maxDepth: 2 }),
  );
  const members = (keys: string[]) => fc.dictionary(fc.constantFrom(...keys), odd, { maxKeys: 4 });
  const names = [
    "id",
    "object",
    "created",
    "model",
    "system_fingerprint",
    "service_tier",
    "usage",
    "x_groq",
    "zzz",
  ];
  const data = fc
    .tuple(
      members(names),
      fc.array(
        fc.tuple(
          members(["index", "finish_reason", "logprobs"]),
          members([
            "content",
            "reasoning",
            "reasoning_content",
            "refusal",
            "role",
            "channel",
            "tool_calls",
            "annotations",
          ]),
        ),
        { maxLength: 2 },
      ),
    )
    .map(([top, choices]) => ({ ...top, choices: choices.map(([own, delta]) => ({ ...own, delta })) }))
    // As it would come from the wire.
    .map((value): unknown => JSON.parse(JSON.stringify(value)));
  let plain = 0;
  fc.assert(
    fc.property(data, (value) => {
      if (!isPlainChunk(value)) return;
      plain++;
      expect(looseSchemas.CreateChatCompletionStreamResponse().safeParse(value).success).toBe(true);
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(100);
});
