/** Together lists its models as a bare list. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const together: ServiceProfile = {
  ...openAiCompatible,
  provider: "together",
  label: "Together",
  baseUrl: "https://api.together.xyz/v1",
  hosts: ["api.together.xyz", "api.together.ai"],
  keyVariable: "TOGETHER_API_KEY",
  maxTokensField: "max_tokens",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  reasoningRequest: "nested",
};
