/** What schema would fit all the values seen: for suggestions. */

import { JSON_TYPES, type JsonObject, type JsonType, jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { isNamed } from "../privacy/quote.ts";

// A map with free names is described as a map, not name by name.
const MAX_PROPERTIES = 40;
// Deeper than any answer; a hostile one must not exhaust the stack.
const MAX_DEPTH = 12;

/** Learns from values, one by one; memory does not grow with their number. */
export class Inference {
  readonly #types = new Map<JsonType, number>();
  readonly #properties = new Map<string, { count: number; inference: Inference }>();
  #isMap = false;
  #items: Inference | undefined;

  add(value: unknown, depth = MAX_DEPTH): void {
    const type = jsonType(value);
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    if (depth === 0) return;
    if (Array.isArray(value)) {
      this.#items ??= new Inference();
      for (const item of value) this.#items.add(item, depth - 1);
    } else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) this.#addMember(name, member, depth - 1);
    }
  }

  #addMember(name: string, value: unknown, depth: number): void {
    this.#isMap ||=
      !this.#properties.has(name) && (this.#properties.size >= MAX_PROPERTIES || !isNamed(name));
    if (this.#isMap) return;
    const entry = this.#properties.get(name) ?? { count: 0, inference: new Inference() };
    entry.count++;
    entry.inference.add(value, depth);
    this.#properties.set(name, entry);
  }

  /** The schema, in the words of OpenAPI 3.0 or 3.1. */
  schema(version: "3.0" | "3.1"): JsonObject {
    const seen = JSON_TYPES.filter(
      (type) => this.#types.has(type) && !(type === "integer" && this.#types.has("number")),
    );
    const types = seen.filter((type) => type !== "null");
    const isNullable = types.length < seen.length;
    const detailed = types.map((type) => ({ type, ...this.#detail(type, version) }));
    const [only] = detailed;
    if (only === undefined) return version === "3.1" && isNullable ? { type: "null" } : { nullable: true };
    if (version === "3.0") {
      const plain: JsonObject = detailed.length === 1 ? only : { anyOf: detailed };
      return isNullable ? { ...plain, nullable: true } : plain;
    }
    const details = Object.assign({}, ...detailed.map(({ type: _, ...detail }) => detail));
    return {
      type: isNullable || types.length > 1 ? [...types, ...(isNullable ? ["null"] : [])] : only.type,
      ...details,
    };
  }

  #detail(type: JsonType, version: "3.0" | "3.1"): JsonObject {
    if (type === "array") return { items: this.#items?.isEmpty === false ? this.#items.schema(version) : {} };
    if (type !== "object") return {};
    if (this.#isMap) return { additionalProperties: true };
    const objects = this.#types.get("object") ?? 0;
    const properties = [...this.#properties].map(([name, { inference }]) => [
      name,
      inference.schema(version),
    ]);
    const required = [...this.#properties].filter(([, { count }]) => count === objects).map(([name]) => name);
    if (properties.length === 0) return {};
    return { properties: Object.fromEntries(properties), ...(required.length > 0 ? { required } : {}) };
  }

  get isEmpty(): boolean {
    return this.#types.size === 0;
  }
}
