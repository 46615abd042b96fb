/** Faults, planted in recorded answers. */

import { formatPlace } from "../../src/drift/base/problem.ts";
import { isObject } from "../../src/provider/base/values.ts";

/** A copy of the value, in which each member at the place is put through `change`: it gives the members in its stead. */
export function changeAt(
  value: unknown,
  place: string,
  change: (name: string, value: unknown) => [name: string, value: unknown][],
): unknown {
  const walk = (inner: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(inner)) return inner.map((item) => walk(item, [...path, "[]"]));
    if (!isObject(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).flatMap(([name, member]) => {
        const here = [...path, name];
        const told = formatPlace(here);
        if (told === place) return change(name, member);
        const isOnWay = place.startsWith(told) && /^[.[]/.test(place.slice(told.length));
        return [[name, isOnWay ? walk(member, here) : member]];
      }),
    );
  };
  return walk(value, []);
}

/** A value of another type. */
export const otherType = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? "planted" : { planted: [true] };

/** All places of members in the value. */
export function placesOf(value: unknown): string[] {
  const found = new Set<string>();
  const walk = (inner: unknown, path: readonly string[]): void => {
    if (Array.isArray(inner)) for (const item of inner) walk(item, [...path, "[]"]);
    else if (isObject(inner)) {
      for (const [name, member] of Object.entries(inner)) {
        found.add(formatPlace([...path, name]));
        walk(member, [...path, name]);
      }
    }
  };
  walk(value, []);
  return [...found];
}
