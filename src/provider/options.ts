/** The short way in: a configuration in code, in camelCase, with what a provider works with beside it. */
import { LlmError } from "./base/error.ts";
import type { CompatConfig, RenewalPeriod } from "./base/model-config.ts";
import { didYouMean } from "./base/nearest.ts";
import type { EndpointType, ReasoningEffort, ReasoningFormat, ServiceTier } from "./base/types.ts";
import { isObject } from "./base/values.ts";
import { DEPENDENCIES, type ProviderDependencies } from "./call/dependencies.ts";
import { compatFields } from "./config/compat.ts";
import { SPREAD_HINT } from "./config/fields.ts";
import { connectionFields, limitFields, modelConfigFields } from "./config/settings.ts";

/** Models that Groq serves, as of 2026-11; any other id is taken as well. `listModels()` shows what is there today. */
export type GroqModel =
  | "openai/gpt-oss-120b"
  | "openai/gpt-oss-20b"
  | "openai/gpt-oss-safeguard-20b"
  | "qwen/qwen3.8-27b"
  | (string & {});

/** One limit: at most `calls` calls and `tokens` tokens in any period of this length. */
export interface LimitOptions {
  /** The length of the period, which slides. */
  renewalPeriod: RenewalPeriod;
  /** Calls in the period; of these or `tokens` at least one. */
  calls?: number | undefined;
  /** Tokens in the period, of prompts and answers together. */
  tokens?: number | undefined;
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : S;

/** The keys of a configuration's `compat` in camelCase: `maxTokensField`, `reasoningField`, `limitPeriods`, … */
export type CompatOptions = { [Key in keyof CompatConfig as CamelCase<Key>]: CompatConfig[Key] };

/** Every key of a `ModelConfig`, in camelCase and without the level `config`, and everything of `ProviderDependencies`. */
export interface ProviderOptions extends ProviderDependencies {
  /** What the application calls it, in events. Default: the service. */
  name?: string | undefined;
  /** The model's id at the service. A call's own `model` goes before it. */
  model: string;
  /** Calls that are allowed. Default: chat and completion. */
  supportedEndpoints?: readonly EndpointType[] | undefined;
  /** The server's URL, up to before `/chat/completions`. Default: the service's. */
  baseUrl?: string | undefined;
  /** Allows plain http to other hosts than this one. Default false. */
  allowInsecure?: boolean | undefined;
  /** Milliseconds for one try: headers and body together; of a stream up to its first event. Default 60 000. */
  timeoutMs?: number | undefined;
  /** Milliseconds between two events of a stream. Default 30 000. */
  stallTimeoutMs?: number | undefined;
  /** Tries beyond the first. Default 2. */
  maxRetries?: number | undefined;
  /** Sends `idempotency-key`, the same for all tries of a call, and `x-retry-count`. Default: true on Node, else false. */
  retryHeaders?: boolean | undefined;
  /** Milliseconds that one call may wait because a server asked for it, and between its tries. Default 60 000. */
  maxWaitMs?: number | undefined;
  /** Calls under way at once, of all models. Default: no bound. */
  maxConcurrent?: number | undefined;
  /** Calls that may wait for the limit. Default 10 000. */
  maxQueue?: number | undefined;
  /** Milliseconds that one call may wait for the limit in all. Default 600 000. */
  maxQueueMs?: number | undefined;
  /** From 0 (the likeliest words) to 2. Default: the service's. */
  temperature?: number | undefined;
  /** From 0 to 1: words are chosen among the likeliest that make up this share. Default: the service's. */
  topP?: number | undefined;
  /** The longest answer, in tokens, reasoning included. Default: the service's. */
  maxTokens?: number | undefined;
  /** Texts at which an answer ends. */
  stop?: string | readonly string[] | undefined;
  /** A whole number; the same seed gives the same answer, as far as the service can. */
  seed?: number | undefined;
  /** How much a reasoning model thinks. Which of these a model takes depends on the model. */
  reasoningEffort?: ReasoningEffort | undefined;
  /** How the reasoning comes: not at all, in the text, or apart. */
  reasoningFormat?: ReasoningFormat | undefined;
  /** Which tier of the service answers. */
  serviceTier?: ServiceTier | undefined;
  /** Your own user, for tracing abuse. */
  user?: string | undefined;
  /** Differences of this server from the service that `provider` names. */
  compat?: CompatOptions | undefined;
  /** One window or several; `"auto"` learns from the server's answers; default: none, but refusals are obeyed. */
  limit?: LimitOptions | readonly LimitOptions[] | "auto" | undefined;
  /** What a call beyond the limit does. Default `"wait"`. */
  onLimit?: "wait" | "error" | undefined;
}

const toCamel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** From the name in code to the name in a configuration. */
const namesOf = (fields: object) => new Map(Object.keys(fields).map((name) => [toCamel(name), name]));

const CONNECTION = namesOf(connectionFields);
const LIMIT = namesOf(limitFields);
const COMPAT = namesOf(compatFields);
const TOP = namesOf(modelConfigFields);
TOP.delete("config");

/** Options as a configuration and dependencies. `ConfigError` names an option that is not known, and the nearest. */
export function splitOptions(options: object): {
  config: Record<string, unknown> & { config: Record<string, unknown> };
  dependencies: ProviderDependencies;
} {
  const config: Record<string, unknown> = {};
  const connection: Record<string, unknown> = {};
  const dependencies: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const top = TOP.get(name);
    const below = CONNECTION.get(name);
    if (name === "limit") config.limit = toLimit(value, problems);
    else if (name === "compat") connection.compat = renamed("compat", value, COMPAT, problems);
    else if (top !== undefined) config[top] = value;
    else if (below !== undefined) connection[below] = value;
    else if (Object.hasOwn(DEPENDENCIES, name)) dependencies[name] = value;
    else problems.push(`${name}: unknown option${didYouMean(toCamel(name), known())}`);
  }
  if (problems.length > 0) throw new LlmError("ConfigError", problems.join("\n"));
  return { config: { ...config, config: connection }, dependencies };
}

