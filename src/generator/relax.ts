/**
 * What an answer may be at run time, which is more than the document says: the types in src/generated describe this, so
 * that the compiler makes the adapter cope with it, and the checks admit exactly this.
 *
 * - A member that the adapter can do without may be absent and may be null: vendors and compatible servers leave out what
 *   their documents require, and send null where they forbid it.
 * - A text enum may have a value that is not known yet.
 * - Where exactly one of several schemas must fit, more than one may.
 * - Objects may have further members. Bounds, lengths and patterns are not asked for.
 */
import { branchesOf, isNever, isNull, type Schema, splitNotes, typesOf } from "./schema.ts";

/** Marks a branch that admits any text beside the known ones, for the emitter of types. */
export const ANY_TEXT = "x-any-text";

const BOUNDS = [
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"],
  ...["minProperties", "maxProperties"],
];

/** `needed`: the members of an object that are there whenever a call goes on. */
export function relax(schema: Schema, needed: (object: Schema) => ReadonlySet<string>): Schema {
  const inner = (one: Schema) => relax(one, needed);
  const result: Schema = { ...schema };
  for (const bound of BOUNDS) delete result[bound];
  delete result.oneOf;
  const branches = branchesOf(schema);
  if (branches) result.anyOf = branches.map(inner);
  if (schema.enum) return openEnum(result, schema.enum);
  const types = [...new Set(typesOf(schema).map((type) => (type === "integer" ? "number" : type)))];
  if (types.length > 0) result.type = types.length === 1 ? (types[0] ?? []) : types;
  if (schema.items) result.items = inner(schema.items);
  if (typeof schema.additionalProperties === "object")
    result.additionalProperties = inner(schema.additionalProperties);
  if (schema.properties) {
    const names = needed(schema);
    relaxMembers(result, schema.properties, (name) => names.has(name), inner);
  }
  return result;
}

function relaxMembers(
  result: Schema,
  properties: Record<string, Schema>,
  isNeeded: (name: string) => boolean,
  inner: (schema: Schema) => Schema,
): void {
  result.properties = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [
      name,
      isNeeded(name) ? inner(member) : makeNullable(inner(member)),
    ]),
  );
  const required = Object.keys(properties).filter(isNeeded);
  delete result.required;
  if (required.length > 0) result.required = required;
  // A closed object at the server may still grow, and the type of a map would clash with members that are known.
  delete result.additionalProperties;
}

function openEnum(schema: Schema, values: readonly unknown[]): Schema {
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length === 0) return schema;
  const { enum: _, ...notes } = schema;
  const others = values.filter((value) => typeof value !== "string");
  return {
    ...notes,
    anyOf: [
      { enum: texts },
      { type: "string", [ANY_TEXT]: true },
      ...(others.length > 0
        ? [others.every((one) => one === null) ? { type: "null" } : { enum: others }]
        : []),
    ],
  };
}

/** The same schema, admitting null too. */
export function makeNullable(schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...notes } = schema;
    return { ...notes, anyOf: [{ $ref }, { type: "null" }] };
  }
  const branches = branchesOf(schema);
  if (branches) {
    const key = schema.anyOf ? "anyOf" : "oneOf";
    return branches.some(isNull) ? schema : { ...schema, [key]: [...branches, { type: "null" }] };
  }
  if (isNever(schema)) return { ...splitNotes(schema).notes, type: "null" };
  if (schema.enum) return schema.enum.includes(null) ? schema : { ...schema, enum: [...schema.enum, null] };
  const types = typesOf(schema);
  if (types.length === 0 || types.includes("null")) return schema;
  return { ...schema, type: [...types, "null"] };
}
