/** Snowflake Cortex: its streams end without a `finish_reason`. Each account has a host of its own. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const snowflake: ServiceProfile = {
  ...openAiCompatible,
  provider: "snowflake",
  label: "Snowflake",
  baseUrl: undefined,
  hosts: [".snowflakecomputing.com"],
  endpoints: ["chat", "completion"],
  maxTokensField: "max_completion_tokens",
  reasoningField: "none",
  vendorFields: ["reasoning_details"],
  finishReason: "optional",
};