const known = () => [...TOP.keys(), ...CONNECTION.keys(), ...Object.keys(DEPENDENCIES)];

function toLimit(limit: unknown, problems: string[]): unknown {
  const rename = (window: unknown) => renamed("limit", window, LIMIT, problems);
  return Array.isArray(limit) ? limit.map(rename) : rename(limit);
}

/** A mapping whose keys have other names in a configuration. What is none is refused where configurations are checked. */
function renamed(
  place: string,
  given: unknown,
  names: ReadonlyMap<string, string>,
  problems: string[],
): unknown {
  if (!isObject(given)) return given;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const wire = names.get(name);
    if (wire !== undefined) result[wire] = value;
    else problems.push(`${place}.${name}: unknown option${didYouMean(toCamel(name), names.keys())}`);
  }
  return result;
}

/** An option that a problem names. */
const BY_CONFIG = /\bconfig\.([a-z_]{1,60})\b/g;

/** Runs what checks a configuration; a `ConfigError` then names places as they are called in code, the key by `keyName`. */
export function namedAsInCode<T>(make: () => T, keyName = "apiKey"): T {
  try {
    return make();
  } catch (error) {
    if (!LlmError.is(error) || error.kind !== "ConfigError") throw error;
    const lines = error.message.split("\n").map((line) => {
      const place = /^[a-z_.0-9]{1,60}(?=:)/.exec(line)?.[0];
      if (place === undefined) return line;
      const name = toCamel(place.replace(/^config\./, ""));
      const problem = line.slice(place.length).replace(SPREAD_HINT, "");
      return (
        (name === "apiKey" ? keyName : name) + problem.replace(BY_CONFIG, (_, one: string) => toCamel(one))
      );
    });
    throw new LlmError("ConfigError", lines.join("\n"), { cause: error.cause });
  }
}

/** Of an environment that has one: the variable's value, if it is set. */
export function fromEnvironment(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined;
}
