/** The router of Hugging Face passes on to others, so reasoning goes back where it came from. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const huggingface: ServiceProfile = {
  ...openAiCompatible,
  provider: "huggingface",
  label: "Hugging Face",
  baseUrl: "https://router.huggingface.co/v1",
  hosts: ["router.huggingface.co"],
  endpoints: ["chat", "completion"],
  maxTokensField: "max_tokens",
  vendorFields: [],
  refusedFields: GROQ_REASONING_FIELDS,
  keyVariable: "HF_TOKEN",
};
