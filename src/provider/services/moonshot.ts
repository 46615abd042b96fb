/** Moonshot tells cached tokens at the top of its usage. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const moonshot: ServiceProfile = {
  ...openAiCompatible,
  provider: "moonshot",
  label: "Moonshot",
  baseUrl: "https://api.moonshot.ai/v1",
  hosts: ["api.moonshot.ai", "api.moonshot.cn"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
  keyVariable: "MOONSHOT_API_KEY",
};
