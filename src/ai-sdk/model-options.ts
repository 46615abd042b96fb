/** What a model of the AI SDK is made of, and what is wrong with it. */
import { LlmError } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import { demandObject, isObject, kindOf, reading } from "../provider/base/values.ts";
import { serviceOf } from "./service.ts";

interface ModelOptions {
  model?: string | undefined;
  maxEmbeddingsPerCall?: number | undefined;
}

/** What a kind of model needs of its provider, and the options that it has. */
interface Needs {
  methods: readonly string[];
  names: readonly string[];
}

/** `ConfigError` for a provider or options that are none. */
export function readOptions(provider: LlmProvider, options: ModelOptions, needs: Needs) {
  return reading("provider and options", () => read(provider, options, needs), "ConfigError");
}

function read(provider: LlmProvider, options: ModelOptions, { methods, names }: Needs) {
  const given: unknown = provider;
  if (!isObject(given) || !isObject(given.config) || typeof given.config.provider !== "string")
    throw wrong("provider", "an LlmProvider, as createGroq gives it", kindOf(given));
  for (const method of methods)
    if (typeof given[method] !== "function")
      throw wrong("provider", "an LlmProvider", `one without ${method}`);
  demandObject("options", options);
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !names.includes(name))
      throw new LlmError("ConfigError", `${name}: unknown option${didYouMean(name, names)}`);
  const service = serviceOf(provider);
  const { model, maxEmbeddingsPerCall = service.embeddingsPerCall } = options;
  if (model !== undefined && (typeof model !== "string" || model.trim() === ""))
    throw wrong("model", "a text that is not blank", kindOf(model));
  const isWhole = Number.isInteger(maxEmbeddingsPerCall) || maxEmbeddingsPerCall === Number.POSITIVE_INFINITY;
  if (!isWhole || maxEmbeddingsPerCall < 1)
    throw wrong("maxEmbeddingsPerCall", "a whole number of at least 1", kindOf(maxEmbeddingsPerCall));
  return { config: provider.config, service, model, maxEmbeddingsPerCall };
}

function wrong(place: string, expected: string, got: string): LlmError {
  return new LlmError("ConfigError", `${place}: expected ${expected}, got ${got}`);
}
