/** Changes of a schema in words. */
import { brief } from "../base/json.ts";
import type { Shape } from "./shape.ts";

export function changeText(keyword: string, before: string | undefined, after: string | undefined): string {
  if (!before) return `${keyword} is now ${after}`;
  return after ? `${keyword} changed from ${before} to ${after}` : `${keyword} ${before} dropped`;
}

/** As many as one reads. */
const SHOWN_VALUES = 20;

export function values(list: readonly unknown[]): string {
  const shown = list.slice(0, SHOWN_VALUES).map((value) => brief(value));
  const rest = list.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

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
