/**
 * Whether a value fits a JSON Schema (2020-12, and what draft-07 spells alike).
 *
 * Written here because the alternatives either compile code from strings, which workers forbid, or pass silently
 * what they do not understand: a schema without `type` but with `properties`, for one. `format` is an annotation,
 * as the specification has it. Keywords that would change the verdict and are not checked here are refused.
 */

import type { JsonSchema } from "../base/types.ts";
import { isObject } from "../base/values.ts";
import { deepEqual, formatPath, list, resolveRef } from "./json-schema-walk.ts";

/** What of `value` does not fit, each as `path: expected …`; empty when it fits. At most ten are told. */
export function validateJson(schema: JsonSchema, value: unknown): string[] {
  const problems: string[] = [];
  visit({ root: schema, problems, depth: 0 }, schema, value, []);
  return problems.length > 10 ? [...problems.slice(0, 10), `and ${problems.length - 10} more`] : problems;
}

interface Visit {
  root: JsonSchema;
  problems: string[];
  depth: number;
}

type Path = readonly PropertyKey[];
interface Place {
  visit: Visit;
  /** The schema that the keyword stands in. */
  schema: JsonSchema;
  path: Path;
  fail(message: string): void;
}
type Check = (place: Place, argument: unknown, value: unknown) => void;

// Deeper than any schema that people write; a recursive schema must not let a model overflow the stack.
const MAX_DEPTH = 400;

function visit(state: Visit, schema: unknown, value: unknown, path: Path): void {
  const fail = (message: string): void => {
    state.problems.push(`${formatPath(path)}: ${message}`);
  };
  if (schema === false) fail("not allowed here");
  if (!isObject(schema)) return;
  if (state.depth >= MAX_DEPTH) {
    fail(`nested deeper than ${MAX_DEPTH} levels`);
    return;
  }
  const place: Place = { visit: { ...state, depth: state.depth + 1 }, schema, path, fail };
  for (const [keyword, argument] of Object.entries(schema)) CHECKS.get(keyword)?.(place, argument, value);
}

/** The problems of a branch, kept apart from those of the whole. */
function attempt(place: Place, schema: unknown, value: unknown, path: Path = place.path): string[] {
  const problems: string[] = [];
  visit({ ...place.visit, problems }, schema, value, path);
  return problems;
}

