import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { JsonSchema } from "../../../src/provider/base/types.ts";
import { validateJson } from "../../../src/provider/schema/json-schema.ts";
import { checkJsonSchema } from "../../../src/provider/schema/json-schema-check.ts";
import { resolveSchema } from "../../../src/provider/schema/standard-schema.ts";
import { closeObjects, strictProblems } from "../../../src/provider/schema/strict.ts";

const person: JsonSchema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name"],
};

describe("validateJson", () => {
  it.each<[string, JsonSchema, unknown[], unknown[]]>([
    ["type", { type: "string" }, ["", "a"], [1, null, [], {}, true]],
    ["integers are numbers", { type: "number" }, [1, 1.5], ["1"]],
    ["integer", { type: "integer" }, [1, -0, 2.0], [1.5, "1"]],
    ["several types", { type: ["string", "null"] }, ["a", null], [1, undefined]],
    ["enum", { enum: ["a", 1, { b: [1] }] }, ["a", 1, { b: [1] }], ["b", { b: [2] }, null]],
    ["const", { const: { a: 1, b: 2 } }, [{ b: 2, a: 1 }], [{ a: 1 }, null]],
    ["minimum and maximum", { minimum: 1, maximum: 3 }, [1, 3, "0"], [0, 4]],
    ["exclusive bounds", { exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2], [1, 3]],
    ["multipleOf", { multipleOf: 0.1 }, [0.3, 7], [0.35]],
    ["length in characters", { minLength: 2, maxLength: 2 }, ["😀😀", 5], ["😀", "abc"]],
    ["pattern", { pattern: "^\\p{L}+$" }, ["né"], ["n1"]],
    ["item counts", { minItems: 1, maxItems: 2 }, [[1], [1, 2], "x"], [[], [1, 2, 3]]],
    ["uniqueItems", { uniqueItems: true }, [[1, "1", [1]]], [[{ a: 1 }, { a: 1 }]]],
    ["items", { items: { type: "string" } }, [[], ["a"]], [["a", 1]]],
    [
      "prefixItems",
      { prefixItems: [{ type: "string" }], items: { type: "number" } },
      [[], ["a"], ["a", 1]],
      [[1], ["a", "b"]],
    ],
    ["contains", { contains: { type: "number" }, maxContains: 1 }, [["a", 1]], [["a"], [1, 2]]],
    ["property counts", { minProperties: 1, maxProperties: 1 }, [{ a: 1 }], [{}, { a: 1, b: 1 }]],
    ["required without type", { required: ["a"] }, [{ a: 1 }, "x"], [{}]],
    ["properties without type", { properties: { a: { type: "string" } } }, [{}, { a: "" }, 7], [{ a: 1 }]],
    [
      "what an object inherits is not there",
      { type: "object", required: ["toString"] },
      [JSON.parse('{"toString": 1}')],
      [{}],
    ],
    [
      "additionalProperties: false",
      { properties: { a: {} }, additionalProperties: false },
      [{ a: 1 }],
      [{ b: 1 }],
    ],
    [
      "__proto__ is additional",
      { properties: { a: {} }, additionalProperties: false },
      [{}],
      [JSON.parse('{"__proto__": 1}')],
    ],
    ["additionalProperties: schema", { additionalProperties: { type: "number" } }, [{ a: 1 }], [{ a: "1" }]],
    [
      "patternProperties",
      { patternProperties: { "^x": { type: "number" } }, additionalProperties: false },
      [{ x1: 1 }],
      [{ x1: "1" }, { y: 1 }],
    ],
    ["propertyNames", { propertyNames: { maxLength: 1 } }, [{ a: 1 }], [{ ab: 1 }]],
    ["dependentRequired", { dependentRequired: { a: ["b"] } }, [{}, { a: 1, b: 1 }], [{ a: 1 }]],
    ["dependentSchemas", { dependentSchemas: { a: { required: ["b"] } } }, [{ b: 1 }], [{ a: 1 }]],
    ["allOf", { allOf: [{ required: ["a"] }, { required: ["b"] }] }, [{ a: 1, b: 1 }], [{ a: 1 }]],
    ["anyOf", { anyOf: [{ type: "string" }, { minimum: 3 }] }, ["a", 3], [2]],
    ["oneOf", { oneOf: [{ type: "number" }, { minimum: 3 }] }, [2, "a"], [5]],
    ["not", { not: { type: "string" } }, [1], ["a"]],
    [
      "if, then, else",
      JSON.parse('{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}'),
      ["ab", 2],
      ["a", 1],
    ],
    ["true and false", { properties: { a: true, b: false } }, [{ a: 1 }], [{ b: 1 }]],
    ["a format is only a note", { type: "string", format: "email" }, ["no mail"], [1]],
    [
      "$ref",
      { $defs: { "a/b": { type: "string" } }, properties: { x: { $ref: "#/$defs/a~1b" } } },
      [{ x: "a" }],
      [{ x: 1 }],
    ],
    [
      "recursion",
      { type: "object", properties: { child: { $ref: "#" } }, additionalProperties: false },
      [{ child: { child: {} } }],
      [{ child: { child: { x: 1 } } }],
    ],
  ])("%s", (_name, schema, good, bad) => {
    checkJsonSchema(schema, "schema");
    for (const value of good) expect(validateJson(schema, value), JSON.stringify(value)).toEqual([]);
    for (const value of bad) expect(validateJson(schema, value), JSON.stringify(value)).not.toEqual([]);
  });

  it("tells the place and what was expected", () => {
    const schema = { type: "object", properties: { people: { type: "array", items: person } } };
    expect(validateJson(schema, { people: [{ age: "old" }] })).toEqual([
      '$.people[0].age: expected integer, got string "old"',
      '$.people[0]: property "name" is missing',
    ]);
  });

  it("tells the nearest alternative", () => {
    const schema = { anyOf: [person, { type: "null" }] };
    expect(validateJson(schema, { name: 1 })).toEqual([
      "$: fits none of 2 alternatives; the nearest wants $.name: expected string, got number 1",
    ]);
  });

  it("tells ten problems at most, and cuts long values", () => {
    const problems = validateJson({ items: { type: "string" } }, Array(50).fill(["x".repeat(500)]));
    expect(problems).toHaveLength(11);
    expect(problems[10]).toBe("and 40 more");
    expect(problems[0]?.length).toBeLessThan(150);
  });

  it("ends on values nested without end, and on references in a circle", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    expect(validateJson({ items: { $ref: "#" } }, deep).join()).toContain("nested deeper");
    expect(validateJson({ $ref: "#" }, 1).join()).toContain("nested deeper");
  });

  it("agrees with zod on what zod's schemas mean", async () => {
    const schemas = [
      z.strictObject({ a: z.string().min(2), b: z.number().optional(), c: z.boolean().nullable() }),
      z.array(z.union([z.string(), z.int(), z.null()])).max(3),
      z.record(z.string(), z.array(z.enum(["x", "y"]))),
      z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("a"), n: z.number().gt(1) }),
        z.strictObject({ kind: z.literal("b"), t: z.tuple([z.string(), z.number()]) }),
      ]),
    ];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>("a", "b", "x", "y", "abc", 1, 2.5, -3, true, null),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom("a", "b", "c", "kind", "n", "t"), tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    for (const schema of schemas) {
      const plain = (await resolveSchema(schema, undefined, "schema")).jsonSchema;
      fc.assert(
        fc.property(value, (candidate) => {
          const json: unknown = JSON.parse(JSON.stringify(candidate));
          expect(validateJson(plain, json).length === 0).toBe(schema.safeParse(json).success);
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe("checkJsonSchema", () => {
  it.each<[string, JsonSchema, string]>([
    ["an unknown type", { properties: { a: { type: "text" } } }, "schema: $.properties.a: type is expected"],
    [
      "a reference to nothing",
      { items: { $ref: "#/$defs/x" } },
      'schema: $.items: $ref "#/$defs/x" points at nothing',
    ],
    ["a remote reference", { $ref: "https://example.com/s.json" }, "points at nothing in this schema"],
    ["unevaluatedProperties", { unevaluatedProperties: false }, "use additionalProperties"],
    ["an old tuple", { items: [{}] }, "use prefixItems"],
    ["an old bound", { exclusiveMinimum: true }, "expected to be a number"],
    ["an old required", { properties: { a: { required: true } } }, "expected to be a list of names"],
    ["no regular expression", { pattern: "(" }, "is not a regular expression"],
    ["a misspelt type", { tpye: "object" }, 'any of its keywords; did you mean "type"?'],
    ["a misspelt keyword", { type: "object", propertis: {} }, 'propertis"; did you mean "properties"?'],
    [
      "a name of a type as a schema",
      { properties: { a: "string" } },
      "$.properties.a: expected a JSON Schema",
    ],
    ["a list of properties", { properties: [] }, "properties is expected to be an object of schemas"],
    [
      "a library's schema in it",
      { properties: { a: z.string() } },
      "$.properties.a: expected a JSON Schema, got a",
    ],
    [
      "a library's schemas as properties",
      { anyOf: [{ a: z.string() }] },
      "a is a schema of zod; write z.object",
    ],
    ["no regular expression as a name", { patternProperties: { "(": {} } }, "is not a regular expression"],
  ])("refuses %s", (_name, schema, message) => {
    expect(() => checkJsonSchema(schema, "schema")).toThrow(
      expect.objectContaining({ kind: "InvalidRequest", message: expect.stringContaining(message) }),
    );
  });

  it("takes what other dialects and vendors add", () => {
    const added = { nullable: true, example: 1, "x-order": 1, $anchor: "a", unit: "km", discriminator: {} };
    expect(() =>
      checkJsonSchema({ type: "object", ...added, properties: { a: {} } }, "schema"),
    ).not.toThrow();
    expect(() => checkJsonSchema({ properties: { a: { "x-order": 1 } } }, "schema")).not.toThrow();
  });

  it("takes properties that are named like keywords", () => {
    expect(() =>
      checkJsonSchema(
        { properties: { dependencies: { type: "string" }, items: { type: "array" } } },
        "schema",
      ),
    ).not.toThrow();
  });
});

describe("strictProblems", () => {
  const closed = (properties: JsonSchema, required = Object.keys(properties)): JsonSchema => ({
    type: "object",
    properties,
    required,
    additionalProperties: false,
  });

  it.each<[string, JsonSchema, string[]]>([
    ["closed, all required", closed({ a: { type: "string" }, b: { type: ["number", "null"] } }), []],
    ["anyOf and $ref", closed({ a: { anyOf: [{ $ref: "#" }, { type: "null" }] } }), []],
    [
      "an optional property, deep",
      closed({ address: closed({ street: { type: "string" }, zip: { type: "string" } }, ["street"]) }),
      [
        '$.properties.address.properties.zip: optional; list it in required, and let its type have "null" instead',
      ],
    ],
    [
      "an open object",
      closed({ a: { type: "array", items: { type: "object", properties: {} } } }),
      ["$.properties.a.items: an open object; additionalProperties must be false"],
    ],
    [
      "an object open on purpose",
      { ...closed({}), additionalProperties: true },
      ["$: an open object; additionalProperties must be false"],
    ],
    [
      "an open object in $defs",
      { ...closed({ a: { $ref: "#/$defs/x" } }), $defs: { x: { type: "object" } } },
      ["$.$defs.x: an open object; additionalProperties must be false"],
    ],
    [
      "a root that is a list",
      { type: "array", items: { type: "string" } },
      ['$: the outermost type must be "object"'],
    ],
    ["oneOf", closed({ a: { oneOf: [{ type: "string" }] } }), ["$.properties.a: oneOf is not supported"]],
    [
      "minItems",
      closed({ a: { type: "array", minItems: 1 } }),
      ["$.properties.a: minItems is not supported"],
    ],
    ["anything", closed({ a: {} }), ["$.properties.a: has no type"]],
  ])("%s", (_name, schema, problems) => {
    expect(strictProblems(schema)).toEqual(problems);
  });

  it("is content with a zod object once it is closed", async () => {
    const schema = z.object({
      a: z.string(),
      b: z.array(z.object({ n: z.int() })),
      c: z.number().nullable(),
    });
    const derived = (await resolveSchema(schema, undefined, "schema")).jsonSchema;
    expect(strictProblems(closeObjects(derived))).toEqual([]);
    expect(derived).not.toHaveProperty("additionalProperties");
  });

  it("closes only what says nothing of further properties", () => {
    const open = { type: "object", additionalProperties: { type: "number" } };
    expect(closeObjects(open)).toEqual(open);
    expect(closeObjects({ type: "object" })).toEqual({ type: "object" });
  });
});
