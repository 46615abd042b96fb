/** What a tool is, and what became of one call of it. */
import type { JsonObject, JsonSchema, Message, ToolCall } from "../base/types.ts";
import type { OutputOf, Schema, StandardSchema } from "../schema/standard-schema.ts";

/** What a tool's function is given beside its arguments. */
export interface ToolContext {
  /**
   * Aborted when nobody waits for the function any more: its time is over, the conversation was cancelled, or it failed
   * elsewhere. Hand it to `fetch` and the like.
   */
  signal: AbortSignal;
  /** The call as the model made it, with its id and the raw text of its arguments. */
  toolCall: ToolCall;
  /** The conversation up to this call. */
  messages: readonly Message[];
}

/** A function that the model may call. Write it with `defineTool`, which knows the type of its arguments. */
export interface RunnableTool<S extends Schema = Schema, Args = unknown> {
  /** By which the model calls it: letters, digits, `_`, `-`; at most 64. */
  name: string;
  /** Tells the model what it does and when to call it. */
  description?: string | undefined;
  /** A Standard Schema (zod, valibot, arktype, …) or a JSON Schema. Without one the arguments are any object. */
  parameters?: S | undefined;
  /** The JSON Schema that is sent, beside a Standard Schema that does not tell its own. */
  jsonSchema?: JsonSchema | undefined;
  /** Asks the server to hold the model to the schema. Default: the server's. */
  strict?: boolean | undefined;
  /** Milliseconds for one call of it. Default: the conversation's `toolTimeoutMs`. */
  timeoutMs?: number | undefined;
  /**
   * Runs with arguments that fit `parameters`. A string goes to the model as it is, anything else as JSON. The message
   * of what it throws goes to the model too: keep secrets out of it.
   */
  execute(args: Args, context: ToolContext): unknown;
}

/**
 * A tool for `runTools` and `runToolsStream`: the definition, unchanged, with the arguments of `execute` typed by
 * `parameters`. For a plain JSON Schema, which has no type, give the type as the type parameter.
 *
 * It checks nothing: a definition that is wrong is `InvalidRequest` when it is used.
 */
export function defineTool<S extends StandardSchema>(
  tool: RunnableTool<S, OutputOf<S>> & { parameters: S },
): RunnableTool<S, OutputOf<S>>;
export function defineTool<Args = JsonObject>(
  tool: RunnableTool<JsonSchema, Args>,
): RunnableTool<JsonSchema, Args>;
export function defineTool(tool: RunnableTool): RunnableTool {
  return tool;
}

/** What became of a call. In every case `content` is what the model is told. */
export interface ToolResult {
  /** The call as the model made it. */
  toolCall: ToolCall;
  /**
   * `done`; `failed`: it threw, or its time was over; `refused` by `approve`; `invalidArguments`: they do not fit
   * `parameters`; `unknownTool`: there is none of that name.
   */
  outcome: "done" | "failed" | "refused" | "invalidArguments" | "unknownTool";
  /** The text that the model is told. */
  content: string;
  /** What the function gave, when `done`. */
  value?: unknown;
  /** What it threw, when `failed`; an `LlmError` of kind `Timeout` when its time was over. */
  error?: unknown;
}

/** Whether the call may run. A string refuses it with a reason, which the model is told. */
export type Approve = (
  toolCall: ToolCall,
  context: ToolContext & { arguments: unknown },
) => boolean | string | Promise<boolean | string>;
