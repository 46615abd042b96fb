/** What a tool is, and what became of one call of it. */

import { throwIfAborted, unlessAborted } from "../base/abort.ts";
import { LlmError } from "../base/error.ts";
import type { BuiltInTool, JsonObject, JsonSchema, Message, Tool, ToolCall } from "../base/types.ts";
import { invalidRequest } from "../base/values.ts";
import {
  type OutputOf,
  type ResolvedSchema,
  resolveSchema,
  type Schema,
  type StandardSchema,
} from "../schema/standard-schema.ts";
import { checkName } from "../wire/request.ts";

/** What a tool's function is given beside its arguments. */
export interface ToolContext {
  /** Aborted when the conversation ends before the function does: cancelled, or failed elsewhere. */
  signal: AbortSignal;
  toolCall: ToolCall;
  /** The conversation up to this call. */
  messages: readonly Message[];
}

/** A function that the model may call. Write it with `defineTool`, which knows the type of its arguments. */
export interface RunnableTool<S extends Schema = Schema, Args = unknown> {
  /** Letters, digits, `_`, `-`; at most 64. */
  name: string;
  /** Tells the model when to call it. */
  description?: string | undefined;
  /** A Standard Schema (zod, valibot, …) or a JSON Schema. Without one the arguments are any object. */
  parameters?: S | undefined;
  /** Beside a Standard Schema that does not tell its own JSON Schema, as those of zod/mini. */
  jsonSchema?: JsonSchema | undefined;
  /** Asks the server to hold the model to the schema. */
  strict?: boolean | undefined;
  /**
   * Runs with arguments that fit `parameters`. A string goes to the model as it is, anything else as JSON. The message
   * of what it throws goes to the model too: keep secrets out of it.
   */
  execute(args: Args, context: ToolContext): unknown;
}

/** The tool, unchanged, with arguments typed by its schema; for a plain JSON Schema, by the type parameter. */
export function defineTool<S extends StandardSchema>(
  tool: RunnableTool<S, OutputOf<S>> & { parameters: S },
): RunnableTool<S, OutputOf<S>>;
export function defineTool<Args = JsonObject>(
  tool: RunnableTool<JsonSchema, Args>,
): RunnableTool<JsonSchema, Args>;
export function defineTool(tool: RunnableTool): RunnableTool {
  return tool;
}

/** What became of a call: `done`, or why not. In every case `content` is what the model is told. */
export interface ToolResult {
  toolCall: ToolCall;
  outcome: "done" | "failed" | "refused" | "invalidArguments" | "unknownTool";
  content: string;
  /** What the function gave, when `done`. */
  value?: unknown;
  /** What it threw, when `failed`. */
  error?: unknown;
}

/** Whether the call may run. A string refuses it with a reason, which the model is told. */
export type Approve = (
  toolCall: ToolCall,
  context: ToolContext & { arguments: unknown },
) => boolean | string | Promise<boolean | string>;

/** A call that may run, or what became of it already. */
export type PreparedCall = { tool: RunnableTool; args: unknown } | { result: ToolResult };

/** The tools of one conversation, checked once. */
export class Toolbox {
  /** As a request takes them. */
  readonly wireTools: readonly Tool[];
  readonly #tools = new Map<string, { tool: RunnableTool; schema: ResolvedSchema }>();

  /** `InvalidRequest` for a bad name or schema, or a name that is there twice. */
  constructor(tools: readonly (RunnableTool | BuiltInTool)[]) {
    if (!Array.isArray(tools)) throw invalidRequest("tools", `expected a list of tools, got ${typeof tools}`);
    this.wireTools = tools.map((tool, i) => ("type" in tool ? tool : this.#add(tool, `tools[${i}]`)));
  }

  #add(tool: RunnableTool, place: string): Tool {
    const { name, description, parameters = { type: "object" }, jsonSchema, strict } = tool;
    checkName(name, `${place}.name`);
    if (this.#tools.has(name)) {
      throw invalidRequest(`${place}.name`, `expected another name than "${name}", which is taken`);
    }
    if (typeof tool.execute !== "function") {
      throw invalidRequest(`${place}.execute`, `expected a function, got ${typeof tool.execute}`);
    }
    const schema = resolveSchema(parameters, jsonSchema, `${place}.parameters`);
    this.#tools.set(name, { tool, schema });
    return { type: "function", function: { name, description, parameters: schema.jsonSchema, strict } };
  }

  /** Finds the tool, holds the arguments against its schema, and asks for approval. */
  async prepare(approve: Approve | undefined, context: ToolContext): Promise<PreparedCall> {
    const { toolCall } = context;
    const { name, arguments: args, rawArguments, invalid } = toolCall.function;
    const known = this.#tools.get(name);
    if (known === undefined) {
      const names = [...this.#tools.keys()].join(", ");
      const content = `Error: there is no tool "${name}". The tools are: ${names || "none"}.`;
      return { result: { toolCall, outcome: "unknownTool", content } };
    }
    const validated = invalid
      ? { ok: false as const, problems: [`expected a JSON object, got ${rawArguments.slice(0, 200)}`] }
      : await known.schema.validate(args);
    if (!validated.ok) {
      const content = `Error: the arguments of "${name}" do not fit its schema. ${validated.problems.join("; ")}`;
      return { result: { toolCall, outcome: "invalidArguments", content } };
    }
    const verdict = approve ? await askFor(approve, validated.value, context) : true;
    throwIfAborted(context.signal);
    if (verdict === true) return { tool: known.tool, args: validated.value };
    const reason = verdict ? `: ${verdict}` : ".";
    return {
      result: { toolCall, outcome: "refused", content: `This call of "${name}" was not approved${reason}` },
    };
  }
}

async function askFor(approve: Approve, args: unknown, context: ToolContext): Promise<boolean | string> {
  const { name } = context.toolCall.function;
  try {
    return await unlessAborted(
      Promise.resolve(approve(context.toolCall, { ...context, arguments: args })),
      context.signal,
    );
  } catch (cause) {
    throwIfAborted(context.signal);
    throw new LlmError("ToolFailed", `approve failed for "${name}": ${messageOf(cause)}`, { cause });
  }
}

/** Runs the tool; rejects only when aborted, and then at once, whether or not the function heeds its signal. */
export async function runTool(tool: RunnableTool, args: unknown, context: ToolContext): Promise<ToolResult> {
  const { toolCall, signal } = context;
  try {
    const value = await unlessAborted(
      Promise.resolve().then(() => tool.execute(args, context)),
      signal,
    );
    return { toolCall, outcome: "done", content: asText(value), value };
  } catch (error) {
    throwIfAborted(signal);
    return {
      toolCall,
      outcome: "failed",
      content: `Error: "${tool.name}" failed: ${messageOf(error)}`,
      error,
    };
  }
}

/** What the model reads. `null` for a function that gives nothing, because some servers refuse an empty content. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
