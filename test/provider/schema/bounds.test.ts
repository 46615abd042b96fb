/** What foreign schemas and foreign values can do to the validator, and what they may not. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../../src/provider/base/types.ts";
import { compileJsonSchema, validateJson } from "../../../src/provider/schema/json-schema.ts";
import { checkJsonSchema } from "../../../src/provider/schema/json-schema-check.ts";
import { resolveSchema } from "../../../src/provider/schema/standard-schema.ts";
import { growth, LINEAR } from "../growth.ts";

describe("work grows with the value, and no faster", () => {
  it.each<[string, JsonSchema, (size: number) => unknown, number]>([
    ["unique numbers", { uniqueItems: true }, (n) => Array.from({ length: n }, (_, i) => i), 1000],
    ["unique objects", { uniqueItems: true }, (n) => Array.from({ length: n }, (_, a) => ({ a })), 500],
    [
      "an enum",
      { items: { enum: Array.from({ length: 2000 }, (_, i) => i) } },
      (n) => Array(n).fill(1999),
      1000,
    ],
    ["everything wrong", { items: { type: "string" } }, (n) => Array(n).fill(1), 2000],
    [
      "everything wrong in each alternative",
      { items: { anyOf: [{ type: "string" }, { items: { type: "string" } }] } },
      (n) => Array(n).fill([1, 2]),
      1000,
    ],
    [
      "many names",
      { additionalProperties: false },
      (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i])),
      500,
    ],
    ["a long text", { minLength: 5, pattern: "^a" }, (n) => "b".repeat(n), 50_000],
    ["a pattern that looks back and forth", { pattern: "\\s+$" }, (n) => `${" ".repeat(n)}x`, 20_000],
  ])("%s", async (_name, schema, make, small) => {
    const validate = compileJsonSchema(schema);
    expect(await growth((size) => validate(make(size)), small)).toBeLessThan(LINEAR);
  });

  const nested = (levels: number) => {
    let value: unknown = {};
    for (let i = 0; i < levels; i++) value = { child: value };
    return value;
  };
  // Each level of the value doubles the ways that lead to the next.
  const twice = (keyword: string): JsonSchema => ({
    $defs: {
      node: {
        [keyword]: [
          { properties: { child: { $ref: "#/$defs/node" } }, required: ["left"] },
          { properties: { child: { $ref: "#/$defs/node" } }, required: ["right"] },
          { properties: { child: { $ref: "#/$defs/node" } }, additionalProperties: false },
        ],
      },
    },
    $ref: "#/$defs/node",
  });

  it.each(["oneOf", "anyOf", "allOf"])("a recursive %s, 90 levels deep", (keyword) => {
    checkJsonSchema(twice(keyword), "schema");
    expect(validateJson(twice(keyword), nested(90)).length === 0).toBe(keyword !== "allOf");
  });

  it("a recursive not and if, and references that fan out at one place", () => {
    const $defs: JsonSchema = { last: { type: "string" } };
    for (let i = 0; i < 90; i++) {
      const next = { $ref: `#/$defs/${i === 89 ? "last" : `d${i + 1}`}` };
      $defs[`d${i}`] = i % 2 ? { anyOf: [{ not: next }, { not: next }] } : { if: next, else: next };
    }
    expect(() => validateJson({ $defs, $ref: "#/$defs/d0" }, 1)).not.toThrow();
  });

  it("tells of a deep misfit in one line of bounded length", () => {
    const problems = validateJson(twice("oneOf"), JSON.parse(`${'{"child":'.repeat(90)}1${"}".repeat(90)}`));
    expect(
      validateJson(twice("anyOf"), { child: 5, left: 1, ["x".repeat(100_000)]: [[[{ a: 1 }]]] }),
    ).toEqual([]);
    for (const problem of problems) expect(problem.length).toBeLessThan(700);
  });
});

describe("what has no end, or none that a stack bears", () => {
  const deep = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

  it.each<[string, JsonSchema]>([
    ["uniqueItems", { uniqueItems: true }],
    ["const", { const: [[]] }],
    ["enum", { enum: [[], {}] }],
    ["a message", { type: "string" }],
    ["recursion", { items: { $ref: "#" } }],
    ["nothing at all", {}],
  ])("a value of 5,000 levels against %s", async (_name, schema) => {
    expect(() => validateJson(schema, deep(5000))).not.toThrow();
    const { validate } = await resolveSchema(schema, undefined, "schema");
    expect(await validate(deep(5000))).toEqual({ ok: false, problems: ["$: nested deeper than 400 levels"] });
    expect((await validate(deep(5_000_00))).ok).toBe(false);
  });

  it("a schema of 5,000 levels, and one that stands in itself", async () => {
    let schema: JsonSchema = {};
    for (let i = 0; i < 5000; i++) schema = { items: schema };
    const circle: JsonSchema = { type: "object" };
    circle.properties = { a: circle, b: circle };
    for (const hostile of [schema, circle]) {
      const expected = {
        kind: "InvalidRequest",
        message:
          "schema: expected a JSON Schema of at most 400 levels; one that stands in itself does so by $ref",
      };
      await expect(resolveSchema(hostile, undefined, "schema")).rejects.toMatchObject(expected);
      const standard = {
        "~standard": {
          version: 1 as const,
          vendor: "mine",
          validate: () => ({ value: 1 }),
          jsonSchema: { input: () => hostile },
        },
      };
      await expect(resolveSchema(standard, undefined, "schema")).rejects.toMatchObject(expected);
      await expect(resolveSchema(standard, hostile, "schema")).rejects.toMatchObject(expected);
    }
  });
});

describe("multipleOf", () => {
  it.each([
    [0.3, 0.1, true],
    [0.35, 0.1, false],
    [1e15 + 1, 2, false],
    [9_007_199_254_740_992, 2, true],
    [4.02, 0.01, true],
    [1.1, 0.1, true],
    [-7.5, 2.5, true],
    [1e-7, 1e-8, true],
    [1.5e-7, 1e-7, false],
    [1e308, 0.123456789, false],
    [1e21, 0.5, true],
    [Number.POSITIVE_INFINITY, 1, false],
    [0, 5, true],
  ])("%d of %d: %s", (value, step, expected) => {
    expect(validateJson({ multipleOf: step }, value).length === 0).toBe(expected);
  });

  it("is exact for whole numbers of any size", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 1_000_000 }), (value, step) => {
        const isMultiple = BigInt(value) % BigInt(step) === 0n;
        expect(validateJson({ multipleOf: step }, value).length === 0).toBe(isMultiple);
      }),
    );
  });
});

it("a text longer than a pattern is tried on says so", () => {
  expect(validateJson({ pattern: "^a*$" }, "a".repeat(10_000))).toEqual([]);
  expect(validateJson({ pattern: "^a*$" }, "a".repeat(10_001))).toEqual([
    "$: expected at most 10000 characters, which is as much as is matched, got 10001",
  ]);
});

it("judges as Ajv does", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  const name = fc.constantFrom("a", "b", "c");
  const small = fc.integer({ min: 0, max: 3 });
  const leaf = fc.constantFrom<unknown>("a", "bb", "ccc", 0, 1, 2.5, -1, 4, true, null, [], {});
  const { schema } = fc.letrec<{ schema: JsonSchema | boolean }>((tie) => {
    const some = fc.array(tie("schema"), { minLength: 1, maxLength: 3 });
    const members = fc.dictionary(name, tie("schema"), { maxKeys: 3 });
    return {
      schema: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.boolean(),
        fc.constant<JsonSchema>({ $ref: "#/$defs/x" }),
        fc
          .record(
            {
              type: fc.constantFrom("string", "number", "integer", "array", "object", ["null", "boolean"]),
              enum: fc.uniqueArray(leaf, { minLength: 1, maxLength: 4, selector: JSON.stringify }),
              const: leaf,
              minimum: small,
              exclusiveMaximum: small,
              multipleOf: fc.constantFrom(1, 2, 0.5),
              minLength: small,
              maxLength: small,
              pattern: fc.constantFrom("^a", "c$", "b"),
              minItems: small,
              maxItems: small,
              uniqueItems: fc.boolean(),
              prefixItems: some,
              items: tie("schema"),
              contains: tie("schema"),
              required: fc.uniqueArray(name, { maxLength: 2 }),
              properties: members,
              additionalProperties: tie("schema"),
              patternProperties: fc.dictionary(fc.constantFrom("^a", "b"), tie("schema"), { maxKeys: 2 }),
              propertyNames: tie("schema"),
              minProperties: small,
              dependentRequired: fc.dictionary(name, fc.uniqueArray(name), { maxKeys: 2 }),
              dependentSchemas: members,
            },
            { requiredKeys: [] },
          )
          .map((record) => pick(record)),
        fc
          .record<JsonSchema>(
            {
              allOf: some,
              anyOf: some,
              oneOf: some,
              not: tie("schema"),
              if: tie("schema"),
              so: tie("schema"),
              else: tie("schema"),
            },
            { requiredKeys: [] },
          )
          .map(withThen),
      ),
    };
  });
  const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(name, tie("value"), { maxKeys: 3 }),
    ),
  }));
  const value = anyValue.map((one): unknown => JSON.parse(JSON.stringify(one)));
  fc.assert(
    fc.property(schema, schema, fc.array(value, { minLength: 1, maxLength: 10 }), (inner, outer, values) => {
      const root: JsonSchema = { $defs: { x: withoutRef(inner) }, allOf: [outer] };
      const isValid = ajv.compile(structuredClone(root));
      for (const one of values) {
        expect(validateJson(root, one).length === 0, JSON.stringify([root, one])).toBe(isValid(one));
      }
      ajv.removeSchema();
    }),
    { numRuns: 150 },
  );
});

/** A member `then` may not be written down, as it makes an object look like a promise. */
function withThen(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"so":', '"then":'));
}

/** At most three keywords of one schema: with more, nearly nothing fits. */
function pick(record: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(record).slice(0, 3));
}

/** A reference in the schema that is referred to could lead in a circle. */
function withoutRef(schema: JsonSchema | boolean): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('{"$ref":"#/$defs/x"}', "true"));
}
