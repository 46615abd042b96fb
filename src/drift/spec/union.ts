/** Which kind of an old union is which of the new one. */
import { brief } from "../base/json.ts";
import { covers, type Kind } from "./kind.ts";
import type { ShapeReader } from "./shape.ts";
import { keyOf } from "./values.ts";

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
  /** The property whose fixed values tell the variants apart: `role`, `type`. */
  tag: string | undefined;
}

/** `readBefore` and `readAfter` read schemas of the old and of the new document. */
export function pairKinds(
  before: readonly Kind[],
  after: readonly Kind[],
  readBefore: ShapeReader,
  readAfter: ShapeReader,
): Pairing {
  const objects = pairObjects(before.filter(isObjectKind), after.filter(isObjectKind), readBefore, readAfter);
  const left = new Set(before.filter((kind) => !isObjectKind(kind)));
  const right = new Set(after.filter((kind) => !isObjectKind(kind)));
  const pairs: KindPair[] = [];
  const pair = (old: Kind, current: Kind) => {
    pairs.push({ before: old, after: current, label: undefined });
    left.delete(old);
    right.delete(current);
  };
  // The same first, then what is likest: the same items, the same type, a number for an integer.
  pairAlike(left, right, (kind, read) => `${kind.type} ${itemText(kind, read)}`, readBefore, readAfter, pair);
  pairAlike(left, right, ({ type }) => type, readBefore, readAfter, pair);
  for (const kind of left) {
    const other = [...right].find(({ type }) => covers(kind.type, type) || covers(type, kind.type));
    if (other) pair(kind, other);
  }
  return {
    pairs: [...pairs, ...objects.pairs],
    removed: [...left, ...objects.removed],
    added: [...right, ...objects.added],
    tag: objects.tag,
  };
}

/** Pairs kinds of which a text is the same, in their order. */
function pairAlike(
  left: ReadonlySet<Kind>,
  right: ReadonlySet<Kind>,
  textOf: (kind: Kind, read: ShapeReader) => string | undefined,
  readBefore: ShapeReader,
  readAfter: ShapeReader,
  pair: (before: Kind, after: Kind) => void,
): void {
  if (left.size === 0 || right.size === 0) return;
  const byText = new Map<string, Kind[]>();
  for (const kind of [...right].reverse()) {
    const text = textOf(kind, readAfter);
    if (text === undefined) continue;
    const list = byText.get(text) ?? [];
    byText.set(text, list);
    list.push(kind);
  }
  for (const kind of [...left]) {
    const text = textOf(kind, readBefore);
    const other = text === undefined ? undefined : byText.get(text)?.pop();
    if (other) pair(kind, other);
  }
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
    const inNew = byTag(after, tag, readAfter);
    for (const kind of before) {
      const same = inNew(tagValues(kind, tag, readBefore)).filter((other) => right.has(other));
      if (left.has(kind) && same.length > 0) pair(kind, mergeVariants(same), [kind], same);
    }
    // One new variant may also take the place of several old ones.
    const inOld = byTag(before, tag, readBefore);
    for (const kind of [...right]) {
      const same = inOld(tagValues(kind, tag, readAfter)).filter((other) => left.has(other));
      if (same.length > 0) pair(mergeVariants(same), kind, same, [kind]);
    }
  }
  const pairOne = (a: Kind, b: Kind) => pair(a, b, [a], [b]);
  pairAlike(left, right, namedAlike, readBefore, readAfter, pairOne);
  pairAlike(left, right, ({ name }) => name, readBefore, readAfter, pairOne);
  if (tag === undefined) {
    pairAlike(left, right, namesOf, readBefore, readAfter, pairOne);
    if (left.size * right.size <= MAX_LIKENESSES) pairNearest(left, right, pairOne);
  }
  return { pairs, removed: [...left], added: [...right], tag };
}

/** The kinds that have any of these values of the tag. */
function byTag(
  kinds: readonly Kind[],
  tag: string,
  read: ShapeReader,
): (values: readonly unknown[]) => Kind[] {
  const index = new Map(
    kinds.flatMap((kind) => tagValues(kind, tag, read).map((value) => [keyOf(value), kind])),
  );
  return (values) => [...new Set(values.flatMap((value) => index.get(keyOf(value)) ?? []))];
}

// Each variant is held against each other one, so there is a bound; variants beyond it are told as gone and as new.
const MAX_LIKENESSES = 40_000;

function pairNearest(
  left: ReadonlySet<Kind>,
  right: ReadonlySet<Kind>,
  pair: (before: Kind, after: Kind) => void,
): void {
  for (const kind of [...left]) {
    const nearest = [...right]
      .map((other) => ({ other, likeness: likeness(kind, other) }))
      .sort((a, b) => b.likeness - a.likeness)[0];
    const isOnly = left.size === 1 && right.size === 1;
    if (nearest && (nearest.likeness > 0 || isOnly)) pair(kind, nearest.other);
  }
}

const namedAlike = (kind: Kind): string | undefined =>
  kind.name === undefined ? undefined : `${kind.name} ${namesOf(kind)}`;

/** What two variants have alike that are likely the same: the names of their fields, and which they need. */
const namesOf = ({ properties, required }: Kind): string | undefined =>
  properties.size === 0
    ? undefined
    : JSON.stringify([[...properties.keys()].sort(), [...required.keys()].sort()]);

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
      const flat = values.flat().map(keyOf);
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
export const variantName = (kind: Kind, tag: string | undefined, read: ShapeReader): string =>
  kind.type === "object"
    ? (label(kind, tag, read) ?? kind.name ?? "an object")
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
