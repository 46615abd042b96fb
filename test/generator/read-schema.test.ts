import { describe, expect, test } from "vitest";
import { SchemaReader } from "../../src/generator/read-schema.ts";
import type { Schema } from "../../src/generator/schema.ts";
import { openDocument } from "../../src/openapi/document.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, unknown>, required?: string[]) => ({
  type: "object",
  properties,
  ...(required && { required }),
});

function read(schema: unknown, others: Record<string, unknown> = {}, version = "3.0.1") {
  const document = openDocument(
    { openapi: version, paths: {}, components: { schemas: { Under: schema, ...others } } },
    "document",
  );
  const reader = new SchemaReader(document);
  const read = reader.read(ref("Under"), "");
  return { schema: reader.resolve("Under") as Schema, read, schemas: reader.schemas, notes: reader.notes };
}

const Other = object({ a: {} });

describe("what means the same is said in one way", () => {
  test.each<[name: string, schema: unknown, expected: unknown]>([
    ["nullable", { type: "string", nullable: true }, { type: ["string", "null"] }],
    ["nullable that is false", { type: "string", nullable: false }, { type: "string" }],
    [
      "a nullable enum, which gets null",
      { type: "string", enum: ["a"], nullable: true },
      { enum: ["a", null] },
    ],
    [
      "a nullable enum that has null",
      { type: "string", enum: ["a", null], nullable: true },
      { enum: ["a", null] },
    ],
    ["a nullable constant", { const: "a", nullable: true }, { enum: ["a", null] }],
    ["a constant", { const: "a" }, { enum: ["a"] }],
    [
      "a nullable union of one",
      { oneOf: [{ type: "string" }], nullable: true },
      { oneOf: [{ type: "string" }, { type: "null" }] },
    ],
    ["a nullable union with null", { anyOf: [{ type: "null" }], nullable: true }, { type: "null" }],
    [
      "null that is not last",
      { anyOf: [{ type: "null" }, ref("Other")] },
      { anyOf: [ref("Other"), { type: "null" }] },
    ],
    [
      "a nullable reference, by way of allOf",
      { allOf: [ref("Other")], nullable: true, description: "d" },
      { description: "d", anyOf: [ref("Other"), { type: "null" }] },
    ],
    [
      "a nullable reference, as a part of allOf",
      { allOf: [ref("Other"), { nullable: true }] },
      { anyOf: [ref("Other"), { type: "null" }] },
    ],
    [
      "a nullable reference",
      { ...ref("Other"), nullable: true },
      { anyOf: [ref("Other"), { type: "null" }] },
    ],
    [
      "a reference with a description in allOf",
      { allOf: [ref("Other"), { description: "d" }] },
      { ...ref("Other"), description: "d" },
    ],
    ["a reference with notes", { ...ref("Other"), deprecated: true }, { ...ref("Other"), deprecated: true }],
    [
      "nullable within items",
      { type: "array", items: { type: "integer", nullable: true } },
      { type: "array", items: { type: ["integer", "null"] } },
    ],
    [
      "properties without a type",
      { properties: { a: { type: "string" } } },
      object({ a: { type: "string" } }),
    ],
    ["a length without a type", { minLength: 1 }, { type: "string", minLength: 1 }],
    ["an object that names no members", { type: "object" }, { type: "object", additionalProperties: true }],
    [
      "a member that must be there and has no schema",
      { type: "object", required: ["a"] },
      object({ a: {} }, ["a"]),
    ],
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
    ["number and integer", { type: ["integer", "number"] }, { type: "number" }],
    [
      "examples and vendors' extensions",
      { type: "string", example: "a", "x-vendor": 1, "x-observed": "o", optional: true, xml: {} },
      { type: "string", "x-observed": "o" },
    ],
    ["true as a schema", { type: "array", items: true }, { type: "array", items: {} }],
    ["false as a schema", { type: "array", items: false }, { type: "array", items: { not: {} } }],
    [
      "a discriminator, which only hints",
      { oneOf: [ref("Other"), { type: "string" }], discriminator: { propertyName: "type" } },
      { oneOf: [ref("Other"), { type: "string" }] },
    ],
    ["keywords that can't matter", { type: "string", minimum: 3, items: {} }, { type: "string" }],
    ["an enum with values of other types", { type: "string", enum: ["a", 1, null] }, { enum: ["a"] }],
    ["an enum with a bound", { type: "integer", enum: [1, 5], minimum: 2 }, { enum: [5] }],
    [
      "`required: true` of a property",
      object({ a: { type: "string", required: true } }),
      object({ a: { type: "string" } }),
    ],
  ])("%s", (_, schema, expected) => {
    const { schema: got, notes } = read(schema, { Other });
    expect(got).toEqual(expected);
    expect(notes).toEqual([]);
  });

  test("nullable is taken as meant in 3.1 too", () => {
    expect(read({ type: "string", nullable: true }, {}, "3.1.0").schema).toEqual({
      type: ["string", "null"],
    });
  });

  test("a property may have the name of a keyword", () => {
    const properties = {
      example: { type: "string" },
      nullable: { type: "boolean" },
      "x-flag": { type: "string" },
    };
    expect(read({ type: "object", properties }).schema).toEqual({ type: "object", properties });
  });
});

