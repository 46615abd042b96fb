/** DeepSeek ignores `max_completion_tokens`, and refuses a tool conversation without its reasoning. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const deepseek: ServiceProfile = {
  ...openAiCompatible,
  provider: "deepseek",
  label: "DeepSeek",
  baseUrl: "https://api.deepseek.com",
  hosts: ["api.deepseek.com"],
  keyVariable: "DEEPSEEK_API_KEY",
  endpoints: ["chat", "completion"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  structuredOutput: "json_object",
  contentBesideCalls: "empty",
  developerRole: "system",
};
