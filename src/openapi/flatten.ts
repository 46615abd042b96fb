/**
 * A schema as the list of plain alternatives that it allows: references followed, `allOf` merged, `anyOf` and
 * `oneOf` spread out, the keywords beside a union merged into each of its branches.
 *
 * Read for drift: types, enums, properties, required, items, maps. What only narrows a value further (`pattern`,
 * `minimum`, `format`, `not`, …) is not read, so it is not checked.
 */

import { isObject } from "../provider/base/values.ts";
import { DocumentError, type OpenApiDocument, resolveReference } from "./document.ts";
import { JSON_TYPES, type JsonObject, type JsonType } from "./json.ts";

export interface Alternative {
  /** Undefined: any type. */
  types: Set<JsonType> | undefined;
  /** Undefined: any value. */
  values: unknown[] | undefined;
  /** For each property the schemas that it must fit, all of them. */
  properties: Map<string, unknown[]>;
  patterns: { pattern: RegExp; schema: unknown }[];
  required: Set<string>;
  /** `open`: further properties are foreseen, of these schemas. */
  additional: { open: boolean; schemas: unknown[] };
  items: unknown[];
  prefixItems: unknown[];
  /** Where to change the document (JSON pointers of the document as written): the object with each keyword. */
  sites: { own: string; types: string; values: string; properties: string; required: Map<string, string> };
}

// Beyond this a product of unions is no longer a description of anything.
const MAX_ALTERNATIVES = 256;

/** The alternatives of a schema; an empty list when nothing can satisfy it. */
export function flatten(document: OpenApiDocument, schema: unknown): Alternative[] {
  return spread(document, schema, []);
}

/** A schema with its references followed, and the keywords beside them kept as another part. */
function parts(document: OpenApiDocument, schema: unknown, seen: readonly unknown[]): JsonObject[] {
  if (schema === true || schema === undefined) return [{}];
  if (!isObject(schema))
    throw new DocumentError(`${document.source}: expected a schema, found ${JSON.stringify(schema)}`);
  if (seen.includes(schema)) {
    throw new DocumentError(
      `${document.source}: the schema at ${document.pointers.get(schema)} refers only to itself`,
    );
  }
  const trail = [...seen, schema];
  const list = [schema];
  if (typeof schema.$ref === "string")
    list.push(...parts(document, resolveReference(document, schema.$ref), trail));
  if (Array.isArray(schema.allOf))
    for (const part of schema.allOf) list.push(...parts(document, part, trail));
  return list;
}

function spread(document: OpenApiDocument, schema: unknown, seen: readonly unknown[]): Alternative[] {
  if (schema === false) return [];
  const list = parts(document, schema, seen);
  const own = (isObject(schema) && document.pointers.get(schema)) || "";
  let alternatives: Alternative[] = [list.map((part) => read(document, part, own)).reduce(merge)];
  for (const part of list) {
    for (const union of [part.anyOf, part.oneOf]) {
      if (!Array.isArray(union)) continue;
      const branches = union.flatMap((branch) => spread(document, branch, [...seen, schema, part]));
      alternatives = alternatives.flatMap((base) => branches.map((branch) => merge(base, branch)));
      if (alternatives.length > MAX_ALTERNATIVES) {
        throw new DocumentError(
          `${document.source}: the schema at ${own} has over ${MAX_ALTERNATIVES} alternatives`,
        );
      }
    }
  }
  return alternatives.filter(({ types, values }) => types?.size !== 0 && values?.length !== 0);
}

/** The keywords that stand in one schema object itself. */
function read(document: OpenApiDocument, schema: JsonObject, own: string): Alternative {
  const site = document.pointers.get(schema) ?? own;
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const names = Array.isArray(schema.required)
    ? schema.required.filter((name) => typeof name === "string")
    : [];
  // What is only ever sent can't be missed in an answer.
  const sentOnly = new Set(
    properties.filter(([, child]) => isObject(child) && child.writeOnly === true).map(([n]) => n),
  );
  const required = names.filter((name) => !sentOnly.has(name));
  const patterns = isObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const { additionalProperties: rest } = schema;
  return {
    types: readTypes(schema),
    values: "const" in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined,
    properties: new Map(properties.map(([name, child]) => [name, [child]])),
    patterns: patterns.map(([pattern, child]) => ({ pattern: toPattern(document, pattern), schema: child })),
    required: new Set(required),
    additional: { open: rest === true || isObject(rest), schemas: isObject(rest) ? [rest] : [] },
    items: schema.items === undefined ? [] : [schema.items],
    prefixItems: Array.isArray(schema.prefixItems) ? schema.prefixItems : [],
    sites: {
      own,
      types: "type" in schema ? site : "",
      values: "const" in schema || "enum" in schema ? site : "",
      properties: properties.length > 0 ? site : "",
      required: new Map(required.map((name) => [name, site])),
    },
  };
}

function toPattern({ source }: OpenApiDocument, text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch {
    const shown = JSON.stringify(text.slice(0, 100));
    throw new DocumentError(`${source}: patternProperties ${shown} is not a regular expression`);
  }
}

/** The types that a schema names, or implies: documents often leave `type: object` out beside `properties`. */
function readTypes(schema: JsonObject): Set<JsonType> | undefined {
  const { type } = schema;
  const named = Array.isArray(type) ? type : typeof type === "string" ? [type] : undefined;
  if (!named) {
    if (isObject(schema.properties)) return new Set<JsonType>(["object"]);
    if (schema.items !== undefined) return new Set<JsonType>(["array"]);
    return undefined;
  }
  const types = new Set(JSON_TYPES.filter((name) => named.includes(name)));
  if (types.has("number")) types.add("integer");
  return types;
}

/** What satisfies both. */
function merge(a: Alternative, b: Alternative): Alternative {
  const properties = new Map(a.properties);
  for (const [name, schemas] of b.properties) {
    const others = (properties.get(name) ?? []).filter((schema) => !schemas.includes(schema));
    properties.set(name, [...others, ...schemas]);
  }
  const types = a.types && b.types && new Set([...b.types].filter((type) => a.types?.has(type)));
  const values = a.values && b.values?.filter((value) => includesValue(a.values ?? [], value));
  return {
    types: types ?? a.types ?? b.types,
    values: values ?? a.values ?? b.values,
    properties,
    patterns: [...a.patterns, ...b.patterns],
    required: new Set([...a.required, ...b.required]),
    additional: {
      open: a.additional.open || b.additional.open,
      schemas: [...a.additional.schemas, ...b.additional.schemas],
    },
    items: [...a.items, ...b.items],
    prefixItems: [...a.prefixItems, ...b.prefixItems],
    sites: {
      own: a.sites.own,
      types: a.sites.types || b.sites.types,
      values: a.sites.values || b.sites.values,
      properties: a.sites.properties || b.sites.properties,
      required: new Map([...a.sites.required, ...b.sites.required]),
    },
  };
}

/** Whether a list of JSON values has this one. */
export const includesValue = (list: readonly unknown[], value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? list.some((item) => typeof item === "object" && JSON.stringify(item) === JSON.stringify(value))
    : list.includes(value);