describe("allOf, and what stands beside a reference or a union, asks all at once", () => {
  const Base = object({ a: { type: "integer", minimum: 1 } }, ["a"]);

  test.each<[name: string, schema: unknown, expected: unknown]>([
    [
      "objects become one",
      { allOf: [ref("Base"), object({ b: { type: "string", nullable: true } }, ["b"])], description: "both" },
      {
        description: "both",
        ...object({ a: { type: "integer", minimum: 1 }, b: { type: ["string", "null"] } }, ["a", "b"]),
      },
    ],
    [
      "a member of two parts has to fit both",
      { allOf: [ref("Base"), object({ a: { type: "number", maximum: 5 } })] },
      object({ a: { type: "integer", minimum: 1, maximum: 5 } }, ["a"]),
    ],
    [
      "a union among the parts",
      {
        allOf: [
          ref("Base"),
          { oneOf: [object({ k: { const: 1 } }, ["k"]), object({ k: { const: 2 } }, ["k"])] },
        ],
      },
      {
        oneOf: [1, 2].map((k) =>
          object({ k: { enum: [k] }, a: { type: "integer", minimum: 1 } }, ["a", "k"]),
        ),
      },
    ],
    [
      "what is asked beside a reference",
      { ...ref("Base"), required: ["z"] },
      object({ a: { type: "integer", minimum: 1 }, z: {} }, ["a", "z"]),
    ],
    [
      "a bound beside a union is a matter of the branches that it speaks of",
      { anyOf: [{ type: "number" }, { type: "null" }], minimum: 2 },
      { anyOf: [{ type: "number", minimum: 2 }, { type: "null" }] },
    ],
    [
      "a type beside a union",
      { type: "string", anyOf: [{ minLength: 2 }, { type: "null" }] },
      { type: "string", minLength: 2 },
    ],
    ["types that exclude each other", { allOf: [{ type: "string" }, { type: "object" }] }, { not: {} }],
    ["enums", { allOf: [{ enum: ["a", "b"] }, { enum: ["b", "c"] }] }, { enum: ["b"] }],
    [
      "steps",
      { allOf: [{ type: "integer", multipleOf: 4 }, { multipleOf: 6 }] },
      { type: "integer", multipleOf: 12 },
    ],
    [
      "values of a map",
      {
        allOf: [
          { type: "object", additionalProperties: { type: "number" } },
          { additionalProperties: { minimum: 1 } },
        ],
      },
      { type: "object", additionalProperties: { type: "number", minimum: 1 } },
    ],
  ])("%s", (_, schema, expected) => {
    const { schema: got, notes } = read(schema, { Base });
    expect(got).toEqual(expected);
    expect(notes).toEqual([]);
  });
});

