/** What applications import as `groq-provider/ai-sdk`: a provider as a model of the AI SDK (`ai` 6 and 7). */

export { type EmbeddingModelOptions, toEmbeddingModel } from "./embedding-model.ts";
export { type LanguageModelOptions, toLanguageModel } from "./language-model.ts";
export type {
  GroqCallOptions,
  GroqEmbedOptions,
  GroqMessageOptions,
  GroqPartOptions,
} from "./options-types.ts";
export { groqTools, type ServerTool } from "./tools.ts";
