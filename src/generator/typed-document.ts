/** The document that openapi-typescript reads: what is generated, said again in the few words that it types as they are meant. */
import type { JsonObject } from "../openapi/json.ts";
import { evidenceOf, wordsOf } from "./docs.ts";
import { ANY_TEXT } from "./relax.ts";
import { branchesOf, isNever, refName, type Schema, type Schemas, typesOf } from "./schema.ts";
import type { Answer, ApiOperation, Body, Parameter } from "./select.ts";

/** Says which type a schema has, where no word of JSON Schema gives it. */
export const TYPE_MARK = "x-type";
export type TypeMark = "any-text" | "binary" | "empty" | "never";

/** A document of OpenAPI 3.1. */
export function typedDocument(operations: readonly ApiOperation[], schemas: Schemas): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const { path, method, ...operation } of operations)
    paths[path] = { ...paths[path], [method]: typedOperation(operation) };
  return {
    openapi: "3.1.0",
    info: { title: "", version: "" },
    paths,
    components: { schemas: mapValues(Object.entries(schemas), typedSchema) },
  };
}

function typedOperation({
  summary,
  description,
  deprecated,
  parameters,
  body,
  answers,
}: Omit<ApiOperation, "path" | "method">): JsonObject {
  return {
    ...given({ summary, description, deprecated: deprecated || undefined }),
    parameters: parameters.map(typedParameter),
    ...(body && body.content.size > 0 && { requestBody: typedBody(body) }),
    responses: mapValues(answers, typedAnswer),
  };
}

function typedParameter({ schema, description, ...parameter }: Parameter): JsonObject {
  return {
    ...parameter,
    ...given({ description: wordsOf({ ...schema, description: description ?? schema.description ?? "" }) }),
    schema: typedSchema(schema),
  };
}

const typedBody = ({ description, required, content }: Body): JsonObject => ({
  ...given({ description }),
  required,
  content: mapValues(content, (schema) => ({ schema: typedSchema(schema) })),
});

const typedAnswer = ({ description, headers, content }: Answer): JsonObject => ({
  description: description ?? "",
  headers: mapValues(headers, ({ required, description, schema }) => ({
    required,
    ...given({ description: wordsOf({ ...schema, description: description ?? schema.description ?? "" }) }),
    schema: typedSchema(schema),
  })),
  content: mapValues(content, (schema) => ({ schema: typedSchema(schema) })),
});

function typedSchema(schema: Schema): JsonObject {
  const { deprecated, default: byDefault } = schema;
  return {
    // openapi-typescript has a tag for each of these but the title, and evidence has a tag of its own.
    ...given({ title: evidenceOf(schema), description: wordsOf(schema), deprecated, default: byDefault }),
    ...typedForm(schema),
  };
}

function typedForm(schema: Schema): JsonObject {
  if (schema.$ref !== undefined)
    return { $ref: `#/components/schemas/${encodeURIComponent(refName(schema.$ref))}` };
  if (schema[ANY_TEXT] === true) return marked("any-text");
  if (isNever(schema)) return marked("never");
  const branches = branchesOf(schema);
  if (branches) return { anyOf: branches.map(typedSchema) };
  if (schema.enum)
    return {
      enum: schema.enum,
      type: [...new Set(schema.enum.map(jsonType))].filter((type) => type !== "null"),
    };
  const types = typesOf(schema);
  const [type] = types;
  if (types.length > 1) return { anyOf: types.map((one) => typedForm({ ...schema, type: one })) };
  if (type === "array") return { type, items: typedSchema(schema.items ?? {}) };
  if (type === "object") return typedObject(schema);
  if (type === "string" && schema.format === "binary") return marked("binary");
  return type === undefined ? {} : { type };
}

function typedObject({ properties, required, additionalProperties: others }: Schema): JsonObject {
  const members = Object.entries(properties ?? {});
  if (members.length === 0) {
    if (others === false) return marked("empty");
    return { type: "object", additionalProperties: typeof others === "object" ? typedSchema(others) : true };
  }
  return {
    type: "object",
    properties: mapValues(members, typedSchema),
    ...given({ required }),
    // The type of the others would have to hold for the known members as well.
    ...(typeof others === "object" && { additionalProperties: true }),
  };
}

/** openapi-typescript asks about a mark only where a type is given. */
const marked = (mark: TypeMark): JsonObject => ({ type: "string", [TYPE_MARK]: mark });

const jsonType = (value: unknown): string => (value === null ? "null" : typeof value);

function mapValues<T>(entries: Iterable<readonly [string, T]>, map: (value: T) => JsonObject): JsonObject {
  return Object.fromEntries([...entries].map(([name, value]) => [name, map(value)]));
}

/** Without the members that are not given. */
const given = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
