/** The tools of one conversation: finds the tool of each call, and checks its arguments. */

import { unlessAborted } from "../base/abort.ts";
import { LlmError } from "../base/error.ts";
import { refuseUnknown } from "../base/nearest.ts";
import type { BuiltInTool, Tool, ToolCall } from "../base/types.ts";
import { checkList, invalidRequest, kindOf } from "../base/values.ts";
import { type ResolvedSchema, resolveSchema } from "../schema/standard-schema.ts";
import type { Rule } from "../wire/option-rules.ts";
import { checkName } from "../wire/request.ts";
import { type Loop, TIMEOUT } from "./options.ts";
import { messageOf, type OpenCall } from "./run-tool.ts";
import type { Approve, RunnableTool, ToolResult } from "./tools.ts";

/** A call that may run, or what became of it already. */
export type PreparedCall = { tool: RunnableTool; args: unknown } | { result: ToolResult };

const MEMBERS = {
  name: true,
  description: true,
  parameters: true,
  jsonSchema: true,
  strict: true,
  timeoutMs: true,
  execute: true,
} satisfies Record<keyof RunnableTool, true>;

const TEXT: Rule = ["a text", (value) => typeof value === "string"];
const YES_OR_NO: Rule = ["true or false", (value) => typeof value === "boolean"];

export class Toolbox {
  readonly #wireTools: Tool[] = [];
  readonly #tools = new Map<string, { tool: RunnableTool; schema: ResolvedSchema }>();

  /** `InvalidRequest` for a bad name or schema, or a name that is there twice. */
  static async of(tools: readonly (RunnableTool | BuiltInTool)[]): Promise<Toolbox> {
    checkList("tools", tools, "tool");
    const toolbox = new Toolbox();
    for (const [i, tool] of tools.entries()) {
      const place = `tools[${i}]`;
      toolbox.#wireTools.push(isBuiltIn(tool, place) ? { type: tool.type } : await toolbox.#add(tool, place));
    }
    return toolbox;
  }

  /** As a request takes them. */
  get wireTools(): readonly Tool[] {
    return this.#wireTools;
  }

  async #add(tool: RunnableTool, place: string): Promise<Tool> {
    const { name, description, parameters = { type: "object" }, jsonSchema, strict, timeoutMs } = tool;
    // An object of a class has members of its own.
    if (isPlain(tool)) refuseUnknown(tool, Object.keys(MEMBERS), "member of a tool", place);
    checkName(name, `${place}.name`);
    if (this.#tools.has(name)) {
      throw invalidRequest(`${place}.name`, `expected another name than "${name}", which is taken`);
    }
    check(`${place}.description`, description, TEXT);
    check(`${place}.strict`, strict, YES_OR_NO);
    check(`${place}.timeoutMs`, timeoutMs, TIMEOUT);
    if (typeof tool.execute !== "function") {
      throw invalidRequest(`${place}.execute`, `expected a function, got ${kindOf(tool.execute)}`);
    }
    const schema = await resolveSchema(parameters, jsonSchema, `${place}.parameters`);
    this.#tools.set(name, { tool, schema });
    return { type: "function", function: { name, description, parameters: schema.jsonSchema, strict } };
  }

  /** Finds the tool, holds the arguments against its schema, and asks for approval. */
  async prepare(call: OpenCall, { approve, toolTimeoutMs }: Loop): Promise<PreparedCall> {
    const { toolCall } = call.context;
    const { name, arguments: args, rawArguments, invalid } = toolCall.function;
    const known = this.#tools.get(name);
    if (known === undefined) {
      const names = [...this.#tools.keys()].join(", ");
      const content = `Error: there is no tool "${name}". The tools are: ${names || "none"}.`;
      return { result: { toolCall, outcome: "unknownTool", content } };
    }
    if (invalid) {
      return misfit(toolCall, [`expected a JSON object, got ${rawArguments.slice(0, 200)}`]);
    }
    const validated = await unlessAborted(known.schema.validate(args), call.context.signal);
    if (!validated.ok) return misfit(toolCall, validated.problems);
    const verdict = approve ? await ask(approve, validated.value, call, toolTimeoutMs) : true;
    if (verdict === true) return { tool: known.tool, args: validated.value };
    const reason = typeof verdict === "string" && verdict !== "" ? `: ${verdict}` : ".";
    const content = `This call of "${name}" was not approved${reason}`;
    return { result: { toolCall, outcome: "refused", content } };
  }
}

function misfit(toolCall: ToolCall, problems: readonly string[]): PreparedCall {
  const { name } = toolCall.function;
  const content = `Error: the arguments of "${name}" do not fit its schema. ${problems.join("; ")}`;
  return { result: { toolCall, outcome: "invalidArguments", content } };
}

/** The answer of `approve`. The conversation ends when it throws or takes too long. */
async function ask(approve: Approve, args: unknown, call: OpenCall, ms: number): Promise<boolean | string> {
  const { toolCall } = call.context;
  try {
    return await call.within(ms, "it gave no answer", () =>
      approve(toolCall, { ...call.context, arguments: args }),
    );
  } catch (cause) {
    call.throwIfEnded();
    const { name } = toolCall.function;
    throw new LlmError("ToolFailed", `approve failed for "${name}": ${messageOf(cause)}`, { cause });
  }
}

function isBuiltIn(tool: RunnableTool | BuiltInTool, place: string): tool is BuiltInTool {
  if ("execute" in tool || !("type" in tool)) return false;
  if ("function" in tool) {
    throw invalidRequest(
      place,
      "expected { name, description, parameters, execute }, got a tool of the wire",
    );
  }
  check(`${place}.type`, tool.type, TEXT);
  if (isPlain(tool)) refuseUnknown(tool, ["type"], "member of a built-in tool", place);
  return true;
}

function check(place: string, value: unknown, [expected, accepts]: Rule): void {
  if (value === undefined || accepts(value)) return;
  throw invalidRequest(place, `expected ${expected}, got ${kindOf(value)}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
