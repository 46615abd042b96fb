import { describe, expect, test } from "vitest";
import { applyOverlay } from "../../src/openapi/apply-overlay.ts";
import { DocumentError } from "../../src/openapi/document.ts";
import { jsonPath } from "../../src/openapi/json-path.ts";
import { openOverlay, readOverlay } from "../../src/openapi/overlay.ts";

const document = () => ({
  openapi: "3.1.0",
  tags: [{ name: "a" }, { name: "b" }, { name: "c" }],
  paths: { "/a": { get: { summary: "old" } }, "/it's": {} },
  components: {
    schemas: {
      Answer: {
        required: ["id", "text"],
        properties: { id: { type: "string" }, text: { type: "string", enum: ["x"] } },
      },
    },
  },
});

const overlay = (...actions: object[]) => ({ overlay: "1.1.0", info: { title: "t", version: "1" }, actions });
const apply = (...actions: object[]) => applyOverlay(document(), openOverlay(overlay(...actions), "o.yaml"));

describe("an action", () => {
  const schema = "$.components.schemas.Answer";
  test.each<[string, object[], string[], unknown]>([
    [
      "merges objects",
      [{ target: "$.paths['/a']", update: { get: { deprecated: true } } }],
      ["paths", "/a", "get"],
      { summary: "old", deprecated: true },
    ],
    ["replaces a plain value within", [{ target: "$", update: { openapi: "3.1.1" } }], ["openapi"], "3.1.1"],
    [
      "replaces a plain value that is its target",
      [{ target: "$.paths['/a'].get.summary", update: "new" }],
      ["paths", "/a", "get", "summary"],
      "new",
    ],
    [
      "joins lists",
      [{ target: schema, update: { required: ["more"] } }],
      ["components", "schemas", "Answer", "required"],
      ["id", "text", "more"],
    ],
    ["appends an entry to a list", [{ target: "$.tags", update: { name: "d" } }], ["tags", "length"], 4],
    [
      "appends entries to a list",
      [{ target: "$.tags", update: [{ name: "d" }, { name: "e" }] }],
      ["tags", "length"],
      5,
    ],
    [
      "acts on all places that match",
      [{ target: "$.tags[*]", update: { x: 1 } }],
      ["tags"],
      [
        { name: "a", x: 1 },
        { name: "b", x: 1 },
        { name: "c", x: 1 },
      ],
    ],
    [
      "removes members",
      [{ target: "$.paths['/it\\'s']", remove: true }],
      ["paths"],
      { "/a": { get: { summary: "old" } } },
    ],
    [
      "removes items, by what they are",
      [{ target: "$.components.schemas.Answer.required[?@ == 'id']", remove: true }],
      ["components", "schemas", "Answer", "required"],
      ["text"],
    ],
    [
      "removes several items, in any order and though named twice",
      [{ target: "$.tags[2,0,2]", remove: true }],
      ["tags"],
      [{ name: "b" }],
    ],
    [
      "copies",
      [
        { target: "$.paths", update: { "/b": {} } },
        { target: "$.paths['/b']", copy: "$.paths['/a']" },
      ],
      ["paths", "/b"],
      { get: { summary: "old" } },
    ],
    [
      "sees what the one before it did",
      [
        { target: "$", update: { "x-a": { b: 1 } } },
        { target: "$['x-a']", update: { c: 2 } },
      ],
      ["x-a"],
      { b: 1, c: 2 },
    ],
    [
      "finds names of any characters",
      [
        { target: "$", update: { "x-\u0001\\": { a: 1 } } },
        { target: "$[?@.a == 1]", update: { b: 2 } },
      ],
      ["x-\u0001\\"],
      { a: 1, b: 2 },
    ],
  ])("%s", (_, actions, place, expected) => {
    const before = document();
    const { content, needless } = apply(...actions);
    expect(content).toHaveProperty(place, expected);
    expect(needless).toEqual([]);
    expect(before).toEqual(document());
  });

  test("can add a member called __proto__, and no more than that", () => {
    const { content } = applyOverlay(
      { a: {} },
      readOverlay(
        JSON.stringify(overlay({ target: "$.a", update: {} })).replace(
          '"update":{}',
          '"update":{"__proto__":{"b":1}}',
        ),
        "o",
      ),
    );
    expect(JSON.stringify(content)).toBe('{"a":{"__proto__":{"b":1}}}');
    expect(Object.hasOwn(Object.prototype, "b")).toBe(false);
  });
});

