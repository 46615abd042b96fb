import { expect, test } from "vitest";
import type { Document, Schema } from "../../src/generator/document.ts";
import { normalise } from "../../src/generator/normalise.ts";

/** One schema, normalised within a document that has others to refer to. */
function normalised(schema: unknown, others: Record<string, unknown> = {}): Schema | undefined {
  const document = { openapi: "3.0.1", paths: {}, components: { schemas: { Under: schema, ...others } } };
  return normalise(document as unknown as Document).components?.schemas?.Under;
}

const object = (properties: Record<string, unknown>, required: string[] = []) => ({
  type: "object",
  properties,
  required,
});

test.each<[name: string, schema: unknown, expected: unknown]>([
  ["nullable", { type: "string", nullable: true }, { type: ["string", "null"] }],
  ["nullable that is false", { type: "string", nullable: false }, { type: "string" }],
  [
    "a nullable enum, which gets null",
    { type: "string", enum: ["a"], nullable: true },
    { type: ["string", "null"], enum: ["a", null] },
  ],
  [
    "a nullable enum that has null",
    { type: "string", enum: ["a", null], nullable: true },
    { type: ["string", "null"], enum: ["a", null] },
  ],
  ["a nullable constant", { const: "a", nullable: true }, { type: ["null"], enum: ["a", null] }],
  [
    "a nullable union",
    { oneOf: [{ type: "string" }], nullable: true },
    { oneOf: [{ type: "string" }, { type: "null" }] },
  ],
  [
    "a nullable union with null",
    { anyOf: [{ type: "null" }], nullable: true },
    { anyOf: [{ type: "null" }] },
  ],
  [
    "a nullable reference, by way of allOf",
    { allOf: [{ $ref: "#/components/schemas/Other" }], nullable: true, description: "d" },
    { description: "d", anyOf: [{ $ref: "#/components/schemas/Other" }, { type: "null" }] },
  ],
  [
    "nullable within items",
    { type: "array", items: { type: "integer", nullable: true } },
    { type: "array", items: { type: ["integer", "null"] } },
  ],
  [
    "properties without a type",
    { properties: { a: { type: "string" } } },
    { type: "object", properties: { a: { type: "string" } } },
  ],
  ["an object that names no members", { type: "object" }, { type: "object", additionalProperties: true }],
  [
    "exclusive bounds of 3.0",
    { type: "number", minimum: 0, exclusiveMinimum: true },
    { type: "number", exclusiveMinimum: 0 },
  ],
  [
    "inclusive bounds of 3.0",
    { type: "number", maximum: 1, exclusiveMaximum: false },
    { type: "number", maximum: 1 },
  ],
  [
    "examples and vendors' extensions",
    { type: "string", example: "a", "x-vendor": 1, "x-observed": "o" },
    { type: "string", "x-observed": "o" },
  ],
  ["true as a schema", { type: "array", items: true }, { type: "array", items: {} }],
  [
    "a discriminator, which only hints",
    { oneOf: [{ type: "string" }], discriminator: { propertyName: "type" } },
    { oneOf: [{ type: "string" }] },
  ],
])("%s", (_, schema, expected) => {
  expect(normalised(schema, { Other: { type: "object", properties: { a: {} } } })).toEqual(expected);
});

test("a property may have the name of a keyword", () => {
  const properties = {
    example: { type: "string" },
    nullable: { type: "boolean" },
    "x-flag": { type: "string" },
  };
  expect(normalised({ type: "object", properties })).toEqual({ type: "object", properties });
});

test("allOf of objects becomes one object", () => {
  const schema = {
    allOf: [{ $ref: "#/components/schemas/Base" }, object({ b: { type: "string", nullable: true } }, ["b"])],
    description: "both",
  };
  expect(normalised(schema, { Base: object({ a: { type: "integer" } }, ["a"]) })).toEqual({
    ...object({ a: { type: "integer" }, b: { type: ["string", "null"] } }, ["a", "b"]),
    description: "both",
  });
});

test("allOf that cannot be merged is refused, naming its place", () => {
  expect(() => normalised({ allOf: [{ type: "string" }, { type: "object" }] })).toThrow(
    "components/schemas/Under: expected allOf to hold objects only",
  );
  const loop = { allOf: [{ $ref: "#/components/schemas/Under" }, object({ a: {} })] };
  expect(() => normalised(loop)).toThrow("allOf refers to itself through Under");
});

test("headers of answers are kept, also those whose names look like extensions", () => {
  const headers = { "x-request-id": { schema: { type: "string", nullable: true } } };
  const document = { openapi: "3.0.0", paths: { "/a": { get: { responses: { "200": { headers } } } } } };
  expect(normalise(document as unknown as Document)).toEqual({
    openapi: "3.1.0",
    paths: {
      "/a": {
        get: {
          responses: { "200": { headers: { "x-request-id": { schema: { type: ["string", "null"] } } } } },
        },
      },
    },
  });
});

test("the document itself is left as it was", () => {
  const document = {
    openapi: "3.0.1",
    paths: {},
    components: { schemas: { A: { type: "string", nullable: true } } },
  };
  const before = structuredClone(document);
  normalise(document as unknown as Document);
  expect(document).toEqual(before);
});
