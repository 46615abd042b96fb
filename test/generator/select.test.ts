import { describe, expect, test } from "vitest";
import { select } from "../../src/generator/select.ts";
import { openDocument } from "../../src/openapi/document.ts";
import { answer, json, list, object, ref, smallDocument, smallOpened } from "./small-document.ts";

const labels = (api: ReturnType<typeof select>) => api.operations.map(({ label }) => label);
const problems = (api: ReturnType<typeof select>) => api.notes.map(({ problem }) => problem);

describe("operations", () => {
  test("the adapter's four, and what they refer to", () => {
    const api = select(smallOpened());
    expect(labels(api)).toEqual([
      "POST /chat/completions",
      "GET /models",
      "GET /models/{model}",
      "POST /embeddings",
    ]);
    expect(Object.keys(api.schemas)).not.toContain("Unused");
    expect(api.notes).toEqual([]);
  });

  test("at whatever prefix, and with whatever path parameter", () => {
    const api = select(openDocument(smallDocument({ prefix: "/openai/v1", parameter: "model_id" }), "d"));
    expect(labels(api)).toContain("GET /models/{model}");
    expect(api.operations[2]).toMatchObject({
      path: "/models/{model}",
      parameters: [{ name: "model", in: "path", required: true }],
    });
  });

  test("those at another prefix than chat's do not count", () => {
    const document = smallDocument({ prefix: "/v1" });
    document.paths["/beta/models"] = document.paths["/v1/models"] ?? {};
    delete document.paths["/v1/models"];
    const api = select(openDocument(document, "d"));
    expect(labels(api)).not.toContain("GET /models");
    expect(problems(api)).toContain("lacks the operation GET /models");
  });

  test("one that is missing costs itself; without chat there is nothing to generate", () => {
    const api = select(smallOpened((d) => delete d.paths["/embeddings"]));
    expect(problems(api)).toEqual([
      "lacks the operation POST /embeddings",
      "says nothing of the EmbeddingRequest",
      "says nothing of the EmbeddingAnswer",
    ]);
    expect(() => select(smallOpened((d) => delete d.paths["/chat/completions"]))).toThrow(
      "document: lacks the operation POST /chat/completions",
    );
  });

  test("further ones by their label, or all", () => {
    expect(labels(select(smallOpened(), ["GET /files"]))).toHaveLength(5);
    expect(labels(select(smallOpened(), "all")).slice(4)).toEqual(["DELETE /models/{model}", "GET /files"]);
    expect(() => select(smallOpened(), ["GET /nowhere"])).toThrow("lacks the operation GET /nowhere");
    expect(labels(select(smallOpened(), ["GET /models"]))).toHaveLength(4);
  });

  test("shared responses, headers, parameters and bodies are followed", () => {
    const api = select(
      smallOpened((document) => {
        Object.assign(document.components, {
          responses: {
            Refused: { description: "No", headers: { "x-id": { $ref: "#/components/headers/Id" } } },
          },
          headers: { Id: { required: true, schema: { type: "string" } } },
          parameters: { Page: { name: "page", in: "query", schema: { type: "integer" } } },
          requestBodies: { Texts: { required: true, content: json(ref("Texts")) } },
        });
        Object.assign(document.paths["/models"] ?? {}, {
          parameters: [{ $ref: "#/components/parameters/Page" }],
        });
        Object.assign(document.paths["/models"]?.get as object, {
          responses: { "401": { $ref: "#/components/responses/Refused" } },
        });
        Object.assign(document.paths["/embeddings"]?.post as object, {
          requestBody: { $ref: "#/components/requestBodies/Texts" },
        });
      }),
    );
    const models = api.operations.find(({ path }) => path === "/models");
    expect(models?.parameters).toMatchObject([{ name: "page", in: "query", required: false }]);
    expect(models?.answers.get("401")?.headers.get("x-id")).toMatchObject({ required: true });
    expect(api.roles.get("EmbeddingRequest")).toBe("Texts");
  });

  test("a reference that leads nowhere costs what it stands for", () => {
    const api = select(
      smallOpened((document) => {
        Object.assign(document.paths["/models"]?.get as object, {
          responses: { ...answer(ref("Models")), "401": { $ref: "#/components/responses/Gone" } },
        });
      }),
    );
    expect(problems(api)).toContain("the reference #/components/responses/Gone points to nothing");
    expect(api.roles.get("ModelList")).toBe("Models");
  });

  test("an answer of the adapter's operations is JSON alone, for an event stream beside it would make each a union", () => {
    const api = select(
      smallOpened((document) => {
        const content = { ...json(ref("Answer")), "text/event-stream": { schema: ref("Unused") } };
        Object.assign(document.paths["/chat/completions"]?.post as object, {
          responses: { "200": { description: "OK", content } },
        });
      }),
    );
    expect([...(api.operations[0]?.answers.get("200")?.content.keys() ?? [])]).toEqual(["application/json"]);
  });

  test("one that lists no error gets the error answer as its default; one that does keeps its own", () => {
    const api = select(
      smallOpened((document) => {
        Object.assign(document.paths["/models"]?.get as object, {
          responses: { "401": { description: "No" } },
        });
      }),
    );
    const statuses = (path: string) => [
      ...(api.operations.find((one) => one.path === path)?.answers.keys() ?? []),
    ];
    expect(statuses("/models")).toEqual(["401"]);
    expect(statuses("/embeddings")).toEqual(["200", "default"]);
  });
});

