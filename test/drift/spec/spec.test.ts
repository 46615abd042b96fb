import { describe, expect, test } from "vitest";
import { compareSpecs, type SpecChange } from "../../../src/drift/spec/spec.ts";
import { compare, documentOf, object, string, told } from "./documents.ts";

/** The same change of one field `f`, as seen by who sends it and by who receives it. */
const bothWays = (before: object, after: object) => {
  const parts = (schema: object) => [{ request: object({ f: schema }) }, { response: object({ f: schema }) }];
  const [request, response] = parts(before).map((old, index) =>
    compare(old, parts(after)[index] ?? {}).map(({ level, text }) => `${level}: ${text}`),
  );
  return { request, response };
};

describe("a field", () => {
  const fields: [string, object, object, string[], string[]][] = [
    ["removed", object({ a: string }), object({}), ["breaking"], ["breaking"]],
    ["added, optional", object({}), object({ a: string }), ["additive"], ["additive"]],
    ["added, required", object({}), object({ a: string }, ["a"]), ["breaking"], ["additive"]],
    ["made required", object({ a: string }), object({ a: string }, ["a"]), ["breaking"], ["additive"]],
    ["made optional", object({ a: string }, ["a"]), object({ a: string }), ["additive"], ["breaking"]],
  ];
  test.each(fields)("%s", (_name, before, after, request, response) => {
    const levels = (changes: SpecChange[]) => changes.map(({ level }) => level);
    expect(levels(compare({ request: before }, { request: after }))).toEqual(request);
    expect(levels(compare({ response: before }, { response: after }))).toEqual(response);
    expect(compare({ response: before }, { response: after })[0]?.place).toBe("a");
  });

  test("of which the other side knows nothing", () => {
    const sentOnly = { request: object({}), response: object({}) };
    const after = {
      request: object({ a: { type: "string", readOnly: true } }, ["a"]),
      response: object({ a: { type: "string", writeOnly: true } }),
    };
    expect(compare(sentOnly, after)).toEqual([]);
  });
});

