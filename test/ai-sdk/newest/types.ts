/** What must type-check with `ai` 6 and 7: models and tools go where they are to go. */
import { embedMany, generateText, ToolLoopAgent } from "ai";
import { createGroq } from "groq-provider";
import { type GroqCallOptions, groqTools, toEmbeddingModel, toLanguageModel } from "groq-provider/ai-sdk";

const groq = createGroq({ model: "openai/gpt-oss-20b" });
const model = toLanguageModel(groq, { model: "openai/gpt-oss-120b" });
const options: GroqCallOptions = { reasoningEffort: "low", strictJsonSchema: true, deadlineMs: 5000 };

export const results = [
  generateText({
    model,
    prompt: "?",
    tools: { search: groqTools.browserSearch(), python: groqTools.codeInterpreter() },
    providerOptions: { groq: options },
  }),
  embedMany({ model: toEmbeddingModel(groq), values: ["a"] }),
  new ToolLoopAgent({ model, tools: { search: groqTools.browserSearch() } }).generate({ prompt: "?" }),
];
