/** Tools of a call: functions, and those that the server runs itself. */
import type {
  LanguageModelV3CallOptions,
  LanguageModelV3FunctionTool,
  LanguageModelV3ProviderTool,
} from "@ai-sdk/provider";
import type { BuiltInTool, FunctionTool, Tool, ToolChoice } from "../provider/base/types.ts";
import type { GivenOptions } from "./given-options.ts";
import type { Service } from "./service.ts";
import type { Warnings } from "./warnings.ts";

type SdkTool = LanguageModelV3FunctionTool | LanguageModelV3ProviderTool;

/** A tool that the server runs: goes into `tools` of `generateText`, `streamText` and agents. */
export interface ServerTool {
  type: "provider";
  /** By which the AI SDK knows it. */
  id: `groq.${BuiltInTool["type"]}`;
  /** None are needed. */
  args: Record<string, unknown>;
  /** `ai` 7 asks for it. */
  isProviderExecuted: true;
  /** Takes any arguments: the server has checked its own. */
  inputSchema: AnyInput;
}

/** A Standard Schema that takes whatever the server says it called its tool with. */
interface AnyInput {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { value: unknown };
    readonly jsonSchema: { input(): Record<string, unknown>; output(): Record<string, unknown> };
  };
}

const anyInput: AnyInput = {
  "~standard": {
    version: 1,
    vendor: "groq-provider",
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
  },
};

const serverTool = (type: BuiltInTool["type"]): ServerTool => ({
  type: "provider",
  id: `groq.${type}`,
  args: {},
  isProviderExecuted: true,
  inputSchema: anyInput,
});

/** Tools that Groq runs itself, for `openai/gpt-oss-20b` and `-120b`. */
export const groqTools = {
  /** Searches the web and opens pages; what it found comes as sources too. */
  browserSearch: () => serverTool("browser_search"),
  /** Runs Python. */
  codeInterpreter: () => serverTool("code_interpreter"),
};

const BUILT_IN: readonly BuiltInTool["type"][] = ["browser_search", "code_interpreter"];

/** What the call's tools are on the wire, and how the application calls those that the server runs. */
export interface CallTools {
  tools: Tool[];
  toolChoice: ToolChoice | undefined;
  /** By their types: the names under which the application gave them. */
  serverTools: ReadonlyMap<string, string>;
}

export function toTools(
  { tools = [], toolChoice }: Pick<LanguageModelV3CallOptions, "tools" | "toolChoice">,
  { groqTools }: Pick<Service, "groqTools">,
  given: GivenOptions,
): CallTools {
  const { warnings } = given;
  const wire: Tool[] = [];
  const serverTools = new Map<string, string>();
  for (const tool of tools) {
    const type = builtInOf(tool);
    if (tool.type === "function") wire.push(toFunction(tool, given));
    else if (type === undefined) warnings.unsupported(`tool ${tool.id}`, "no tool of this id is known here");
    else if (groqTools === "no") warnings.unsupported(`tool ${tool.id}`, "only Groq runs it");
    else {
      if (groqTools === "perhaps")
        warnings.compatibility(`tool ${tool.id}`, "it is sent, but only Groq is known to run it");
      const names = Object.keys(tool.args ?? {});
      if (names.length > 0) warnings.unsupported(`args of tool ${tool.id} (${names.join(", ")})`);
      serverTools.set(type, tool.name);
      wire.push({ type });
    }
  }
  return {
    tools: wire,
    toolChoice:
      wire.length > 0 ? toChoice(toolChoice, tools, serverTools, warnings) : noChoice(toolChoice, warnings),
    serverTools,
  };
}

const builtInOf = (tool: SdkTool) =>
  tool.type === "provider" ? BUILT_IN.find((type) => tool.id === `groq.${type}`) : undefined;

function toFunction(tool: LanguageModelV3FunctionTool, given: GivenOptions): FunctionTool {
  const { name, description, inputSchema, strict, inputExamples } = tool;
  if (inputExamples && inputExamples.length > 0)
    given.warnings.unsupported(`inputExamples of tool ${name}`, "put them into its description");
  const { extra } = given.of(tool.providerOptions, ["extra"], `tool ${name}`);
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: { ...inputSchema },
      ...(strict !== undefined && { strict }),
    },
    ...(extra && { extra }),
  };
}

/** Services refuse a choice without tools. One that asks for no call is kept to as it is. */
function noChoice(choice: LanguageModelV3CallOptions["toolChoice"], warnings: Warnings): undefined {
  if (choice?.type !== "required" && choice?.type !== "tool") return;
  warnings.unsupported("toolChoice", "the request has no tool that could be called");
}

function toChoice(
  choice: LanguageModelV3CallOptions["toolChoice"],
  tools: readonly SdkTool[],
  serverTools: CallTools["serverTools"],
  warnings: Warnings,
): ToolChoice | undefined {
  if (choice?.type !== "tool") return choice?.type;
  const { toolName: name } = choice;
  const chosen = tools.find((tool) => tool.name === name);
  if (chosen?.type === "function") return { type: "function", function: { name } };
  const problem = chosen ? `the tool "${name}" is left out` : `no tool of this call is called "${name}"`;
  const isSent = [...serverTools.values()].includes(name);
  warnings.unsupported(
    "toolChoice",
    isSent ? `"${name}" is run by the server, which decides itself when to` : problem,
  );
  return undefined;
}
