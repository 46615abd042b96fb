/** The provider that a configuration names. */

import { LlmError } from "./base/error.ts";
import type { ModelConfig } from "./base/model-config.ts";
import type { ProviderDependencies } from "./dependencies.ts";
import { GroqProvider } from "./groq-provider.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";

/** A `GroqProvider` or an `OpenAiCompatibleProvider`, by `config.provider`; `ConfigError` for any other. */
export function createProvider(
  config: ModelConfig,
  dependencies: ProviderDependencies = {},
): OpenAiCompatibleProvider {
  switch (config.provider) {
    case "groq":
      return new GroqProvider(config, dependencies);
    case "openai-compatible":
      return new OpenAiCompatibleProvider(config, dependencies);
    default:
      throw new LlmError(
        "ConfigError",
        `provider: expected "groq" or "openai-compatible", got ${JSON.stringify(config.provider)}`,
      );
  }
}
