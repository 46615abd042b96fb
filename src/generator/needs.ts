/** What the adapter cannot go on without, for documents that do not say it themselves. */
import type { Document } from "./document.ts";

/**
 * Members by schema. `x-needed` in openapi/groq.yaml says the same at each place (a test compares them); a vendor's
 * document has no such notes, and taking all that it requires at its word would refuse answers that servers really give:
 * Groq's requires `content` of every message, and Groq leaves it out of most that call tools.
 */
export const needs: Readonly<Record<string, readonly string[]>> = {
  ChatCompletionMessageToolCall: ["function"],
  ChatCompletionMessageToolCallChunk: [],
  ChatCompletionResponseMessage: [],
  CompletionUsage: [],
  CreateChatCompletionResponse: ["choices"],
  CreateChatCompletionStreamResponse: ["choices"],
  CreateEmbeddingResponse: ["data"],
  Embedding: ["embedding"],
  Error: ["message"],
  ListModelsResponse: ["data"],
  Model: ["id"],
  XGroqNonStreaming: [],
};

/** The document, with `x-needed` on the schemas above that lack it. */
export function noteNeeds(document: Document): Document {
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => {
    const needed = needs[name];
    // Not where the schema is another thing under this name (a union, say), to which the note would mean nothing.
    return [
      name,
      needed && schema.properties && !schema["x-needed"] ? { ...schema, "x-needed": needed } : schema,
    ];
  });
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(schemas) } };
}
