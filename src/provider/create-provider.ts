/** The provider that a configuration names. */
import type { ModelConfig } from "./base/model-config.ts";
import { valueAt } from "./base/values.ts";
import type { ProviderDependencies } from "./dependencies.ts";
import { GroqProvider } from "./groq-provider.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";

/**
 * A provider for the service that `config.provider` names: `groq`, `openai`, `openrouter`, `mistral`, `ollama` and so on, or
 * `openai-compatible` for any other server. Throws `ConfigError`, naming every mistake and where it stands.
 */
export function createProvider(
  config: ModelConfig,
  dependencies: ProviderDependencies = {},
): OpenAiCompatibleProvider {
  switch (valueAt(config, ["provider"])) {
    case "groq":
      return new GroqProvider(config, dependencies);
    default:
      return new OpenAiCompatibleProvider(config, dependencies);
  }
}
