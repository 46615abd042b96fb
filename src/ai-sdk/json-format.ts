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
import { strictProblems } from "../provider/schema/strict.ts";
import type { CallTools } from "./tools.ts";
import type { Warnings } from "./warnings.ts";

export interface JsonWay {
  responseFormat?: ResponseFormat;
  /** The tool whose arguments are the answer. */
  answerTool?: FunctionTool;
  toolChoice?: ToolChoice;
  /** Asks for JSON in words. */
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
  { tools, toolChoice, messages }: Pick<CallTools, "tools" | "toolChoice"> & { messages: readonly Message[] },
  { structuredOutputs, strict, besideTools }: Wanted,
  warnings: Warnings,
): JsonWay {
  if (format?.type !== "json") return {};
  const { description } = format;
  const schema: JsonSchema | undefined = isObject(format.schema) ? format.schema : undefined;
  if (tools.length > 0 && !besideTools) {
    const name = freeName(tools.map((tool) => (tool.type === "function" ? tool.function.name : "")));
    const parameters = schema ?? { type: "object" };
    return {
      answerTool: {
        type: "function",
        function: { name, description: description ?? "Gives the final answer.", parameters },
      },
      toolChoice: choiceWith(name, toolChoice),
    };
  }
  if (schema === undefined) {
    const responseFormat: ResponseFormat = { type: "json_object" };
    if (messages.some(speaksOfJson)) return { responseFormat };
    warnings.compatibility("responseFormat", "services want the word JSON in a message; one is added");
    return {
      responseFormat,
      instruction: { role: "system", content: "Answer with JSON, and nothing else." },
    };
  }
  if (!structuredOutputs) {
    warnings.compatibility("responseFormat", "the schema is told in a system message");
    const content = `Answer with JSON, and nothing else, that fits this JSON Schema: ${JSON.stringify(schema)}`;
    return { responseFormat: { type: "json_object" }, instruction: { role: "system", content } };
  }
  const jsonSchema = {
    name: nameOf(format.name),
    ...(description !== undefined && { description }),
    schema,
    strict: strict ?? strictProblems(schema).length === 0,
  };
  return { responseFormat: { type: "json_schema", jsonSchema } };
}

function speaksOfJson({ content }: Message): boolean {
  const texts =
    typeof content === "string"
      ? [content]
      : (content ?? []).map((part) => (part.type === "text" ? part.text : ""));
  return texts.some((text) => /json/i.test(text));
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
