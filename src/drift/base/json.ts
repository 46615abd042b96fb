/** How JSON values are shown in a report. */

export interface CutOptions {
  /** Characters of a text that stay. */
  text?: number;
  /** Members of an array or an object that stay. */
  members?: number;
  /** Levels that stay. */
  depth?: number;
}

/** A copy of the value with long texts, long lists and deep levels cut; `…` marks what is gone. */
export function cut(value: unknown, { text = 80, members = 12, depth = 8 }: CutOptions = {}): unknown {
  if (typeof value === "string") {
    return value.length > text ? `${value.slice(0, wholeCharacters(value, text))}…` : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  const below = { text, members, depth: depth - 1 };
  if (Array.isArray(value)) {
    const kept = value.slice(0, members).map((item) => cut(item, below));
    return value.length > members ? [...kept, `… ${value.length - members} more`] : kept;
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, members * 2).map(([name, item]) => [name, cut(item, below)]);
  if (entries.length > kept.length) kept.push(["…", `${entries.length - kept.length} more`]);
  return Object.fromEntries(kept);
}

// A cut between the two halves of a surrogate pair would leave a broken character.
const wholeCharacters = (value: string, length: number) =>
  /[\uD800-\uDBFF]/.test(value.charAt(length - 1)) ? length - 1 : length;

/** The text with what a terminal or a reader would not see, or be misled by, written as escapes. */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The value as one short, printable line of JSON. */
export function brief(value: unknown, length = 60): string {
  if (value === undefined) return "";
  const line = printable(JSON.stringify(cut(value, { text: length, members: 6, depth: 3 })));
  return line.length > length + 2 ? `${line.slice(0, wholeCharacters(line, length))}…` : line;
}
