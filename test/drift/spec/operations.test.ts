import { describe, expect, test } from "vitest";
import { compareSpecs, specExitCode } from "../../../src/drift/spec/spec.ts";
import { loadDocument, openDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { compare, documentOf, object, string, told } from "./documents.ts";

describe("operations", () => {
  test("are found behind any prefix, and a prefix in the server is no change", () => {
    const before = { path: "/openai/v1/chat/completions", server: "https://llm.example" };
    const after = { path: "/chat/completions", server: "https://other.example/openai/v1/" };
    expect(compare(before, after)).toEqual([]);
    expect(told(compare(before, { path: "/v2/chat/completions", server: "https://llm.example" }))).toEqual([
      "breaking (root): moved from /openai/v1/chat/completions to /v2/chat/completions",
    ]);
  });

  test("are the ones with the shortest prefix, which may have parameters", () => {
    const get = (schema: object) => ({
      get: { responses: { 200: { description: "ok", content: { "application/json": { schema } } } } },
    });
    const paths = (schema: object) => ({
      "/accounts/{account}/audio/models": get(object({})),
      "/accounts/{account}/models": get(schema),
    });
    const [before, after] = [object({ data: string }), object({})].map((schema) =>
      documentOf({ root: { paths: paths(schema) } }),
    );
    if (!before || !after) throw new Error("expected two documents");
    expect(told(compareSpecs(before, after))).toEqual(["breaking data: field removed (was string)"]);
  });

  test("that come and go", () => {
    const get = { get: { responses: { 200: { description: "ok" } } } };
    const withPaths = (paths: object) => documentOf({ root: { paths } });
    const before = withPaths({ "/models": get, "/models/{model}": get });
    const after = withPaths({ "/models": get, "/embeddings": { post: get.get } });
    expect(compareSpecs(before, after).map(({ level, subject }) => `${level} ${subject}`)).toEqual([
      "breaking GET /models/{model}",
      "additive POST /embeddings",
    ]);
  });

  test("statuses, parameters, bodies, authentication", () => {
    const ok = { description: "ok" };
    const operation = (more: object) => ({ operation: { ...more } });
    const statuses = (...list: string[]) =>
      operation({ responses: Object.fromEntries(list.map((s) => [s, ok])) });
    expect(told(compare(statuses("200", "400"), statuses("200", "202", "498")))).toEqual([
      "breaking (root): status 202 now listed",
      "additive (root): status 498 now listed",
      "annotation (root): status 400 no longer listed",
    ]);
    const query = (name: string, required: boolean, type = "string") =>
      operation({ parameters: [{ in: "query", name, required, schema: { type } }] });
    expect(told(compare(query("a", false), query("a", true, "integer")))).toEqual([
      "breaking query.a: now required",
      "breaking query.a: type changed from string to integer",
    ]);
    expect(told(compare(query("a", true), query("b", false)))).toEqual([
      "breaking query.a: parameter removed",
      "additive query.b: new optional parameter",
    ]);
    const takes = (type: string) => operation({ requestBody: { required: true, content: { [type]: {} } } });
    expect(told(compare(takes("application/json"), takes("text/plain")))).toEqual([
      "breaking (root): application/json is no longer taken",
      "additive (root): text/plain is taken too",
    ]);
    const secured = (scheme: object) => ({
      root: { security: [{ key: [] }], components: { securitySchemes: { key: scheme } } },
    });
    expect(
      told(
        compare(
          secured({ type: "http", scheme: "bearer" }),
          secured({ type: "apiKey", in: "header", name: "X-Key" }),
        ),
      ),
    ).toEqual(["breaking authentication: authentication changed from http bearer to key in header x-key"]);
  });

  test("an error's body is found at a status or by its name", () => {
    const error = (code: object) => object({ error: object({ code }) });
    const response = { description: "bad", content: { "application/json": { schema: error(string) } } };
    const attached = { operation: { responses: { 200: { description: "ok" }, "4XX": response } } };
    const named = {
      operation: { responses: { 200: { description: "ok" } } },
      schemas: { ErrorResponse: error({ type: ["string", "null"] }) },
    };
    expect(told(compare(attached, named))).toEqual([
      "breaking error.code: may now be null",
      "annotation (root): status 4XX no longer listed",
    ]);
  });

  test("errors of single statuses are told by their status", () => {
    const answers = (schema: object) => ({
      operation: {
        responses: {
          200: { description: "ok" },
          400: { description: "bad", content: { "application/json": { schema: object({ error: string }) } } },
          422: { description: "bad", content: { "application/json": { schema } } },
        },
      },
    });
    const [change] = compare(
      answers(object({ detail: string })),
      answers(object({ detail: { type: "array" } })),
    );
    expect(change).toMatchObject({ subject: "POST /chat/completions response 422", place: "detail" });
  });

  test("a document without any of them can't be compared", () => {
    const empty = openDocument({ openapi: "3.1.0", paths: { "/pets": { get: {} } } }, "pets.yaml");
    expect(() => compareSpecs(empty, empty)).toThrow(/pets\.yaml.*expected one of POST \/chat\/completions/);
  });
});

test("breaking changes come first, and decide the exit code", () => {
  const changes = compare(
    { request: object({ a: string, b: string, d: string }) },
    { request: object({ a: { type: "string", deprecated: true }, c: { type: "array" }, d: string }) },
  );
  expect(changes.map(({ level }) => level)).toEqual(["breaking", "additive", "annotation"]);
  expect(specExitCode(changes, "breaking")).toBe(1);
  expect(specExitCode(changes, "none")).toBe(0);
  expect(specExitCode(changes.slice(1), "breaking")).toBe(0);
  expect(specExitCode(changes.slice(1), "any")).toBe(1);
  expect(specExitCode(changes.slice(2), "any")).toBe(0);
  expect(specExitCode([], "any")).toBe(0);
  const quiet = compareSpecs(
    documentOf({ request: object({ a: string }) }),
    documentOf({ request: object({ a: { type: "string", deprecated: true } }) }),
    { annotations: false },
  );
  expect(quiet).toEqual([]);
});

test("this package's own document is understood, and is the same as itself", async () => {
  const [one, other] = await Promise.all([packagedDocument(), packagedDocument()]);
  expect(compareSpecs(await loadDocument(one), await loadDocument(other))).toEqual([]);
});