describe("a value: what helps one side of the wire hurts the other", () => {
  const cases: [string, object, object, string, string, string][] = [
    ["null allowed", string, { type: ["string", "null"] }, "additive", "breaking", "may now be null"],
    ["null refused", { type: ["string", "null"] }, string, "breaking", "additive", "may no longer be null"],
    ["value added", { enum: ["a"] }, { enum: ["a", "b"] }, "additive", "breaking", 'value "b" added'],
    ["value removed", { enum: ["a", "b"] }, { enum: ["a"] }, "breaking", "additive", 'value "b" removed'],
    ["enum lifted", { enum: ["a"] }, string, "additive", "breaking", 'no longer only "a": any string'],
    ["enum imposed", string, { enum: ["a"] }, "breaking", "additive", 'only "a" now'],
    ["type widened", { type: "integer" }, { type: "number" }, "additive", "breaking", "integer to number"],
    ["type narrowed", { type: "number" }, { type: "integer" }, "breaking", "additive", "number to integer"],
    ["type changed", string, { type: "boolean" }, "breaking", "breaking", "string to boolean"],
    [
      "type joined",
      string,
      { type: ["string", "array"] },
      "additive",
      "breaking",
      "string to string or array",
    ],
    ["freed", string, {}, "additive", "breaking", "string to any"],
    ["bound", {}, string, "breaking", "additive", "any to string"],
    [
      "longer",
      { type: "string", maxLength: 4 },
      { type: "string", maxLength: 9 },
      "additive",
      "breaking",
      "maxLength",
    ],
    [
      "greater",
      { type: "number", minimum: 0 },
      { type: "number", minimum: 1 },
      "breaking",
      "additive",
      "minimum",
    ],
    [
      "fewer",
      { type: "array", maxItems: 4 },
      { type: "array", maxItems: 2 },
      "breaking",
      "additive",
      "maxItems",
    ],
    ["pattern", string, { type: "string", pattern: "^a" }, "breaking", "additive", 'pattern is now "^a"'],
    [
      "other pattern",
      { type: "string", pattern: "^b" },
      { type: "string", pattern: "^a" },
      "breaking",
      "breaking",
      "pattern",
    ],
    ["pattern gone", { type: "string", pattern: "^b" }, string, "additive", "breaking", "dropped"],
    [
      "other format",
      { type: "string", format: "date" },
      { type: "string", format: "uri" },
      "breaking",
      "breaking",
      "format",
    ],
    [
      "number format",
      { type: "number", format: "float" },
      { type: "number", format: "double" },
      "annotation",
      "annotation",
      "format",
    ],
    ["format told", string, { type: "string", format: "uri" }, "annotation", "annotation", "format"],
    ["not", string, { type: "string", not: { const: "a" } }, "breaking", "additive", "not is now"],
    [
      "deprecated",
      string,
      { type: "string", deprecated: true },
      "annotation",
      "annotation",
      "now deprecated",
    ],
    [
      "other default",
      { type: "string", default: "a" },
      { type: "string", default: "b" },
      "breaking",
      "annotation",
      "default",
    ],
    [
      "default told",
      string,
      { type: "string", default: "b" },
      "annotation",
      "annotation",
      'default is now "b"',
    ],
  ];
  test.each(cases)("%s", (_name, before, after, request, response, text) => {
    const found = bothWays(before, after);
    expect(found.request).toEqual([expect.stringContaining(text)]);
    expect(found.request?.[0]).toMatch(new RegExp(`^${request}: `));
    expect(found.response).toEqual([expect.stringContaining(text)]);
    expect(found.response?.[0]).toMatch(new RegExp(`^${response}: `));
  });

  test.each([
    ["closed", {}, { additionalProperties: false }, "breaking", "additive"],
    ["opened", { additionalProperties: false }, {}, "additive", "additive"],
    ["typed", {}, { additionalProperties: string }, "breaking", "additive"],
    ["untyped", { additionalProperties: string }, { additionalProperties: true }, "additive", "breaking"],
    [
      "of another type",
      { additionalProperties: string },
      { additionalProperties: { type: "number" } },
      "breaking",
      "breaking",
    ],
  ])("further fields %s", (_name, before, after, request, response) => {
    const found = bothWays({ type: "object", ...before }, { type: "object", ...after });
    expect(found.request).toEqual([expect.stringMatching(`^${request}: `)]);
    expect(found.response).toEqual([expect.stringMatching(`^${response}: `)]);
  });
});

