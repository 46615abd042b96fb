import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it, test } from "vitest";
import { emitChecks } from "../../src/generator/checks.ts";
import { relax } from "../../src/generator/relax.ts";
import type { Schema } from "../../src/generator/schema.ts";
import { importText } from "./support.ts";

type Problem = { expected: string; place: string; got: string };
type Check = (value: unknown) => Problem | undefined;

/** The schemas as they may arrive: what is required is needed. */
const relaxed = (schemas: Record<string, Schema>) =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      relax(schema, (object) => new Set(object.required)),
    ]),
  );

/** The emitted check of the schema `Root`. */
async function checkOf(root: Schema, others: Record<string, Schema> = {}): Promise<Check> {
  const module = await importText<{ checks: { Root: Check } }>(
    emitChecks(relaxed({ Root: root, ...others }), ["Root"]),
  );
  return module.checks.Root;
}

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: "object",
  properties,
  required,
});

const values: unknown[] = [
  null,
  true,
  0,
  1.5,
  "",
  "a",
  [],
  ["a"],
  [1],
  [null],
  [[[]]],
  {},
  { a: null },
  { a: 1 },
  { a: "a" },
  { a: [] },
  { a: {} },
  { a: { a: { a: null } } },
  { a: { a: { a: 1 } } },
  { a: 1, b: "b" },
  { b: "b" },
  { b: 1 },
  { constructor: "c" },
  { constructor: 1 },
  { "b-c": "x" },
  { "b-c": 1 },
  { "a === b && c": "b" },
];

const cases: [name: string, root: Schema, others?: Record<string, Schema>][] = [
  ["anything", {}],
  ["nothing but null", { type: "null" }],
  ["a text", { type: "string" }],
  ["a number, or null", { type: ["number", "null"] }],
  ["several types", { type: ["string", "boolean", "integer"] }],
  ["an enum of texts, which may grow", { enum: ["b"] }],
  ["an enum of numbers, which may not", { enum: [0, 1] }],
  ["a constant", { enum: [true] }],
  ["constants beside all of their type", { anyOf: [{ enum: ["b", 1] }, { type: "string" }] }],
  ["a list of constants, or null", { type: "array", items: { enum: ["a", null] } }],
  ["a list of lists", { type: "array", items: { type: "array", items: { type: "array" } } }],
  ["a map of nothing", { type: "object", additionalProperties: { not: {} } }],
  ["a member whose name reads like code", object({ "a === b && c": { enum: ["b"] } }, ["a === b && c"])],
  ["a constant null", { enum: [null] }],
  ["nothing at all", { not: {} }],
  ["a member that may not be there", object({ a: { not: {} } })],
  ["a list of anything", { type: "array" }],
  ["a list of texts", { type: "array", items: { type: "string" } }],
  ["a list of lists of lists", { type: "array", items: ref("Root") }],
  ["a map", { type: "object", additionalProperties: true }],
  ["a map of texts", { type: "object", additionalProperties: { type: "string" } }],
  ["an object with a needed member", object({ a: { type: "number" } }, ["a"])],
  ["an object with a needed member that may be null", object({ a: { type: ["number", "null"] } }, ["a"])],
  ["an object with a needed member that may be anything", object({ a: {} }, ["a"])],
  ["an object with a member that may be absent", object({ a: { type: "number" } })],
  ["a member whose name every object has", object({ constructor: { type: "string" } })],
  ["a member whose name is no word", object({ "b-c": { type: "string" } })],
  ["an object that contains itself", object({ a: ref("Root") })],
  [
    "an object that must contain itself, or null",
    object({ a: { anyOf: [ref("Root"), { type: "null" }] } }, ["a"]),
  ],
  ["a union that contains itself", { anyOf: [{ type: "string" }, { type: "array", items: ref("Root") }] }],
  ["a nullable object that contains itself", { type: ["object", "null"], properties: { a: ref("Root") } }],
  [
    "a list, or a map that contains it",
    { type: ["array", "object"], items: ref("Root"), additionalProperties: ref("Root") },
  ],
  [
    "one object of two",
    { oneOf: [object({ a: { type: "number" } }, ["a"]), object({ b: { type: "string" } }, ["b"])] },
  ],
  [
    "a union of references",
    { anyOf: [ref("Text"), ref("Thing"), { type: "null" }] },
    { Text: { type: "string" }, Thing: object({ a: { type: "string" } }, ["a"]) },
  ],
  [
    "two unions of the same parts",
    object({
      a: { anyOf: [ref("Thing"), { type: "string" }] },
      b: { anyOf: [ref("Thing"), { type: "string" }] },
    }),
    { Thing: object({ a: { type: "string" } }) },
  ],
  [
    "a reference to a reference",
    ref("Link"),
    { Link: ref("Thing"), Thing: object({ a: { type: "number" } }, ["a"]) },
  ],
  [
    "two names that become one",
    object({ a: ref("The-Thing"), b: ref("TheThing") }),
    {
      "The-Thing": { type: "array", items: { type: "number" } },
      TheThing: { type: "array", items: { type: "string" } },
    },
  ],
];

describe("what a check admits is what the relaxed schema admits", () => {
  it.each(cases)("%s", async (_, root, others = {}) => {
    const schemas = { Root: root, ...others };
    const check = await checkOf(root, others);
    const ajv = new Ajv2020({ strict: false, ownProperties: true });
    const judge = ajv.compile({
      components: { schemas: relaxed(schemas) },
      $ref: "#/components/schemas/Root",
    });
    for (const value of values)
      expect({ value, admitted: check(value) === undefined }).toEqual({ value, admitted: judge(value) });
  });
});

test("the first problem is told, with its place", async () => {
  const check = await checkOf(
    object({
      list: { type: "array", items: object({ "a b": { type: ["string", "integer"] } }) },
      map: { type: "object", additionalProperties: { type: "boolean" } },
      one: { enum: [1, 2] },
    }),
  );
  expect(check({ list: [{}, { "a b": [] }] })).toEqual({
    expected: "string or number",
    place: '.list[1]["a b"]',
    got: "array",
  });
  // Names in a map are the server's words.
  expect(check({ map: { secret: 1 } })).toEqual({ expected: "boolean", place: ".map.*", got: "number" });
  expect(check({ one: 3 })).toEqual({ expected: "1 or 2", place: ".one", got: "number" });
});

test("where any text will do, no constant is looked for", async () => {
  const open: Schema = { anyOf: [{ enum: ["auto", "flex"] }, { type: "string" }] };
  const check = await checkOf(object({ tier: open, tiers: { type: "array", items: open } }));
  expect(check({ tier: 1 })).toEqual({ expected: "string", place: ".tier", got: "number" });
  expect(check({ tiers: ["auto", "new", null] })).toEqual({
    expected: "string",
    place: ".tiers[2]",
    got: "null",
  });
  expect(emitChecks({ Root: object({ tier: open }) }, ["Root"])).not.toContain("flex");
});

test("a schema that refers only to itself is refused", () => {
  expect(() => emitChecks({ Root: { anyOf: [{ type: "string" }, ref("Root")] } }, ["Root"])).toThrow(
    "Root refers only to itself",
  );
  expect(() => emitChecks({ Root: ref("Gone") }, ["Root"])).toThrow("refers to Gone, which is not there");
});
