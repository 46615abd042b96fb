/** The nearest known name to a mistyped one: for errors that say what was probably meant. */
import { invalidRequest } from "./values.ts";

/** Nobody mistypes a longer name, and a server may list any number of them. */
const LONGEST_NAME = 100;
const MOST_NAMES = 2000;

/** Names within a third of their length, nearest first, at most `most`. */
export function nearest(name: string, known: Iterable<string>, most = 1): string[] {
  const wanted = name.slice(0, LONGEST_NAME).toLowerCase();
  return [...known]
    .filter((candidate) => candidate.length <= LONGEST_NAME)
    .slice(0, MOST_NAMES)
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= farthest(candidate) && distance < wanted.length)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Of short names one letter may differ: with two, most are like each other. */
const farthest = ({ length }: string) => (length < 4 ? 1 : Math.max(2, Math.ceil(length / 3)));

/** The first of `names` that a slip of the finger made of a known one of six letters or more, and that one. */
export function misspelt(
  names: readonly string[],
  known: Iterable<string>,
): [name: string, meant: string] | undefined {
  const long = [...known].filter(({ length }) => length >= 6);
  for (const name of names) {
    const [meant] = nearest(name, long);
    if (meant !== undefined && distanceBetween(name.toLowerCase(), meant.toLowerCase()) <= 2)
      return [name, meant];
  }
  return undefined;
}

/** `; did you mean "…"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>, most = 1): string {
  const names = nearest(name, known, most).map((candidate) => `"${candidate}"`);
  return names.length > 0 ? `; did you mean ${names.join(" or ")}?` : "";
}

/**
 * Refuses members of `value` whose names nobody reads, which would be dropped in silence. `what` says what they were taken
 * for: `option`, `member`. Members that are `undefined` are as good as absent.
 */
export function refuseUnknown(value: object, known: readonly string[], what: string, place = ""): void {
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || known.includes(name)) continue;
    throw invalidRequest(
      place === "" ? name : `${place}.${name}`,
      `unknown ${what}${didYouMean(name, known)}`,
    );
  }
}

/** Levenshtein's distance, one row at a time. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
