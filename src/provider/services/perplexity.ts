/** Perplexity tells its sources beside the answer. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const perplexity: ServiceProfile = {
  ...openAiCompatible,
  provider: "perplexity",
  label: "Perplexity",
  baseUrl: "https://api.perplexity.ai",
  hosts: ["api.perplexity.ai"],
  endpoints: ["chat", "completion"],
  maxTokensField: "max_tokens",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
  keyVariable: "PERPLEXITY_API_KEY",
};
