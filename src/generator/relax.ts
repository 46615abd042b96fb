/**
 * What an answer may be at run time, which is more than the document says: the types in src/generated describe this, so
 * that the compiler makes the adapter cope with it, and the checks admit exactly this.
 *
 * - A member that is not needed (optional, or required but left out of `x-needed`) may be absent and may be null: vendors
 *   and compatible servers send null where their documents forbid it.
 * - A text enum may have a value that is not known yet.
 * - A member marked `x-unread` may be anything.
 * - Where exactly one of several schemas must fit, more than one may.
 * - Bounds, lengths and patterns are not asked for, but for a needed array that the document says has items.
 */
import { type Document, refName, refsIn, type Schema } from "./document.ts";
import { makeNullable } from "./normalise.ts";

/** Marks a branch that admits any text beside the known ones, for the emitter of types. */
export const anyTextMark = "x-any-text";

export type Presence = "needed" | "expected" | "optional";

/** How surely a member is there: `expected` ones are promised by the document, but a call goes on without them. */
export function presence(schema: Schema, member: string): Presence {
  if (!schema.required?.includes(member)) return "optional";
  const needed = schema["x-needed"];
  return !Array.isArray(needed) || needed.includes(member) ? "needed" : "expected";
}

/** Names of the component schemas that requests, or answers, are made of. */
export function reachable(
  document: Document,
  side: "request" | "response",
  roots: readonly string[],
): Set<string> {
  const schemas = document.components?.schemas ?? {};
  const found = new Set<string>();
  const queue = [...roots];
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item)) {
      const { requestBody, responses } = (operation ?? {}) as { requestBody?: unknown; responses?: unknown };
      queue.push(...namesIn(side === "request" ? requestBody : responses, document));
    }
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...namesIn(schemas[name], document));
  }
  return found;
}

/** Schemas referred to in a value, also by way of shared responses and request bodies. */
function namesIn(value: unknown, document: Document): string[] {
  return [...refsIn(value)].flatMap((ref) => {
    const [, section, name] = /^#\/components\/(responses|requestBodies|headers)\/(.+)$/.exec(ref) ?? [];
    if (section === undefined || name === undefined) return [refName(ref, "document")];
    return namesIn(document.components?.[section]?.[name], document);
  });
}

/**
 * The document with its answers described as they may be at run time. A schema that requests use too (a tool call) is
 * described so for both; the request schemas, made from the untouched document, still check it to the letter.
 */
export function describeRunTime(document: Document, responseSchemas: ReadonlySet<string>): Document {
  const schemas = document.components?.schemas ?? {};
  const relaxed = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      responseSchemas.has(name) ? relax(schema) : schema,
    ]),
  );
  return { ...document, components: { ...document.components, schemas: relaxed } };
}

const bounds = [
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["minLength", "maxLength", "pattern", "format", "minItems", "maxItems"],
];

function relax(schema: Schema): Schema {
  const result: Schema = { ...schema };
  for (const bound of bounds) delete result[bound];
  if (schema.type) {
    const types = [schema.type].flat().map((type) => (type === "integer" ? "number" : type));
    result.type = types.length > 1 ? [...new Set(types)] : (types[0] ?? []);
  }
  if (schema.properties) {
    const required = Object.keys(schema.properties).filter(
      (key) => presence(schema, key) === "needed" && !isUnread(schema, key),
    );
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, member]) => {
        if (isUnread(schema, key))
          return [key, member.description === undefined ? {} : { description: member.description }];
        const relaxed = relax(member);
        if (!required.includes(key)) return [key, makeNullable(relaxed)];
        return [key, mustHaveItems(schema, key) ? { ...relaxed, minItems: 1 } : relaxed];
      }),
    );
    delete result.required;
    if (required.length) result.required = required;
  }
  // A closed object at the server may still grow, and the type of a map would clash with members that are known.
  if (schema.properties) delete result.additionalProperties;
  if (schema.items) result.items = relax(schema.items);
  // Described more widely, branches may overlap: one of them is enough.
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) {
    delete result.oneOf;
    result.anyOf = branches.map(relax);
  }
  if (typeof schema.additionalProperties === "object")
    result.additionalProperties = relax(schema.additionalProperties);
  return openEnum(result);
}

/** Whether a call fails on an empty array here: one that is needed and, the document says, never empty. */
export const mustHaveItems = (schema: Schema, member: string): boolean =>
  presence(schema, member) === "needed" && Number(schema.properties?.[member]?.minItems) > 0;

export const isUnread = (schema: Schema, member: string): boolean =>
  schema.properties?.[member]?.["x-unread"] === true;

/** The only values that a schema admits, when it lists them. */
export const literals = (schema: Schema): unknown[] | undefined =>
  schema.const !== undefined ? [schema.const] : schema.enum;

/** The texts that a schema admits when it is an enum, or constant, of texts (and perhaps null). */
export function textValues(schema: Schema): string[] | undefined {
  const values = literals(schema);
  if (!values) return undefined;
  const texts = values.filter((value): value is string => typeof value === "string");
  return texts.length > 0 && values.every((value) => value === null || typeof value === "string")
    ? texts
    : undefined;
}

function openEnum(schema: Schema): Schema {
  const texts = textValues(schema);
  if (!texts) return schema;
  const { const: _const, enum: values, type: _type, ...notes } = schema;
  const branches: Schema[] = [
    { type: "string", enum: texts },
    { type: "string", [anyTextMark]: true },
  ];
  if (values?.includes(null)) branches.push({ type: "null" });
  return { ...notes, anyOf: branches };
}
