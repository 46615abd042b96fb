/** A configuration whose key does not show. */
import type { ConnectionConfig, ModelConfig } from "../base/model-config.ts";
import { isObject } from "../base/values.ts";
import { WRITTEN_IN_CODE } from "./option-names.ts";

/** A configuration whose key is asked for at each try, and need not be in it. */
export function withKeyAsked(input: ModelConfig): ModelConfig {
  const config: unknown = isObject(input) ? input.config : undefined;
  return isObject(config)
    ? { ...input, config: { ...input.config, api_key: "asked for at each try" } }
    : input;
}

/** Stands in the key's place where a configuration is written out. */
export const HIDDEN = "[hidden]";

/**
 * A copy of a configuration that gives its key to code that asks for it by name, and to nothing else: not to
 * `JSON.stringify`, `util.inspect`, a spread or `structuredClone`. A provider made of such a copy refuses it, and says so.
 */
export function hideKey(input: ModelConfig): ModelConfig {
  const { api_key: key, ...rest } = input.config;
  const config: ConnectionConfig = Object.defineProperties(rest as ConnectionConfig, {
    api_key: { get: () => key, enumerable: false },
    toJSON: { value: () => ({ api_key: HIDDEN, ...rest }), enumerable: false },
    [Symbol.for("nodejs.util.inspect.custom")]: {
      value: () => ({ api_key: HIDDEN, ...rest }),
      enumerable: false,
    },
  });
  const { [WRITTEN_IN_CODE]: _mark, ...told }: ModelConfig & { [WRITTEN_IN_CODE]?: unknown } = input;
  return Object.freeze({ ...told, config: Object.freeze(config) });
}
