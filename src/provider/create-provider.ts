/** The provider that a configuration, or options in code, name. */
import { LlmError } from "./base/error.ts";
import type { ModelConfig } from "./base/model-config.ts";
import { demandObject, isObject, kindOf, reading, valueAt } from "./base/values.ts";
import type { ProviderDependencies } from "./call/dependencies.ts";
import { WRITTEN_IN_CODE } from "./config/option-names.ts";
import { GroqProvider } from "./groq-provider.ts";
import { OllamaProvider } from "./ollama-provider.ts";
import { OpenAiCompatibleProvider } from "./openai-compatible.ts";
import {
  fromEnvironment,
  type GroqModel,
  namedAsInCode,
  type ProviderOptions,
  splitOptions,
} from "./options.ts";
import { type ServiceName, serviceAt, serviceNamed, services } from "./services/index.ts";

/** A text, or a function that gives one, asked at each try: for keys that change. */
type ApiKey = string | (() => string | Promise<string>);

/** What `createGroq` takes: every key of a configuration in camelCase, and what a provider works with. */
export interface GroqOptions extends Omit<ProviderOptions, "apiKey"> {
  /** Default: the environment's `GROQ_API_KEY`, where there is one. */
  apiKey?: ApiKey | undefined;
  model: GroqModel;
  /** Default: the environment's `GROQ_BASE_URL`, else Groq's. */
  baseUrl?: string | undefined;
}

/** What `createProvider` takes: the same, for the service that it names. */
export interface NamedProviderOptions extends Omit<ProviderOptions, "apiKey"> {
  /** The service, or `"openai-compatible"` for any other, with its `baseUrl`. */
  provider: ServiceName;
  /** Default: the environment's variable for this service, such as `OPENROUTER_API_KEY`; servers on this machine need none. */
  apiKey?: ApiKey | undefined;
}

/**
 * Groq, with nothing but a key and a model:
 *
 * ```ts
 * const groq = createGroq({ model: "openai/gpt-oss-20b" })
 * ```
 *
 * Throws `ConfigError` for options that are wrong or not known, and where there is no key.
 */
export function createGroq(options: GroqOptions): GroqProvider {
  return reading(
    "the options",
    () => {
      const { config, dependencies, keyName } = fill(options, "groq", "createGroq({ apiKey, model })");
      return namedAsInCode(() => new GroqProvider(config, dependencies), keyName);
    },
    "ConfigError",
  );
}

/**
 * A provider for the service that `provider` names: of options in camelCase, or of a `ModelConfig` as it comes out of
 * YAML, with `dependencies` beside it. Throws `ConfigError`.
 */
export function createProvider(options: NamedProviderOptions): OpenAiCompatibleProvider;
export function createProvider(
  config: ModelConfig,
  dependencies?: ProviderDependencies,
): OpenAiCompatibleProvider;
export function createProvider(
  given: NamedProviderOptions | ModelConfig,
  dependencies: ProviderDependencies = {},
): OpenAiCompatibleProvider {
  demandObject("dependencies", dependencies);
  return reading("the options", () => create(given, dependencies), "ConfigError");
}

function create(given: NamedProviderOptions | ModelConfig, dependencies: ProviderDependencies) {
  if (isModelConfig(given)) return make(given, dependencies);
  const filled = fill(given, valueAt(given, ["provider"]), "createProvider({ provider, model })");
  return namedAsInCode(
    () => make(filled.config, { ...filled.dependencies, ...dependencies }),
    filled.keyName,
  );
}

/** A configuration has its connection in `config`, options have it beside the rest. The constructor checks what they hold. */
const isModelConfig = (given: unknown): given is ModelConfig => valueAt(given, ["config"]) !== undefined;

/** `call`: how it is written, for an error. */
function fill(options: object, provider: unknown, call: string) {
  if (!isObject(options)) {
    const problem = `expected an object, as in ${call}, got ${kindOf(options)}`;
    throw new LlmError("ConfigError", `the options: ${problem}`);
  }
  const service = services.get(String(provider));
  if (service === undefined) serviceNamed(provider);
  const named = options.provider ?? provider;
  if (named !== provider) {
    const problem = `expected none, since createGroq makes a client of Groq; createProvider({ provider, … }) makes others`;
    throw new LlmError("ConfigError", `provider: ${problem}`);
  }
  const { apiKey, ...rest }: { apiKey?: unknown } = { ...options };
  const { config, dependencies } = splitOptions({ ...rest, provider });
  const connection = config.config;
  if (typeof apiKey === "function") dependencies.apiKey = async () => apiKey();
  else if (apiKey !== undefined) connection.api_key = apiKey;
  let keyName: string | undefined;
  if (apiKey === undefined && service) {
    const { keyVariable, anyKey } = service;
    const found = keyVariable && fromEnvironment(keyVariable);
    connection.api_key = found || anyKey;
    if (keyVariable)
      keyName = found ? `${keyVariable} of the environment` : `apiKey, or ${keyVariable} in the environment`;
  }
  if (provider === "groq") connection.base_url ??= fromEnvironment("GROQ_BASE_URL");
  const filled: unknown = { name: provider, ...config, [WRITTEN_IN_CODE]: true };
  if (!isModelConfig(filled)) throw new LlmError("ConfigError", "the options: expected an object");
  return { config: filled, dependencies, keyName };
}

/** The constructors check the rest. */
function make(config: ModelConfig, dependencies: ProviderDependencies): OpenAiCompatibleProvider {
  switch (valueAt(config, ["provider"])) {
    case "groq":
      return new GroqProvider(config, dependencies);
    case "ollama":
      return new OllamaProvider(config, dependencies);
    case "openai-compatible": {
      const baseUrl = valueAt(config, ["config", "base_url"]);
      const isOllama = typeof baseUrl === "string" && serviceAt(baseUrl.trim())?.provider === "ollama";
      return new (isOllama ? OllamaProvider : OpenAiCompatibleProvider)(config, dependencies);
    }
    default:
      return new OpenAiCompatibleProvider(config, dependencies);
  }
}