describe("what can't be read costs its place, and is noted", () => {
  test.each<[name: string, schema: unknown, expected: unknown, note: string]>([
    [
      "an unknown type",
      object({ a: { type: "file" } }),
      object({ a: {} }),
      '/properties/a/type: expected types of JSON Schema, got "file"',
    ],
    [
      "a keyword that is not checked",
      { type: "string", not: { const: "a" } },
      { type: "string" },
      "/not: not is not checked",
    ],
    [
      "a schema that is a list",
      object({ a: [] }),
      object({ a: {} }),
      "/properties/a: expected a schema, got []",
    ],
    [
      "a reference that leads nowhere",
      object({ a: ref("Gone") }),
      object({ a: {} }),
      "/properties/a: the reference #/components/schemas/Gone points to nothing, so anything passes here",
    ],
    [
      "a reference to another file",
      object({ a: { $ref: "m.yaml#/M" } }),
      object({ a: {} }),
      '/properties/a: the reference "m.yaml#/M" leaves the document, so anything passes here',
    ],
    ["anyOf that is no list", { anyOf: { a: 1 } }, {}, '/anyOf: expected a list of schemas, got {"a":1}'],
    [
      "properties that are a list",
      { type: "object", properties: ["a"] },
      { type: "object", additionalProperties: true },
      '/properties: expected an object, got ["a"]',
    ],
    [
      "a bound that is a text",
      { type: "number", minimum: "0" },
      { type: "number" },
      '/minimum: expected a number, got "0"',
    ],
    [
      "a pattern that is none",
      { type: "string", pattern: "(?i)a" },
      { type: "string" },
      '/pattern: expected a regular expression, got "(?i)a"',
    ],
    [
      "a list of items",
      { type: "array", items: [{ type: "string" }] },
      { type: "array" },
      "/items: a list of items is not checked",
    ],
    [
      "an enum of objects",
      { type: "object", enum: [{ a: 1 }] },
      { type: "object", additionalProperties: true },
      "/enum: that only certain lists or objects are valid is not checked",
    ],
    [
      "an enum that is no list",
      { type: "string", enum: "a" },
      { type: "string" },
      '/enum: expected a list, got "a"',
    ],
  ])("%s", (_, schema, expected, note) => {
    const { schema: got, notes } = read(schema);
    expect(got).toEqual(expected);
    expect(notes.map(({ place, problem }) => `${place}: ${problem}`)).toEqual([
      `/components/schemas/Under${note}`,
    ]);
  });

  test("allOf that contains itself", () => {
    const { notes } = read({ allOf: [ref("Under"), object({ a: {} })] });
    expect(notes).toEqual([
      {
        place: "/components/schemas/Under",
        problem: expect.stringContaining("it contains itself through Under"),
      },
      {
        place: "/components/schemas/Under",
        problem: "Under refers only to itself, so anything passes here",
      },
    ]);
  });

  test("unions whose product has no end", () => {
    const wide = { anyOf: Array.from({ length: 30 }, (_, i) => ({ type: "string", minLength: i })) };
    const { notes } = read({ allOf: [wide, wide, wide] });
    expect(notes[0]?.problem).toContain("there are over 10000 combinations");
  });

  test("of a product what a member tells apart falls away", () => {
    const things = ["a", "b", "c"].map((type) =>
      object({ type: { const: type }, [type]: {} }, ["type", type]),
    );
    const own = { anyOf: [{ ...things[0] }, { ...things[2], title: "mine" }] };
    const { schema, notes } = read({ allOf: [{ anyOf: things }, own] });
    expect(schema.anyOf?.map(({ required }) => required)).toEqual([
      ["type", "a"],
      ["type", "c"],
    ]);
    expect(notes).toEqual([]);
  });

  test("a thing that meets itself among the branches of a union", () => {
    const kinds = { Other, Second: object({ second: {} }) };
    const parts = [
      { properties: { a: ref("Other") } },
      { properties: { a: { anyOf: [ref("Other"), ref("Second")] } } },
    ];
    const { schema, notes } = read({ allOf: parts }, kinds);
    expect([schema.properties?.a, notes]).toEqual([ref("Other"), []]);
  });

  test("a part of allOf that is closed", () => {
    const closed = { ...object({ a: {} }), additionalProperties: false };
    const { schema, notes } = read({ allOf: [closed, object({ b: {} })] });
    expect(schema).toEqual({ ...object({ a: {}, b: {} }), additionalProperties: false });
    expect(notes).toHaveLength(1);
  });
});