describe("one meaning in two spellings is no change", () => {
  const name = { type: "object", properties: { a: string } };
  const same: [string, object, object, string?][] = [
    ["nullable and a null type", { type: "string", nullable: true }, { type: ["string", "null"] }, "3.0.3"],
    ["null type and a null branch", { type: ["string", "null"] }, { anyOf: [string, { type: "null" }] }],
    [
      "nullable reference and a null branch",
      { allOf: [{ $ref: "#/components/schemas/Name" }], nullable: true },
      { oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Name" }] },
      "3.0.3",
    ],
    [
      "allOf of one and the reference",
      { allOf: [{ $ref: "#/components/schemas/Name" }] },
      { $ref: "#/components/schemas/Name" },
    ],
    ["a reference and what it refers to", { $ref: "#/components/schemas/Name" }, name],
    ["const and an enum of one", { const: "a" }, { type: "string", enum: ["a"] }],
    ["a type array and anyOf", { type: ["string", "integer"] }, { anyOf: [string, { type: "integer" }] }],
    [
      "a union in a union",
      { anyOf: [string, { anyOf: [{ type: "boolean" }, { type: "integer" }] }] },
      { oneOf: [{ type: "integer" }, string, { type: "boolean" }] },
    ],
    ["enums in a union and one enum", { anyOf: [{ const: "a" }, { const: "b" }] }, { enum: ["b", "a"] }],
    [
      "allOf and one object",
      { allOf: [object({ a: string }, ["a"]), object({ b: string })] },
      object({ a: string, b: string }, ["a"]),
    ],
    ["an object without its type", { properties: { a: string } }, name],
    [
      "bounds that say nothing",
      { type: "array", items: string, minItems: 0 },
      { type: "array", items: string },
    ],
    ["further fields by default", object({}, [], { additionalProperties: true }), { type: "object" }],
    [
      "exclusive bounds",
      { type: "number", minimum: 1, exclusiveMinimum: true },
      { type: "number", exclusiveMinimum: 1 },
      "3.0.3",
    ],
    [
      "descriptions and titles",
      { ...name, title: "A", description: "a" },
      { ...name, title: "B", example: {} },
    ],
    ["null as default and none", { type: ["string", "null"], default: null }, { type: ["string", "null"] }],
  ];
  test.each(same)("%s", (_name, before, after, version = "3.1.0") => {
    const schemas = { Name: name };
    const old = { version, request: object({ f: before }), response: object({ f: before }), schemas };
    const current = { request: object({ f: after }), response: object({ f: after }), schemas };
    expect(compare(old, current)).toEqual([]);
    expect(compare(current, old)).toEqual([]);
  });

  test("an open enum only names examples", () => {
    const models = (...names: string[]) => ({ anyOf: [string, { type: "string", enum: names }] });
    expect(bothWays(models("a"), models("a"))).toEqual({ request: [], response: [] });
    const { request } = bothWays(models("a"), models("b"));
    expect(request).toEqual([expect.stringMatching(/^annotation: the values named as examples/)]);
    expect(bothWays(models("a"), { enum: ["a"] }).request).toEqual(['breaking: only "a" now']);
  });
});

describe("places", () => {
  test("in arrays, maps and nested objects", () => {
    const schema = (leaf: object) =>
      object({ choices: { type: "array", items: object({ message: object({ content: leaf }) }) } });
    const [change] = compare(
      { response: schema(string) },
      { response: schema({ type: ["string", "null"] }) },
    );
    expect(change).toMatchObject({
      place: "choices[].message.content",
      subject: "POST /chat/completions response",
      direction: "response",
      rule: "response-null-allowed",
    });
    const map = (leaf: object) => object({ tags: { type: "object", additionalProperties: leaf } });
    expect(compare({ request: map(string) }, { request: map({ type: "integer" }) })[0]?.place).toBe("tags.*");
  });

  const message = (role: string, more: object = {}) =>
    object({ role: { const: role }, ...more }, ["role", ...Object.keys(more)]);

  test("in a variant of a union, known by its tag whatever its position", () => {
    const before = { oneOf: [message("user"), message("tool", { id: string })] };
    const after = { oneOf: [message("tool", { id: string, name: string }), message("user")] };
    const list = (items: object) => object({ messages: { type: "array", items } });
    expect(told(compare({ request: list(before) }, { request: list(after) }))).toEqual([
      "breaking messages[]<role=tool>.name: new field (required, string)",
    ]);
  });

  test("variants that come and go", () => {
    const before = { oneOf: [message("user"), message("tool")] };
    const after = { oneOf: [message("user"), message("developer")] };
    expect(told(compare({ request: object({ m: before }) }, { request: object({ m: after }) }))).toEqual([
      "breaking m: variant role=tool removed",
      "additive m: variant role=developer added",
    ]);
  });

  test("one object that became several is compared with those that share its values", () => {
    const before = object({ type: { enum: ["text", "json"] } });
    const variant = (type: string, more: object = {}) => object({ type: { const: type }, ...more }, ["type"]);
    const after = {
      oneOf: [variant("text"), variant("json"), variant("schema", { schema: { type: "object" } })],
    };
    expect(told(compare({ request: object({ f: before }) }, { request: object({ f: after }) }))).toEqual([
      "breaking f<type=text|json>.type: now required",
      "additive f: variant type=schema added",
    ]);
  });

  test("variants without a tag are known by their names, or by what they have in common", () => {
    const named = (tool: object) => ({ Text: object({ text: string }), Tool: tool });
    const union = { oneOf: [{ $ref: "#/components/schemas/Text" }, { $ref: "#/components/schemas/Tool" }] };
    const changes = compare(
      { request: union, schemas: named(object({ call: string })) },
      { request: union, schemas: named(object({ call: string, id: string })) },
    );
    expect(told(changes)).toEqual(["additive <Tool>.id: new field (optional, string)"]);
    const inline = compare(
      { request: { oneOf: [object({ a: string, b: string }), object({ c: string })] } },
      { request: { oneOf: [object({ c: string }), object({ a: string, b: { type: "integer" } })] } },
    );
    expect(told(inline)).toEqual(["breaking b: type changed from string to integer"]);
  });

  test("arrays of other items are other variants", () => {
    const arrays = (...types: string[]) => ({
      anyOf: types.map((type) => ({ type: "array", items: { type } })),
    });
    const changes = compare(
      { request: object({ input: arrays("string") }) },
      { request: object({ input: arrays("integer", "string") }) },
    );
    expect(told(changes)).toEqual(["additive input: variant array of integer added"]);
  });

  test("a schema in several places is told once, with all of them", () => {
    const usage = (more: object) => object({ total: { type: "integer" }, ...more });
    const refer = object({
      usage: { $ref: "#/components/schemas/Usage" },
      last: { allOf: [{ $ref: "#/components/schemas/Usage" }] },
    });
    const chunk = object({ x: { $ref: "#/components/schemas/Usage" } });
    const parts = (more: object) => ({
      response: refer,
      schemas: { Usage: usage(more), CreateChatCompletionStreamResponse: chunk },
    });
    const changes = compare(parts({}), parts({ time: { type: "number" } }));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      place: "usage.time",
      also: [
        { subject: "POST /chat/completions response", place: "last.time" },
        { subject: "stream chunk", place: "x.time" },
      ],
    });
  });

  test("a product of unions has a bound", () => {
    const union = (size: number) => ({
      anyOf: Array.from({ length: size }, (_, index) => object({ [`f${index}`]: string })),
    });
    const big = documentOf({ request: { allOf: [union(20), union(20), union(20), union(20)] } });
    expect(() => compareSpecs(big, big)).toThrow(/over 256 alternatives/);
  });

  test("recursive schemas end", () => {
    const tree = (leaf: object) => ({
      Tree: object({ leaf, children: { type: "array", items: { $ref: "#/components/schemas/Tree" } } }),
    });
    const response = { $ref: "#/components/schemas/Tree" };
    const changes = compare(
      { response, schemas: tree(string) },
      { response, schemas: tree({ type: "integer" }) },
    );
    expect(told(changes)).toEqual(["breaking leaf: type changed from string to integer"]);
    const loop = documentOf({ response, schemas: { Tree: { allOf: [response] } } });
    expect(() => compareSpecs(loop, loop)).toThrow(/refers only to itself/);
  });
});

