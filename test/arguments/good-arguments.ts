/** Arguments that a function takes, so that a wrong one among them is the only mistake. */
import { toLanguageModel } from "../../src/ai-sdk/index.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import { createRouter } from "../../src/router/index.ts";
import { completion, json } from "../provider/support.ts";

const provider = createProvider({
  ...{ provider: "groq", apiKey: "gsk_test", model: "openai/gpt-oss-20b", maxRetries: 0 },
  fetch: async () => json(completion("{}")),
});
const ollama = createProvider({
  ...{ provider: "ollama", model: "llama", maxRetries: 0 },
  fetch: async () => json({ models: [], status: "success" }),
});
const messages = [{ role: "user", content: "Hi" }];
const schema = { type: "object", properties: {}, additionalProperties: false };
const config = { name: "test", provider: "groq", model: "m", config: { api_key: "gsk_test" } };
const tool = { name: "look", execute: () => "done" };

/** Objects that the package makes, whose methods are tried as well. */
export const INSTANCES: readonly (readonly [string, object])[] = [
  ["provider", provider],
  ["ollama", ollama],
  ["router", createRouter([provider])],
  ["limiter", createRateLimiter()],
  ["language model", toLanguageModel(provider)],
];

export const GOOD: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["chatObject", [provider, messages, { schema }]],
  ["chatObjectStream", [provider, messages, { schema }]],
  ["runTools", [provider, messages, { tools: [tool] }]],
  ["runToolsStream", [provider, messages, { tools: [tool] }]],
  ["createProvider", [config, {}]],
  ["GroqProvider", [config, {}]],
  ["OllamaProvider", [{ ...config, provider: "ollama" }, {}]],
  ["OpenAiCompatibleProvider", [config, {}, undefined]],
  ["createRouter", [[provider], {}]],
  ["parseModelConfig", ["name: test", {}]],
  ["loadModelConfig", ["/nowhere/config.yaml", {}]],
  ["toLanguageModel", [provider, {}]],
  ["toEmbeddingModel", [provider, {}]],
  ["chat", [messages, {}]],
  ["chatStream", [messages, {}]],
  ["complete", ["Hi", {}]],
  ["embed", [["Hi"], {}]],
  ["modelExists", ["m", {}]],
  ["ensureModel", ["m", {}]],
  ["pullModel", ["m", {}]],
  ["retrieveModel", ["m", {}]],
  ["withApi", [provider, { chatRequestFields: [], checks: {} }]],
  ["sendOperation", [provider, "GET /files", {}, {}]],
  ["send", [{ path: "/files", method: "GET", text: async () => undefined }, {}, () => "read"]],
  ["LlmError", ["ConfigError", "it failed", {}]],
]);
