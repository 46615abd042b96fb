/** Azure: each account has a host of its own. The base URL ends in `/openai/v1`, on Foundry in `/models`. */
import {
  GROQ_REASONING_FIELDS,
  MINUTE_MS,
  openAiCompatible,
  type ServiceProfile,
} from "./service-profile.ts";

export const azure: ServiceProfile = {
  ...openAiCompatible,
  provider: "azure",
  label: "Azure",
  baseUrl: undefined,
  hosts: [
    ".openai.azure.com",
    ".services.ai.azure.com",
    ".cognitiveservices.azure.com",
    ".inference.ai.azure.com",
    ".models.ai.azure.com",
  ],
  refusedFields: GROQ_REASONING_FIELDS,
  reasoningField: "none",
  vendorFields: [],
  auth: "api-key",
  barePaths: {
    ".openai.azure.com": "/openai/v1",
    ".services.ai.azure.com": "/openai/v1",
    ".cognitiveservices.azure.com": "/openai/v1",
  },
  keyVariable: "AZURE_OPENAI_API_KEY",
  limitPeriods: { requests: MINUTE_MS, tokens: MINUTE_MS },
};