describe("documents that lead in circles, or everywhere", () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

  test("a schema that two fields have, which two fields have, …: a change at its end is told with some places", () => {
    const components = (bottom: object) => ({
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, level) => [
          `L${level}`,
          object({ a: ref(`L${level + 1}`), b: ref(`L${level + 1}`) }),
        ]),
      ),
      L40: object({ end: bottom }),
    });
    const [change, ...others] = compareSpecs(
      documentOf({ response: ref("L0"), schemas: components(string) }),
      documentOf({ response: ref("L0"), schemas: components({ type: "integer" }) }),
    );
    expect(others).toEqual([]);
    expect(change?.also.length).toBeLessThan(100);
    expect(change?.places).toBe((change?.also.length ?? 0) + 1);
  });

  test("variants of which each holds all of them, merged into one", () => {
    const variant = (kind: string) => object({ kind: { const: kind }, next: ref("Node") }, ["kind"]);
    const before = { Node: object({ kind: { enum: ["a", "b"] }, next: ref("Node") }, ["kind"]) };
    const after = { Node: { oneOf: [variant("a"), variant("b")] } };
    const changes = compareSpecs(
      documentOf({ response: ref("Node"), schemas: before }),
      documentOf({ response: ref("Node"), schemas: after }),
    );
    expect(changes.filter(({ level }) => level === "breaking")).toEqual([]);
  });

  test("a list of itself, and two parts of an allOf that hold themselves", () => {
    const components = (more: object) => ({
      List: { type: "array", items: ref("List") },
      A: object({ next: ref("A"), list: ref("List") }),
      B: object({ next: ref("B"), ...more }),
      Both: { allOf: [ref("A"), ref("B")] },
    });
    const read = (more: object) => documentOf({ response: ref("Both"), schemas: components(more) });
    expect(compareSpecs(read({}), read({}))).toEqual([]);
    const changes = compareSpecs(read({}), read({ more: string }));
    expect(new Set(changes.map(({ rule, place }) => `${rule} ${place}`))).toEqual(
      new Set(["response-field-added more"]),
    );
  });
});
