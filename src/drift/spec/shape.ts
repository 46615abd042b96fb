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
import { baseTags, branchTags, discriminatorOf, isFixed, tagged } from "./discriminator.ts";
import { absorb, isOfType, type Kind, makeKind, meet } from "./kind.ts";
import { createInterner } from "./same.ts";

export interface Shape {
  /** Nothing at all satisfies an empty list. */
  kinds: Kind[];
  nullable: boolean;
  deprecated: boolean;
  readOnly: boolean;
  writeOnly: boolean;
  /** Undefined: none. */
  default: unknown;
  /** The day on which it ends. */
  sunset: string | undefined;
  /** The property that tells the variants apart, as the document names it. */
  discriminator: string | undefined;
}

const ANYTHING: Shape = makeShape([makeKind("any")], true);

export type ShapeReader = (schema: unknown) => Shape;

// A product of unions beyond this is no description any more.
const MAX_KINDS = 256;

/** A reader of one document's schemas; one schema object gives one shape, so that shapes can be told apart by `===`. */
export function createShapeReader(document: OpenApiDocument): ShapeReader {
  const known = new Map<unknown, Shape>();
  const open = new Set<unknown>();
  const first = createInterner(document);

  const shapeOf = (written: unknown): Shape => {
    if (written === undefined || written === true) return ANYTHING;
    if (written === false) return makeShape([], false);
    if (!isObject(written))
      throw new DocumentError(`${document.source}: expected a schema, found ${JSON.stringify(written)}`);
    const schema = first(written);
    const before = known.get(schema);
    if (before) return before;
    if (open.has(schema)) {
      const pointer = document.pointers.get(schema) ?? "";
      throw new DocumentError(`${document.source}: the schema at ${pointer} refers only to itself`);
    }
    open.add(schema);
    let shape: Shape;
    try {
      shape = read(schema);
    } finally {
      open.delete(schema);
    }
    known.set(schema, shape);
    return shape;
  };

  const read = (schema: JsonObject): Shape => {
    const parts: Shape[] = [];
    if (saysSomething(schema)) parts.push(plainShape(document, schema));
    if (typeof schema.$ref === "string") parts.push(shapeOf(resolveReference(document, schema.$ref)));
    for (const part of list(schema.allOf)) parts.push(shapeOf(part));
    for (const union of [schema.anyOf, schema.oneOf]) {
      if (Array.isArray(union)) parts.push(unionShape(schema, union));
    }
    const tags = baseTags(document, schema);
    if (tags && parts.length > 0) parts.push(makeShape([tags], false));
    const meant = parts.filter((part) => part !== ANYTHING);
    // A reference that says no more is what it refers to, so that its changes are told once.
    const [only] = meant;
    if (only && meant.length === 1 && parts.length === 1 && !OWN_WORDS.some((word) => word in schema))
      return only;
    const shape =
      meant.length === 0 ? ANYTHING : meant.reduce((one, other) => bounded(intersect(one, other)));
    return annotate(shape, schema, parts);
  };

  /** Of one schema and null what is said beside its type counts for both, as it does for a list of types. */
  const unionShape = (schema: JsonObject, branches: readonly unknown[]): Shape => {
    const shapes = branches.map(shapeOf);
    const [only, ...others] = shapes.filter(({ kinds }) => kinds.length > 0);
    const nullable = shapes.some((shape) => shape.nullable);
    if (only && others.length === 0 && shapes.length > 1) return { ...only, nullable };
    return unite(branches.map((branch) => branchShape(schema, branch)));
  };

  /** The branch of a union, with the values by which the discriminator names it. */
  const branchShape = (schema: JsonObject, branch: unknown): Shape => {
    const shape = deprecatedKinds(shapeOf(branch));
    const tags = branchTags(document, schema, branch);
    if (!tags) return shape;
    const { name, values } = tags;
    const kinds = shape.kinds.map((kind) =>
      kind.type !== "object" || isFixed(document, kind.properties.get(name))
        ? kind
        : (meet(kind, tagged(name, values)) ?? kind),
    );
    return { ...shape, kinds };
  };

  const bounded = (shape: Shape): Shape => {
    if (shape.kinds.length <= MAX_KINDS) return shape;
    throw new DocumentError(`${document.source}: a schema has over ${MAX_KINDS} alternatives`);
  };

  return shapeOf;
}

const deprecatedKinds = (shape: Shape): Shape =>
  shape.deprecated ? { ...shape, kinds: shape.kinds.map((kind) => ({ ...kind, deprecated: true })) } : shape;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const SILENT: ReadonlySet<string> = new Set([
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "discriminator",
  "title",
  "description",
]);
const ANNOTATIONS = new Set(["default", "deprecated", "readOnly", "writeOnly", "example", "examples"]);

const OWN_WORDS = ["default", "deprecated", "readOnly", "writeOnly", "x-sunset", "discriminator"];

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
  const sunset = schema["x-sunset"];
  return {
    ...shape,
    deprecated: flag("deprecated"),
    readOnly: flag("readOnly"),
    writeOnly: flag("writeOnly"),
    default: value,
    sunset: typeof sunset === "string" ? sunset : parts.find((part) => part.sunset !== undefined)?.sunset,
    discriminator: discriminatorOf(schema) ?? parts.find((part) => part.discriminator)?.discriminator,
  };
}

function makeShape(kinds: Kind[], nullable: boolean): Shape {
  const said = { deprecated: false, readOnly: false, writeOnly: false, default: undefined };
  return { kinds, nullable, ...said, sunset: undefined, discriminator: undefined };
}

/** The keywords of one schema object itself. */
function plainShape(document: OpenApiDocument, schema: JsonObject): Shape {
  const values = "const" in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  const { types, nullable } = namedTypes(schema, values);
  const kinds = types.map((type) => plainKind(document, schema, type, values));
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
  document: OpenApiDocument,
  schema: JsonObject,
  type: KindType,
  values: unknown[] | undefined,
): Kind {
  const kind = makeKind(type, nameOf(document, schema));
  const is = (...types: KindType[]) => type === "any" || types.includes(type);
  kind.values = values?.filter((value) => value !== null && isOfType(value, type));
  for (const [keyword, { types }] of Object.entries(BOUNDS)) {
    const bound = schema[keyword];
    if (is(...types) && bound !== undefined && !neutralBound(keyword, bound)) kind.bounds.set(keyword, bound);
  }
  for (const [keyword, types] of Object.entries(OPAQUE)) {
    if ((types === undefined || is(...types)) && keyword in schema)
      kind.opaque.set(keyword, canonical(document, schema[keyword]));
  }
  if (is("array")) {
    if ("items" in schema) kind.items = schema.items;
    kind.prefix = list(schema.prefixItems);
  }
  if (is("object")) {
    if (isObject(schema.properties)) kind.properties = new Map(Object.entries(schema.properties));
    if (isObject(schema.patternProperties)) kind.patterns = new Map(Object.entries(schema.patternProperties));
    const required = list(schema.required).filter((item) => typeof item === "string");
    kind.required = new Map(required.map((name) => [name, schema]));
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

/** JSON with its keys in order and its references followed once, so that equal meanings give equal text. */
function canonical(document: OpenApiDocument, value: unknown, follows = true): string {
  const target = follows && isObject(value) && typeof value.$ref === "string" ? value.$ref : undefined;
  if (target !== undefined) return canonical(document, resolveReference(document, target), false);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(document, item, follows)).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).filter(([key]) => key !== "description");
  const parts = members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(document, item, follows)}`);
  return `{${parts.sort().join()}}`;
}
