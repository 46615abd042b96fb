/** Which kind of an old union is which of the new one. */
import { brief } from "../base/json.ts";
import { covers, type Kind } from "./kind.ts";
import type { ShapeReader } from "./shape.ts";

export interface KindPair {
  before: Kind;
  after: Kind;
  /** Tells this variant from its siblings: `role=tool`. Undefined where there are none. */
  label: string | undefined;
}

export interface Pairing {
  pairs: KindPair[];
  removed: Kind[];
  added: Kind[];
}

/** `readBefore` and `readAfter` read schemas of the old and of the new document. */
export function pairKinds(
  before: readonly Kind[],
  after: readonly Kind[],
  readBefore: ShapeReader,
  readAfter: ShapeReader,
): Pairing {
  const objects = pairObjects(before.filter(isObjectKind), after.filter(isObjectKind), readBefore, readAfter);
  const left = before.filter((kind) => !isObjectKind(kind));
  const right = after.filter((kind) => !isObjectKind(kind));
  const pairs: KindPair[] = [];
  // The same first, then what is likest: the same items, the same type, a number for an integer.
  const likenesses: ((a: Kind, b: Kind) => boolean)[] = [
    (a, b) => a.type === b.type && itemText(a, readBefore) === itemText(b, readAfter),
    (a, b) => a.type === b.type,
    (a, b) => covers(a.type, b.type) || covers(b.type, a.type),
  ];
  for (const alike of likenesses) {
    for (const kind of [...left]) {
      const other = right.find((candidate) => alike(kind, candidate));
      if (!other) continue;
      pairs.push({ before: kind, after: other, label: undefined });
      left.splice(left.indexOf(kind), 1);
      right.splice(right.indexOf(other), 1);
    }
  }
  return {
    pairs: [...pairs, ...objects.pairs],
    removed: [...left, ...objects.removed],
    added: [...right, ...objects.added],
  };
}

const isObjectKind = (kind: Kind): boolean => kind.type === "object";

// A list may be a list of itself.
const MAX_LISTS = 4;

function itemText(kind: Kind, read: ShapeReader, lists = MAX_LISTS): string {
  if (kind.type !== "array" || lists === 0) return "";
  return read(kind.items)
    .kinds.map((item) => (item.type === "array" ? `array of ${itemText(item, read, lists - 1)}` : item.type))
    .sort()
    .join();
}

function pairObjects(
  before: Kind[],
  after: Kind[],
  readBefore: ShapeReader,
  readAfter: ShapeReader,
): Pairing {
  const isUnion = before.length > 1 || after.length > 1;
  const tag = isUnion ? findTag(before, after, readBefore, readAfter) : undefined;
  const left = new Set(before);
  const right = new Set(after);
  const pairs: KindPair[] = [];
  const pair = (a: Kind, b: Kind, aParts: readonly Kind[], bParts: readonly Kind[]) => {
    pairs.push({ before: a, after: b, label: isUnion ? label(a, tag, readBefore) : undefined });
    for (const part of aParts) left.delete(part);
    for (const part of bParts) right.delete(part);
  };

  if (tag !== undefined) {
    for (const kind of before) {
      const values = tagValues(kind, tag, readBefore);
      const same = [...right].filter((other) =>
        tagValues(other, tag, readAfter).some((value) => values.includes(value)),
      );
      if (left.has(kind) && same.length > 0) pair(kind, mergeVariants(same), [kind], same);
    }
    // One new variant may also take the place of several old ones.
    for (const kind of [...right]) {
      const values = tagValues(kind, tag, readAfter);
      const same = [...left].filter((other) =>
        tagValues(other, tag, readBefore).some((value) => values.includes(value)),
      );
      if (same.length > 0) pair(mergeVariants(same), kind, same, [kind]);
    }
  }
  for (const kind of [...left]) {
    const named = kind.name === undefined ? undefined : [...right].find((other) => other.name === kind.name);
    if (named) pair(kind, named, [kind], [named]);
  }
  if (tag === undefined) {
    for (const kind of [...left]) {
      const nearest = [...right]
        .map((other) => ({ other, likeness: likeness(kind, other) }))
        .sort((a, b) => b.likeness - a.likeness)[0];
      const isOnly = left.size === 1 && right.size === 1;
      if (nearest && (nearest.likeness > 0 || isOnly)) pair(kind, nearest.other, [kind], [nearest.other]);
    }
  }
  return { pairs, removed: [...left], added: [...right] };
}

