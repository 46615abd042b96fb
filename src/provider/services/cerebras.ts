/** Cerebras reserves `max_completion_tokens` against its limits; its headers name their periods. */
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";

export const cerebras: ServiceProfile = {
  ...openAiCompatible,
  provider: "cerebras",
  label: "Cerebras",
  baseUrl: "https://api.cerebras.ai/v1",
  hosts: ["api.cerebras.ai"],
  keyVariable: "CEREBRAS_API_KEY",
  endpoints: ["chat", "completion"],
  reasoningField: "reasoning",
  vendorFields: [],
  refusedFields: ["include_reasoning"],
  developerRole: "system",
};
