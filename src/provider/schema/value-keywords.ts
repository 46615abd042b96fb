/** Keywords that look at a value as a whole. */
import { isObject } from "../base/values.ts";
import type { Keyword } from "./findings.ts";
import { list } from "./json-schema-walk.ts";
import { isMultiple, keyOf, lengthOf, shown } from "./json-value.ts";

/**
 * A pattern is the application's, a text the model's, and a pattern that looks back and forth may take the square of the
 * text's length: half a minute for a million characters, some milliseconds for these.
 */
export const LONGEST_MATCHED = 10_000;

const type: Keyword = (argument) => {
  const wanted = list(Array.isArray(argument) ? argument : [argument]);
  return (value, place, run) => {
    const actual = typeOf(value);
    if (wanted.includes(actual) || (actual === "integer" && wanted.includes("number"))) return;
    const got = actual === "integer" ? "number" : actual;
    run.fail(place, () => `expected ${wanted.join(" or ")}, got ${got} ${shown(value)}`);
  };
};

const enumeration: Keyword = (options) => {
  const keys = new Set(list(options).map(keyOf));
  return (value, place, run) => {
    if (!keys.has(keyOf(value))) {
      run.fail(place, () => `expected one of ${shown(options)}, got ${shown(value)}`);
    }
  };
};

const constant: Keyword = (only) => {
  const key = keyOf(only);
  return (value, place, run) => {
    if (keyOf(value) !== key) run.fail(place, () => `expected ${shown(only)}, got ${shown(value)}`);
  };
};

function bound(holds: (value: number, limit: number) => boolean, words: string): Keyword {
  return (limit) => {
    if (typeof limit !== "number") return undefined;
    return (value, place, run) => {
      if (typeof value === "number" && !holds(value, limit)) {
        run.fail(place, () => `expected ${words} ${limit}, got ${value}`);
      }
    };
  };
}

type Measure = (value: unknown) => number | undefined;

const atLeast = (measure: Measure, unit: string) => size(measure, (n, limit) => n >= limit, "at least", unit);
const atMost = (measure: Measure, unit: string) => size(measure, (n, limit) => n <= limit, "at most", unit);

function size(
  measure: Measure,
  holds: (n: number, limit: number) => boolean,
  words: string,
  unit: string,
): Keyword {
  return (limit) => {
    if (typeof limit !== "number") return undefined;
    return (value, place, run) => {
      const n = measure(value);
      if (n !== undefined && !holds(n, limit)) {
        run.fail(place, () => `expected ${words} ${limit} ${unit}, got ${n}`);
      }
    };
  };
}

const pattern: Keyword = (argument) => {
  const matching = new RegExp(String(argument), "u");
  return (value, place, run) => {
    if (typeof value !== "string") return;
    if (value.length > LONGEST_MATCHED) {
      run.fail(
        place,
        () =>
          `expected at most ${LONGEST_MATCHED} characters, which is as much as is matched, got ${value.length}`,
      );
    } else if (!matching.test(value)) {
      run.fail(place, () => `expected a text that matches ${argument}, got ${shown(value)}`);
    }
  };
};

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

const characters = (value: unknown) => (typeof value === "string" ? lengthOf(value) : undefined);
const items = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const properties = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);

export const valueKeywords = (): [string, Keyword][] => [
  ["type", type],
  ["enum", enumeration],
  ["const", constant],
  ["minimum", bound((n, limit) => n >= limit, "at least")],
  ["maximum", bound((n, limit) => n <= limit, "at most")],
  ["exclusiveMinimum", bound((n, limit) => n > limit, "more than")],
  ["exclusiveMaximum", bound((n, limit) => n < limit, "less than")],
  ["multipleOf", bound(isMultiple, "a multiple of")],
  ["minLength", atLeast(characters, "characters")],
  ["maxLength", atMost(characters, "characters")],
  ["minItems", atLeast(items, "items")],
  ["maxItems", atMost(items, "items")],
  ["minProperties", atLeast(properties, "properties")],
  ["maxProperties", atMost(properties, "properties")],
  ["pattern", pattern],
];
