/** Ollama ignores `max_completion_tokens`, and sends calls whole. See OllamaProvider for its own endpoints. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const ollama: ServiceProfile = {
  ...openAiCompatible,
  provider: "ollama",
  label: "Ollama",
  baseUrl: "http://localhost:11434/v1",
  hosts: ["ollama.com", "localhost:11434", "127.0.0.1:11434", "[::1]:11434"],
  anyKey: "none",
  maxTokensField: "max_tokens",
  reasoningField: "reasoning",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
};
