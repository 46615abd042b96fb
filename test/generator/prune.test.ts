import { expect, test } from "vitest";
import type { Document } from "../../src/generator/document.ts";
import { prune } from "../../src/generator/prune.ts";
import { smallDocument } from "./small-document.ts";

const pruned = (document: unknown) => prune(document as Document, "document");

test("keeps the adapter's four operations and what they refer to", () => {
  const { paths, components } = pruned(smallDocument());
  const methods = Object.entries(paths).map(([path, item]) => [path, Object.keys(item)]);
  expect(methods).toEqual([
    ["/chat/completions", ["post"]],
    ["/models", ["get"]],
    ["/models/{model}", ["get"]],
    ["/embeddings", ["post"]],
  ]);
  expect(components?.schemas).not.toHaveProperty("Unused");
});

test("keeps schemas that no operation refers to, and those that they refer to", () => {
  const document = smallDocument();
  const { schemas } = document.components;
  schemas.ErrorResponse = { type: "object", properties: { error: { $ref: "#/components/schemas/Fault" } } };
  schemas.Fault = { type: "object", properties: { message: { type: "string" } } };
  expect(Object.keys(pruned(document).components?.schemas ?? {})).toEqual(
    expect.arrayContaining(["CreateChatCompletionStreamResponse", "ErrorResponse", "Fault"]),
  );
});

test("keeps shared responses, headers and parameters", () => {
  const document = smallDocument();
  const components: Record<string, unknown> = document.components;
  components.responses = {
    Refused: { description: "No", headers: { "x-id": { $ref: "#/components/headers/Id" } } },
  };
  components.headers = { Id: { schema: { type: "string" } }, Other: { schema: { type: "string" } } };
  Object.assign(document.paths["/models"]?.get as object, {
    responses: { "401": { $ref: "#/components/responses/Refused" } },
  });
  const kept = pruned(document).components;
  expect(Object.keys(kept?.responses ?? {})).toEqual(["Refused"]);
  expect(Object.keys(kept?.headers ?? {})).toEqual(["Id"]);
});

test("moves a prefix of the paths into the server URL", () => {
  const { servers, paths } = pruned(smallDocument({ prefix: "/openai/v1" }));
  expect(servers).toEqual([{ url: "https://models.example/openai/v1" }]);
  expect(Object.keys(paths)[0]).toBe("/chat/completions");
  expect(pruned(smallDocument()).servers).toEqual([{ url: "https://models.example" }]);
});

test("a document without servers gets one from its prefix", () => {
  const { servers: _, ...document } = smallDocument({ prefix: "/v1" });
  expect(pruned(document).servers).toEqual([{ url: "/v1" }]);
});

test("operations at another prefix than chat's do not count", () => {
  const document = smallDocument({ prefix: "/v1" });
  document.paths["/beta/models"] = document.paths["/v1/models"] ?? {};
  delete document.paths["/v1/models"];
  expect(() => pruned(document)).toThrow("document: lacks the operation GET /v1/models");
});

test("a path parameter of another name gets ours", () => {
  const operation = pruned(smallDocument({ parameter: "model_id" })).paths["/models/{model}"]?.get;
  expect(operation).toMatchObject({ parameters: [{ name: "model", in: "path" }] });
});

test("parameters of the path item are kept", () => {
  const document = smallDocument();
  Object.assign(document.paths["/models"] ?? {}, { parameters: [{ name: "page", in: "query" }] });
  expect(pruned(document).paths["/models"]?.get).toMatchObject({
    parameters: [{ name: "page", in: "query" }],
  });
});

test("an answer is JSON alone, for an event stream beside it would make every answer a union", () => {
  const document = smallDocument();
  const response = {
    description: "OK",
    content: {
      "application/json": { schema: { $ref: "#/components/schemas/CreateChatCompletionResponse" } },
      "text/event-stream": { schema: { $ref: "#/components/schemas/CreateChatCompletionStreamResponse" } },
    },
  };
  Object.assign(document.paths["/chat/completions"]?.post as object, { responses: { "200": response } });
  expect(pruned(document).paths["/chat/completions"]?.post).toMatchObject({
    responses: { "200": { content: { "application/json": expect.anything() } } },
  });
  expect(JSON.stringify(pruned(document).paths)).not.toContain("event-stream");
});

test("an operation that lists no error gets ErrorResponse as its default; one that does keeps its own", () => {
  const document = smallDocument();
  Object.assign(document.paths["/models"]?.get as object, { responses: { "401": { description: "No" } } });
  const { paths } = pruned(document);
  expect(paths["/models"]?.get).toHaveProperty("responses", { "401": { description: "No" } });
  expect(paths["/embeddings"]?.post).toHaveProperty(
    "responses.default.content.application/json.schema.$ref",
    "#/components/schemas/ErrorResponse",
  );
});
