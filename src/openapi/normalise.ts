/**
 * OpenAPI 3.0 in the words of 3.1, so that whoever reads schemas knows one language.
 *
 * `nullable` becomes a null type, and null joins the enum of such a schema: 3.0 wants it there, but documents leave
 * it out and mean it. `nullable` beside a reference or `allOf` is taken as meant too, though the letter ignores it.
 */

import { isObject } from "../provider/base/values.ts";
import { below, type JsonObject } from "./json.ts";

export interface Normalised {
  root: JsonObject;
  /** The pointer of each object of `root` in the document as written. */
  pointers: WeakMap<object, string>;
}

// Below these there is data, not schema; and the keys of these maps are names, not keywords.
const DATA = new Set(["example", "examples", "default", "enum", "const"]);
const MAPS = new Set([
  "properties",
  "patternProperties",
  "schemas",
  "responses",
  "paths",
  "content",
  "headers",
]);

/** A copy of the document, in 3.1's words. */
export function normalise(document: JsonObject, version: string): Normalised {
  const pointers = new WeakMap<object, string>();
  const old = version.startsWith("3.0");

  const walk = (value: unknown, pointer: string, isMap: boolean): unknown => {
    if (Array.isArray(value)) {
      const copy = value.map((item, index) => walk(item, below(pointer, index), false));
      pointers.set(copy, pointer);
      return copy;
    }
    if (!isObject(value)) return value;
    const copy: JsonObject = {};
    for (const [key, child] of Object.entries(value)) {
      const isData = !isMap && DATA.has(key);
      setOwn(copy, key, isData ? child : walk(child, below(pointer, key), !isMap && MAPS.has(key)));
    }
    pointers.set(copy, pointer);
    return old && !isMap ? modernise(copy, pointer, pointers) : copy;
  };

  return { root: walk(document, "", false) as JsonObject, pointers };
}

function modernise(schema: JsonObject, pointer: string, pointers: WeakMap<object, string>): JsonObject {
  if (typeof schema.exclusiveMinimum === "boolean") exclusive(schema, "exclusiveMinimum", "minimum");
  if (typeof schema.exclusiveMaximum === "boolean") exclusive(schema, "exclusiveMaximum", "maximum");
  if (typeof schema.nullable !== "boolean") return schema;
  const { nullable, ...rest } = schema;
  pointers.set(rest, pointer);
  if (!nullable) return rest;
  if (Array.isArray(rest.enum) && !rest.enum.includes(null)) rest.enum = [...rest.enum, null];
  const isPlain = !("$ref" in rest || "allOf" in rest || "anyOf" in rest || "oneOf" in rest);
  if (isPlain) {
    if (typeof rest.type === "string") rest.type = [rest.type, "null"];
    return rest;
  }
  const { description, ...meant } = rest;
  if (Array.isArray(meant.enum)) meant.enum = meant.enum.filter((item) => item !== null);
  const union = { ...(description === undefined ? {} : { description }), anyOf: [meant, { type: "null" }] };
  pointers.set(meant, pointer);
  pointers.set(union, pointer);
  return union;
}

function exclusive(schema: JsonObject, flag: string, bound: string) {
  const isExclusive = schema[flag];
  delete schema[flag];
  if (!isExclusive) return;
  schema[flag] = schema[bound];
  delete schema[bound];
}

// A property of a schema may be called `__proto__`; plain assignment would set the prototype.
function setOwn(target: JsonObject, key: string, value: unknown) {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
  else target[key] = value;
}
