/** Z.AI. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const zai: ServiceProfile = {
  ...openAiCompatible,
  provider: "zai",
  label: "Z.AI",
  baseUrl: "https://api.z.ai/api/paas/v4",
  hosts: ["api.z.ai", "open.bigmodel.cn"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
  structuredOutput: "json_object",
  keyVariable: "ZAI_API_KEY",
};
