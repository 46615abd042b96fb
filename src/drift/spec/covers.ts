/** Whether values of one type are values of another. */
import { covers as coversType, type Kind } from "./kind.ts";
import type { Readers, Side } from "./schema-context.ts";

export type Covers = (wide: Kind, narrow: Kind, side: Side) => boolean;

const SINGLE = new Set(["string", "integer", "number", "boolean"]);

/** `side` is that of the wide kind. As text a number is a text too, and one value is a list of one. */
export function createCovers(isText: boolean, read: Readers): Covers {
  const covers: Covers = (wide, narrow, side) => {
    if (coversType(wide.type, narrow.type)) return true;
    if (!isText || !SINGLE.has(narrow.type)) return false;
    if (wide.type === "string") return true;
    if (wide.type !== "array" || Number(wide.bounds.get("minItems") ?? 0) > 1) return false;
    return read[side](wide.items).kinds.some((item) => item.type !== "array" && covers(item, narrow, side));
  };
  return covers;
}