/** The share of properties that both have. */
function likeness(a: Kind, b: Kind): number {
  const shared = [...a.properties.keys()].filter((name) => b.properties.has(name)).length;
  const all = new Set([...a.properties.keys(), ...b.properties.keys()]).size;
  return all === 0 ? 0 : shared / all;
}

/** The property whose fixed values tell the variants apart: `role`, `type`. */
function findTag(
  before: readonly Kind[],
  after: readonly Kind[],
  readBefore: ShapeReader,
  readAfter: ShapeReader,
): string | undefined {
  const sides = [
    { kinds: before, read: readBefore },
    { kinds: after, read: readAfter },
  ];
  const names = [...(before[0]?.properties.keys() ?? [])];
  return names.find((name) =>
    sides.every(({ kinds, read }) => {
      const values = kinds.map((kind) => tagValues(kind, name, read));
      const flat = values.flat();
      return values.every((list) => list.length > 0) && new Set(flat).size === flat.length;
    }),
  );
}

function tagValues(kind: Kind, tag: string, read: ShapeReader): unknown[] {
  const schema = kind.properties.get(tag);
  if (schema === undefined) return [];
  const { kinds } = read(schema);
  return kinds.every((item) => item.values) ? kinds.flatMap((item) => item.values ?? []) : [];
}

function label(kind: Kind, tag: string | undefined, read: ShapeReader): string | undefined {
  if (tag === undefined) return kind.name;
  const values = tagValues(kind, tag, read).map((value) =>
    typeof value === "string" ? value : brief(value, 20),
  );
  return `${tag}=${values.join("|")}`;
}

/** What to call a variant that only one side has. */
export const variantName = (
  kind: Kind,
  siblings: readonly Kind[],
  others: readonly Kind[],
  read: ShapeReader,
  readOthers: ShapeReader,
): string =>
  kind.type === "object"
    ? (label(kind, findTag(siblings, others, read, readOthers), read) ?? kind.name ?? "an object")
    : kind.type === "array"
      ? `array of ${itemText(kind, read)}`
      : kind.type;

/** Several variants read as one object, so that one object that became several, or the reverse, can be compared. */
function mergeVariants(kinds: readonly Kind[]): Kind {
  const [first, ...rest] = kinds;
  if (!first) throw new RangeError("mergeVariants: expected at least one variant");
  const known = merged.get(first) ?? [];
  const earlier = known.find(
    ({ of }) => of.length === kinds.length && of.every((kind, i) => kind === kinds[i]),
  );
  if (earlier) return earlier.kind;
  const kind = mergeInto(first, rest);
  merged.set(first, [...known, { of: kinds, kind }]);
  return kind;
}

// The same variants give the same kind again, so that a recursion comes back to where it was.
const merged = new WeakMap<Kind, { of: readonly Kind[]; kind: Kind }[]>();

function mergeInto(first: Kind, rest: readonly Kind[]): Kind {
  const properties = new Map(first.properties);
  for (const [name, schema] of rest.flatMap((kind) => [...kind.properties])) {
    const before = properties.get(name);
    properties.set(name, before === undefined || before === schema ? schema : { anyOf: [before, schema] });
  }
  return {
    ...first,
    properties,
    required: new Map([...first.required].filter(([name]) => rest.every((kind) => kind.required.has(name)))),
    additional: [first, ...rest].some((kind) => kind.additional !== false),
  };
}
