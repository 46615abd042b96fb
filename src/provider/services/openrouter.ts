/** OpenRouter signs reasoning: its `reasoning_details` must go back as they came. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const openrouter: ServiceProfile = {
  ...openAiCompatible,
  provider: "openrouter",
  label: "OpenRouter",
  baseUrl: "https://openrouter.ai/api/v1",
  hosts: ["openrouter.ai"],
  keyVariable: "OPENROUTER_API_KEY",
  endpoints: ["chat", "completion", "embedding"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning",
  vendorFields: ["reasoning_details"],
  refusedFields: ["reasoning_format"],
};
