/** vLLM renamed its field of reasoning, so it goes back where it came from. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const vllm: ServiceProfile = {
  ...openAiCompatible,
  provider: "vllm",
  label: "vLLM",
  baseUrl: "http://localhost:8000/v1",
  hosts: [],
  anyKey: "none",
  maxTokensField: "max_tokens",
  vendorFields: [],
  refusedFields: ["reasoning_format"],
};
