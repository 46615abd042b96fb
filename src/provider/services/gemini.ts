/** Gemini signs its tool calls: the signature in `extra_content` must go back. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const gemini: ServiceProfile = {
  ...openAiCompatible,
  provider: "gemini",
  label: "Gemini",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  hosts: ["generativelanguage.googleapis.com"],
  keyVariable: "GEMINI_API_KEY",
  maxTokensField: "max_tokens",
  reasoningField: "none",
  vendorFields: ["extra_content", "thought_signature"],
  refusedFields: GROQ_REASONING_FIELDS,
};
