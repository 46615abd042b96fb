/** Together lists its models as a bare list. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const together: ServiceProfile = {
  ...openAiCompatible,
  provider: "together",
  label: "Together",
  baseUrl: "https://api.together.xyz/v1",
  hosts: ["api.together.xyz", "api.together.ai"],
  keyVariable: "TOGETHER_API_KEY",
  maxTokensField: "max_tokens",
  vendorFields: [],
};
