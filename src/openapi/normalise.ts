/**
 * OpenAPI 3.0 in the words of 3.1, so that whoever reads schemas knows one language.
 *
 * `nullable` becomes a null type, and null joins the enum of such a schema: 3.0 wants it there, but documents leave
 * it out and mean it. It is taken as meant wherever it stands, though the letter ignores it beside a reference or
 * `allOf`, and in 3.1: a document of 3.1 that was written for 3.0 has a hundred of them.
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
export const MAPS: ReadonlySet<string> = new Set([
  ...["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"],
  ...["schemas", "responses", "parameters", "requestBodies", "headers", "paths", "content"],
]);

/** A copy of the document, in 3.1's words. */
export function normalise(document: JsonObject): Normalised {
  const writer = new Writer();
  return { root: writer.walk(document, "", false) as JsonObject, pointers: writer.pointers };
}

class Writer {
  readonly pointers = new WeakMap<object, string>();
  /** Schemas that said `nullable` and nothing else that counts. */
  readonly #onlyNullable = new WeakSet<object>();

  walk(value: unknown, pointer: string, isMap: boolean): unknown {
    if (Array.isArray(value))
      return this.#at(
        value.map((item, index) => this.walk(item, below(pointer, index), false)),
        pointer,
      );
    if (!isObject(value)) return value;
    const copy: JsonObject = {};
    for (const [key, child] of Object.entries(value)) {
      const isData = !isMap && DATA.has(key);
      setOwn(copy, key, isData ? child : this.walk(child, below(pointer, key), !isMap && MAPS.has(key)));
    }
    this.#at(copy, pointer);
    return isMap ? copy : this.#modernise(copy, pointer);
  }

  #at<T extends object>(value: T, pointer: string): T {
    this.pointers.set(value, pointer);
    return value;
  }

  #modernise(schema: JsonObject, pointer: string): JsonObject {
    exclusive(schema, "exclusiveMinimum", "minimum");
    exclusive(schema, "exclusiveMaximum", "maximum");
    const isNullable = this.#dropNullablePart(schema) || schema.nullable === true;
    if (typeof schema.nullable !== "boolean") return isNullable ? this.#nullable(schema, pointer) : schema;
    const { nullable: _, ...rest } = schema;
    this.#at(rest, pointer);
    if (!isNullable) return rest;
    if (Object.keys(rest).every((key) => key === "description")) this.#onlyNullable.add(rest);
    return this.#nullable(rest, pointer);
  }

  /** `allOf: [reference, { nullable: true }]` means the same as `nullable` beside the `allOf`. */
  #dropNullablePart(schema: JsonObject): boolean {
    const parts = schema.allOf;
    if (!Array.isArray(parts)) return false;
    const others = parts.filter((part) => !(isObject(part) && this.#onlyNullable.has(part)));
    if (others.length === parts.length || others.length === 0) return false;
    schema.allOf = others;
    return true;
  }

  /** The same schema, admitting null too. */
  #nullable(schema: JsonObject, pointer: string): JsonObject {
    const keys = new Set(Object.keys(schema));
    const branchKey = ["anyOf", "oneOf"].find((key) => Array.isArray(schema[key]));
    if (
      branchKey !== undefined &&
      ["$ref", "allOf", "type", "properties", "enum"].every((key) => !keys.has(key))
    ) {
      const branches = schema[branchKey] as unknown[];
      const hasNull = branches.some((branch) => isObject(branch) && branch.type === "null");
      if (!hasNull) schema[branchKey] = [...branches, this.#at({ type: "null" }, pointer)];
      return schema;
    }
    if (["$ref", "allOf", "anyOf", "oneOf"].every((key) => !keys.has(key))) return nullablePlain(schema);
    const { description, ...meant } = schema;
    this.#at(meant, pointer);
    return this.#at(
      { ...(description === undefined ? {} : { description }), anyOf: [meant, { type: "null" }] },
      pointer,
    );
  }
}

function nullablePlain(schema: JsonObject): JsonObject {
  if ("const" in schema && schema.const !== null) {
    schema.enum = [schema.const, null];
    delete schema.const;
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  const types = [schema.type ?? []].flat();
  if (types.length > 0) schema.type = types.includes("null") ? types : [...types, "null"];
  return schema;
}

function exclusive(schema: JsonObject, flag: string, bound: string) {
  const isExclusive = schema[flag];
  if (typeof isExclusive !== "boolean") return;
  delete schema[flag];
  if (!isExclusive || schema[bound] === undefined) return;
  schema[flag] = schema[bound];
  delete schema[bound];
}

// A property of a schema may be called `__proto__`; plain assignment would set the prototype.
function setOwn(target: JsonObject, key: string, value: unknown) {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}
