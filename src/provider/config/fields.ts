/** Fields of a configuration: tables of what each may hold, and the one reader of values by such a table. */
import { didYouMean } from "../base/nearest.ts";
import { isObject, isThenable, kindOf } from "../base/values.ts";
import { HIDDEN } from "./hide-key.ts";

/** What a field may hold. The JSON Schema for editors is made from the same tables (`npm run generate`). */
export type Field =
  | { kind: "text" }
  /** The service's key. */
  | { kind: "key" }
  /** A number or its text, as environment variables give it. */
  | { kind: "number"; expected: string; least?: number; above?: number; most?: number; whole?: true }
  | { kind: "flag" }
  | { kind: "choice"; of: readonly string[] }
  /** A list of choices. */
  | { kind: "choices"; of: readonly string[] }
  /** A text or a list of texts. */
  | { kind: "texts" }
  /** Names by names. */
  | { kind: "names" }
  | { kind: "mapping"; fields: Fields }
  /** Read elsewhere. */
  | { kind: "other" };

export interface Fields {
  readonly [name: string]: Field & { required?: true };
}

type Value<F extends Field> = F extends { kind: "number" }
  ? number
  : F extends { kind: "flag" }
    ? boolean
    : F extends { kind: "choice"; of: readonly (infer C)[] }
      ? C
      : F extends { kind: "choices"; of: readonly (infer C)[] }
        ? C[]
        : F extends { kind: "texts" }
          ? string | string[]
          : F extends { kind: "names" }
            ? Record<string, string>
            : F extends { kind: "mapping"; fields: infer Inner extends Fields }
              ? Read<Inner>
              : F extends { kind: "other" }
                ? unknown
                : string;

/** What was read by a table: numbers are numbers. */
export type Read<T extends Fields> = {
  -readonly [K in keyof T as T[K] extends { required: true } ? K : never]: Value<T[K]>;
} & { -readonly [K in keyof T as T[K] extends { required: true } ? never : K]?: Value<T[K]> };

export const milliseconds = {
  kind: "number",
  expected: "a number of milliseconds above 0",
  above: 0,
} as const;

export const whole = <N extends number>(least: N) =>
  ({ kind: "number", expected: `a whole number of at least ${least}`, least, whole: true }) as const;

export const between = <A extends number, B extends number>(least: A, most: B) =>
  ({ kind: "number", expected: `a number from ${least} to ${most}`, least, most }) as const;

/** The values of a mapping by its table. Each mistake is a line in `problems`, with its place; then nothing is returned. */
export function readFields<T extends Fields>(
  input: unknown,
  fields: T,
  place: string,
  problems: string[],
): Read<T> | undefined {
  const before = problems.length;
  const read = readMapping(input, fields, place, problems);
  // Its members are those of the table, each with the value that its kind gives.
  return problems.length === before ? (read as Read<T>) : undefined;
}

function readMapping(
  input: unknown,
  fields: Fields,
  place: string,
  problems: string[],
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  if (!isObject(input)) {
    problems.push(`${place || "the configuration"}: expected a mapping, got ${show(input)}`);
    return read;
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(input, name) ? input[name] : undefined;
    if (value === undefined && !field.required) continue;
    read[name] = readValue(value, field, below(place, name), problems);
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(fields, name)) problems.push(unknownKey(place, name, Object.keys(fields)));
  }
  return read;
}

function readValue(value: unknown, field: Field, place: string, problems: string[]): unknown {
  const wrong = (expected: string) => {
    problems.push(`${place}: expected ${expected}, got ${show(value)}`);
    return undefined;
  };
  switch (field.kind) {
    case "text":
      if (typeof value !== "string") return wrong("a text");
      return isBlank(value) ? wrong("a text that is not blank") : value;
    case "key": {
      const problem = keyProblem(value);
      if (problem !== undefined)
        problems.push(`${place}: expected ${problem}${value === undefined ? SPREAD_HINT : ""}`);
      return value;
    }
    case "number": {
      const number = toNumber(value);
      return number !== undefined && isWithin(number, field) ? number : wrong(field.expected);
    }
    case "flag":
      return typeof value === "boolean" ? value : wrong("true or false");
    case "choice":
      return isOneOf(value, field.of) ? value : wrong(`one of ${field.of.join(", ")}`);
    case "choices":
      if (!Array.isArray(value)) return wrong(`a list of ${field.of.join(", ")}`);
      return value.map((item: unknown, index) =>
        readValue(item, { kind: "choice", of: field.of }, below(place, index), problems),
      );
    case "texts":
      return typeof value === "string" ||
        (Array.isArray(value) && value.every((item) => typeof item === "string"))
        ? value
        : wrong("a text or a list of texts");
    case "names":
      return isObject(value) &&
        Object.values(value).every((name) => typeof name === "string" && !isBlank(name))
        ? value
        : wrong("a mapping of names to names");
    case "mapping":
      return readMapping(value, field.fields, place, problems);
    case "other":
      return value;
  }
}

const below = (place: string, name: string | number) => (place ? `${place}.${name}` : String(name));

const isBlank = (text: string) => text.trim() === "";

const isOneOf = (value: unknown, choices: readonly string[]) =>
  typeof value === "string" && choices.includes(value);

const NUMERIC = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** Longer texts are no number. */
const LONGEST_NUMBER = 100;

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const isNumeric = typeof value === "string" && value.length <= LONGEST_NUMBER && NUMERIC.test(value.trim());
  return isNumeric ? Number(value) : undefined;
}

function isWithin(value: number, { least, above, most, whole }: Field & { kind: "number" }): boolean {
  if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return false;
  return !(
    value < (least ?? value) ||
    value > (most ?? value) ||
    value <= (above ?? Number.NEGATIVE_INFINITY)
  );
}

/** What a header can hold: a line break or a letter beyond Latin-1 would fail each call, and show the key. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Why a configuration that was loaded with a key may have none. */
export const SPREAD_HINT =
  " (a spread or a clone of a loaded configuration leaves it out: add api_key: loaded.config.api_key)";

/** The key itself is never told. */
export function keyProblem(value: unknown): string | undefined {
  if (isThenable(value))
    return "the service's key, got a promise; await it, or give a function, which is asked at each try";
  const isNone = value === undefined || value === null || (typeof value === "string" && isBlank(value));
  if (typeof value !== "string" || isNone) return `the service's key, got ${isNone ? "none" : kindOf(value)}`;
  if (value === HIDDEN) {
    return `the key itself; "${HIDDEN}" stands in its place where a loaded configuration was written out`;
  }
  return HEADER_TEXT.test(value.trim()) ? undefined : "a text that a header can hold";
}

function unknownKey(place: string, name: string, known: readonly string[]): string {
  return LIKE_A_KEY.test(name)
    ? `${place || "the configuration"}: unknown key, a text that looks like a secret`
    : `${below(place, name)}: unknown key${didYouMean(name, known)}`;
}

/** `gsk_…` and the like. */
const LIKE_A_KEY = /^[a-z]+[_-]\w{16,}/i;

/** A value for an error's text: short, and never one that could be a key. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string")
    return LIKE_A_KEY.test(value) ? "a text that looks like a key" : JSON.stringify(cut(value));
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a mapping" : String(value);
}

const cut = (value: string) => (value.length > 60 ? `${value.slice(0, 60)}…` : value);
