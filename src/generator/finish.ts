/** The last step to the one form: what a schema means is said, and what can't matter is left out. */
import {
  branchesOf,
  isNever,
  isNull,
  never,
  placed,
  placeOf,
  type Schema,
  splitNotes,
  typesOf,
} from "./schema.ts";

/** Keywords by the type of which they speak. */
const SPEAK_OF: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
  array: ["items", "minItems", "maxItems", "uniqueItems"],
  string: ["minLength", "maxLength", "pattern"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
};

/** Inner schemas are finished already, but for the branches of a union. */
export const finish = (schema: Schema): Schema => placed(finishForm(schema), placeOf(schema));

function finishForm(schema: Schema): Schema {
  if (schema.$ref !== undefined || isNever(schema)) return schema;
  const branches = branchesOf(schema);
  if (branches) return finishUnion(schema, branches);
  const { notes, rest } = splitNotes(schema);
  if (rest.enum) {
    const values = rest.enum.filter((value) => admits(rest, value));
    return values.length > 0 ? { ...notes, enum: values } : { ...notes, ...never() };
  }
  const types = sayTypes(rest);
  const result: Schema = { ...notes };
  if (types.length > 0) result.type = types.length === 1 ? (types[0] ?? []) : types;
  for (const type of types)
    for (const keyword of SPEAK_OF[type === "integer" ? "number" : type] ?? [])
      if (rest[keyword] !== undefined) result[keyword] = rest[keyword];
  return types.includes("object") ? finishObject(result) : result;
}

function finishUnion(schema: Schema, branches: readonly Schema[]): Schema {
  const key = schema.anyOf ? "anyOf" : "oneOf";
  const finished = branches.map(finish).filter((branch) => !isNever(branch));
  const { notes } = splitNotes(schema);
  // What is null is said once, and last.
  const others = finished.filter((branch) => !isNull(branch));
  const [only] = others;
  if (only === undefined) return finished.length > 0 ? { ...notes, type: "null" } : { ...notes, ...never() };
  const list = others.length < finished.length ? [...others, { type: "null" }] : others;
  return list.length === 1 ? placed({ ...only, ...notes }, placeOf(only)) : { ...notes, [key]: list };
}

/** Without a type, a keyword is taken to mean the values of which it speaks: documents leave the type out. */
function sayTypes(schema: Schema): string[] {
  if (schema.type !== undefined) {
    const types = typesOf(schema);
    return types.includes("number") ? types.filter((type) => type !== "integer") : types;
  }
  return Object.entries(SPEAK_OF).flatMap(([type, keywords]) =>
    keywords.some((keyword) => schema[keyword] !== undefined) ? [type] : [],
  );
}

/** A member that must be there is named; an object that names no member is an open map. */
function finishObject(schema: Schema): Schema {
  const unnamed = (schema.required ?? []).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  if (unnamed.length > 0)
    schema.properties = {
      ...schema.properties,
      ...Object.fromEntries(
        unnamed.map((name) => [
          name,
          typeof schema.additionalProperties === "object" ? schema.additionalProperties : {},
        ]),
      ),
    };
  if (schema.required?.length === 0) delete schema.required;
  if (!schema.properties && schema.additionalProperties === undefined) schema.additionalProperties = true;
  return schema;
}

/** Whether a value listed in an enum fits the plain keywords beside it. */
function admits(schema: Schema, value: unknown): boolean {
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false;
  if (typeof value === "number") {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (value < Number(minimum ?? value) || value > Number(maximum ?? value)) return false;
    if (exclusiveMinimum !== undefined && value <= Number(exclusiveMinimum)) return false;
    if (exclusiveMaximum !== undefined && value >= Number(exclusiveMaximum)) return false;
    return multipleOf === undefined || Number.isInteger(value / Number(multipleOf));
  }
  if (typeof value === "string") {
    const { minLength, maxLength, pattern } = schema;
    const length = [...value].length;
    if (length < Number(minLength ?? 0) || length > Number(maxLength ?? length)) return false;
    return typeof pattern !== "string" || new RegExp(pattern, "u").test(value);
  }
  return true;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      // The names of JSON Schema's other types are those of JavaScript's.
      return type === typeof value;
  }
}
