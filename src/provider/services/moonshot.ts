/** Moonshot tells cached tokens at the top of its usage. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const moonshot: ServiceProfile = {
  ...openAiCompatible,
  provider: "moonshot",
  label: "Moonshot",
  baseUrl: "https://api.moonshot.ai/v1",
  hosts: ["api.moonshot.ai", "api.moonshot.cn"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
};
