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

type JsonFormat = Extract<LanguageModelV3CallOptions["responseFormat"], { type: "json" }>;

interface Wanted {
  /** Absent: yes, where the service can. */
  structuredOutputs: boolean | undefined;
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
  const isTool = tools.length > 0 && !besideTools;
  const isBound = schema !== undefined && (isTool || structuredOutputs !== false);
  if (isTool && structuredOutputs !== undefined)
    warnings.compatibility(
      "providerOptions.groq.structuredOutputs",
      "beside tools this service is asked for the answer as the arguments of one more tool",
    );
  if (strict && !isBound)
    warnings.unsupported(
      "providerOptions.groq.strictJsonSchema",
      schema ? "a schema that is told in a system message binds no service" : "there is no schema",
    );
  if (isTool) {
    const name = freeName(
      nameOf(format.name, "json"),
      tools.map((tool) => (tool.type === "function" ? tool.function.name : "")),
    );
    return {
      answerTool: {
        type: "function",
        function: {
          name,
          description: description ?? "Gives the final answer.",
          parameters: schema ?? { type: "object" },
          ...(schema && strict !== undefined && { strict }),
        },
      },
      toolChoice: choiceWith(name, toolChoice),
    };
  }
  if (!isBound) return inWords(format, schema, messages, warnings);
  const jsonSchema = {
    name: nameOf(format.name, "response"),
    ...(description !== undefined && { description }),
    schema,
    strict: strict ?? strictProblems(schema).length === 0,
  };
  return { responseFormat: { type: "json_schema", jsonSchema } };
}

/** As JSON of any form; what is known of the form is told in a system message. */
function inWords(
  { name, description }: JsonFormat,
  schema: JsonSchema | undefined,
  messages: readonly Message[],
  warnings: Warnings,
): JsonWay {
  const responseFormat: ResponseFormat = { type: "json_object" };
  const told = Object.entries({ schema, name, description }).filter(([, value]) => value);
  if (told.length === 0 && messages.some(speaksOfJson)) return { responseFormat };
  warnings.compatibility(
    "responseFormat",
    told.length > 0
      ? `told in a system message: ${told.map(([member]) => member).join(", ")}`
      : "services want the word JSON in a message; one is added",
  );
  const lines = [
    schema
      ? `Answer with JSON, and nothing else, that fits this JSON Schema: ${JSON.stringify(schema)}`
      : "Answer with JSON, and nothing else.",
    ...(name ? [`What the answer is called: ${name}`] : []),
    ...(description ? [`What it is: ${description}`] : []),
  ];
  return { responseFormat, instruction: { role: "system", content: lines.join("\n") } };
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

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let count = 1; taken.includes(name); count++) name = `${wanted.slice(0, 60)}_${count}`;
  return name;
}

/** Names are letters, digits, `_`, `-` on the wire, at most 64. */
function nameOf(name: string | undefined, otherwise: string): string {
  return name?.replaceAll(/[^\w-]+/g, "_").slice(0, 64) || otherwise;
}
