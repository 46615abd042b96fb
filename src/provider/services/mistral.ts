/** Mistral answers 422 to fields that it does not know, and takes reasoning as parts of the content. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const mistral: ServiceProfile = {
  ...openAiCompatible,
  provider: "mistral",
  label: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  hosts: ["api.mistral.ai"],
  keyVariable: "MISTRAL_API_KEY",
  refusedFields: ["user", "service_tier", ...GROQ_REASONING_FIELDS],
  renamedFields: { seed: "random_seed" },
  maxTokensField: "max_tokens",
  reasoningField: "thinking",
  vendorFields: [],
  streamUsage: false,
  developerRole: "system",
  messageNames: false,
};
