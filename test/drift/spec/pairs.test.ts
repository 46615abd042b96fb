/** Pairs of small documents with one change each: what is told of whole documents, by which rule, at what level. */
import { describe, expect, test } from "vitest";
import { SPEC_RULES, type SpecRule } from "../../../src/drift/spec/rules.ts";
import { compare, object, type Parts, string } from "./documents.ts";

const ok = { description: "ok" };
const json = (schema: object) => ({ "application/json": { schema } });
const operation = (more: object): Parts => ({ operation: more });
const parameter = (more: object) => operation({ parameters: [{ in: "query", name: "q", ...more }] });
const path = (name: string): Parts => ({
  path: `/models/{${name}}`,
  operation: { parameters: [{ in: "path", name, required: true, schema: string }] },
});
const header = (more?: object) =>
  operation({ responses: { 200: { ...ok, headers: more ? { "X-A": { schema: string, ...more } } : {} } } });
const answers = (...statuses: string[]) =>
  operation({ responses: Object.fromEntries(statuses.map((status) => [status, ok])) });
const answer = (status: string, ...types: string[]) => {
  const content = Object.fromEntries(types.map((type) => [type, { schema: string }]));
  return operation({ responses: { [status]: { ...ok, content } } });
};
const events = (...names: string[]) =>
  operation({
    responses: { 200: { ...ok, "x-event-stream": Object.fromEntries(names.map((name) => [name, string])) } },
  });
const event = (schema: object) =>
  operation({ responses: { 200: { ...ok, "x-event-stream": { message: string, error: schema } } } });
const paths = (more: object): Parts => ({
  root: { paths: { "/chat/completions": { post: { responses: { 200: ok } } }, ...more } },
});
const get = (more: object = {}) => ({ get: { responses: { 200: ok }, ...more } });
const webhooks = (more: object): Parts => ({ root: { webhooks: more } });
const hook = (schema: object) => ({
  post: { requestBody: { content: json(schema) }, responses: { 200: ok } },
});
const servers = (...urls: string[]): Parts => ({ root: { servers: urls.map((url) => ({ url })) } });
const flows = (tokenUrl: string) => ({ clientCredentials: { tokenUrl, scopes: {} } });
const secured = (security: object[], tokenUrl = "https://llm.example/token"): Parts => {
  const key = { type: "http", scheme: "bearer" };
  const securitySchemes = { key, cookie: { type: "apiKey", in: "cookie", name: "s" } };
  const oauth = { type: "oauth2", flows: flows(tokenUrl) };
  return { root: { security, components: { securitySchemes: { ...securitySchemes, oauth } } } };
};
const form = (encoding: object) =>
  operation({
    requestBody: { content: { "multipart/form-data": { schema: object({ f: string }), encoding } } },
  });
const takes = (required: boolean, ...types: string[]) =>
  operation({
    requestBody: { required, content: Object.fromEntries(types.map((type) => [type, { schema: string }])) },
  });
const noBody = operation({ requestBody: undefined });

