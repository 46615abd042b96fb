import { describe, expect, test } from "vitest";
import { DocumentError } from "../../../src/openapi/document.ts";
import { brief, checkValues, documentOf } from "../support.ts";

const object = (properties: object, required: string[] = [], more: object = {}) => ({
  type: "object",
  properties,
  required,
  ...more,
});
const text = { type: "string" };
const whole = { type: "integer" };

/** Schema, value, and what is found, in a document of 3.1 (or 3.0 where it says so). */
const cases: [name: string, schema: unknown, value: unknown, found: string[], version?: string][] = [
  ["a fitting value", object({ a: text }, ["a"]), { a: "x" }, []],
  ["a missing required field", object({ a: text }, ["a"]), {}, ["a missing"]],
  ["a missing field that may be missing", object({ a: text }), {}, []],
  ["null for a required field is null, not missing", object({ a: text }, ["a"]), { a: null }, ["a null"]],
  ["another type", object({ a: whole }), { a: "1" }, ["a type string"]],
  ["a fraction for an integer", object({ a: whole }), { a: 1.5 }, ["a type number"]],
  ["an integer for a number", object({ a: { type: "number" } }), { a: 1 }, []],
  ["1.0 for an integer", object({ a: whole }), { a: 1.0 }, []],
  ["a new enum value", object({ a: { enum: ["x", "y"] } }), { a: "z" }, ['a enum "z"']],
  ["another constant", object({ a: { const: 1 } }), { a: 2 }, ["a enum 2"]],
  ["an enum of objects", object({ a: { enum: [{ b: 1 }] } }), { a: { b: 1 } }, []],
  ["an unknown field", object({ a: text }), { b: 1 }, ["b unknown"]],
  [
    "an unknown field in a closed object",
    object({ a: text }, [], { additionalProperties: false }),
    { b: 1 },
    ["b unknown"],
  ],
  [
    "a field more where the document foresees any",
    object({ a: text }, [], { additionalProperties: true }),
    { b: 1 },
    [],
  ],
  ["any field where the document names none", { type: "object" }, { b: 1 }, []],
  [
    "the members of a map",
    { type: "object", additionalProperties: whole },
    { b: 1, c: "1" },
    ["* type string"],
  ],
  [
    "a pattern of names",
    object({ a: text }, [], { patternProperties: { "^x-": whole } }),
    { "x-b": "1" },
    ["x-b type string"],
  ],
  ["the items of a list, once", { type: "array", items: whole }, [1, "a", "b"], ["[] type string"]],
  [
    "the first items of a list",
    { type: "array", prefixItems: [text], items: whole },
    ["x", 1, "y"],
    ["[] type string"],
  ],
  ["lists in lists", { type: "array", items: { type: "array", items: whole } }, [[1], [null]], ["[][] null"]],
  [
    "names that are no words",
    object({ "a.b": object({ "": text }) }),
    { "a.b": { "": 1 } },
    ['["a.b"][""] type integer'],
  ],
  ["another type of the whole", object({ a: text }), [], ["(root) type array"]],
  ["a type only implied", object({ a: { properties: { b: text } } }), { a: "x" }, ["a type string"]],
  ["no type at all", object({ a: {} }), { a: [null] }, []],
  ["true as a schema", object({ a: true }), { a: 1 }, []],
  ["a field that is only sent", object({ a: { ...text, writeOnly: true } }, ["a"]), {}, []],
  [
    "both parts of an allOf",
    { allOf: [object({ a: text }, ["a"]), object({ b: whole }, ["b"])] },
    { a: "x", c: 1 },
    ["b missing", "c unknown"],
  ],
  [
    "a property narrowed by an allOf",
    { allOf: [object({ a: { type: ["string", "null"] } }), object({ a: text })] },
    { a: null },
    ["a null"],
  ],
  [
    "a field beside a union",
    { ...object({ a: text }), anyOf: [object({ b: text }), object({ c: text })] },
    { a: "x", b: "y" },
    [],
  ],
  ["nullable of 3.0", object({ a: { ...text, nullable: true } }), { a: null }, [], "3.0.3"],
  [
    "nullable of 3.0, an enum without null",
    object({ a: { ...text, enum: ["x"], nullable: true } }),
    { a: null },
    [],
    "3.0.3",
  ],
  [
    "nullable of 3.0 beside an allOf",
    object({ a: { allOf: [text], nullable: true } }),
    { a: null },
    [],
    "3.0.3",
  ],
  [
    "a property called nullable",
    object({ nullable: text }),
    { nullable: 1 },
    ["nullable type integer"],
    "3.0.3",
  ],
  ["a list of types", object({ a: { type: ["string", "null"] } }), { a: 1 }, ["a type integer"]],
];

