/** JSON values, their types and the places in them, in the words of JSON Schema and JSON pointers (RFC 6901). */

export type JsonObject = { [key: string]: unknown };

export const JSON_TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"] as const;

export type JsonType = (typeof JSON_TYPES)[number];

/** JSON Schema's name of the value's type; a number without a fraction is an `integer`. */
export function jsonType(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "number":
      return Number.isInteger(value) ? "integer" : "number";
    default:
      return "object";
  }
}

/** `/a/b~1c` as `["a", "b/c"]`. */
export const pointerSegments = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => unescapeUri(part).replaceAll("~1", "/").replaceAll("~0", "~"));

/** One level below `pointer`. */
export const below = (pointer: string, segment: string | number): string =>
  `${pointer}/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The text with its `%` escapes read; as it is where one of them is broken. */
export function unescapeUri(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
