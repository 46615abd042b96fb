/** Crusoe's managed inference, on vLLM. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const crusoe: ServiceProfile = {
  ...openAiCompatible,
  provider: "crusoe",
  label: "Crusoe",
  baseUrl: "https://api.inference.crusoecloud.com/v1",
  hosts: ["api.inference.crusoecloud.com"],
  keyVariable: "CRUSOE_API_KEY",
  endpoints: ["chat", "completion"],
  refusedFields: GROQ_REASONING_FIELDS,
  maxTokensField: "max_tokens",
  vendorFields: [],
};
