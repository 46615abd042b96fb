/** How JSON values are shown in a report. */

/** The value as one short, printable line of JSON; nothing for undefined. Its texts are told: it is for documents. */
export const brief = (value: unknown, length = 60): string =>
  value === undefined ? "" : shortLine(JSON.stringify(value), length);

/** A line of JSON, printable, and cut to about `length` characters. */
export function shortLine(json: string, length = 60): string {
  const line = printable(json.slice(0, length * 2));
  return line.length > length + 2 ? `${line.slice(0, wholeCharacters(line, length))}…` : line;
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