/** A change that is no schema's: before, after, and what is told. */
const PLAIN: [name: string, before: Parts, after: Parts, told: string[]][] = [
  [
    "an operation goes",
    paths({ "/files": get() }),
    paths({}),
    ["breaking operation-removed GET /files (root)"],
  ],
  [
    "an operation comes",
    paths({}),
    paths({ "/files": get() }),
    ["additive operation-added GET /files (root)"],
  ],
  [
    "an operation moves, known by its id",
    paths({ "/files": get({ operationId: "list" }) }),
    paths({ "/v2/files": get({ operationId: "list" }) }),
    ["breaking operation-moved GET /v2/files request (root)"],
  ],
  [
    "an operation is deprecated",
    operation({}),
    operation({ deprecated: true }),
    ["annotation operation-deprecated"],
  ],
  [
    "an operation is no longer deprecated",
    operation({ deprecated: true }),
    operation({}),
    ["annotation operation-undeprecated"],
  ],
  [
    "an operation ends on another day",
    operation({ deprecated: true, "x-sunset": "2027-01-01" }),
    operation({ deprecated: true, "x-sunset": "2027-02-01" }),
    ["annotation operation-sunset-changed"],
  ],
  [
    "an operation has another id",
    operation({ operationId: "a" }),
    operation({ operationId: "b" }),
    ["annotation operation-id-changed"],
  ],
  [
    "a parameter of the path has another name",
    path("id"),
    path("model"),
    ["annotation path-parameter-renamed POST /models/{model} request (root)"],
  ],
  [
    "a webhook comes",
    webhooks({}),
    webhooks({ done: hook(string) }),
    ["additive webhook-added webhook POST done (root)"],
  ],
  ["a webhook goes", webhooks({ done: hook(string) }), webhooks({}), ["breaking webhook-removed"]],
  [
    "a callback goes",
    operation({ callbacks: { done: { "{$request.body#/url}": hook(string) } } }),
    operation({}),
    ["breaking webhook-removed"],
  ],
  [
    "what a webhook sends is like an answer",
    webhooks({ done: hook(object({ a: string })) }),
    webhooks({ done: hook(object({ a: { type: ["string", "null"] } })) }),
    ["breaking response-null-allowed webhook POST done a"],
  ],
  [
    "a server goes",
    servers("https://a.example", "https://b.example"),
    servers("https://a.example"),
    ["breaking server-removed"],
  ],
  [
    "another server in its place",
    servers("https://a.example"),
    servers("https://b.example"),
    ["breaking server-removed"],
  ],
  [
    "a server comes",
    servers("https://a.example"),
    servers("https://a.example", "https://b.example"),
    ["additive server-added"],
  ],
  ["a key is needed", secured([]), secured([{ key: [] }]), ["breaking security-imposed"]],
  ["no key is needed", secured([{ key: [] }]), secured([{}]), ["additive security-lifted"]],
  [
    "one of two keys",
    secured([{ key: [] }, { cookie: [] }]),
    secured([{ key: [] }]),
    ["breaking security-removed"],
  ],
  ["another key", secured([{ key: [] }]), secured([{ cookie: [] }]), ["breaking security-removed"]],
  [
    "one more key",
    secured([{ key: [] }]),
    secured([{ key: [] }, { cookie: [] }]),
    ["additive security-added"],
  ],
  [
    "a scope comes",
    secured([{ oauth: ["read"] }]),
    secured([{ oauth: ["read", "write"] }]),
    ["breaking security-scope-added POST /chat/completions request authentication"],
  ],
  [
    "a scope goes",
    secured([{ oauth: ["read", "write"] }]),
    secured([{ oauth: ["read"] }]),
    ["additive security-scope-removed"],
  ],
  [
    "tokens come from elsewhere",
    secured([{ oauth: [] }]),
    secured([{ oauth: [] }], "https://other.example/token"),
    ["breaking security-address-changed"],
  ],
  ["a parameter goes", parameter({ schema: string }), operation({}), ["breaking parameter-removed"]],
  ["a parameter comes", operation({}), parameter({ schema: string }), ["additive parameter-added"]],
  [
    "a required parameter comes",
    operation({}),
    parameter({ schema: string, required: true }),
    ["breaking required-parameter-added"],
  ],
  [
    "a parameter has another name",
    parameter({ schema: string }),
    parameter({ name: "query", schema: string }),
    ["breaking parameter-renamed POST /chat/completions request query.q"],
  ],
  [
    "a parameter is now required",
    parameter({ schema: string }),
    parameter({ schema: string, required: true }),
    ["breaking parameter-required"],
  ],
  [
    "a parameter is now optional",
    parameter({ schema: string, required: true }),
    parameter({ schema: string }),
    ["additive parameter-optional"],
  ],
  [
    "a list is written in one",
    parameter({ schema: { type: "array", items: string } }),
    parameter({ schema: { type: "array", items: string }, explode: false }),
    ["breaking parameter-style-changed"],
  ],
  [
    "a number in a query becomes a text",
    parameter({ schema: { type: "integer" } }),
    parameter({ schema: string }),
    ["additive request-type-widened"],
  ],
  [
    "a text in a query becomes a list of them",
    parameter({ schema: string }),
    parameter({ schema: { type: "array", items: string } }),
    ["additive request-type-widened"],
  ],
  [
    "a cookie",
    operation({ parameters: [{ in: "cookie", name: "s", schema: string }] }),
    operation({ parameters: [] }),
    ["breaking parameter-removed POST /chat/completions request cookie.s"],
  ],
  ["a body is no longer taken", {}, noBody, ["breaking body-removed"]],
  ["a body is taken", noBody, takes(false, "text/plain"), ["additive body-added"]],
  ["a body is needed", noBody, takes(true, "text/plain"), ["breaking required-body-added"]],
  ["a body is required", takes(false, "text/plain"), takes(true, "text/plain"), ["breaking body-required"]],
  ["a body is optional", takes(true, "text/plain"), takes(false, "text/plain"), ["additive body-optional"]],
  [
    "a body of another type too",
    takes(true, "text/plain"),
    takes(true, "text/plain", "application/xml"),
    ["additive request-media-type-added"],
  ],
  [
    "a type of body goes",
    takes(true, "text/plain", "application/xml"),
    takes(true, "text/plain"),
    ["breaking request-media-type-removed"],
  ],
  [
    "a part of a form is of another type",
    form({ f: { contentType: "text/plain" } }),
    form({ f: { contentType: "application/json" } }),
    ["breaking body-encoding-changed POST /chat/completions request f"],
  ],
  ["a success goes", answers("200", "202"), answers("200"), ["breaking success-status-removed"]],
  ["a success comes", answers("200"), answers("200", "202"), ["breaking success-status-added"]],
  ["an error goes", answers("200", "400"), answers("200"), ["annotation error-status-removed"]],
  ["an error comes", answers("200"), answers("200", "default"), ["additive error-status-added"]],
  [
    "an answer of another type too",
    answer("200", "text/plain"),
    answer("200", "text/plain", "audio/wav"),
    ["additive response-media-type-added"],
  ],
  [
    "a type of answer goes",
    answer("200", "text/plain", "audio/wav"),
    answer("200", "text/plain"),
    ["breaking response-media-type-removed"],
  ],
  ["an answer is described", answer("200"), answer("200", "text/plain"), ["annotation response-described"]],
  [
    "an error is no longer described",
    answer("400", "text/plain"),
    answer("400"),
    ["annotation response-undescribed POST /chat/completions response 400 (root)"],
  ],
  ["a header goes", header({}), header(), ["breaking header-removed"]],
  [
    "a header comes",
    header(),
    header({}),
    ["additive header-added POST /chat/completions response header.x-a"],
  ],
  ["a header may be absent", header({ required: true }), header({}), ["breaking header-optional"]],
  ["a header is always there", header({}), header({ required: true }), ["additive header-always"]],
  [
    "a header's value",
    header({}),
    header({ schema: { type: "string", enum: ["a"] } }),
    ["additive response-enum-imposed POST /chat/completions response header.x-a"],
  ],
  [
    "an event comes",
    events("message"),
    events("message", "error"),
    ["breaking stream-event-added POST /chat/completions stream event error (root)"],
  ],
  ["an event goes", events("message", "error"), events("message"), ["breaking stream-event-removed"]],
  [
    "the data of a named event",
    event(object({ a: string })),
    event(object({})),
    ["breaking response-field-removed POST /chat/completions stream event error a"],
  ],
  [
    "a reference to another file",
    {},
    { request: { $ref: "other.yaml#/A" } },
    ["annotation not-compared POST /chat/completions request (root)"],
  ],
];

