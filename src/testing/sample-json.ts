/** A value that fits a JSON Schema, as a model might give it. */
import { pointerSegments } from "../openapi/json.ts";
import { isObject, valueAt } from "../provider/base/values.ts";

type Schema = Record<string, unknown>;

/** Deterministic. Texts are taken from the prompt where it names a thing, else from the property's name. */
export function sampleJson(schema: unknown, prompt = ""): unknown {
  return sample(schema, { root: schema, name: "value", prompt, depth: 0 });
}

interface Place {
  root: unknown;
  name: string;
  prompt: string;
  depth: number;
}

function sample(schema: unknown, place: Place): unknown {
  if (!isObject(schema) || place.depth > 20) return null;
  if ("const" in schema) return schema.const;
  if ("default" in schema) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (typeof schema.$ref === "string") {
    return sample(resolve(place.root, schema.$ref), { ...place, depth: place.depth + 1 });
  }
  for (const union of ["anyOf", "oneOf"]) {
    const branches = schema[union];
    if (Array.isArray(branches)) return sample(branches[0], { ...place, depth: place.depth + 1 });
  }
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((part) => sample(part, { ...place, depth: place.depth + 1 }));
    return Object.fromEntries(parts.flatMap((part) => (isObject(part) ? Object.entries(part) : [])));
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (isObject(schema.properties) ? "object" : "string")) {
    case "object":
      return sampleObject(schema, place);
    case "array": {
      const first: readonly unknown[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
      const length = Math.max(first.length, numberOf(schema.minItems) ?? Math.max(1, first.length));
      return Array.from({ length }, (_, index) =>
        sample(first[index] ?? schema.items ?? {}, { ...place, depth: place.depth + 1 }),
      );
    }
    case "integer":
      return smallestNumber(schema, true);
    case "number":
      return smallestNumber(schema, false);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return sampleText(schema, place.name, place.prompt);
  }
}

function sampleObject(schema: Schema, place: Place): Schema {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : Object.keys(properties);
  // Not by assignment: that would set the prototype for a property named __proto__.
  return Object.fromEntries(
    required
      .filter((name): name is string => typeof name === "string")
      .map((name) => [
        name,
        sample(valueAt(properties, [name]) ?? {}, { ...place, name, depth: place.depth + 1 }),
      ]),
  );
}

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

/** The least that fits; where there is no least, a number near 1. */
export function smallestNumber(schema: Schema, isWhole: boolean): number {
  const above = numberOf(schema.exclusiveMinimum);
  const most = numberOf(schema.maximum) ?? numberOf(schema.exclusiveMaximum);
  const bounds = [numberOf(schema.minimum), above === undefined ? undefined : above + 1];
  const given = bounds.filter((bound) => bound !== undefined);
  const least = given.length > 0 ? Math.max(...given) : undefined;
  const number = least ?? (most !== undefined && most < 1 ? most - 1 : 1);
  const step = numberOf(schema.multipleOf) ?? (isWhole ? 1 : undefined);
  return step ? Math.ceil(number / step) * step : number;
}

const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ["date", "2026-11-23"],
  ["date-time", "2026-11-23T12:00:00Z"],
  ["email", "someone@example.org"],
  ["uri", "https://example.org"],
  ["url", "https://example.org"],
  ["uuid", "00000000-0000-4000-8000-000000000000"],
]);

/** A name in the prompt (a capital letter within a sentence), else the property's own; another text where a pattern asks for one. */
export function sampleText(schema: Schema, name: string, prompt = ""): string {
  const text = FORMATS.get(schema.format) ?? /(?<=[a-z,;] )[A-Z][a-z]+/.exec(prompt)?.[0] ?? name;
  const least = numberOf(schema.minLength) ?? 0;
  const most = numberOf(schema.maxLength) ?? Number.POSITIVE_INFINITY;
  const sized = (one: string) => one.padEnd(least, "x").slice(0, most);
  const { pattern } = schema;
  if (typeof pattern !== "string") return sized(text);
  const asked = new RegExp(pattern, "u");
  const fits = (one: string) => asked.test(one) && one.length >= least && one.length <= most;
  return [sized(text), ...likelyTexts(pattern)].find(fits) ?? sized(text);
}

/** What patterns in documents mostly ask for: an id with its prefix, digits, hexadecimal, a date, a word. */
function likelyTexts(pattern: string): string[] {
  const [prefix = ""] = /(?<=^\^?)[A-Za-z0-9_:/-]+/.exec(pattern) ?? [];
  const digits = [1, 2, 4, 6, 8, 16, 24, 32, 40, 64].map((length) => "0".repeat(length));
  const bodies = ["", ...digits, "a", "A", "a1", "aA1", "1.0", "1.0.0", "en", "en-US", "#a1b2c3"];
  return [...FORMATS.values(), ...[prefix, ""].flatMap((start) => bodies.map((body) => start + body))];
}

function resolve(root: unknown, reference: string): unknown {
  return valueAt(root, pointerSegments(reference.replace(/^#/, "")));
}
