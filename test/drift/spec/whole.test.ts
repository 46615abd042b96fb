/** Whole documents: what is one change, and what is none. */
import { describe, expect, test } from "vitest";
import { compareSpecs } from "../../../src/drift/spec/spec.ts";
import { openDocument } from "../../../src/openapi/document.ts";
import { compare, documentOf, object, type Parts, string, told } from "./documents.ts";

const all = (before: Parts, after: Parts) => compare(before, after, { scope: "all" });
const ok = { description: "ok" };
const json = (schema: object) => ({ content: { "application/json": { schema } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("two spellings of one document", () => {
  const file = object({ id: string, size: { type: "integer" }, owner: { type: ["string", "null"] } }, [
    "id",
    "size",
  ]);
  const written = {
    openapi: "3.1.0",
    servers: [{ url: "https://llm.example/v1" }],
    security: [{ key: [] }, { cookie: [] }],
    paths: {
      "/files/{id}": {
        get: {
          parameters: [
            { in: "path", name: "id", required: true, schema: string },
            { in: "query", name: "page", schema: { type: "integer" } },
            { in: "header", name: "X-Tenant", schema: string },
          ],
          responses: {
            200: { ...ok, headers: { "X-Left": { schema: { type: "integer" } } }, ...json(ref("File")) },
            404: { ...ok, ...json(object({ error: string })) },
          },
        },
      },
    },
    components: {
      schemas: { File: file },
      securitySchemes: {
        key: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "s" },
      },
    },
  };
  const respelled = {
    openapi: "3.0.3",
    servers: [{ url: "https://{host}/", variables: { host: { default: "llm.example" } } }],
    paths: {
      "/v1/files/{id}/": {
        parameters: [
          { in: "header", name: "x-tenant", schema: string },
          { $ref: "#/components/parameters/Page" },
          { in: "path", name: "id", required: true, style: "simple", schema: string },
          { in: "header", name: "Authorization", required: true, schema: string },
        ],
        get: {
          summary: "One file",
          tags: ["files"],
          security: [{ session: [] }, { bearer: [] }],
          responses: {
            404: { $ref: "#/components/responses/Missing" },
            200: {
              description: "a file",
              headers: { "x-left": { description: "left", schema: { type: "integer" } } },
              content: {
                "application/json; charset=utf-8": {
                  schema: object(
                    {
                      owner: { type: "string", nullable: true, description: "whose" },
                      size: { allOf: [{ type: "integer" }] },
                      id: string,
                    },
                    ["size", "id"],
                  ),
                },
              },
            },
          },
        },
      },
    },
    components: {
      parameters: { Page: { in: "query", name: "page", explode: false, schema: { type: "integer" } } },
      responses: { Missing: { description: "none", ...json(object({ error: string })) } },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "s" },
      },
    },
  };

  test("are the same, both ways", () => {
    const [one, other] = [openDocument(written, "a.yaml"), openDocument(respelled, "b.yaml")];
    expect(compareSpecs(one, other, { scope: "all" })).toEqual([]);
    expect(compareSpecs(other, one, { scope: "all" })).toEqual([]);
  });

  test("an object in a query and its fields as parameters", () => {
    const query = (...parameters: object[]): Parts => ({
      operation: { parameters: parameters.map((one) => ({ in: "query", ...one })) },
    });
    const schema = object({ page: { type: "integer" }, size: string });
    const fields = [
      { name: "page", schema: { type: "integer" } },
      { name: "size", schema: string },
    ];
    expect(all(query({ name: "at", schema }), query(...fields))).toEqual([]);
    expect(all(query({ name: "at", schema, explode: false }), query(...fields))).not.toEqual([]);
  });
});

