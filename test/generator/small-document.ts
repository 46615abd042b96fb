/** Documents for the generator's tests: as small as one can be that has all that the adapter needs. */
import { openDocument } from "../../src/openapi/document.ts";

type Json = { [key: string]: unknown };

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
export const json = (schema: Json): Json => ({ "application/json": { schema } });
export const answer = (schema: Json): Json => ({ "200": { description: "OK", content: json(schema) } });
export const object = (properties: Json, required: string[] = []): Json => ({
  type: "object",
  properties,
  required,
});
export const list = (items: Json): Json => ({ type: "array", items });

/** The document, with `prefix` before its paths. Change it at will: each call makes a new one. */
export function smallDocument({ version = "3.1.0", prefix = "", parameter = "model" } = {}) {
  const message = object({ content: { type: "string" } });
  const schemas: Record<string, Json> = {
    Message: object({ role: { type: "string" }, content: { type: "string" } }, ["role"]),
    Usage: object({ total_tokens: { type: "integer" } }, ["total_tokens"]),
    Question: object(
      {
        model: { type: "string" },
        messages: list(ref("Message")),
        n: { type: "integer", minimum: 1, maximum: 1, default: 1 },
      },
      ["model", "messages"],
    ),
    Answer: object(
      {
        id: { type: "string" },
        choices: list(
          object({ message, finish_reason: { type: "string", enum: ["stop", "length"] } }, ["message"]),
        ),
        usage: ref("Usage"),
      },
      ["id", "choices"],
    ),
    CreateChatCompletionStreamResponse: object({ choices: list(object({ delta: message })) }, ["choices"]),
    Texts: object({ input: { type: "string" } }, ["input"]),
    Vectors: object({ data: list(object({ embedding: list({ type: "number" }) }, ["embedding"])) }, ["data"]),
    ErrorResponse: object({ error: object({ message: { type: "string" } }, ["message"]) }, ["error"]),
    Models: object({ data: list(ref("Model")) }, ["data"]),
    Model: object({ id: { type: "string" }, owned_by: { type: "string" } }, ["id", "owned_by"]),
    Unused: object({ left: { type: "string" } }),
  };
  const paths: Record<string, Json> = {
    [`${prefix}/chat/completions`]: {
      post: {
        operationId: "createChatCompletion",
        requestBody: { required: true, content: json(ref("Question")) },
        responses: answer(ref("Answer")),
      },
    },
    [`${prefix}/models`]: { get: { operationId: "listModels", responses: answer(ref("Models")) } },
    [`${prefix}/models/{${parameter}}`]: {
      get: {
        operationId: "retrieveModel",
        parameters: [{ name: parameter, in: "path", required: true, schema: { type: "string" } }],
        responses: answer(ref("Model")),
      },
      delete: { operationId: "deleteModel", responses: { "204": { description: "Gone" } } },
    },
    [`${prefix}/embeddings`]: {
      post: {
        operationId: "createEmbedding",
        requestBody: { content: json(ref("Texts")) },
        responses: answer(ref("Vectors")),
      },
    },
    [`${prefix}/files`]: { get: { operationId: "listFiles", responses: answer(ref("Unused")) } },
  };
  return {
    openapi: version,
    info: { title: "small", version: "1" },
    servers: [{ url: "https://models.example" }],
    paths,
    components: { schemas },
  };
}

/** The document, changed and opened. */
export function smallOpened(change: (document: ReturnType<typeof smallDocument>) => void = () => {}) {
  const document = smallDocument();
  change(document);
  return openDocument(document, "document");
}
