/** Lists of JSON values. */

/** Whether a list has a value; for lists of any length. */
export function valueTest(list: readonly unknown[]): (value: unknown) => boolean {
  const known = new Set(list.map(keyOf));
  return (value) => known.has(keyOf(value));
}

/** What a list has and another has not. */
export const without = (list: readonly unknown[], other: readonly unknown[]): unknown[] => {
  const isThere = valueTest(other);
  return list.filter((value) => !isThere(value));
};

export const sameValues = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && without(a, b).length === 0;

/** Equal for equal values: texts differ from numbers, and objects from their JSON. */
export const keyOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? `{}${JSON.stringify(value)}`
    : typeof value === "string"
      ? `"${value}`
      : value;