describe("a change that reaches many places is told once", () => {
  const paths = (count: number, item: (index: number) => object): Parts => ({
    root: { paths: Object.fromEntries(Array.from({ length: count }, (_, i) => [`/p${i}`, item(i)])) },
  });
  const responding = (schema: object) => ({ get: { responses: { 200: { ...ok, ...json(schema) } } } });

  test("of a component that operations refer to", () => {
    const parts = (more: object) => ({
      ...paths(200, () => responding(ref("Usage"))),
      root: {
        ...paths(200, () => responding(object({ usage: ref("Usage") }))).root,
        components: { schemas: { Usage: object({ total: string, ...more }) } },
      },
    });
    const changes = all(parts({}), parts({ time: { type: "number" } }));
    expect(changes.map(({ rule, places, also }) => [rule, places, also.length])).toEqual([
      ["response-field-added", 200, 50],
    ]);
  });

  test("of one that objects take over by allOf, each with fields of its own", () => {
    const parts = (base: object): Parts => ({
      root: {
        ...paths(20, (index) => responding({ allOf: [ref("Base"), object({ [`own${index}`]: string })] }))
          .root,
        components: { schemas: { Base: base } },
      },
    });
    const changes = all(
      parts(object({ id: string, old: string, when: string }, ["id"])),
      parts(object({ id: string, fresh: { type: "integer" }, when: { type: "integer" } }, ["id", "when"])),
    );
    expect(changes.map(({ rule, place, places }) => `${rule} ${place} ${places}`).sort()).toEqual([
      "response-field-added fresh 20",
      "response-field-removed old 20",
      "response-field-required when 20",
      "response-type-changed when 20",
    ]);
  });

  test("of one that is written out wherever it stands", () => {
    const inline = (more: object) =>
      paths(30, (index) =>
        responding(object({ error: object({ code: string, ...more }) }, [], { description: `${index}` })),
      );
    const changes = all(inline({}), inline({ help: string }));
    expect(changes.map(({ place, places }) => `${place} ${places}`)).toEqual(["error.help 30"]);
  });

  test("but two fields that change alike are two changes", () => {
    const parts = (leaf: object): Parts => ({ response: object({ a: leaf, b: leaf }) });
    expect(all(parts(string), parts({ type: ["string", "null"] })).map(({ place }) => place)).toEqual([
      "a",
      "b",
    ]);
  });

  test("of statuses, headers and keys that many operations have", () => {
    const errors = (...statuses: string[]) =>
      paths(40, () => ({ get: { responses: Object.fromEntries(statuses.map((status) => [status, ok])) } }));
    expect(all(errors("200"), errors("200", "429")).map(({ rule, places }) => `${rule} ${places}`)).toEqual([
      "error-status-added 40",
    ]);
    // Each of them is an operation that is gone.
    expect(
      all(
        errors("200"),
        paths(38, () => ({ get: { responses: { 200: ok } } })),
      ),
    ).toHaveLength(2);
  });
});

describe("renames", () => {
  const part = object({ kind: string, text: string }, ["kind"]);

  test("one field gone and one of the same schema there is one renamed", () => {
    const message = (name: string) => object({ role: string, [name]: { type: ["string", "null"] } }, [name]);
    expect(told(compare({ response: message("content") }, { response: message("text") }))).toEqual([
      'breaking content: field renamed to "text"',
    ]);
    expect(told(all({ request: object({ a: part }) }, { request: object({ b: part, c: string }) }))).toEqual([
      'breaking a: field renamed to "b"',
      "additive c: new field (optional, string)",
    ]);
  });

  test("not where another type, or another need, is there, nor where several may be meant", () => {
    const rules = (before: object, after: object) =>
      all({ response: before }, { response: after }).map((c) => c.rule);
    expect(rules(object({ a: string }), object({ b: { type: "integer" } }))).toEqual([
      "response-field-removed",
      "response-field-added",
    ]);
    expect(rules(object({ a: string }, ["a"]), object({ b: string }))).toHaveLength(2);
    expect(rules(object({ a: string, b: string }), object({ c: string }))).toHaveLength(3);
    // Alike at first sight only.
    const deep = (leaf: object) => object({ x: object({ y: leaf }) });
    expect(rules(object({ a: deep(string) }), object({ b: deep({ type: "boolean" }) }))).toHaveLength(2);
  });

  test("of thousands of fields are found at once", () => {
    const fields = (prefix: string) =>
      object(
        Object.fromEntries(
          Array.from({ length: 3000 }, (_, i) => [`${prefix}${i}`, { type: "string", enum: [`v${i}`] }]),
        ),
      );
    const changes = all({ response: fields("a") }, { response: fields("b") });
    expect(changes).toHaveLength(3000);
    expect(new Set(changes.map(({ rule }) => rule))).toEqual(new Set(["response-field-renamed"]));
  });

  test("in a schema that holds itself", () => {
    const tree = (name: string) => ({
      response: ref("Tree"),
      schemas: { Tree: object({ value: string, [name]: { type: "array", items: ref("Tree") } }) },
    });
    expect(told(all(tree("children"), tree("branches")))).toEqual([
      'breaking children: field renamed to "branches"',
    ]);
  });
});