describe("roles are found by what the operations refer to", () => {
  test("whatever the schemas are called", () => {
    expect(Object.fromEntries(select(smallOpened()).roles)).toEqual({
      ChatRequest: "Question",
      ChatAnswer: "Answer",
      EmbeddingRequest: "Texts",
      EmbeddingAnswer: "Vectors",
      ModelList: "Models",
      Model: "Model",
      StreamChunk: "CreateChatCompletionStreamResponse",
      ErrorAnswer: "ErrorResponse",
    });
  });

  test("a schema that has no name gets that of its role", () => {
    const api = select(
      smallOpened((document) => {
        Object.assign(document.paths["/chat/completions"]?.post as object, {
          responses: answer(object({ choices: list({}) })),
        });
        document.components.schemas.ChatAnswer = object({ taken: {} });
        document.components.schemas.Question = object({ messages: list(ref("ChatAnswer")) });
      }),
    );
    expect(api.roles.get("ChatAnswer")).toBe("ChatAnswer_2");
  });

  test.each<[string, Record<string, unknown>]>([
    ["as the data", { schema: ref("Piece") }],
    ["as the whole event", { schema: object({ data: ref("Piece") }) }],
    ["as an item of 3.2", { itemSchema: object({ data: { type: "string", contentSchema: ref("Piece") } }) }],
  ])("a stream's chunk that the operation describes %s", (_, media) => {
    const api = select(
      smallOpened((document) => {
        document.components.schemas.Piece = object({ choices: list(object({ delta: object({}) })) });
        const content = { ...json(ref("Answer")), "text/event-stream": media };
        Object.assign(document.paths["/chat/completions"]?.post as object, {
          responses: { "200": { description: "OK", content } },
        });
      }),
    );
    expect(api.roles.get("StreamChunk")).toBe("Piece");
  });

  test("a stream's chunk that nothing refers to is known by its deltas", () => {
    const api = select(
      smallOpened((document) => {
        const { CreateChatCompletionStreamResponse, ...others } = document.components.schemas;
        document.components.schemas = { ...others, Chunk: CreateChatCompletionStreamResponse ?? {} };
      }),
    );
    expect(api.roles.get("StreamChunk")).toBe("Chunk");
  });

  test("a model is an item of the list where it can't be asked for alone", () => {
    expect(select(smallOpened((d) => delete d.paths["/models/{model}"])).roles.get("Model")).toBe("Model");
  });

  test("a chat operation without JSON is refused", () => {
    const document = smallOpened((d) => {
      Object.assign(d.paths["/chat/completions"]?.post as object, {
        responses: { "200": { description: "?" } },
      });
    });
    expect(() => select(document)).toThrow("POST /chat/completions has no JSON for its ChatAnswer");
  });
});
