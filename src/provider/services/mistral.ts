/** Mistral answers 422 to fields that it does not know, and takes reasoning as parts of the content. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const mistral: ServiceProfile = {
  ...openAiCompatible,
  provider: "mistral",
  label: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  hosts: ["api.mistral.ai"],
  keyVariable: "MISTRAL_API_KEY",
  refusedFields: ["user", "service_tier", "reasoning_format", "include_reasoning"],
  renamedFields: { seed: "random_seed" },
  maxTokensField: "max_tokens",
  reasoningField: "thinking",
  vendorFields: [],
  streamUsage: false,
};
