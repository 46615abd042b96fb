/** xAI counts reasoning beside the completion, and takes none back. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const xai: ServiceProfile = {
  ...openAiCompatible,
  provider: "xai",
  label: "xAI",
  baseUrl: "https://api.x.ai/v1",
  hosts: ["api.x.ai", ".api.x.ai"],
  keyVariable: "XAI_API_KEY",
  refusedFields: GROQ_REASONING_FIELDS,
  reasoningField: "none",
  vendorFields: [],
};
