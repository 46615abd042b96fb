/** Azure: each account has a host of its own. The base URL ends in `/openai/v1`, on Foundry in `/models`. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const azure: ServiceProfile = {
  ...openAiCompatible,
  provider: "azure",
  label: "Azure",
  baseUrl: undefined,
  hosts: [".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"],
  refusedFields: ["reasoning_format", "include_reasoning"],
  reasoningField: "none",
  vendorFields: [],
  auth: "api-key",
};
