/** An answer in JSON: as a response format, or where the service can't combine that with tools, as a tool's arguments. */
import type { LanguageModelV3CallOptions } from "@ai-sdk/provider";
import type {
  FunctionTool,
  JsonSchema,
  Message,
  ResponseFormat,
  ToolChoice,
} from "../provider/base/types.ts";
import { isObject } from "../provider/base/values.ts";
import type { CallTools } from "./tools.ts";
import type { Warnings } from "./warnings.ts";

export interface JsonWay {
  responseFormat?: ResponseFormat;
  /** The tool whose arguments are the answer. */
  answerTool?: FunctionTool;
  toolChoice?: ToolChoice;
  /** Tells the schema to a model that takes none. */
  instruction?: Message;
}

interface Wanted {
  structuredOutputs: boolean;
  /** Absent: where the schema allows it. */
  strict: boolean | undefined;
  /** The service takes a schema beside tools. */
  besideTools: boolean;
}

/** How a call's `responseFormat` is asked for. */
export function toJsonWay(
  format: LanguageModelV3CallOptions["responseFormat"],
  { tools, toolChoice }: CallTools,
  { structuredOutputs, strict, besideTools }: Wanted,
  warnings: Warnings,
): JsonWay {
  if (format?.type !== "json") return {};
  const { description } = format;
  const told = { ...(description !== undefined && { description }) };
  if (!isObject(format.schema)) return { responseFormat: { type: "json_object" } };
  const schema: JsonSchema = format.schema;
  if (tools.length > 0 && !besideTools) {
    const name = freeName(tools.map((tool) => (tool.type === "function" ? tool.function.name : "")));
    return {
      answerTool: {
        type: "function",
        function: { name, description: description ?? "Gives the final answer.", parameters: schema },
      },
      toolChoice: choiceWith(name, toolChoice),
    };
  }
  if (!structuredOutputs) {
    warnings.compatibility("responseFormat", "the schema is told in a system message");
    const content = `Answer with JSON, and nothing else, that fits this JSON Schema: ${JSON.stringify(schema)}`;
    return { responseFormat: { type: "json_object" }, instruction: { role: "system", content } };
  }
  const name = nameOf(format.name);
  const jsonSchema = { name, ...told, schema, strict: strict ?? isStrict(schema) };
  return { responseFormat: { type: "json_schema", jsonSchema } };
}

/** The model must call a tool: one of the application's, or the one that is the answer. */
function choiceWith(name: string, choice: ToolChoice | undefined): ToolChoice {
  if (choice === "none") return { type: "function", function: { name } };
  return typeof choice === "object" ? choice : "required";
}

function freeName(taken: readonly string[]): string {
  let name = "json";
  for (let count = 1; taken.includes(name); count++) name = `json_${count}`;
  return name;
}

/** Names are letters, digits, `_`, `-` on the wire, at most 64. */
function nameOf(name: string | undefined): string {
  return name?.replaceAll(/[^\w-]+/g, "_").slice(0, 64) || "response";
}

/** Strict mode takes only objects that are closed, and whose members are all required. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (schema.type === "object" || properties !== undefined) {
    const names = isObject(properties) ? Object.keys(properties) : [];
    const all = Array.isArray(required) && names.every((name) => required.includes(name));
    if (additionalProperties !== false || !(all || names.length === 0)) return false;
    if (isObject(properties) && !Object.values(properties).every(isStrict)) return false;
  }
  return SUBSCHEMAS.every((keyword) => {
    const value = schema[keyword];
    return isObject(value) && /^(\$defs|definitions)$/.test(keyword)
      ? Object.values(value).every(isStrict)
      : isStrict(value);
  });
}

const SUBSCHEMAS = ["items", "prefixItems", "anyOf", "oneOf", "allOf", "$defs", "definitions"];
