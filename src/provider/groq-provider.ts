/** Groq as a profile: base URL, what it supports, its quirks. */

import type { ModelConfig } from "./base/model-config.ts";
import { GROQ_BASE_URL } from "./config/base-url.ts";
import type { ProviderDependencies } from "./dependencies.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";
import { openAiCompatible, type ServiceProfile } from "./services/service-profile.ts";

export const groq: ServiceProfile = {
  ...openAiCompatible,
  provider: "groq",
  label: "Groq",
  baseUrl: GROQ_BASE_URL,
  endpoints: ["chat", "completion"],
  maxChoices: 1,
  closedRequests: true,
  takesReasoning: true,
};

/** Groq. `embed` and `pullModel` are `NotSupported`; `n` is 1. */
export class GroqProvider extends OpenAiCompatibleProvider {
  constructor(config: ModelConfig, dependencies: ProviderDependencies = {}) {
    super(config, dependencies, groq);
  }
}
