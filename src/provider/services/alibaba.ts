/** The compatible mode of Alibaba Model Studio. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const alibaba: ServiceProfile = {
  ...openAiCompatible,
  provider: "alibaba",
  label: "Alibaba",
  baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  hosts: [
    "dashscope.aliyuncs.com",
    ".dashscope.aliyuncs.com",
    "dashscope-intl.aliyuncs.com",
    "dashscope-us.aliyuncs.com",
    "dashscope-hk.aliyuncs.com",
  ],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
  keyVariable: "DASHSCOPE_API_KEY",
};
