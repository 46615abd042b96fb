/** The server of llama.cpp takes both fields for the most tokens; `max_tokens` is the older one. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const llamacpp: ServiceProfile = {
  ...openAiCompatible,
  provider: "llamacpp",
  label: "llama.cpp",
  baseUrl: "http://localhost:8080/v1",
  hosts: [],
  anyKey: "none",
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
};
