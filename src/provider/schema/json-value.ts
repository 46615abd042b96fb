/** JSON values compared, measured and shown: none of it costs more than the value's own length. */
import { MAX_DEPTH } from "../base/values.ts";

/** A key under which equal values are found again: the order of members does not matter. */
export function keyOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? canonicalText(value, 0) : quoted(value);
}

// Apart from the texts of lists and objects, which begin with a bracket.
const quoted = (value: unknown) => (typeof value === "string" ? `"${value}` : value);

function canonicalText(value: unknown, depth: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  // Such values are refused elsewhere.
  if (depth > MAX_DEPTH) return "…";
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(",")}]`;
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${canonicalText(member, depth + 1)}`,
  );
  return `{${members.sort().join(",")}}`;
}

/** Whether `value` is a whole multiple of `step`: exact, also where binary fractions are not (0.3 of 0.1). */
export function isMultiple(value: number, step: number): boolean {
  // JSON can say numbers that are too large for any: 1e999.
  if (!Number.isFinite(value)) return false;
  if (Number.isInteger(value) && Number.isInteger(step)) return value % step === 0;
  const a = decimal(value);
  const b = decimal(step);
  const places = Math.max(a.places, b.places);
  const scaled = ({ digits, places: own }: typeof a) => digits * 10n ** BigInt(places - own);
  return scaled(a) % scaled(b) === 0n;
}

/** The number as it is written: `digits` with so many decimal places. */
function decimal(value: number): { digits: bigint; places: number } {
  const [mantissa = "", exponent = "0"] = value.toString().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), places: fraction.length - Number(exponent) };
}

/** Characters as people count them: a pair of surrogates is one. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 1; i < text.length; i++) {
    if (isBetween(text.charCodeAt(i), 0xdc00, 0xdfff) && isBetween(text.charCodeAt(i - 1), 0xd800, 0xdbff)) {
      length--;
      i++;
    }
  }
  return length;
}

const isBetween = (code: number, first: number, last: number) => code >= first && code <= last;

const LONGEST_SHOWN = 80;

/** The value as JSON for messages, cut after 80 characters; what is beyond them is not looked at. */
export function shown(value: unknown): string {
  const text = begin(value, LONGEST_SHOWN + 1);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}

function begin(value: unknown, room: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, Math.max(0, room)));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const isList = Array.isArray(value);
  const entries: Iterable<[PropertyKey, unknown]> = isList ? value.entries() : Object.entries(value);
  let text = isList ? "[" : "{";
  for (const [key, member] of entries) {
    if (text.length >= room) break;
    if (text.length > 1) text += ",";
    if (!isList) text += `${JSON.stringify(String(key).slice(0, room))}:`;
    text += begin(member, room - text.length);
  }
  return `${text}${isList ? "]" : "}"}`;
}