test("a reference may lead anywhere in the document", () => {
  const { schema, schemas } = read(object({ a: { $ref: "#/components/schemas/Other/properties/deep" } }), {
    Other: object({ deep: { type: "string" } }),
  });
  expect(schema).toEqual(object({ a: ref("properties_deep") }));
  expect(schemas.properties_deep).toEqual({ type: "string" });
});

test("only what is referred to is read", () => {
  const { schemas, notes } = read(object({ a: ref("Other") }), { Other, Broken: { type: 5 } });
  expect(Object.keys(schemas)).toEqual(["Other", "Under"]);
  expect(notes).toEqual([]);
});

test.each([
  ["at once", { Self: ref("Self") }],
  ["by an allOf", { Self: { allOf: [ref("Self")] } }],
  ["by others", { Self: ref("Second"), Second: ref("Third"), Third: ref("Self") }],
])("what refers only to itself, %s, costs its own place", (_, kinds) => {
  const { schemas, notes } = read(object({ a: ref("Self"), b: { type: "string" } }), kinds);
  expect(Object.values(schemas).filter((schema) => Object.keys(schema).length === 0)).toHaveLength(1);
  expect(notes.map(({ problem }) => problem)).toEqual([
    expect.stringMatching(/^\w+ refers only to itself, so anything passes here$/),
  ]);
});

describe("what is nested too deep costs its place", () => {
  const nested = (levels: number, wrap: (inner: unknown) => unknown) => {
    let schema: unknown = { type: "string" };
    for (let level = 0; level < levels; level++) schema = wrap(schema);
    return schema;
  };

  test.each<[name: string, place: string, wrap: (inner: unknown) => unknown]>([
    ["objects", "/properties/a", (inner) => object({ a: inner })],
    ["lists", "/items", (inner) => ({ type: "array", items: inner })],
    ["maps", "/additionalProperties", (inner) => ({ type: "object", additionalProperties: inner })],
    ["unions", "/anyOf/0", (inner) => ({ anyOf: [inner, { type: "number" }] })],
    ["parts", "/allOf/0", (inner) => ({ allOf: [inner] })],
  ])("%s", (_, step, wrap) => {
    expect(read(nested(99, wrap)).notes).toEqual([]);
    const [note] = read(nested(300, wrap)).notes;
    expect(note).toEqual({
      place: `/components/schemas/Under${step.repeat(100)}`,
      problem: "stands in 100 schemas, one in the other, so anything passes here",
    });
  });

  test("references, one by way of the other", () => {
    const chain = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_, index) => [`S${index}`, object({ next: ref(`S${index + 1}`) })]),
      );
    expect(read(ref("S0"), { ...chain(200), S200: { type: "string" } }).notes).toEqual([]);
    const { notes } = read(ref("S0"), { ...chain(2000), S2000: { type: "string" } });
    expect(notes).toHaveLength(1);
    expect(notes[0]?.problem).toBe("stands in 600 schemas, one in the other, so anything passes here");
  });

  test("and nothing beside it", () => {
    const { schema, notes } = read(
      object({ deep: nested(300, (inner) => object({ a: inner })), b: { type: "number" } }),
    );
    expect(notes).toHaveLength(1);
    expect(schema.properties?.b).toEqual({ type: "number" });
  });
});
