/**
 * The JSON Schema of a `ModelConfig`, for editors of YAML: from the tables that check a configuration, with the words of
 * the types' docstrings.
 */
import { readFile } from "node:fs/promises";
import { compatFields, limitPeriodFields } from "../src/provider/config/compat.ts";
import type { Field, Fields } from "../src/provider/config/fields.ts";
import { connectionFields, limitFields, modelConfigFields } from "../src/provider/config/settings.ts";
import { services } from "../src/provider/services/index.ts";
import { openAiCompatible } from "../src/provider/services/service-profile.ts";

type JsonSchema = { [keyword: string]: unknown };
/** Docstrings by interface and member. */
type Docs = Map<string, Map<string, string>>;

const typesFile = new URL("../src/provider/base/model-config.ts", import.meta.url);

/** In a text, what is put in from the environment when the file is read. */
const FROM_ENVIRONMENT = "\\$\\{[^}]+\\}";
const NUMBER_TEXT = "^\\s*[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?\\s*$";

/** The text of openapi/model-config.schema.json. */
export async function modelConfigSchema(): Promise<string> {
  const docs = readDocs(await readFile(typesFile, "utf8"));
  const windows = { $ref: "#/definitions/LimitConfig" };
  const schema: JsonSchema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "ModelConfig",
    ...mapping(modelConfigFields, "ModelConfig", docs, {
      limit: {
        anyOf: [{ const: "auto" }, windows, { type: "array", items: windows, minItems: 1 }, { type: "null" }],
      },
      config: { $ref: "#/definitions/ConnectionConfig" },
    }),
    // A server that takes any key needs none; at an address of one's own only loading the file tells.
    if: { properties: { provider: { enum: [...withoutKey()] } }, required: ["provider"] },
    else: { properties: { config: { required: ["api_key"] } } },
    definitions: {
      ConnectionConfig: mapping({ ...connectionFields, api_key: { kind: "key" } }, "ConnectionConfig", docs, {
        compat: { $ref: "#/definitions/CompatConfig" },
      }),
      CompatConfig: mapping(compatFields, "CompatConfig", docs, {
        limit_periods: { $ref: "#/definitions/LimitPeriods" },
      }),
      LimitPeriods: mapping(limitPeriodFields, "LimitPeriods", docs),
      LimitConfig: {
        ...mapping(limitFields, "LimitConfig", docs),
        anyOf: [{ required: ["calls"] }, { required: ["tokens"] }],
      },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function* withoutKey(): Generator<string> {
  for (const [name, { anyKey }] of services) if (anyKey !== undefined) yield name;
  yield openAiCompatible.provider;
}

function mapping(
  fields: Fields,
  type: string,
  docs: Docs,
  others: Record<string, JsonSchema> = {},
): JsonSchema {
  const properties = Object.entries(fields).map(([name, field]) => {
    const description = docs.get(type)?.get(name);
    if (description === undefined) throw new Error(`${type}.${name} has no docstring`);
    const schema = others[name] ?? ofField(field);
    // Draft 7, which editors know best, ignores what stands beside a reference.
    return [name, "$ref" in schema ? { description, allOf: [schema] } : { description, ...schema }];
  });
  const description = docs.get(type)?.get("");
  return {
    ...(description !== undefined && { description }),
    type: "object",
    additionalProperties: false,
    required: Object.keys(fields).filter((name) => fields[name]?.required),
    properties: Object.fromEntries(properties),
  };
}

function ofField(field: Field): JsonSchema {
  switch (field.kind) {
    case "text":
    case "key":
      return { type: "string", pattern: "\\S" };
    case "number":
      return ofNumber(field);
    case "flag":
      return { type: "boolean" };
    case "choice":
      return { anyOf: [{ enum: field.of }, { type: "string", pattern: FROM_ENVIRONMENT }] };
    case "choices":
      return { type: "array", items: ofField({ kind: "choice", of: field.of }) };
    case "names":
      return { type: "object", additionalProperties: { type: "string", pattern: "\\S" } };
    case "texts":
      return { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };
    default:
      throw new Error(`expected a schema for a field of kind ${field.kind}`);
  }
}

function ofNumber({ least, above, most, whole }: Field & { kind: "number" }): JsonSchema {
  return {
    anyOf: [
      {
        type: whole ? "integer" : "number",
        ...(least !== undefined && { minimum: least }),
        ...(above !== undefined && { exclusiveMinimum: above }),
        ...(most !== undefined && { maximum: most }),
      },
      // A text's bounds are told when the file is read.
      { type: "string", pattern: `${NUMBER_TEXT}|${FROM_ENVIRONMENT}` },
    ],
  };
}

/** A docstring, and what it stands before: an interface or a member of the last one. */
const DOCUMENTED =
  /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export interface (\w+)|(\w+)\??:)|export interface (\w+)/g;

function readDocs(text: string): Docs {
  const docs: Docs = new Map();
  let members = new Map<string, string>();
  for (const [, doc, documented, member, bare] of text.matchAll(DOCUMENTED)) {
    const words = (doc ?? "")
      .replace(/^\s*\*/gm, "")
      .replace(/\s+/g, " ")
      .trim();
    const type = documented ?? bare;
    if (type !== undefined) {
      members = new Map(documented === undefined ? [] : [["", words]]);
      docs.set(type, members);
    } else if (member !== undefined) members.set(member, words);
  }
  return docs;
}
