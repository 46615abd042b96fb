/**
 * What a `discriminator` says of values: which words of its property name which variant. Only an explicit `mapping` is
 * taken at its word; that the names of components count where there is none is what few documents mean.
 */
import { localTarget, type OpenApiDocument } from "../../openapi/document.ts";
import type { JsonObject } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { type Kind, makeKind } from "./kind.ts";

export function discriminatorOf(schema: JsonObject): string | undefined {
  const name = isObject(schema.discriminator) ? schema.discriminator.propertyName : undefined;
  return typeof name === "string" ? name : undefined;
}

/** The property, and the values that stand for this branch of a union; undefined where the document doesn't say. */
export function branchTags(
  document: OpenApiDocument,
  schema: JsonObject,
  branch: unknown,
): { name: string; values: string[] } | undefined {
  const name = discriminatorOf(schema);
  const reference = isObject(branch) ? branch.$ref : undefined;
  if (name === undefined || typeof reference !== "string") return undefined;
  const target = localTarget(document, reference);
  const values = mappingOf(schema).filter(([, to]) => isThere(document, to, reference, target));
  return values.length > 0 ? { name, values: values.map(([value]) => value) } : undefined;
}

const isThere = (document: OpenApiDocument, to: string, reference: string, target: unknown): boolean =>
  to === reference ||
  (target !== undefined && localTarget(document, to.startsWith("#") ? to : componentOf(to)) === target);

/** A mapping may name a component without the way to it. */
const componentOf = (name: string): string => `#/components/schemas/${name}`;

/** A schema that others build on lists their words where it is no union. */
export function baseTags(document: OpenApiDocument, schema: JsonObject): Kind | undefined {
  const name = discriminatorOf(schema);
  if (name === undefined || Array.isArray(schema.oneOf) || Array.isArray(schema.anyOf)) return undefined;
  const values = mappingOf(schema).map(([value]) => value);
  const own = isObject(schema.properties) ? schema.properties[name] : undefined;
  return values.length === 0 || own === undefined || isFixed(document, own)
    ? undefined
    : tagged(name, values);
}

function mappingOf(schema: JsonObject): [string, string][] {
  const mapping = isObject(schema.discriminator) ? schema.discriminator.mapping : undefined;
  return Object.entries(isObject(mapping) ? mapping : {}).flatMap(([value, to]): [string, string][] =>
    typeof to === "string" ? [[value, to]] : [],
  );
}

/** An object whose property has one of these values. */
export function tagged(name: string, values: readonly string[]): Kind {
  const kind = makeKind("object");
  kind.properties.set(name, { type: "string", enum: [...values] });
  return kind;
}

/** Whether the schema itself says which values there are, or is no schema of a word. */
export function isFixed(document: OpenApiDocument, schema: unknown, steps = 5): boolean {
  if (!isObject(schema) || steps === 0) return true;
  if (typeof schema.$ref === "string")
    return isFixed(document, localTarget(document, schema.$ref), steps - 1);
  return schema.type !== "string" || "enum" in schema || "const" in schema;
}
