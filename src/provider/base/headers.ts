/** Headers of an answer. */

/** The part of `Headers` that is read here, so that another HTTP client's headers serve as well. */
export interface HeaderReader {
  get(name: string): string | null;
  /** All of them, their names in lower case. */
  entries?(): Iterable<[name: string, value: string]>;
}