function each(place: Place, schema: unknown, value: unknown, key: PropertyKey): void {
  visit(place.visit, schema, value, [...place.path, key]);
}

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  [
    "$ref",
    (place, ref, value) => visit(place.visit, resolveRef(place.visit.root, String(ref)), value, place.path),
  ],
  ["type", checkType],
  [
    "enum",
    (place, options, value) => {
      if (!list(options).some((option) => deepEqual(option, value))) {
        place.fail(`expected one of ${short(options)}, got ${short(value)}`);
      }
    },
  ],
  [
    "const",
    (place, only, value) => {
      if (!deepEqual(only, value)) place.fail(`expected ${short(only)}, got ${short(value)}`);
    },
  ],

  ["minimum", bound((n, limit) => n >= limit, "at least")],
  ["maximum", bound((n, limit) => n <= limit, "at most")],
  ["exclusiveMinimum", bound((n, limit) => n > limit, "more than")],
  ["exclusiveMaximum", bound((n, limit) => n < limit, "less than")],
  ["multipleOf", bound(isMultiple, "a multiple of")],

  ["minLength", size(codePoints, (n, limit) => n >= limit, "at least", "characters")],
  ["maxLength", size(codePoints, (n, limit) => n <= limit, "at most", "characters")],
  [
    "pattern",
    (place, pattern, value) => {
      if (typeof value === "string" && !new RegExp(String(pattern), "u").test(value)) {
        place.fail(`expected a text that matches ${pattern}, got ${short(value)}`);
      }
    },
  ],

  ["minItems", size(itemCount, (n, limit) => n >= limit, "at least", "items")],
  ["maxItems", size(itemCount, (n, limit) => n <= limit, "at most", "items")],
  [
    "uniqueItems",
    (place, unique, value) => {
      if (unique !== true || !Array.isArray(value)) return;
      const repeated = value.findIndex((item, i) =>
        value.slice(0, i).some((other) => deepEqual(other, item)),
      );
      if (repeated >= 0) place.fail(`expected items that differ, but item ${repeated} is a repetition`);
    },
  ],
  [
    "prefixItems",
    (place, schemas, value) => {
      if (!Array.isArray(value)) return;
      for (const [i, schema] of list(schemas).entries()) {
        if (i < value.length) each(place, schema, value[i], i);
      }
    },
  ],
  [
    "items",
    (place, items, value) => {
      if (!Array.isArray(value)) return;
      const start = list(place.schema.prefixItems).length;
      for (let i = start; i < value.length; i++) each(place, items, value[i], i);
    },
  ],
  [
    "contains",
    (place, schema, value) => {
      if (!Array.isArray(value)) return;
      const least = Number(place.schema.minContains ?? 1);
      const most = Number(place.schema.maxContains ?? Number.POSITIVE_INFINITY);
      const found = value.filter((item) => attempt(place, schema, item).length === 0).length;
      if (found < least || found > most) {
        place.fail(`expected ${least} to ${most} items that fit "contains", got ${found}`);
      }
    },
  ],

  ["minProperties", size(propertyCount, (n, limit) => n >= limit, "at least", "properties")],
  ["maxProperties", size(propertyCount, (n, limit) => n <= limit, "at most", "properties")],
  [
    "required",
    (place, names, value) => {
      if (!isObject(value)) return;
      for (const name of list(names)) {
        if (!Object.hasOwn(value, String(name))) place.fail(`property ${JSON.stringify(name)} is missing`);
      }
    },
  ],
  [
    "properties",
    (place, schemas, value) => {
      if (!isObject(value) || !isObject(schemas)) return;
      for (const [key, schema] of Object.entries(schemas)) {
        if (Object.hasOwn(value, key)) each(place, schema, value[key], key);
      }
    },
  ],
  [
    "patternProperties",
    (place, schemas, value) => {
      if (!isObject(value) || !isObject(schemas)) return;
      for (const [pattern, schema] of Object.entries(schemas)) {
        const matching = new RegExp(pattern, "u");
        for (const key of Object.keys(value)) if (matching.test(key)) each(place, schema, value[key], key);
      }
    },
  ],
  [
    "additionalProperties",
    (place, schema, value) => {
      if (!isObject(value)) return;
      for (const key of Object.keys(value)) {
        if (isNamed(place.schema, key)) continue;
        if (schema === false) place.fail(`property ${JSON.stringify(key)} is not in the schema`);
        else each(place, schema, value[key], key);
      }
    },
  ],
  [
    "propertyNames",
    (place, schema, value) => {
      if (isObject(value)) for (const key of Object.keys(value)) visit(place.visit, schema, key, place.path);
    },
  ],
  [
    "dependentRequired",
    (place, rules, value) => {
      if (!isObject(value) || !isObject(rules)) return;
      for (const [key, names] of Object.entries(rules)) {
        if (Object.hasOwn(value, key)) CHECKS.get("required")?.(place, names, value);
      }
    },
  ],
  [
    "dependentSchemas",
    (place, schemas, value) => {
      if (!isObject(value) || !isObject(schemas)) return;
      for (const [key, schema] of Object.entries(schemas)) {
        if (Object.hasOwn(value, key)) visit(place.visit, schema, value, place.path);
      }
    },
  ],

  [
    "allOf",
    (place, schemas, value) => {
      for (const schema of list(schemas)) visit(place.visit, schema, value, place.path);
    },
  ],
  [
    "anyOf",
    (place, schemas, value) => {
      const failures = list(schemas).map((schema) => attempt(place, schema, value));
      if (failures.some((problems) => problems.length === 0)) return;
      const nearest = failures.reduce(
        (best, next) => (next.length < best.length ? next : best),
        failures[0] ?? [],
      );
      place.fail(
        `fits none of ${failures.length} alternatives; the nearest wants ${nearest.slice(0, 3).join("; ")}`,
      );
    },
  ],
  [
    "oneOf",
    (place, schemas, value) => {
      const fitting = list(schemas).filter((schema) => attempt(place, schema, value).length === 0).length;
      if (fitting === 0) CHECKS.get("anyOf")?.(place, schemas, value);
      if (fitting > 1) place.fail(`expected to fit exactly one alternative, fits ${fitting}`);
    },
  ],
  [
    "not",
    (place, schema, value) => {
      if (attempt(place, schema, value).length === 0) place.fail("fits what is not allowed");
    },
  ],
  [
    "if",
    (place, condition, value) => {
      const branch = attempt(place, condition, value).length === 0 ? "then" : "else";
      visit(place.visit, place.schema[branch], value, place.path);
    },
  ],
]);

function checkType(place: Place, types: unknown, value: unknown): void {
  const wanted = Array.isArray(types) ? types : [types];
  const actual = typeOf(value);
  const fits = wanted.some((type) => type === actual || (type === "number" && actual === "integer"));
  if (!fits) {
    place.fail(
      `expected ${wanted.join(" or ")}, got ${actual === "integer" ? "number" : actual} ${short(value)}`,
    );
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

function bound(holds: (value: number, limit: number) => boolean, words: string): Check {
  return (place, limit, value) => {
    if (typeof value === "number" && typeof limit === "number" && !holds(value, limit)) {
      place.fail(`expected ${words} ${limit}, got ${value}`);
    }
  };
}

function isMultiple(value: number, step: number): boolean {
  const ratio = value / step;
  // 0.3 is a multiple of 0.1, whatever binary fractions say.
  return Math.abs(ratio - Math.round(ratio)) <= 1e-9 * Math.max(1, Math.abs(ratio));
}

function size(
  measure: (value: unknown) => number | undefined,
  holds: (n: number, limit: number) => boolean,
  words: string,
  unit: string,
): Check {
  return (place, limit, value) => {
    const n = measure(value);
    if (n !== undefined && typeof limit === "number" && !holds(n, limit)) {
      place.fail(`expected ${words} ${limit} ${unit}, got ${n}`);
    }
  };
}

function codePoints(value: unknown): number | undefined {
  return typeof value === "string" ? [...value].length : undefined;
}

function itemCount(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function propertyCount(value: unknown): number | undefined {
  return isObject(value) ? Object.keys(value).length : undefined;
}

function isNamed(schema: JsonSchema, key: string): boolean {
  const { properties, patternProperties } = schema;
  if (isObject(properties) && Object.hasOwn(properties, key)) return true;
  return (
    isObject(patternProperties) && Object.keys(patternProperties).some((p) => new RegExp(p, "u").test(key))
  );
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
