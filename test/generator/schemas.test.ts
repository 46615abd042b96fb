import { describe, expect, test } from "vitest";
import { generate } from "../../src/generator/generate.ts";
import type { Schema } from "../../src/generator/schema.ts";
import { Emitter, emitSchemas } from "../../src/generator/schemas.ts";
import { smallOpened } from "./small-document.ts";

const flat = (text: string) => text.replace(/\s+/g, " ");
const request = new Emitter("request", (name) => `${name}()`);
const answer = new Emitter("answer", (name) => `${name}()`);
const thing = { $ref: "#/components/schemas/Thing" };

test.each<[schema: Schema, expression: string]>([
  [{}, "z.unknown()"],
  [{ description: "anything" }, "z.unknown()"],
  [{ not: {} }, "z.never()"],
  [{ type: "null" }, "z.null()"],
  [{ type: ["string", "null"] }, "z.nullable(z.string())"],
  [{ type: ["string", "integer"] }, "z.union([z.string(), z.int()])"],
  [{ type: "number", minimum: 0, exclusiveMaximum: 2 }, "z.number().check(z.minimum(0), z.lt(2))"],
  [{ type: "integer", maximum: 1, multipleOf: 1 }, "z.int().check(z.maximum(1), z.multipleOf(1))"],
  [
    { type: "string", minLength: 1, pattern: '^"a' },
    'z.string().check(hasLength(1), z.regex(new RegExp("^\\"a", "u")))',
  ],
  [{ type: "string", maxLength: 3 }, "z.string().check(hasLength(0, 3))"],
  [{ type: "array", items: { type: "boolean" }, maxItems: 4 }, "z.array(z.boolean()).check(z.maxLength(4))"],
  [{ type: "array", uniqueItems: true }, "z.array(z.unknown()).check(isUnique())"],
  [{ enum: ["a", "b"] }, 'z.enum(["a", "b"])'],
  [{ enum: ["a", null] }, 'z.nullable(z.enum(["a"]))'],
  [{ enum: [1, 2] }, "z.literal([1, 2])"],
  [{ enum: [null] }, "z.null()"],
  [thing, "Thing()"],
  [{ anyOf: [thing, { type: "null" }] }, "z.nullable(Thing())"],
  [
    { oneOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
    "z.nullable(z.union([z.string(), z.number()]))",
  ],
  [
    { oneOf: [{ type: "string", minLength: 2 }, { type: "string" }] },
    "z.xor([z.string().check(hasLength(2)), z.string()])",
  ],
  [{ oneOf: [thing, { type: "string" }, { type: "null" }] }, "z.nullable(z.xor([Thing(), z.string()]))"],
  [{ anyOf: [{ type: "string" }, { type: "string" }] }, "z.string()"],
  [{ type: "object", additionalProperties: { type: "integer" } }, "z.record(z.string(), z.int())"],
  [{ type: "object", additionalProperties: true }, "z.record(z.string(), z.unknown())"],
  [
    { type: "object", additionalProperties: true, minProperties: 1 },
    "z.record(z.string(), z.unknown()).check(hasMembers(1))",
  ],
  [{ type: "object", additionalProperties: false }, "z.strictObject({})"],
  [
    { type: "object", additionalProperties: false, properties: { a: {} } },
    "z.strictObject({ a: z.exactOptional(z.unknown()), })",
  ],
  [
    { type: "object", additionalProperties: { type: "string" }, properties: { a: {} } },
    "z.catchall(z.object({ a: z.exactOptional(z.unknown()), }), z.string())",
  ],
  [
    { type: "object", properties: { "b-c": { type: "string" }, a: { type: "string" } }, required: ["a"] },
    'z.looseObject({ a: z.string(), "b-c": z.exactOptional(z.string()), })',
  ],
])("a request's %j", (schema, expression) => {
  expect(flat(request.expression(schema))).toBe(expression);
});

test("objects that name themselves by a constant exclude each other", () => {
  const named = (kind: string): Schema => ({
    type: "object",
    properties: { kind: { enum: [kind] } },
    required: ["kind"],
  });
  expect(request.expression({ oneOf: [named("a"), named("b")] })).toMatch(/^z\.union/);
  expect(request.expression({ oneOf: [named("a"), named("a")] })).toMatch(/^z\.xor/);
});

test("an answer is closed, whatever the document says of further members", () => {
  const schema: Schema = {
    type: "object",
    additionalProperties: true,
    properties: { a: { type: "string" } },
  };
  expect(flat(answer.expression(schema))).toBe("z.strictObject({ a: z.exactOptional(z.string()), })");
});

describe("names", () => {
  test("that are no names of TypeScript, or are taken, become some", () => {
    const names = ["my-model", "my.model", "4o", "class", "z", "lazily", "ok"];
    const schemas = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    const all: Schema = { anyOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) };
    const text = emitSchemas(
      { ...schemas, All: all },
      new Map([["ChatAnswer", "All"]]),
      "answer",
      "answerSchemas",
      "",
    );
    for (const name of ["my_model", "my_model_2", "_4o", "class_", "z_", "lazily_", "ok"])
      expect(text).toContain(`const ${name} = lazily(() => z.string());`);
    expect(text).toContain("ChatAnswer: All,");
  });
});

test("schemas that contain themselves or each other become lazy, with their types spelt out", async () => {
  const list = (name: string) => ({ type: "array", items: { $ref: `#/components/schemas/${name}` } });
  const { files } = await generate(
    smallOpened(({ components: { schemas } }) => {
      const properties = {
        id: { type: "string" },
        children: list("Model"),
        leaf: { $ref: "#/components/schemas/Leaf" },
      };
      schemas.Model = { type: "object", properties };
      schemas.Leaf = { type: "object", properties: { name: { type: "string" } } };
    }),
    { schemas: true },
  );
  const text = files["schemas.ts"];
  expect(text).toContain('const Model: () => z.ZodMiniType<components["schemas"]["Model"]> = lazily(');
  expect(text).toContain("children: z.exactOptional(z.array(z.lazy(() => Model())))");
  expect(text).toContain('import type { components } from "./types.ts";');
  expect(text).toContain("leaf: z.exactOptional(Leaf())");
});
