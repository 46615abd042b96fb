/** The schemas of a document, worked out once each, on first use, so that a recursive one ends. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { type Alternative, flatten } from "../../openapi/flatten.ts";
import { JSON_TYPES, type JsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";

/** One schema: its alternatives, and what tells them apart. */
export interface Node {
  branches: Branch[];
  /** The branches that a value of each type can be of. */
  byType: Map<JsonType, Branch[]>;
  /** Of a union, on first use: fields whose values tell its branches apart, as `type` often does. */
  tags: Tag[] | undefined;
}

export interface Tag {
  name: string;
  branches: Map<unknown, Branch>;
}

export interface Branch {
  source: Alternative;
  types: Set<JsonType> | undefined;
  values: Set<unknown> | undefined;
  properties: Map<string, () => Node>;
  required: string[];
  /** Names its properties, and does not foresee others. */
  isClosed: boolean;
  /** What properties are like that it does not name. */
  rest: (() => Node) | undefined;
  items: (() => Node) | undefined;
}

/** A reader of one document's schemas; equal schema objects give the same node. */
export function createNodeReader(document: OpenApiDocument): (schema: unknown) => Node {
  const nodes = new Map<unknown, Node>();
  const combined = new Map<string, unknown>();

  const nodeOf = (schema: unknown): Node => {
    let node = nodes.get(schema);
    if (!node) {
      const branches = flatten(document, schema).map((alternative) => branchOf(alternative));
      node = { branches, byType: groupByType(branches), tags: undefined };
      nodes.set(schema, node);
    }
    return node;
  };

  const later = (schemas: readonly unknown[], own: string): (() => Node) | undefined => {
    if (schemas.length === 0) return undefined;
    const schema = schemas.length === 1 ? schemas[0] : allOf(schemas, own);
    let node: Node | undefined;
    return () => {
      node ??= nodeOf(schema);
      return node;
    };
  };

  // Several schemas for one property become one; the same several are met again by the same object.
  const allOf = (schemas: readonly unknown[], own: string): unknown => {
    const key = schemas
      .map((part) => (isObject(part) && document.pointers.get(part)) || JSON.stringify(part))
      .join("\n");
    const schema = combined.get(key) ?? { allOf: schemas };
    combined.set(key, schema);
    document.pointers.set(schema as object, own);
    return schema;
  };

  const branchOf = (source: Alternative): Branch => {
    const properties = new Map<string, () => Node>();
    for (const [name, schemas] of source.properties) {
      const child = later(schemas, source.sites.properties);
      if (child) properties.set(name, child);
    }
    return {
      source,
      types: source.types,
      values: source.values && new Set(source.values),
      properties,
      required: [...source.required],
      isClosed: source.properties.size > 0 && !source.additional.open,
      rest: later(source.additional.schemas, source.sites.own),
      items: later(source.items, source.sites.own),
    };
  };

  return nodeOf;
}

function groupByType(branches: readonly Branch[]): Map<JsonType, Branch[]> {
  const groups = new Map<JsonType, Branch[]>();
  for (const type of JSON_TYPES) {
    const fitting = branches.filter(({ types }) => types === undefined || types.has(type));
    if (fitting.length > 0) groups.set(type, fitting);
  }
  return groups;
}

/** Fields that have, in each branch that knows them, values of that branch alone. */
export function tagsOf(node: Node): readonly Tag[] {
  node.tags ??= findTags(node.branches);
  return node.tags;
}

function findTags(branches: readonly Branch[]): Tag[] {
  const tags: Tag[] = [];
  const names = new Set(branches.flatMap(({ properties }) => [...properties.keys()]));
  for (const name of names) {
    const owners = new Map<unknown, Branch>();
    const isTag = branches.every((branch) => {
      const child = branch.properties.get(name)?.().branches;
      if (!child) return !branch.types?.has("object");
      const values = child.length === 1 ? child[0]?.values : undefined;
      if (!values || [...values].some((value) => owners.has(value))) return false;
      for (const value of values) owners.set(value, branch);
      return true;
    });
    if (isTag && owners.size > 1) tags.push({ name, branches: owners });
  }
  return tags;
}

/** The branch that the value's tags name; undefined where they name none, or several. */
export function branchByTag(tags: readonly Tag[], value: object): Branch | undefined {
  const named = tags
    .filter(({ name }) => Object.hasOwn(value, name))
    .map(({ name, branches }) => branches.get(Reflect.get(value, name)));
  const found = new Set(named.filter((branch) => branch !== undefined));
  return found.size === 1 ? [...found][0] : undefined;
}

/** The types of a union in words: `string or null`. */
export function typeWords(branches: readonly Branch[]): string {
  const types = new Set(branches.flatMap(({ types }) => (types ? [...types] : ["any type"])));
  if (types.has("number")) types.delete("integer");
  return types.size === 0 ? "nothing" : [...types].join(" or ");
}
