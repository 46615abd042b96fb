import { expect, test } from "vitest";
import { isNamed, nameOf, quotable, quote, quoteKind, quoteUrl } from "../../../src/drift/privacy/quote.ts";

const KEY = "gsk_0123456789abcdefghij";

test.each([
  ["flex", '"flex"'],
  ["openai/gpt-oss-120b", '"openai/gpt-oss-120b"'],
  ["@cf/vendor/model", '"@cf/vendor/model"'],
  ["", '""'],
  [3, "3"],
  [null, "null"],
  [undefined, ""],
])("%s is quoted", (value, text) => {
  expect(quote(value)).toBe(text);
  expect(quoteKind(value)).toBe(text);
});

test.each([
  ["two words", "[text 9]"],
  ["x".repeat(41), "[text 41]"],
  ["来週の火曜日に合併", "[text 9]"],
  ["ada@acme.example", "[text 16]"],
  [`Bearer ${KEY}`, "[text 31]"],
])("%s is told by its length, and texts of any length are one in a finding's key", (value, text) => {
  expect(quote(value)).toBe(`"${text}"`);
  expect(quoteKind(value)).toBe("(text)");
});

test("keys are removed wherever they stand", () => {
  expect(quote(KEY)).toBe('"gsk_[removed]"');
  expect(quoteKind(KEY)).toBe('"gsk_[removed]"');
  expect(quoteUrl(`https://u:${KEY}@llm.example/v1?key=${KEY}`)).toBe("https://llm.example/v1?key=removed");
});

test("what people and models say is never quoted, not even one word of it", () => {
  const delta = {
    role: "assistant",
    content: "Quokka",
    tool_calls: [{ function: { arguments: "Tuesday" } }],
  };
  expect(quotable(delta)).toEqual({
    role: "assistant",
    content: "[text 6]",
    tool_calls: [{ function: { arguments: "[text 7]" } }],
  });
});

test("a field's name that is a key or a text is not told", () => {
  expect([nameOf("usage_breakdown"), nameOf("my prompt"), nameOf(KEY)]).toEqual([
    "usage_breakdown",
    "*",
    "*",
  ]);
  expect(isNamed("x".repeat(65))).toBe(false);
  expect(quotable({ "my prompt": 1, [KEY]: 2, id: "a" })).toEqual({ "*1": 1, "*2": 2, id: "a" });
});

test("a value of any depth can be quoted", () => {
  let value: unknown = "end";
  for (let level = 0; level < 100_000; level++) value = [value];
  expect(quote(value)).toContain("…");
});
