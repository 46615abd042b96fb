/** The compatible mode of Alibaba Model Studio. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const alibaba: ServiceProfile = {
  ...openAiCompatible,
  provider: "alibaba",
  label: "Alibaba",
  baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
};