test.each(cases)("%s", (_name, schema, value, found, version = "3.1.0") => {
  expect(brief(checkValues(documentOf(schema, {}, version), value)).sort()).toEqual([...found].sort());
});

describe("of a union the branch that fits best is told", () => {
  const tag = (value: string) => ({ type: "string", enum: [value] });
  const parts = {
    oneOf: [
      object({ type: tag("text"), text }, ["type", "text"]),
      object({ type: tag("image"), url: text, detail: text }, ["type", "url"]),
    ],
  };
  const unions: [string, unknown, unknown, string[]][] = [
    ["by its tag", parts, { type: "image", text: "x" }, ["text unknown", "url missing"]],
    ["by its fields, when its tag is gone", parts, { url: "x", detail: "y" }, ["type missing"]],
    ["by its fields, when its tag is new", parts, { type: "audio", url: "x" }, ['type enum "audio"']],
    ["by its type", { anyOf: [text, parts] }, { type: "text", text: 5 }, ["text type integer"]],
    ["by no branch", { anyOf: [text, parts] }, 5, ["(root) type integer"]],
    ["null in none", { anyOf: [text, parts] }, null, ["(root) null"]],
    [
      "by its fields alone",
      { anyOf: [object({ a: text, b: text }, ["a", "b"]), object({ c: text, d: text }, ["c", "d"])] },
      { c: "x", d: 1 },
      ["d type integer"],
    ],
    [
      "the fields of two fitting branches are known",
      { anyOf: [object({ a: text }), object({ b: text })] },
      { a: "x", b: "y" },
      [],
    ],
    ["several enums are one", { anyOf: [{ enum: ["x"] }, { enum: ["y"] }] }, "z", ['(root) enum "z"']],
  ];
  test.each(unions)("%s", (_name, schema, value, found) => {
    expect(brief(checkValues(documentOf(schema), value)).sort()).toEqual(found);
  });

  test("a new tag is told with the tags of all branches", () => {
    const [finding] = checkValues(documentOf(parts), { type: "audio", url: "x" }).findings;
    expect(finding?.expected).toBe('"text", "image"');
  });
});

test("a schema that contains itself is compared at every depth", () => {
  const Tree = object(
    { name: text, children: { type: "array", items: { $ref: "#/components/schemas/Tree" } } },
    ["name"],
  );
  const document = documentOf({ $ref: "#/components/schemas/Tree" }, { Tree });
  const value = { name: "a", children: [{ name: "b", children: [{ children: [] }] }] };
  expect(brief(checkValues(document, value))).toEqual(["children[].children[].name missing"]);
});

test("field names of Object.prototype are ordinary names", () => {
  const document = documentOf(object({ a: text, constructor: text }, ["toString"]));
  const value = JSON.parse('{"__proto__": 1, "constructor": "x", "hasOwnProperty": 2}');
  expect(brief(checkValues(document, value))).toEqual([
    "toString missing",
    "__proto__ unknown",
    "hasOwnProperty unknown",
  ]);
});

describe("a document that can't be followed is refused in one line", () => {
  const check =
    (schema: unknown, components = {}) =>
    () =>
      checkValues(documentOf(schema, components), {});
  test.each([
    [
      "a reference to nothing",
      check({ $ref: "#/components/schemas/Gone" }),
      "test.yaml: the reference #/components/schemas/Gone points to nothing",
    ],
    [
      "a reference to elsewhere",
      check({ $ref: "other.yaml#/A" }),
      "test.yaml: the reference other.yaml#/A leaves the document; bundle it into one file",
    ],
    [
      "a circle",
      check({ $ref: "#/components/schemas/A" }, { A: { allOf: [{ $ref: "#/components/schemas/A" }] } }),
      "test.yaml: the schema at /components/schemas/A refers only to itself",
    ],
    [
      "a name that is no regular expression",
      check({ type: "object", patternProperties: { "(": { type: "string" } } }),
      'test.yaml: patternProperties "(" is not a regular expression',
    ],
  ])("%s", (_name, run, message) => {
    expect(run).toThrow(DocumentError);
    expect(run).toThrow(message);
  });
});