test.each<[string, object, RegExp]>([
  [
    "matches nothing",
    { target: "$.components.schemas.Gone", update: {} },
    /^o\.yaml: actions\[0\] \(\$\.components\.schemas\.Gone\): matches nothing$/,
  ],
  ["removes nothing", { target: "$.tags[?@.name == 'z']", remove: true }, /matches nothing/],
  [
    "is no query of RFC 9535",
    { target: "$.tags[?(@.name = 'a')]", update: {} },
    /is no JSONPath of RFC 9535/,
  ],
  ["names a list's item as a member", { target: "$.tags['1']", update: {} }, /matches nothing/],
  [
    "matches places of two kinds",
    { target: "$.components.schemas.Answer.*", update: {} },
    /matches a list and an object/,
  ],
  [
    "merges a list into an object",
    { target: "$.components", update: [] },
    /expected an object to merge, found a list/,
  ],
  [
    "merges what does not fit within",
    { target: "$", update: { tags: { a: 1 } } },
    /tags is a list, which does not merge with an object/,
  ],
  ["puts an object in a plain value's place", { target: "$.openapi", update: {} }, /expected a plain value/],
  [
    "copies from several places",
    { target: "$.paths", copy: "$.tags[*]" },
    /copy: \$\.tags\[\*\] matches 3 places, expected one/,
  ],
])("an action is refused that %s", (_, action, message) => {
  expect(() => apply(action)).toThrow(DocumentError);
  expect(() => apply(action)).toThrow(message);
});

test.each<[string, unknown, string]>([
  ["is a list", [], "expected an OpenAPI Overlay"],
  ["has another version", { ...overlay({}), overlay: "2.0.0" }, "version 1.0 or 1.1"],
  ["has no actions", overlay(), "actions: expected one at least"],
  ["has an action without a target", overlay({ update: {} }), "actions[0].target: expected a JSONPath"],
  [
    "has an action that does nothing",
    overlay({ target: "$" }),
    "actions[0]: expected update, copy or remove",
  ],
  [
    "has an action with a word that nobody knows",
    overlay({ target: "$", updat: {} }),
    "actions[0]: updat is no field",
  ],
  [
    "copies, which 1.0 does not know",
    { ...overlay({ target: "$", copy: "$" }), overlay: "1.0.0" },
    "actions[0].copy",
  ],
  [
    "has more seen than there are",
    overlay({ target: "$", update: {}, "x-evidence": { seen: 2, of: 1 } }),
    "seen 2 of 1",
  ],
  [
    "has no figures in its evidence",
    overlay({ target: "$", update: {}, "x-evidence": { seen: "many" } }),
    ".seen: expected a whole number",
  ],
])("an overlay is refused that %s", (_, content, message) => {
  expect(() => openOverlay(content, "o.yaml")).toThrow(DocumentError);
  expect(() => openOverlay(content, "o.yaml")).toThrow(message);
});

describe("what the document has come to say by itself is told, and changes nothing", () => {
  const target = "$.components.schemas.Answer";
  test.each<[string, object]>([
    ["a member", { target: `${target}.properties`, update: { id: { type: "string" } } }],
    ["a word within", { target, update: { properties: { id: { type: "string" } } } }],
    ["items of a list", { target: `${target}.properties.text.enum`, update: "x" }],
    ["a plain value", { target: "$.openapi", update: "3.1.0" }],
  ])("%s", (_, action) => {
    const { content, needless } = apply(action);
    expect(content).toEqual(document());
    expect(needless).toEqual([
      expect.stringMatching(/^o\.yaml: actions\[0\] \(.*\) can go: the document says so by itself$/),
    ]);
  });
});

describe("evidence stays with what was changed", () => {
  const evidence = { seen: 71, of: 71, from: "2025-10", to: "2026-07", source: "recorded answers" };
  const root = "$.components.schemas.Answer";
  const properties = ["components", "schemas", "Answer", "properties"];
  test.each<[string, object, string[]]>([
    [
      "a new member",
      { target: root, update: { properties: { usage: { type: "object" } } } },
      [...properties, "usage"],
    ],
    [
      "a keyword of a member",
      { target: `${root}.properties.id`, update: { nullable: true } },
      [...properties, "id"],
    ],
    ["a value of an enum", { target: `${root}.properties.text.enum`, update: "y" }, [...properties, "text"]],
    [
      "a schema within a schema",
      { target: `${root}.properties.id`, update: { items: { type: "string" } } },
      [...properties, "id"],
    ],
    [
      "a member that may be absent",
      { target: `${root}.required[?@ == 'text']`, remove: true },
      [...properties, "text"],
    ],
    [
      "a keyword that is gone",
      { target: `${root}.properties.text.enum`, remove: true },
      [...properties, "text"],
    ],
  ])("%s", (_, action, place) => {
    const { content } = apply({ ...action, description: "why", "x-evidence": evidence });
    expect(content).toHaveProperty([...place, "x-evidence"], [{ ...evidence, note: "why" }]);
    expect(JSON.stringify(content).match(/x-evidence/g)).toHaveLength(1);
  });
});

test("a pointer becomes a query that selects the same place", () => {
  const content = { allOf: [{ a: 1 }, { "it's \\ \n": { 0: "x" } }] };
  expect(jsonPath(content, "/allOf/1")).toBe("$.allOf[1]");
  const deep = jsonPath(content, "/allOf/1/it's \\ \n/0");
  expect(deep).toBe("$.allOf[1]['it\\'s \\\\ \\n']['0']");
  const applied = applyOverlay(content, openOverlay(overlay({ target: deep, update: "y" }), "o"));
  expect(applied.content).toHaveProperty(["allOf", "1", "it's \\ \n", "0"], "y");
});
