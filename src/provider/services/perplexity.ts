/** Perplexity tells its sources beside the answer. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const perplexity: ServiceProfile = {
  ...openAiCompatible,
  provider: "perplexity",
  label: "Perplexity",
  baseUrl: "https://api.perplexity.ai",
  hosts: ["api.perplexity.ai"],
  endpoints: ["chat", "completion"],
  maxTokensField: "max_tokens",
  vendorFields: [],
};
