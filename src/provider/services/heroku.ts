/** Heroku's managed inference; its key's variable is the one that an attached model sets. */
import { GROQ_REASONING_FIELDS, openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const heroku: ServiceProfile = {
  ...openAiCompatible,
  provider: "heroku",
  label: "Heroku",
  baseUrl: "https://us.inference.heroku.com/v1",
  hosts: [".inference.heroku.com"],
  keyVariable: "INFERENCE_KEY",
  refusedFields: GROQ_REASONING_FIELDS,
  maxTokensField: "max_tokens",
  reasoningField: "reasoning_content",
  vendorFields: [],
};
