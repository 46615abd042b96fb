/** A schema as a function that compares a value with it. Compiled once, on first use, so that recursion ends. */
import type { OpenApiDocument } from "../../openapi/document.ts";
import { type Alternative, flatten, includesValue } from "../../openapi/flatten.ts";
import { JSON_TYPES, type JsonType, jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { brief } from "../base/json.ts";
import { formatPlace, type Problem, type ProblemKind } from "../base/problem.ts";
import { nameOf, quoteKind } from "../privacy/quote.ts";
import { best, weigh } from "./union.ts";

export interface Comparer {
  /** Every difference between the value and the schema; an empty list when it fits. */
  compare(value: unknown): Problem[];
  /** How far the value is from the schema: 0 when it fits. Comparable between schemas. */
  distance(value: unknown): number;
}

interface Context {
  path: string[];
  problems: Problem[];
}

/** One schema, with what is worked out of it. */
interface Node {
  branches: Branch[];
  /** The branches that a value of each type can be of. */
  byType: Map<JsonType, Branch[]>;
  /** Of a union, on first use: fields whose values tell its branches apart, as `type` often does. */
  tags: Tag[] | undefined;
}

interface Tag {
  name: string;
  branches: Map<unknown, Branch>;
}

interface Branch {
  source: Alternative;
  types: Set<JsonType> | undefined;
  values: Set<unknown> | undefined;
  properties: Map<string, () => Node>;
  required: string[];
  isClosed: boolean;
  rest: (() => Node) | undefined;
  items: (() => Node) | undefined;
}

/** A compiler for the schemas of one document; equal schema objects are compiled once. */
export function createCompiler(document: OpenApiDocument): (schema: unknown) => Comparer {
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

  const checkNode = (node: Node, value: unknown, context: Context): void => {
    const type = jsonType(value);
    const fitting = node.byType.get(type);
    if (!fitting) reportType(node, value, type, context);
    else if (fitting.length === 1) checkBranch(fitting[0] as Branch, value, context);
    else checkUnion(node, fitting, value, context);
  };

  /** Reports the branch that fits best, and only that one. */
  const checkUnion = (node: Node, branches: Branch[], value: unknown, context: Context): void => {
    node.tags ??= tagsOf(node.branches);
    const tagged = isObject(value) ? branchByTag(node.tags, value) : undefined;
    if (tagged) {
      checkBranch(tagged, value, context);
      return;
    }
    const trials: Problem[][] = [];
    for (const branch of branches) {
      const trial: Context = { path: context.path, problems: [] };
      checkBranch(branch, value, trial);
      if (trial.problems.length === 0) return;
      trials.push(trial.problems);
    }
    context.problems.push(...best(trials, tagPlaces(node.tags, context.path)));
  };

  const checkBranch = (branch: Branch, value: unknown, context: Context): void => {
    const { values } = branch;
    if (values && !values.has(value) && !includesValue(branch.source.values ?? [], value)) {
      const expected = (branch.source.values ?? []).map((item) => brief(item)).join(", ");
      report(context, "enum", expected, quoteKind(value), value, branch.source.sites.values);
      return;
    }
    if (Array.isArray(value)) checkItems(branch, value, context);
    else if (isObject(value)) checkObject(branch, value, context);
  };

  const checkItems = (branch: Branch, value: unknown[], context: Context): void => {
    const { prefixItems } = branch.source;
    context.path.push("[]");
    for (let index = 0; index < value.length; index++) {
      const node = index < prefixItems.length ? nodeOf(prefixItems[index]) : branch.items?.();
      if (node) checkNode(node, value[index], context);
    }
    context.path.pop();
  };

  const checkObject = (branch: Branch, value: { [key: string]: unknown }, context: Context): void => {
    const { path } = context;
    for (const name of branch.required) {
      if (Object.hasOwn(value, name)) continue;
      path.push(name);
      const child = branch.properties.get(name)?.();
      const expected = child ? typeWords(child.branches) : "a value";
      report(context, "missing", expected, "", undefined, branch.source.sites.required.get(name) ?? "");
      path.pop();
    }
    for (const name in value) {
      path.push(name);
      const child = branch.properties.get(name)?.();
      if (child) checkNode(child, value[name], context);
      else checkFurther(branch, name, value[name], context);
      path.pop();
    }
  };

  /** A property that is not named in the document: of a pattern, a member of a map, foreseen, or unknown. */
  const checkFurther = (branch: Branch, name: string, value: unknown, context: Context): void => {
    context.path.pop();
    context.path.push(nameOf(name));
    const patterns = branch.source.patterns.filter(({ pattern }) => pattern.test(name));
    if (patterns.length > 0) {
      for (const { schema } of patterns) checkNode(nodeOf(schema), value, context);
    } else if (branch.rest) {
      context.path.pop();
      context.path.push("*");
      checkNode(branch.rest(), value, context);
    } else if (branch.isClosed) {
      report(context, "unknown", "no such field", jsonType(value), value, branch.source.sites.properties);
    }
  };

  return (schema) => {
    const compare = (value: unknown): Problem[] => {
      const context: Context = { path: [], problems: [] };
      checkNode(nodeOf(schema), value, context);
      return context.problems;
    };
    return { compare, distance: (value) => weigh(compare(value)) };
  };
}

function reportType(node: Node, value: unknown, type: JsonType, context: Context): void {
  const kind = type === "null" ? "null" : "type";
  const sites = node.branches[0]?.source.sites;
  const site = (kind === "type" && node.branches.length === 1 && sites?.types) || sites?.own || "";
  report(context, kind, typeWords(node.branches), type, value, site);
}

/** Adds a problem at the context's place; `site` is the schema to change. */
function report(
  context: Context,
  kind: ProblemKind,
  expected: string,
  found: string,
  value: unknown,
  site: string,
): void {
  // `*` stands for a name that a report must not tell.
  const last = context.path.at(-1);
  const field = kind === "missing" || (kind === "unknown" && last !== "*") ? last : undefined;
  const named = field === undefined ? {} : { field };
  context.problems.push({ kind, place: formatPlace(context.path), ...named, expected, found, value, site });
}

/** The types of a union in words: `string or null`. */
function typeWords(branches: readonly Branch[]): string {
  const types = new Set(branches.flatMap(({ types }) => (types ? [...types] : ["any type"])));
  if (types.has("number")) types.delete("integer");
  return types.size === 0 ? "nothing" : [...types].join(" or ");
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
function tagsOf(branches: readonly Branch[]): Tag[] {
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

function branchByTag(tags: readonly Tag[], value: object): Branch | undefined {
  const named = tags.map((tag) => tag.branches.get((value as Record<string, unknown>)[tag.name]));
  const found = new Set(named.filter((branch) => branch !== undefined));
  return found.size === 1 ? [...found][0] : undefined;
}

/** Where the tags of a union stand, each with all the values that its branches have. */
const tagPlaces = (tags: readonly Tag[], path: readonly string[]): Map<string, string> =>
  new Map(
    tags.map((tag) => [
      formatPlace([...path, tag.name]),
      [...tag.branches.keys()].map((value) => brief(value)).join(", "),
    ]),
  );
