/** Changes of a schema in words. */
import { includesValue } from "../../openapi/flatten.ts";
import { brief } from "../base/json.ts";
import type { Shape } from "./shape.ts";

export function changeText(keyword: string, before: string | undefined, after: string | undefined): string {
  if (!before) return `${keyword} is now ${after}`;
  return after ? `${keyword} changed from ${before} to ${after}` : `${keyword} ${before} dropped`;
}

export const values = (list: readonly unknown[]): string => list.map((value) => brief(value)).join(", ");

export const sameValues = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value) => includesValue(b, value));

/** `string or array`, `"auto" or "none"`, `integer or null`. */
export function typeText({ kinds, nullable }: Shape): string {
  const names = kinds.map((kind) => {
    if (!kind.values) return kind.type;
    return kind.values.length > 6
      ? `${kind.type} (${kind.values.length} values)`
      : values(kind.values).replaceAll(", ", " or ");
  });
  const isAny = kinds.some(({ type }) => type === "any");
  const all = new Set(nullable && !isAny ? [...names, "null"] : names);
  return all.size === 0 ? "nothing" : [...all].join(" or ");
}
