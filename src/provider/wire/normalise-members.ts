/** Small words for putting foreign objects into shape. */

export type Members = Record<string, unknown>;

export const isTextOrNull = (value: unknown) => value == null || typeof value === "string";

/** A text, also from a number, as ids are; `undefined` for anything else. */
export function toText(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;
}

/** A number, also from its text; `undefined` for anything else. */
export function toNumber(value: unknown): number | undefined {
  const number =
    typeof value === "string" && value.length < 40 && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** A copy with these members; what is `undefined` is left out of it. */
export function withMembers(object: Members, members: Members): Members {
  const copy: Members = { ...object };
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) delete copy[name];
    else copy[name] = value;
  }
  return copy;
}

/** The same list where nothing changed. */
export function mapChanged(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const changed = change(list[i]);
    if (changed === list[i]) continue;
    copy ??= [...list];
    copy[i] = changed;
  }
  return copy ?? list;
}
