/** A copy of what a server sent that is small enough to keep, with its secrets removed. */
import type { Redact } from "../base/redact.ts";

const DEEPEST = 8;
const MOST_ENTRIES = 50;
const LONGEST_TEXT = 4000;
/** Of the whole copy, in characters. */
const LARGEST = 16_000;

/** Cut texts end in `…`; of lists and objects the first members are kept; below the deepest level stands `…`. */
export function boundedCopy(value: unknown, redact: Redact): unknown {
  let left = LARGEST;
  const text = (value: string): string => {
    // Cut after the secrets are gone: half a secret would not be found.
    const cut = cutText(redact(value), Math.max(0, Math.min(LONGEST_TEXT, left)));
    left -= cut.length;
    return cut;
  };
  const copy = (value: unknown, depth: number): unknown => {
    left -= 1;
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth > DEEPEST || left <= 0) return "…";
    if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((item) => copy(item, depth + 1));
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value).slice(0, MOST_ENTRIES)) {
      if (left <= 0) break;
      // Defined, not assigned: a member called `__proto__` stays a member.
      Object.defineProperty(result, text(key), {
        value: copy(Reflect.get(value, key), depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return result;
  };
  return copy(value, 1);
}

export function cutText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
