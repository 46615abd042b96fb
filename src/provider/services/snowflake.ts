/** Snowflake Cortex: its streams end without a `finish_reason`. Each account has a host of its own. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const snowflake: ServiceProfile = {
  ...openAiCompatible,
  provider: "snowflake",
  label: "Snowflake",
  baseUrl: undefined,
  hosts: [".snowflakecomputing.com"],
  endpoints: ["chat", "completion"],
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: ["reasoning_details"],
  finishReason: "optional",
  refusedFields: GROQ_REASONING_FIELDS,
  keyVariable: "SNOWFLAKE_TOKEN",
  barePaths: { ".snowflakecomputing.com": "/api/v2/cortex/v1" },
};
