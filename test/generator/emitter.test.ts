import { describe, expect, test } from "vitest";
import { type Document, refsIn, type Schema } from "../../src/generator/document.ts";
import { generate } from "../../src/generator/generate.ts";
import { Emitter } from "../../src/generator/schemas.ts";
import { smallDocument } from "./small-document.ts";

const flat = (text: string) => text.replace(/\s+/g, " ");
const request = new Emitter("request", (name) => `${name}()`);
const answer = new Emitter("answer", (name) => `${name}()`);

test.each<[schema: Schema, expression: string]>([
  [{}, "z.unknown()"],
  [{ description: "anything" }, "z.unknown()"],
  [{ type: "null" }, "z.null()"],
  [{ type: ["string", "null"] }, "z.nullable(z.string())"],
  [{ type: ["string", "integer"] }, "z.union([z.string(), z.int()])"],
  [{ type: "number", minimum: 0, exclusiveMaximum: 2 }, "z.number().check(z.minimum(0), z.lt(2))"],
  [{ type: "integer", maximum: 1, multipleOf: 1 }, "z.int().check(z.maximum(1), z.multipleOf(1))"],
  [
    { type: "string", minLength: 1, pattern: '^"a' },
    'z.string().check(z.minLength(1), z.regex(new RegExp("^\\"a", "u")))',
  ],
  [{ type: "array", items: { type: "boolean" }, maxItems: 4 }, "z.array(z.boolean()).check(z.maxLength(4))"],
  [{ type: "array" }, "z.array(z.unknown())"],
  [{ type: "string", enum: ["a", "b"] }, 'z.enum(["a", "b"])'],
  [{ type: ["string", "null"], enum: ["a", null] }, 'z.nullable(z.enum(["a"]))'],
  [{ type: "integer", enum: [1, 2] }, "z.literal([1, 2])"],
  [{ enum: [null] }, "z.null()"],
  [{ const: "a" }, 'z.enum(["a"])'],
  [{ const: 1 }, "z.literal([1])"],
  [{ $ref: "#/components/schemas/Thing" }, "Thing()"],
  [{ anyOf: [{ $ref: "#/components/schemas/Thing" }, { type: "null" }] }, "z.nullable(Thing())"],
  [
    { oneOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
    "z.nullable(z.union([z.string(), z.number()]))",
  ],
  [{ anyOf: [{ type: "string" }, { type: "string" }] }, "z.string()"],
  [{ type: "object", additionalProperties: { type: "integer" } }, "z.record(z.string(), z.int())"],
  [{ type: "object", additionalProperties: true }, "z.record(z.string(), z.unknown())"],
  [
    { type: "object", additionalProperties: false, properties: { a: {} } },
    "z.strictObject({ a: z.exactOptional(z.unknown()), })",
  ],
  [
    { type: "object", properties: { "b-c": { type: "string" }, a: { type: "string" } }, required: ["a"] },
    'z.looseObject({ a: z.string(), "b-c": z.exactOptional(z.string()), })',
  ],
])("a request's %j", (schema, expression) => {
  expect(flat(request.expression(schema, "here"))).toBe(expression);
});

test("an answer is closed, whatever the document says of further members", () => {
  const schema: Schema = {
    type: "object",
    required: ["kept", "skipped"],
    "x-needed": ["kept"],
    additionalProperties: true,
    properties: {
      kept: { type: "integer", minimum: 0 },
      skipped: { type: "string", "x-unread": true },
      spare: { type: "string", enum: ["a"] },
    },
  };
  expect(flat(answer.expression(schema, "here"))).toBe(
    "z.strictObject({ kept: z.int().check(z.minimum(0)), skipped: z.string()," +
      ' spare: z.exactOptional(z.enum(["a"])), })',
  );
});

describe("what the emitter cannot put into a schema it refuses, naming the place", () => {
  test.each<[schema: Schema, message: string]>([
    [{ not: {} }, "here: expected keywords that the emitter knows, got not"],
    [
      { type: "array", items: { uniqueItems: true } },
      "here/items: expected keywords that the emitter knows, got uniqueItems",
    ],
    [{ type: "object", patternProperties: {} }, "got patternProperties"],
    [{ anyOf: [{ if: {} }] }, "here/anyOf/0: expected keywords that the emitter knows, got if"],
    [{ anyOf: [{}], properties: {} }, "here: expected anyOf alone, got properties beside it"],
    [{ anyOf: [{}], oneOf: [{}] }, "here: expected anyOf or oneOf, got both"],
    [{ type: "file" }, "here: expected a type of JSON Schema, got file"],
    [{ enum: [{ a: 1 }] }, 'here: expected an enum of texts, numbers or booleans, got [{"a":1}]'],
    [
      { type: "object", properties: {}, additionalProperties: {} },
      "here: expected properties or a schema of additionalProperties, got both",
    ],
    [
      { $ref: "#/components/responses/A" },
      "here: expected a reference to #/components/schemas/…, got #/components/responses/A",
    ],
  ])("%j", (schema, message) => {
    expect(() => request.expression(schema, "here")).toThrow(message);
    expect(() => answer.expression(schema, "here")).toThrow(message);
  });
});

test("schemas that contain themselves or each other become lazy, with their types spelt out", async () => {
  const document = smallDocument();
  const { schemas } = document.components;
  const list = (name: string) => ({ type: "array", items: { $ref: `#/components/schemas/${name}` } });
  schemas.Model = {
    type: "object",
    properties: { children: list("Model"), leaf: { $ref: "#/components/schemas/Leaf" } },
  };
  schemas.Leaf = { type: "object", properties: { name: { type: "string" } } };
  const files = await generate(document as unknown as Document, "document");
  expect(files["schemas.ts"]).toContain(
    'const Model: () => z.ZodMiniType<components["schemas"]["Model"]> = lazily(',
  );
  expect(files["schemas.ts"]).toContain("children: z.exactOptional(z.array(z.lazy(() => Model())))");
  expect(files["schemas.ts"]).toContain('import type { components } from "./types.ts";');
  expect(files["schemas.ts"]).toContain("leaf: z.exactOptional(Leaf())");
});

test("descriptions become doc comments", async () => {
  const document = smallDocument();
  Object.assign(document.components.schemas.Model ?? {}, {
    properties: { id: { type: "string", description: "What it is called." } },
  });
  const files = await generate(document as unknown as Document, "document");
  expect(files["types.ts"]).toMatch(/\/\*\* @description What it is called\. \*\/\s+id: string;/);
});

test("refsIn finds references anywhere", () => {
  expect([...refsIn({ a: [{ $ref: "x" }], b: { c: { $ref: "y" } } })]).toEqual(["x", "y"]);
});
