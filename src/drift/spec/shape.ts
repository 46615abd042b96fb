/**
 * A schema as its meaning, so that two spellings of one meaning compare as equal: references followed, `allOf`
 * merged, unions spread into kinds of one type each, null told apart, an enum of one and `const` the same.
 *
 * The checker's `flatten` reads what an answer is held against; here everything counts that a caller can notice.
 */
import { DocumentError, type OpenApiDocument, resolveReference } from "../../openapi/document.ts";
import { type JsonObject, jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { BOUNDS, type KindType, neutralBound, OPAQUE } from "./bounds.ts";
import { absorb, isOfType, type Kind, makeKind, meet } from "./kind.ts";

export interface Shape {
  /** Nothing at all satisfies an empty list. */
  kinds: Kind[];
  nullable: boolean;
  deprecated: boolean;
  readOnly: boolean;
  writeOnly: boolean;
  /** Undefined: none. */
  default: unknown;
}

const ANYTHING: Shape = makeShape([makeKind("any")], true);

// A product of unions beyond this is no description any more.
const MAX_KINDS = 256;

/** A reader of one document's schemas; one schema object gives one shape, so that shapes can be told apart by `===`. */
export function createShapeReader(document: OpenApiDocument): (schema: unknown) => Shape {
  const known = new Map<unknown, Shape>();
  const open = new Set<unknown>();

  const shapeOf = (schema: unknown): Shape => {
    if (schema === undefined || schema === true) return ANYTHING;
    if (schema === false) return makeShape([], false);
    if (!isObject(schema))
      throw new DocumentError(`${document.source}: expected a schema, found ${JSON.stringify(schema)}`);
    const before = known.get(schema);
    if (before) return before;
    if (open.has(schema)) {
      const pointer = document.pointers.get(schema) ?? "";
      throw new DocumentError(`${document.source}: the schema at ${pointer} refers only to itself`);
    }
    open.add(schema);
    const shape = read(schema);
    open.delete(schema);
    known.set(schema, shape);
    return shape;
  };

  const read = (schema: JsonObject): Shape => {
    const parts: Shape[] = [];
    if (saysSomething(schema)) parts.push(plainShape(schema, nameOf(document, schema)));
    if (typeof schema.$ref === "string") parts.push(shapeOf(resolveReference(document, schema.$ref)));
    for (const part of list(schema.allOf)) parts.push(shapeOf(part));
    for (const union of [schema.anyOf, schema.oneOf]) {
      if (Array.isArray(union)) parts.push(unite(union.map(shapeOf)));
    }
    const meant = parts.filter((part) => part !== ANYTHING);
    const shape =
      meant.length === 0 ? ANYTHING : meant.reduce((one, other) => bounded(intersect(one, other)));
    return annotate(shape, schema, parts);
  };

  const bounded = (shape: Shape): Shape => {
    if (shape.kinds.length <= MAX_KINDS) return shape;
    throw new DocumentError(`${document.source}: a schema has over ${MAX_KINDS} alternatives`);
  };

  return shapeOf;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const SILENT = new Set(["$ref", "allOf", "anyOf", "oneOf", "discriminator", "title", "description"]);
const ANNOTATIONS = new Set(["default", "deprecated", "readOnly", "writeOnly", "example", "examples"]);

const saysSomething = (schema: JsonObject): boolean =>
  Object.keys(schema).some((key) => !SILENT.has(key) && !ANNOTATIONS.has(key) && !key.startsWith("x-"));

function nameOf(document: OpenApiDocument, schema: JsonObject): string | undefined {
  const component = /^\/components\/schemas\/([^/]+)$/.exec(document.pointers.get(schema) ?? "");
  return component?.[1] ?? (typeof schema.title === "string" ? schema.title : undefined);
}

function annotate(shape: Shape, schema: JsonObject, parts: readonly Shape[]): Shape {
  const flag = (name: "deprecated" | "readOnly" | "writeOnly") =>
    schema[name] === true || parts.some((part) => part[name]);
  const value = "default" in schema ? schema.default : parts.find((p) => p.default !== undefined)?.default;
  return {
    ...shape,
    deprecated: flag("deprecated"),
    readOnly: flag("readOnly"),
    writeOnly: flag("writeOnly"),
    default: value,
  };
}

function makeShape(kinds: Kind[], nullable: boolean): Shape {
  return { kinds, nullable, deprecated: false, readOnly: false, writeOnly: false, default: undefined };
}

/** The keywords of one schema object itself. */
function plainShape(schema: JsonObject, name: string | undefined): Shape {
  const values = "const" in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  const { types, nullable } = namedTypes(schema, values);
  const kinds = types.map((type) => plainKind(schema, type, values, name));
  return makeShape(
    kinds.filter((kind) => kind.values?.length !== 0),
    nullable && (values === undefined || values.includes(null)),
  );
}

function namedTypes(schema: JsonObject, values: unknown[] | undefined) {
  const named = typeof schema.type === "string" ? [schema.type] : list(schema.type);
  if (named.length > 0) {
    const types = named.filter((type): type is KindType => type !== "null" && typeof type === "string");
    return { types, nullable: named.includes("null") };
  }
  if (values) {
    const types = values
      .map(jsonType)
      .filter((type): type is Exclude<typeof type, "null"> => type !== "null");
    return { types: [...new Set<KindType>(types)], nullable: true };
  }
  // Documents often leave `type` out beside these, and mean it.
  if (isObject(schema.properties)) return { types: ["object" as const], nullable: false };
  if ("items" in schema) return { types: ["array" as const], nullable: false };
  return { types: ["any" as const], nullable: true };
}

function plainKind(
  schema: JsonObject,
  type: KindType,
  values: unknown[] | undefined,
  name: string | undefined,
): Kind {
  const kind = makeKind(type, name);
  const is = (...types: KindType[]) => type === "any" || types.includes(type);
  kind.values = values?.filter((value) => value !== null && isOfType(value, type));
  for (const [keyword, { types }] of Object.entries(BOUNDS)) {
    const bound = schema[keyword];
    if (is(...types) && bound !== undefined && !neutralBound(keyword, bound)) kind.bounds.set(keyword, bound);
  }
  for (const [keyword, types] of Object.entries(OPAQUE)) {
    if ((types === undefined || is(...types)) && keyword in schema)
      kind.opaque.set(keyword, canonical(schema[keyword]));
  }
  if (is("array") && "items" in schema) kind.items = schema.items;
  if (is("object")) {
    if (isObject(schema.properties)) kind.properties = new Map(Object.entries(schema.properties));
    kind.required = new Set(list(schema.required).filter((item) => typeof item === "string"));
    const rest = schema.additionalProperties ?? schema.unevaluatedProperties;
    // An empty schema allows everything, as `true` does.
    kind.additional = isObject(rest) ? Object.keys(rest).length === 0 || rest : (rest ?? true);
  }
  return kind;
}

/** What satisfies both. */
function intersect(a: Shape, b: Shape): Shape {
  const kinds = a.kinds.flatMap((left) => b.kinds.flatMap((right) => meet(left, right) ?? []));
  return makeShape(kinds, a.nullable && b.nullable);
}

/** What satisfies any of them. */
function unite(shapes: readonly Shape[]): Shape {
  const kinds = [...new Set(shapes.flatMap((shape) => shape.kinds))];
  return makeShape(
    absorb(kinds),
    shapes.some((shape) => shape.nullable),
  );
}

/** JSON with its keys in order, so that equal meanings give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}
