import { expect, test } from "vitest";
import { sampleJson } from "../../src/testing/sample-json.ts";

const text = { type: "string" };

test.each<[string, unknown, unknown]>([
  ["a constant", { const: 5 }, 5],
  ["a default", { type: "string", default: "d" }, "d"],
  ["the first of an enum", { enum: ["x", "y"] }, "x"],
  ["a range of whole numbers", { type: "integer", minimum: 2.5 }, 3],
  ["above a number", { type: "number", exclusiveMinimum: 3 }, 4],
  ["below a number", { type: "integer", maximum: -2 }, -3],
  ["true", { type: "boolean" }, true],
  ["the first of several types", { type: ["null", "string"] }, null],
  ["a format", { type: "string", format: "date" }, "2026-11-23"],
  ["lengths", { type: "string", minLength: 7, maxLength: 7 }, "valuexx"],
  ["at least so many items", { type: "array", items: text, minItems: 2 }, ["value", "value"]],
  ["each of a tuple's items", { type: "array", prefixItems: [text, { type: "integer" }] }, ["value", 1]],
  [
    "more than a tuple's items",
    { type: "array", prefixItems: [{ type: "integer" }], items: text, minItems: 2 },
    [1, "value"],
  ],
  [
    "all of several",
    { allOf: [{ properties: { a: text } }, { properties: { b: text } }] },
    { a: "a", b: "b" },
  ],
  ["a branch", { anyOf: [{ type: "null" }, text] }, null],
  [
    "required properties where some are",
    { type: "object", properties: { a: text, b: text }, required: ["b"] },
    { b: "b" },
  ],
  ["all properties where none is", { properties: { a: text, b: text } }, { a: "a", b: "b" }],
  ["a reference", { $ref: "#/$defs/a~1b", $defs: { "a/b": { type: "integer" } } }, 1],
  ["no schema", true, null],
])("%s", (_, schema, value) => {
  expect(sampleJson(schema)).toEqual(value);
});

test("texts are taken from the prompt", () => {
  expect(sampleJson({ properties: { city: text } }, "How warm is it in Lisbon?")).toEqual({ city: "Lisbon" });
});

test("a schema that holds itself ends", () => {
  expect(JSON.stringify(sampleJson({ properties: { next: { $ref: "#" } } }))).toMatch(
    /^\{"next":\{.*null.*\}$/,
  );
});

test("__proto__ as a property is only that", () => {
  const value = sampleJson(JSON.parse('{"properties": {"__proto__": {"properties": {"polluted": {}}}}}'));
  expect(Reflect.get(Object(value), "polluted")).toBeUndefined();
});

test("words that every object knows are words like any other", () => {
  const named = { type: "object", required: ["constructor"], properties: {} };
  expect(sampleJson(named)).toEqual({ constructor: "constructor" });
  expect(sampleJson({ type: "string", format: "constructor" })).toBe("value");
  expect(sampleJson({ $ref: "#/toString" })).toBe(null);
});
