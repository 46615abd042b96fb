/** Where schemas stand inside a JSON Schema, and what its references point at. */
import type { JsonSchema } from "../base/types.ts";
import { isObject } from "../base/values.ts";

const ONE = new Set([
  "items",
  "contains",
  "additionalProperties",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const MAPS = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);

type See<S> = (schema: S, path: readonly PropertyKey[]) => void;

/**
 * Calls `see` with `schema` and every schema in it, each with its place: `$.properties.zip`. `seeOther`: with what stands in
 * the place of one and is no object.
 */
export function walkSchema(
  schema: unknown,
  see: See<JsonSchema>,
  seeOther: See<unknown> = () => {},
  path: readonly PropertyKey[] = [],
): void {
  if (!isObject(schema)) {
    seeOther(schema, path);
    return;
  }
  see(schema, path);
  const walk = (inner: unknown, at: readonly PropertyKey[]) => walkSchema(inner, see, seeOther, at);
  for (const [keyword, value] of Object.entries(schema)) {
    const at = [...path, keyword];
    if (ONE.has(keyword)) walk(value, at);
    else if (LISTS.has(keyword)) list(value).forEach((entry, i) => void walk(entry, [...at, i]));
    else if (MAPS.has(keyword) && isObject(value)) {
      for (const [key, entry] of Object.entries(value)) walk(entry, [...at, key]);
    }
  }
}

/** Keywords that hold other schemas by name. */
export const isMapKeyword = (keyword: string): boolean => MAPS.has(keyword);

/** What `#` or `#/$defs/name` points at; undefined when it points nowhere. */
export function resolveRef(root: JsonSchema, ref: string): unknown {
  if (ref === "#") return root;
  if (!ref.startsWith("#/")) return undefined;
  let node: unknown = root;
  for (const part of ref.slice(2).split("/")) {
    const key = unescapePointer(part);
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as { [key: string]: unknown })[key];
  }
  return node;
}

function unescapePointer(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** `$.a[0]["b c"]`, for messages that people and models read. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = String(key);
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, "$");
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
