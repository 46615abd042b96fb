/** Documents for the generator's tests: as small as one can be that has all that the adapter needs. */

type Json = { [key: string]: unknown };

const json = (name: string): Json => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});

const answer = (name: string): Json => ({ "200": { description: "OK", content: json(name) } });
const object = (properties: Json, required: string[] = []): Json => ({
  type: "object",
  properties,
  required,
});

/** The document, with `prefix` before its paths. Change it at will: each call makes a new one. */
export function smallDocument({ version = "3.1.0", prefix = "", parameter = "model" } = {}) {
  const schemas: Record<string, Json> = {
    ChatCompletionRequestMessage: object({ role: { type: "string" }, content: { type: "string" } }, ["role"]),
    CompletionUsage: object({ total_tokens: { type: "integer" } }, ["total_tokens"]),
    CreateChatCompletionRequest: object(
      {
        model: { type: "string" },
        messages: { type: "array", items: { $ref: "#/components/schemas/ChatCompletionRequestMessage" } },
        n: { type: "integer", minimum: 1, maximum: 1, default: 1 },
      },
      ["model", "messages"],
    ),
    CreateChatCompletionResponse: object(
      {
        choices: { type: "array", items: {} },
        usage: { $ref: "#/components/schemas/CompletionUsage" },
        finish: { type: "string", enum: ["stop", "length"] },
      },
      ["choices"],
    ),
    CreateChatCompletionStreamResponse: object({ choices: { type: "array", items: {} } }, ["choices"]),
    CreateEmbeddingRequest: object({ input: { type: "string" } }, ["input"]),
    CreateEmbeddingResponse: object({ data: { type: "array", items: {} } }, ["data"]),
    ErrorResponse: object({ error: object({ message: { type: "string" } }, ["message"]) }, ["error"]),
    ListModelsResponse: object({ data: { type: "array", items: { $ref: "#/components/schemas/Model" } } }, [
      "data",
    ]),
    Model: object({ id: { type: "string" } }, ["id"]),
    Unused: object({ left: { type: "string" } }),
  };
  const paths: Record<string, Json> = {
    [`${prefix}/chat/completions`]: {
      post: {
        operationId: "createChatCompletion",
        requestBody: { content: json("CreateChatCompletionRequest") },
        responses: answer("CreateChatCompletionResponse"),
      },
    },
    [`${prefix}/models`]: { get: { operationId: "listModels", responses: answer("ListModelsResponse") } },
    [`${prefix}/models/{${parameter}}`]: {
      get: {
        operationId: "retrieveModel",
        parameters: [{ name: parameter, in: "path", required: true, schema: { type: "string" } }],
        responses: answer("Model"),
      },
      delete: { operationId: "deleteModel", responses: { "204": { description: "Gone" } } },
    },
    [`${prefix}/embeddings`]: {
      post: {
        operationId: "createEmbedding",
        requestBody: { content: json("CreateEmbeddingRequest") },
        responses: answer("CreateEmbeddingResponse"),
      },
    },
    [`${prefix}/files`]: { get: { operationId: "listFiles", responses: answer("Unused") } },
  };
  return {
    openapi: version,
    info: { title: "small", version: "1" },
    servers: [{ url: "https://models.example" }],
    paths,
    components: { schemas },
  };
}
