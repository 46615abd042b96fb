/** The keywords that narrow a value of one type, and which of two is the narrower. */

import type { SchemaRule } from "./rules.ts";

/** The type of a value, as far as keywords tell types apart; `any` where a schema names none. */
export type KindType = "any" | "string" | "integer" | "number" | "boolean" | "array" | "object";

/** `more`: a greater bound allows more (`maximum`); `less`: a smaller one does (`minimum`); `text`: not ordered. */
type Order = "more" | "less" | "text";

export const BOUNDS: Record<string, { types: KindType[]; order: Order }> = {
  minimum: { types: ["integer", "number"], order: "less" },
  exclusiveMinimum: { types: ["integer", "number"], order: "less" },
  maximum: { types: ["integer", "number"], order: "more" },
  exclusiveMaximum: { types: ["integer", "number"], order: "more" },
  multipleOf: { types: ["integer", "number"], order: "text" },
  minLength: { types: ["string"], order: "less" },
  maxLength: { types: ["string"], order: "more" },
  pattern: { types: ["string"], order: "text" },
  format: { types: ["string", "integer", "number"], order: "text" },
  minItems: { types: ["array"], order: "less" },
  maxItems: { types: ["array"], order: "more" },
  minContains: { types: ["array"], order: "less" },
  maxContains: { types: ["array"], order: "more" },
  uniqueItems: { types: ["array"], order: "text" },
  minProperties: { types: ["object"], order: "less" },
  maxProperties: { types: ["object"], order: "more" },
};

/** Keywords compared as text, with the type that they narrow; undefined for every type. */
export const OPAQUE: Record<string, KindType[] | undefined> = {
  not: undefined,
  if: undefined,
  // biome-ignore lint/suspicious/noThenProperty: the name of a JSON Schema keyword, in a table that nobody awaits
  then: undefined,
  else: undefined,
  contains: ["array"],
  unevaluatedItems: ["array"],
  propertyNames: ["object"],
  dependentRequired: ["object"],
  dependentSchemas: ["object"],
  contentEncoding: ["string"],
  contentMediaType: ["string"],
};

/** A bound that allows everything is none. */
export function neutralBound(keyword: string, bound: unknown): boolean {
  if (keyword === "uniqueItems") return bound === false;
  return bound === 0 && ["minLength", "minItems", "minProperties"].includes(keyword);
}

export function tighter(keyword: string, a: unknown, b: unknown): unknown {
  const order = BOUNDS[keyword]?.order;
  if (typeof a !== "number" || typeof b !== "number" || order === "text") return b;
  return order === "more" ? Math.min(a, b) : Math.max(a, b);
}

/** What a change does to the set of values. */
export type Effect = "narrower" | "wider" | "other";

/** The rule for another bound, pattern or format of a value of this type. */
export function boundRule(type: KindType, keyword: string, before: unknown, after: unknown): SchemaRule {
  if (keyword === "format") {
    // A format binds nobody by itself, but another one in its place means other texts. A number is a number.
    const isText = type === "string" && before !== undefined && after !== undefined;
    return isText ? "format-changed" : "format-noted";
  }
  const effect = boundEffect(keyword, before, after);
  if (keyword === "pattern") {
    return effect === "other"
      ? "pattern-changed"
      : effect === "narrower"
        ? "pattern-added"
        : "pattern-removed";
  }
  return effect === "other" ? "bound-changed" : effect === "narrower" ? "bound-tightened" : "bound-loosened";
}

function boundEffect(keyword: string, before: unknown, after: unknown): Effect {
  if (before === undefined) return "narrower";
  if (after === undefined) return "wider";
  const order = BOUNDS[keyword]?.order;
  if (order === "text" || typeof before !== "number" || typeof after !== "number") return "other";
  return after > before === (order === "more") ? "wider" : "narrower";
}
