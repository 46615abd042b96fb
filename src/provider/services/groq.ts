/** Groq refuses fields that it does not know, gives one choice, and has no embeddings. */
import { DAY_MS, MINUTE_MS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

/** Used where a configuration of Groq has no `base_url`. */
export const GROQ_BASE_URL = "https://api.groq.com/openai/v1";

/** What is particular to Groq. */
export const groq: ServiceProfile = {
  ...openAiCompatible,
  provider: "groq",
  label: "Groq",
  baseUrl: GROQ_BASE_URL,
  hosts: ["api.groq.com"],
  keyVariable: "GROQ_API_KEY",
  endpoints: ["chat", "completion"],
  maxChoices: 1,
  closedRequests: true,
  schemaBesideTools: false,
  reasoningField: "reasoning",
  vendorFields: [],
  limitPeriods: { requests: DAY_MS, tokens: MINUTE_MS },
};
