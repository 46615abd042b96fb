/** What applications import as `groq-provider/config`: configurations as YAML, with `${NAME}` in values replaced from the environment. */
import { parseDocument } from "yaml";
import { LlmError } from "../base/error.ts";
import type { ModelConfig } from "../base/model-config.ts";
import { demandObject, isObject, kindOf, reading } from "../base/values.ts";
import { hideKey } from "./hide-key.ts";
import { writtenProblems } from "./written-config.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Configurations have some hundred characters; YAML's parser is slow on large ones. */
const LARGEST = 1 << 20;

/** How a configuration is read. */
export interface LoadConfigOptions {
  /** Where `${NAME}` is looked up. Default: the process's environment. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Reads a configuration from a YAML file (Node, Bun, Deno). `ConfigError` names the file and the place. */
export async function loadModelConfig(file: string | URL, options?: LoadConfigOptions): Promise<ModelConfig> {
  // A number would be taken for an open file.
  if (typeof file !== "string" && !reading("loadModelConfig", () => file instanceof URL, "ConfigError")) {
    throw new LlmError("ConfigError", `loadModelConfig: expected a path or a file URL, got ${kindOf(file)}`);
  }
  // Not imported, so that bundlers for browsers, where only YAML text can be parsed, do not look for it.
  const files = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (!files) throw new LlmError("ConfigError", "loadModelConfig: there are no files here");
  let text: string;
  try {
    text = await files.readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown fault";
    throw new LlmError("ConfigError", `${file}: can't be read (${reason})`, { cause });
  }
  return parse(text, String(file), options);
}

/** Reads a configuration from YAML text. `ConfigError` names what is wrong with it; what is missing may be added in code. */
export function parseModelConfig(yamlText: string, options?: LoadConfigOptions): ModelConfig {
  if (typeof yamlText !== "string") {
    throw new LlmError(
      "ConfigError",
      `parseModelConfig: expected YAML text, got ${kindOf(yamlText)}; a configuration that is data needs no parsing`,
    );
  }
  return parse(yamlText, "the configuration", options);
}

function parse(text: string, source: string, options: LoadConfigOptions | undefined): ModelConfig {
  const value = parseYaml(text, source);
  if (options !== undefined) demandObject("options", options);
  const config = reading(
    "options",
    () => replaceEnv(value, options?.env ?? globalThis.process?.env ?? {}, "", new Map()),
    "ConfigError",
  );
  if (!isModelConfig(config)) {
    throw new LlmError("ConfigError", `${source}: config: expected a mapping with api_key`);
  }
  const problems = writtenProblems(config);
  if (problems.length > 0) {
    throw new LlmError("ConfigError", problems.map((problem) => `${source}: ${problem}`).join("\n"));
  }
  return hideKey(config);
}

function parseYaml(text: string, source: string): Record<string, unknown> {
  if (text.length > LARGEST) {
    throw new LlmError(
      "ConfigError",
      `${source}: expected at most ${LARGEST} characters, got ${text.length}`,
    );
  }
  // `yaml` quotes the line at fault in its own messages, and that line may hold the key: so only place and code are told.
  const [error, read] = parseDeep(text, source);
  if (error) {
    const line = error.linePos?.[0].line;
    throw new LlmError(
      "ConfigError",
      `${source}${line === undefined ? "" : `, line ${line}`}: no valid YAML (${error.code})`,
    );
  }
  let value: unknown;
  try {
    value = read();
  } catch {
    throw new LlmError("ConfigError", `${source}: its aliases can't be resolved, or expand beyond measure`);
  }
  if (!isObject(value)) {
    throw new LlmError("ConfigError", `${source}: expected a mapping with name, provider, model and config`);
  }
  return value;
}

function parseDeep(text: string, source: string) {
  try {
    const document = parseDocument(text, { prettyErrors: true, logLevel: "silent" });
    return [document.errors[0], () => document.toJS({ maxAliasCount: 100 }) as unknown] as const;
  } catch {
    // Its parser calls itself for each level.
    throw new LlmError("ConfigError", `${source}: expected a mapping, got one nested beyond measure`);
  }
}

/** Only as far as the key can be hidden; the constructor checks the rest. */
const isModelConfig = (value: unknown): value is ModelConfig => isObject(value) && isObject(value.config);

/** Only in values and after parsing, so that what a variable holds can't become YAML. `$${` stands for `${`. */
function replaceEnv(value: unknown, env: Env, place: string, seen: Map<object, unknown>): unknown {
  if (typeof value === "string") return replaceIn(value, env, place);
  if (typeof value !== "object" || value === null) return value;
  const done = seen.get(value);
  if (done !== undefined) return done;
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [] : {};
  seen.set(value, copy);
  for (const [key, entry] of Object.entries(value)) {
    const replaced = replaceEnv(entry, env, place ? `${place}.${key}` : key, seen);
    // Defined, not assigned: a key called `__proto__` stays a key.
    Object.defineProperty(copy, key, {
      value: replaced,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

function replaceIn(text: string, env: Env, place: string): string {
  // Without a closing brace there is nothing to find, and each opening one would be searched for to the text's end.
  const end = text.lastIndexOf("}") + 1;
  const replaced = text.slice(0, end).replace(/\$?\$\{([^}]*)\}/g, (match, inner: string) => {
    if (match.startsWith("$$")) return match.slice(1);
    // As shells have it: `${NAME:-what else}` where the variable is not set, or blank.
    const [name = "", ...rest] = inner.split(":-");
    const fallback = rest.length > 0 ? rest.join(":-") : undefined;
    const set = Object.hasOwn(env, name) ? env[name] : undefined;
    const found = fallback === undefined ? set : set || fallback;
    if (found === undefined) {
      throw new LlmError("ConfigError", `${place}: the environment has no variable ${name.slice(0, 100)}`);
    }
    return found;
  });
  return replaced + text.slice(end);
}
