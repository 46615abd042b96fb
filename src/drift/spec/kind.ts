/** What a schema allows of one type, and what two of these allow together. */
import { jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { type KindType, tighter } from "./bounds.ts";
import { valueTest } from "./values.ts";

export interface Kind {
  type: KindType;
  /** The only values allowed; undefined for any. */
  values: unknown[] | undefined;
  /** Values that a union names beside the open type: `anyOf: [string, enum]`. They bind nobody. */
  examples: unknown[];
  /** `minimum`, `pattern`, `format`, …, without those that say nothing (`minItems: 0`). */
  bounds: Map<string, unknown>;
  /** Keywords that are only compared as text, because what they mean together can't be worked out. */
  opaque: Map<string, string>;
  properties: Map<string, unknown>;
  /** Schemas by the pattern of the names that they are for. */
  patterns: Map<string, unknown>;
  /** The names, and for each the schema that says it. */
  required: Map<string, object>;
  /** Schemas of the first items. */
  prefix: unknown[];
  additional: unknown;
  items: unknown;
  /** Whether a union has it as a variant that is on its way out. */
  deprecated: boolean;
  /** The component's or schema's name, for messages and to find the same variant again. */
  name: string | undefined;
}

/** A kind that allows everything of its type. */
export function makeKind(type: KindType, name?: string): Kind {
  return {
    type,
    values: undefined,
    examples: [],
    bounds: new Map(),
    opaque: new Map(),
    properties: new Map(),
    patterns: new Map(),
    required: new Map(),
    prefix: [],
    additional: true,
    items: true,
    deprecated: false,
    name,
  };
}

export function isOfType(value: unknown, type: KindType): boolean {
  const found = jsonType(value);
  return type === "any" || found === type || (found === "integer" && type === "number");
}

/** What satisfies both; undefined where nothing does. */
export function meet(a: Kind, b: Kind): Kind | undefined {
  const type = meetTypes(a.type, b.type);
  if (type === undefined) return undefined;
  const values = a.values && b.values ? a.values.filter(valueTest(b.values)) : undefined;
  const kind = makeKind(type, a.name ?? b.name);
  kind.values = (values ?? a.values ?? b.values)?.filter((value) => isOfType(value, type));
  if (kind.values?.length === 0) return undefined;
  kind.bounds = new Map(a.bounds);
  for (const [keyword, bound] of b.bounds) {
    kind.bounds.set(keyword, a.bounds.has(keyword) ? tighter(keyword, a.bounds.get(keyword), bound) : bound);
  }
  kind.opaque = new Map([...a.opaque, ...b.opaque]);
  kind.properties = joined(a.properties, b.properties);
  kind.patterns = joined(a.patterns, b.patterns);
  kind.required = new Map([...b.required, ...a.required]);
  const length = Math.max(a.prefix.length, b.prefix.length);
  kind.prefix = Array.from({ length }, (_, i) => both(a.prefix[i] ?? a.items, b.prefix[i] ?? b.items));
  kind.additional = both(a.additional, b.additional);
  kind.items = both(a.items, b.items);
  return kind;
}

function meetTypes(a: KindType, b: KindType): KindType | undefined {
  if (a === b || b === "any") return a;
  if (a === "any") return b;
  const isNumeric = (type: KindType) => type === "integer" || type === "number";
  return isNumeric(a) && isNumeric(b) ? "integer" : undefined;
}

function joined(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): Map<string, unknown> {
  const all = new Map(a);
  for (const [name, schema] of b) all.set(name, a.has(name) ? both(a.get(name), schema) : schema);
  return all;
}

function both(a: unknown, b: unknown): unknown {
  if (a === true || a === b) return b;
  if (b === true) return a;
  if (!isObject(a) || !isObject(b)) return false;
  const row = combined.get(a) ?? new WeakMap<object, object>();
  combined.set(a, row);
  const schema = row.get(b) ?? { allOf: [a, b] };
  row.set(b, schema);
  return schema;
}

// The same two schemas give the same one again, so that a recursion comes back to where it was.
const combined = new WeakMap<object, WeakMap<object, object>>();

/** Whether nothing is said but a type, or not even that. */
const isOpen = (kind: Kind): boolean =>
  !kind.values &&
  [kind.bounds, kind.opaque, kind.properties, kind.patterns, kind.required].every(({ size }) => size === 0) &&
  kind.prefix.length === 0 &&
  kind.additional === true &&
  kind.items === true &&
  !["array", "object"].includes(kind.type);

/** Enums of one type become one; where the open type stands beside them, they are its examples. */
export function absorb(kinds: Kind[]): Kind[] {
  const opens = kinds.filter(isOpen);
  const anything = opens.find((kind) => kind.type === "any");
  if (anything) return [anything];
  const result: Kind[] = [];
  const enums = new Map<KindType, unknown[]>();
  for (const kind of kinds) {
    const open = opens.find((other) => covers(other.type, kind.type));
    if (open && open !== kind) continue;
    if (open) {
      const named = kinds.filter((other) => other !== kind && covers(kind.type, other.type));
      const examples = [...kind.examples, ...named.flatMap((other) => other.values ?? other.examples)];
      result.push(examples.length > 0 ? { ...kind, examples } : kind);
      continue;
    }
    if (!kind.values || kind.type === "object" || kind.type === "array") {
      result.push(kind);
      continue;
    }
    const known = enums.get(kind.type);
    if (known) for (const value of kind.values) known.push(value);
    else {
      const values = [...kind.values];
      enums.set(kind.type, values);
      result.push({ ...kind, values });
    }
  }
  return result;
}

/** Whether each value of type `b` is one of type `a`. */
export const covers = (a: KindType, b: KindType): boolean =>
  a === "any" || a === b || (a === "number" && b === "integer");