describe("documents of thousands of parts", () => {
  const range = <T>(count: number, part: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => part(i));
  const rulesOf = (before: object, after: object) => {
    const counts: Record<string, number> = {};
    for (const { rule } of all({ request: before }, { request: after }))
      counts[rule] = (counts[rule] ?? 0) + 1;
    return counts;
  };

  test("a union by a tag, and one whose variants nothing tells apart", () => {
    const tagged = (type: string) => ({
      oneOf: range(3000, (i) => object({ t: { const: `v${i}` }, a: i === 7 ? { type } : string }, ["t"])),
    });
    expect(rulesOf(tagged("string"), tagged("boolean"))).toEqual({ "request-type-changed": 1 });
    const untagged = (name: string) => ({ oneOf: range(1000, (i) => object({ [`${name}${i}`]: string })) });
    expect(rulesOf(untagged("a"), untagged("a"))).toEqual({});
    expect(rulesOf(untagged("a"), untagged("b"))).toEqual({
      "request-variant-removed": 1000,
      "request-variant-added": 1000,
    });
  });

  test("enums, one and many", () => {
    const names = (from: number) => range(50_000, (i) => `v${i + from}`);
    const [gone, come] = all(
      { request: object({ f: { enum: names(1) } }) },
      { request: object({ f: { enum: names(0) } }) },
    );
    expect([gone?.before, come?.after]).toEqual(['"v50000"', '"v0"']);
    const consts = (from: number) => ({
      oneOf: names(from)
        .slice(0, 5000)
        .map((name) => ({ const: name })),
    });
    expect(rulesOf(consts(0), consts(0))).toEqual({});
    expect(all({ request: consts(0) }, { request: consts(100) })[0]?.before).toMatch(
      /^("v\d+", ){19}"v19" and 80 more$/,
    );
  });

  test("components that all refer to each other", () => {
    const parts = (more: object): Parts => ({
      response: ref("C0"),
      schemas: Object.fromEntries(
        range(60, (i) => [
          `C${i}`,
          object({ ...Object.fromEntries(range(60, (k) => [`r${k}`, ref(`C${k}`)])), ...more }),
        ]),
      ),
    });
    expect(all(parts({}), parts({ n: string }))).toHaveLength(60);
  });
});

describe("events", () => {
  const stream = (events: object): Parts => ({
    operation: { responses: { 200: { ...ok, "x-event-stream": events } } },
  });

  test("of a name of their own are compared for the adapter too", () => {
    const before = stream({ message: string, error: object({ error: object({ code: string }) }) });
    const after = stream({ message: string, error: object({ error: object({}) }) });
    const [change, ...others] = compare(before, after);
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      subject: "POST /chat/completions stream event error",
      place: "error.code",
      rule: "response-field-removed",
    });
  });

  test("that only one document can name are no change", () => {
    const body = { content: { "text/event-stream": { schema: object({ a: string }) } } };
    const plain: Parts = { operation: { responses: { 200: { ...ok, ...body } } } };
    expect(compare(stream({ message: object({ a: string }), error: string }), plain)).toEqual([]);
  });
});

test("what can't be read costs itself, not the comparison", () => {
  const paths = (more: object) => ({
    root: {
      paths: {
        "/a": { get: { responses: { 200: { ...ok, ...json({ $ref: "#/components/schemas/Gone" }) } } } },
        "/b": { get: { responses: { 200: { ...ok, ...json(object(more)) } } } },
      },
    },
  });
  expect(told(all(paths({ a: string }), paths({})))).toEqual([
    "breaking a: field removed (was string)",
    "annotation (root): can't be compared: small.yaml: the reference #/components/schemas/Gone points to nothing",
  ]);
});

test("a document without any operation of the adapter can be compared as a whole", () => {
  const pets = (more: object) => openDocument({ openapi: "3.1.0", paths: { "/pets": more } }, "pets.yaml");
  const changes = compareSpecs(pets({ get: { responses: {} } }), pets({}), { scope: "all" });
  expect(changes.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual(["operation-removed GET /pets"]);
  expect(documentOf().source).toBe("small.yaml");
});
