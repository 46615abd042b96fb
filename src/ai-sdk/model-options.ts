/** What a model of the AI SDK is made of, and what is wrong with it. */
import { LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { demandObject, isObject, kindOf, reading } from "../provider/base/values.ts";

interface ModelOptions {
  model?: string | undefined;
  maxEmbeddingsPerCall?: number | undefined;
}

/** `ConfigError` for a provider or options that are none. */
export function readOptions(provider: LlmProvider, options: ModelOptions) {
  return reading("provider and options", () => read(provider, options), "ConfigError");
}

function read(provider: LlmProvider, options: ModelOptions) {
  const given: unknown = provider;
  if (!isObject(given) || !isObject(given.config) || typeof given.chat !== "function")
    throw wrong("provider", "an LlmProvider", given);
  demandObject("options", options);
  const { model, maxEmbeddingsPerCall = 2048 } = options;
  if (model !== undefined && typeof model !== "string") throw wrong("model", "a text", model);
  if (!(maxEmbeddingsPerCall >= 1))
    throw wrong("maxEmbeddingsPerCall", "a number of 1 or more", maxEmbeddingsPerCall);
  return { config: provider.config, model, maxEmbeddingsPerCall };
}

function wrong(place: string, expected: string, got: unknown): LlmError {
  return new LlmError("ConfigError", `${place}: expected ${expected}, got ${kindOf(got)}`);
}