const union = (...types: string[]) => ({
  oneOf: types.map((type) => object({ type: { const: type } }, ["type"])),
});
const animals = (mapping: object, propertyName = "kind") => ({
  schema: {
    oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }],
    discriminator: { propertyName, mapping },
  },
  schemas: {
    Cat: object({ kind: string, sort: string, cat: string }, ["kind", "sort"]),
    Dog: object({ kind: string, sort: string, dog: string }, ["kind", "sort"]),
  },
});
const [cat, dog] = ["#/components/schemas/Cat", "Dog"];

/** A change of the schema of field `f`: what is told where it is sent, and where it comes back. */
const SCHEMAS: [name: string, before: object, after: object, request: string, response: string][] = [
  ["a field goes", object({ a: string }), object({}), "breaking field-removed", "breaking field-removed"],
  ["a field comes", object({}), object({ a: string }), "additive field-added", "additive field-added"],
  [
    "a required field comes",
    object({}),
    object({ a: string }, ["a"]),
    "breaking required-field-added",
    "additive required-field-added",
  ],
  [
    "a field has another name",
    object({ a: string }, ["a"]),
    object({ b: string }, ["b"]),
    "breaking field-renamed",
    "breaking field-renamed",
  ],
  [
    "a field is required",
    object({ a: string }),
    object({ a: string }, ["a"]),
    "breaking field-required",
    "additive field-required",
  ],
  [
    "a field is optional",
    object({ a: string }, ["a"]),
    object({ a: string }),
    "additive field-optional",
    "breaking field-optional",
  ],
  ["null comes", string, { type: ["string", "null"] }, "additive null-allowed", "breaking null-allowed"],
  ["null goes", { type: ["string", "null"] }, string, "breaking null-refused", "additive null-refused"],
  ["a type comes", string, { type: ["string", "integer"] }, "additive type-widened", "breaking type-widened"],
  [
    "a type goes",
    { type: ["string", "integer"] },
    string,
    "breaking type-narrowed",
    "additive type-narrowed",
  ],
  ["another type", string, { type: "boolean" }, "breaking type-changed", "breaking type-changed"],
  ["a variant comes", union("a"), union("a", "b"), "additive variant-added", "breaking variant-added"],
  ["a variant goes", union("a", "b"), union("a"), "breaking variant-removed", "additive variant-removed"],
  [
    "a value comes",
    { enum: ["a"] },
    { enum: ["a", "b"] },
    "additive enum-value-added",
    "breaking enum-value-added",
  ],
  [
    "a value goes",
    { enum: ["a", "b"] },
    { enum: ["a"] },
    "breaking enum-value-removed",
    "additive enum-value-removed",
  ],
  ["an enum comes", string, { enum: ["a"] }, "breaking enum-imposed", "additive enum-imposed"],
  ["an enum goes", { enum: ["a"] }, string, "additive enum-lifted", "breaking enum-lifted"],
  [
    "a tighter bound",
    { type: "array", maxItems: 4 },
    { type: "array", maxItems: 2 },
    "breaking bound-tightened",
    "additive bound-tightened",
  ],
  [
    "a looser bound",
    { type: "array", contains: {}, minContains: 2 },
    { type: "array", contains: {}, minContains: 1 },
    "additive bound-loosened",
    "breaking bound-loosened",
  ],
  [
    "another multipleOf",
    { type: "integer", multipleOf: 2 },
    { type: "integer", multipleOf: 3 },
    "breaking bound-changed",
    "breaking bound-changed",
  ],
  [
    "a pattern comes",
    string,
    { type: "string", pattern: "^a" },
    "breaking pattern-added",
    "additive pattern-added",
  ],
  [
    "a pattern goes",
    { type: "string", pattern: "^a" },
    string,
    "additive pattern-removed",
    "breaking pattern-removed",
  ],
  [
    "another pattern",
    { type: "string", pattern: "^a" },
    { type: "string", pattern: "^b" },
    "breaking pattern-changed",
    "breaking pattern-changed",
  ],
  [
    "another format",
    { type: "string", format: "date" },
    { type: "string", format: "uri" },
    "breaking format-changed",
    "breaking format-changed",
  ],
  [
    "a format is named",
    string,
    { type: "string", format: "uri" },
    "annotation format-noted",
    "annotation format-noted",
  ],
  [
    "a condition comes",
    string,
    { type: "string", not: { const: "a" } },
    "breaking condition-added",
    "additive condition-added",
  ],
  [
    "a condition goes",
    { type: "object", dependentRequired: { a: ["b"] } },
    { type: "object" },
    "additive condition-removed",
    "breaking condition-removed",
  ],
  [
    "another condition",
    { type: "string", not: { const: "a" } },
    { type: "string", not: { const: "b" } },
    "breaking condition-changed",
    "breaking condition-changed",
  ],
  [
    "closed",
    object({}),
    object({}, [], { additionalProperties: false }),
    "breaking further-fields-narrowed",
    "additive further-fields-narrowed",
  ],
  [
    "untyped",
    object({}, [], { additionalProperties: string }),
    object({}),
    "additive further-fields-widened",
    "breaking further-fields-widened",
  ],
  [
    "opened",
    object({}, [], { additionalProperties: false }),
    object({}),
    "additive further-fields-allowed",
    "additive further-fields-allowed",
  ],
  [
    "another discriminator",
    { ...union("a", "b"), discriminator: { propertyName: "type" } },
    { ...union("a", "b"), discriminator: { propertyName: "kind" } },
    "breaking discriminator-changed",
    "breaking discriminator-changed",
  ],
  [
    "a discriminator is named",
    union("a", "b"),
    { ...union("a", "b"), discriminator: { propertyName: "type" } },
    "annotation discriminator-noted",
    "annotation discriminator-noted",
  ],
  [
    "another default",
    { type: "string", default: "a" },
    { type: "string", default: "b" },
    "breaking default-changed",
    "annotation default-changed",
  ],
  [
    "a default is named",
    string,
    { type: "string", default: "b" },
    "annotation default-noted",
    "annotation default-noted",
  ],
  [
    "deprecated",
    string,
    { type: "string", deprecated: true },
    "annotation deprecated",
    "annotation deprecated",
  ],
  [
    "no longer deprecated",
    { type: "string", deprecated: true },
    string,
    "annotation undeprecated",
    "annotation undeprecated",
  ],
  [
    "a variant is deprecated",
    union("a", "b"),
    { oneOf: [...union("a").oneOf, { ...union("b").oneOf[0], deprecated: true }] },
    "annotation deprecated",
    "annotation deprecated",
  ],
  [
    "another end",
    { type: "string", deprecated: true, "x-sunset": "2027-01-01" },
    { type: "string", deprecated: true, "x-sunset": "2027-02-01" },
    "annotation sunset-changed",
    "annotation sunset-changed",
  ],
  [
    "other examples",
    { anyOf: [string, { enum: ["a"] }] },
    { anyOf: [string, { enum: ["b"] }] },
    "annotation examples-changed",
    "annotation examples-changed",
  ],
  [
    "one of two fields that must be there",
    { ...object({ a: string, b: string }), oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { ...object({ a: string, b: string }), oneOf: [{ required: ["b"] }] },
    "breaking variant-removed",
    "additive variant-removed",
  ],
  [
    "of the first items one",
    { type: "array", prefixItems: [string, string] },
    { type: "array", prefixItems: [string, { type: "boolean" }] },
    "breaking type-changed",
    "breaking type-changed",
  ],
  [
    "fields by the pattern of their names",
    { type: "object", patternProperties: { "^a": string } },
    { type: "object", patternProperties: { "^a": { type: "boolean" } } },
    "breaking type-changed",
    "breaking type-changed",
  ],
];

/** All that stands where a schema of one direction does. */
const inRequest = (schema: object, more: Parts = {}): Parts => ({ request: object({ f: schema }), ...more });
const inResponse = (schema: object, more: Parts = {}): Parts => ({
  response: object({ f: schema }),
  ...more,
});

const all = (before: Parts, after: Parts) => compare(before, after, { scope: "all" });

const levels = (before: Parts, after: Parts): string[] =>
  all(before, after).map(({ level, rule }) => `${level} ${rule}`);

const field = (more: object) => object({ a: { type: "string", ...more } });

/** Of a field that only goes one way. */
const ONE_WAY: [name: string, before: Parts, after: Parts, told: string[]][] = [
  [
    "no longer sent",
    inRequest(field({})),
    inRequest(field({ readOnly: true })),
    ["breaking request-field-closed"],
  ],
  [
    "no longer answered",
    inResponse(field({})),
    inResponse(field({ writeOnly: true })),
    ["breaking response-field-closed"],
  ],
  ["sent too", inRequest(field({ readOnly: true })), inRequest(field({})), ["additive request-field-added"]],
  ["answered as before", inResponse(field({})), inResponse(field({ readOnly: true })), []],
];

describe("one change", () => {
  test.each(PLAIN)("%s", (_name, before, after, expected) => {
    const changes = all(before, after);
    const lines = changes.map(({ level, rule, subject, place }) => `${level} ${rule} ${subject} ${place}`);
    expect(lines).toEqual(
      expected.map((line) => expect.stringMatching(new RegExp(`^${literally(line)}( |$)`))),
    );
  });

  test.each(SCHEMAS)("of a schema: %s", (_name, before, after, request, response) => {
    const named = (text: string, direction: string) => [text.replace(" ", ` ${direction}-`)];
    expect(levels(inRequest(before), inRequest(after))).toEqual(named(request, "request"));
    expect(levels(inResponse(before), inResponse(after))).toEqual(named(response, "response"));
  });

  test.each(ONE_WAY)("of a field: %s", (_name, before, after, expected) => {
    expect(levels(before, after)).toEqual(expected);
  });

  test("of the words that a discriminator's mapping has for its variants", () => {
    const { schema, schemas } = animals({ c: cat, d: dog });
    const other = animals({ c: cat, hound: dog });
    const changes = all(inRequest(schema, { schemas }), inRequest(other.schema, { schemas }));
    expect(changes.map(({ rule, text }) => `${rule} ${text}`)).toEqual([
      'request-enum-value-removed value "d" removed',
      'request-enum-value-added value "hound" added',
    ]);
    const sorted = animals({ c: cat, d: dog }, "sort");
    expect(levels(inRequest(schema, { schemas }), inRequest(sorted.schema, { schemas }))).toContain(
      "breaking request-discriminator-changed",
    );
  });

  test("is told by every rule that there is", () => {
    const pairs = [
      ...[...PLAIN, ...ONE_WAY].map(([, before, after]) => [before, after] as const),
      ...SCHEMAS.map(([, before, after]) => [inRequest(before), inRequest(after)] as const),
      ...SCHEMAS.map(([, before, after]) => [inResponse(before), inResponse(after)] as const),
    ];
    const told = new Set(pairs.flatMap(([before, after]) => all(before, after).map(({ rule }) => rule)));
    expect(Object.keys(SPEC_RULES).filter((rule) => !told.has(rule as SpecRule))).toEqual([]);
  });
});

const literally = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
