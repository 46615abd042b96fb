/** LM Studio, on this machine. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const lmstudio: ServiceProfile = {
  ...openAiCompatible,
  provider: "lmstudio",
  label: "LM Studio",
  baseUrl: "http://localhost:1234/v1",
  hosts: ["localhost:1234", "127.0.0.1:1234", "[::1]:1234"],
  anyKey: "none",
  maxTokensField: "max_tokens",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  developerRole: "system",
};
