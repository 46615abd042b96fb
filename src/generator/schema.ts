/** The one form of a schema in the generator: what every later step reads. */

/**
 * A schema in which each thing is said in one way: `allOf` is merged, null is a type or a branch, an object says that it is one, a
 * reference stands alone (but for notes), and a union beside nothing but notes. `not` stands alone, and admits nothing.
 */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  description?: string;
  [keyword: string]: unknown;
}

const PLACES = new WeakMap<Schema, string>();

/** JSON pointer, in the document as written, of what a schema was read from; none for one that was put together. */
export const placeOf = (schema: Schema): string | undefined => PLACES.get(schema);

export function placed(schema: Schema, place: string | undefined): Schema {
  if (place !== undefined && !PLACES.has(schema)) PLACES.set(schema, place);
  return schema;
}

/** By name: the components, and what else is referred to. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A fault of the document or of the way it was asked for: told in one line, without a stack. */
export class GenerateError extends Error {
  override name = "GenerateError";
}

const PREFIX = "#/components/schemas/";

export const refTo = (name: string): Schema => ({ $ref: PREFIX + name });

/** The name that a reference of the one form leads to. */
export const refName = (ref: string): string => ref.slice(PREFIX.length);

/** Admits nothing. */
export const never = (): Schema => ({ not: {} });
export const isNever = (schema: Schema): boolean => schema.not !== undefined;
export const isNull = (schema: Schema): boolean => schema.type === "null";

export const typesOf = (schema: Schema): string[] => [schema.type ?? []].flat();

export const branchesOf = (schema: Schema): Schema[] | undefined => schema.anyOf ?? schema.oneOf;

/** What says nothing of which values are valid. */
export const NOTES: ReadonlySet<string> = new Set([
  ...["title", "description", "default", "deprecated", "format", "readOnly", "writeOnly"],
  ...["x-observed", "x-evidence"],
]);

/** The schema as its notes, and the rest. */
export function splitNotes(schema: Schema): { notes: Schema; rest: Schema } {
  const notes: Schema = {};
  const rest: Schema = {};
  for (const [key, value] of Object.entries(schema)) (NOTES.has(key) ? notes : rest)[key] = value;
  return { notes, rest };
}

/** The names referred to anywhere inside, in order of appearance. */
export function* refsIn(schema: Schema): Generator<string> {
  if (schema.$ref !== undefined) yield refName(schema.$ref);
  for (const child of childrenOf(schema)) yield* refsIn(child);
}

export function* childrenOf(schema: Schema): Generator<Schema> {
  for (const child of Object.values(schema.properties ?? {})) yield child;
  if (typeof schema.additionalProperties === "object") yield schema.additionalProperties;
  if (schema.items) yield schema.items;
  for (const branch of branchesOf(schema) ?? []) yield branch;
}

/** All names that are reached from some, these included. */
export function reachable(schemas: Schemas, from: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const schema = schemas[name];
    if (schema) queue.push(...refsIn(schema));
  }
  return found;
}
