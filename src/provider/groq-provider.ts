/** Groq as a profile: base URL, what it supports, its quirks. */

import type { ModelConfig } from "./base/model-config.ts";
import type { ProviderDependencies } from "./call/dependencies.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";
import { groq } from "./services/groq.ts";

export { groq };

/** Groq. `embed` and `pullModel` are `NotSupported`; `n` is 1. */
export class GroqProvider extends OpenAiCompatibleProvider {
  constructor(config: ModelConfig, dependencies: ProviderDependencies = {}) {
    super(config, dependencies, groq);
  }
}
