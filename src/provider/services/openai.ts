/** OpenAI takes no reasoning back, nor fields that it does not know; Groq's two for reasoning are such. */
import {
  GROQ_REASONING_FIELDS,
  MINUTE_MS,
  openAiCompatible,
  type ServiceProfile,
} from "./service-profile.ts";

export const openai: ServiceProfile = {
  ...openAiCompatible,
  provider: "openai",
  label: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  hosts: ["api.openai.com", ".api.openai.com"],
  keyVariable: "OPENAI_API_KEY",
  refusedFields: GROQ_REASONING_FIELDS,
  reasoningField: "none",
  vendorFields: [],
  limitPeriods: { requests: MINUTE_MS, tokens: MINUTE_MS },
};
