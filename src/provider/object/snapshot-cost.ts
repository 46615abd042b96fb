/** Estimates the time that copying the unfinished part of a JSON text takes. */

/**
 * Nanoseconds that copies for snapshots may take for each character that was read. Then every piece of four characters has
 * its own snapshot in objects of 40 members, lists of 5,000 items and texts of 30,000 characters; in larger ones every
 * second, third, … piece has.
 */
export const COPYING_PER_CHARACTER = 1000;

/** Nanoseconds that a copy takes, as measured: engines make large objects tables, and fetch pages for large blocks. */
export function costOf(kind: "array" | "object", members: number): number {
  if (kind === "array") return 20 + members * (members <= 10_000 ? 1 : 40);
  return 20 + members * (members <= 20 ? 12 : members <= 200 ? 250 : 1000);
}

export const costOfText = (length: number) => length * (length <= 100_000 ? 0.2 : 5);
