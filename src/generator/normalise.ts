/**
 * OpenAPI 3.0 and 3.1 schemas in one form, so that every later step has one way to read each thing:
 * nullable is a type array or a null branch, `allOf` is merged, an object says that it is one.
 */
import { isObject } from "../provider/base/values.ts";
import { type Document, GenerateError, refName, type Schema } from "./document.ts";

/** A copy of the document, as OpenAPI 3.1, with every schema in the one form. */
export function normalise(document: Document): Document {
  const components = document.components?.schemas ?? {};
  const context: Context = { components, merging: [] };
  // YAML anchors make one object appear in several places; the copy is built anew, so no place can change another.
  const copy = visit(document, [], context) as Document;
  return { ...copy, openapi: "3.1.0" };
}

interface Context {
  components: Record<string, Schema>;
  /** References being merged, to stop at a cycle. */
  merging: string[];
}

/** Walks the document and hands every schema to `schema`; schemas stand under these keys only. */
function visit(value: unknown, path: string[], context: Context): unknown {
  if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, String(index)], context));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "example" && key !== "examples")
      .map(([key, item]) => {
        const here = [...path, key];
        if (key === "schema") return [key, normaliseSchema(item as Schema, here, context)];
        if (key === "schemas" && path.length === 1 && path[0] === "components" && isObject(item))
          return [key, mapValues(item, (s, name) => normaliseSchema(s as Schema, [...here, name], context))];
        return [key, visit(item, here, context)];
      }),
  );
}

const mapValues = <T>(record: Record<string, T>, map: (value: T, key: string) => unknown) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));

const isNull = (schema: Schema): boolean => schema.type === "null" && schema.enum === undefined;

function normaliseSchema(schema: Schema, path: string[], context: Context): Schema {
  if (!isObject(schema)) {
    // `true` as a schema admits anything, as `{}` does.
    if (schema === true) return {};
    throw new GenerateError(`${path.join("/")}: expected a schema, got ${JSON.stringify(schema)}`);
  }
  const { nullable, discriminator: _hint, example: _example, examples: _examples, allOf, ...rest } = schema;
  const child = (value: Schema, ...keys: string[]) => normaliseSchema(value, [...path, ...keys], context);
  let result: Schema = Object.fromEntries(
    Object.entries(rest).filter(([key]) => !/^x-(?!observed|needed|unread)/.test(key)),
  );
  for (const key of ["anyOf", "oneOf"] as const) {
    const branches = rest[key];
    if (branches) result[key] = branches.map((branch, index) => child(branch, key, String(index)));
  }
  if (rest.items) result.items = child(rest.items, "items");
  if (rest.properties)
    result.properties = mapValues(rest.properties, (s, name) => child(s, "properties", name)) as Record<
      string,
      Schema
    >;
  if (isObject(rest.additionalProperties))
    result.additionalProperties = child(rest.additionalProperties, "additionalProperties");
  if (allOf)
    result = mergeAllOf(
      result,
      allOf.map((part, index) => child(part, "allOf", String(index))),
      path,
      context,
    );
  result = exclusiveBounds(sayObject(result));
  return nullable === true ? makeNullable(result) : result;
}

/** Typeless with properties means an object; an object that says nothing of its members is an open map. */
function sayObject(schema: Schema): Schema {
  const result = { ...schema };
  if (result.type === undefined && (result.properties || result.additionalProperties !== undefined))
    result.type = "object";
  const types = [result.type ?? []].flat();
  if (types.includes("object") && !result.properties && result.additionalProperties === undefined)
    result.additionalProperties = true;
  return result;
}

/** 3.0 writes `minimum: 0, exclusiveMinimum: true` for 3.1's `exclusiveMinimum: 0`. */
function exclusiveBounds(schema: Schema): Schema {
  const result = { ...schema };
  for (const [bound, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof result[exclusive] !== "boolean") continue;
    const isExclusive = result[exclusive];
    delete result[exclusive];
    if (isExclusive && result[bound] !== undefined) {
      result[exclusive] = result[bound];
      delete result[bound];
    }
  }
  return result;
}

/** The same schema, admitting null too. */
export function makeNullable(schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...notes } = schema;
    return { ...notes, anyOf: [{ $ref }, { type: "null" }] };
  }
  for (const key of ["anyOf", "oneOf"] as const) {
    const branches = schema[key];
    if (branches)
      return branches.some(isNull) ? schema : { ...schema, [key]: [...branches, { type: "null" }] };
  }
  const types = [schema.type ?? []].flat();
  if (types.length === 0 && schema.enum === undefined && schema.const === undefined) return schema;
  if (schema.const !== undefined) {
    const { const: only, ...notes } = schema;
    return { ...notes, type: [...types, "null"], enum: [only, null] };
  }
  const result: Schema = { ...schema };
  if (types.length) result.type = types.includes("null") ? types : [...types, "null"];
  // Without this a nullable enum would still refuse null.
  if (schema.enum) result.enum = schema.enum.includes(null) ? schema.enum : [...schema.enum, null];
  return result;
}

/** One schema that demands what all parts demand: a lone reference stays one, objects are merged into one object. */
function mergeAllOf(base: Schema, parts: Schema[], path: string[], context: Context): Schema {
  const [only] = parts;
  const hasOwnShape = base.type !== undefined || base.properties !== undefined || base.required !== undefined;
  if (only && parts.length === 1 && !hasOwnShape) return { ...only, ...base };
  const merged: Schema = { ...base, type: "object", properties: {}, required: [] };
  for (const part of [...parts, base]) {
    const resolved = resolveObject(part, path, context);
    Object.assign(merged.properties as object, resolved.properties);
    merged.required = [...new Set([...(merged.required ?? []), ...(resolved.required ?? [])])];
    if (resolved.additionalProperties !== undefined)
      merged.additionalProperties = resolved.additionalProperties;
  }
  return merged;
}

function resolveObject(part: Schema, path: string[], context: Context): Schema {
  const where = path.join("/");
  if (part.$ref !== undefined) {
    const name = refName(part.$ref, where);
    const target = context.components[name];
    if (!target) throw new GenerateError(`${where}: refers to ${part.$ref}, which is not there`);
    if (context.merging.includes(name))
      throw new GenerateError(`${where}: allOf refers to itself through ${name}`);
    const deeper = { ...context, merging: [...context.merging, name] };
    return resolveObject(normaliseSchema(target, ["components", "schemas", name], deeper), path, deeper);
  }
  if (part.anyOf || part.oneOf || (part.type !== undefined && part.type !== "object"))
    throw new GenerateError(`${where}: expected allOf to hold objects only, got one that is not`);
  return part;
}
