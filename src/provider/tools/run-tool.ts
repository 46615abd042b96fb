/** Runs code of the application within a conversation, for a bounded time, whatever it returns or throws. */
import { throwIfAborted, unlessAborted } from "../base/abort.ts";
import { systemClock } from "../base/clock.ts";
import { LlmError, memberOf } from "../base/error.ts";
import type { RunnableTool, ToolContext, ToolResult } from "./tools.ts";

/** One call of a tool while it may run. */
export class OpenCall {
  readonly context: ToolContext;
  readonly #controller = new AbortController();
  #timeout: LlmError | undefined;

  constructor(context: Omit<ToolContext, "signal">) {
    this.context = { ...context, signal: this.#controller.signal };
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /**
   * What `work` gives. Rejects with `Timeout` when it takes longer than `ms`, and aborts the call; rejects at once when the
   * call is aborted otherwise. In both cases it does not matter whether `work` heeds the signal.
   */
  async within<T>(ms: number, what: string, work: () => T | PromiseLike<T>): Promise<T> {
    const late = () => {
      this.#timeout = new LlmError("Timeout", `${what} within ${ms} ms`, { timeout: "tool" });
      this.abort(this.#timeout);
    };
    const stop = Number.isFinite(ms) ? systemClock.setTimer(late, ms) : () => {};
    try {
      return await unlessAborted(Promise.resolve().then(work), this.context.signal);
    } finally {
      stop();
    }
  }

  /** Throws when the conversation has ended, but not when only the time of this call is over. */
  throwIfEnded(): void {
    const { signal } = this.context;
    if (signal.reason !== this.#timeout) throwIfAborted(signal);
  }
}

/** Rejects only when the conversation ended meanwhile. */
export async function runTool(
  tool: RunnableTool,
  args: unknown,
  call: OpenCall,
  timeoutMs: number,
): Promise<ToolResult> {
  const { toolCall } = call.context;
  try {
    const value = await call.within(timeoutMs, "it gave no result", () => tool.execute(args, call.context));
    return { toolCall, outcome: "done", content: asText(value), value };
  } catch (error) {
    call.throwIfEnded();
    const content = `Error: "${tool.name}" failed: ${messageOf(error)}`;
    return { toolCall, outcome: "failed", content, error };
  }
}

/** What the model reads. `null` for a function that gives nothing, because some servers refuse an empty content. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "null";
  } catch (fault) {
    // A stack overflow: its own message would tell nobody what to change.
    if (fault instanceof RangeError)
      throw new Error("its result is nested too deep for JSON", { cause: fault });
    throw fault;
  }
}

/** The message of a thrown value. Anything can be thrown, even a value without a message that can't be made a text. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === "function") return "it threw a function";
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  const [message, name] = [memberOf(thrown, "message"), memberOf(thrown, "name")];
  if (typeof message === "string" && message !== "") return message;
  return typeof name === "string" && name !== "" ? name : "it threw an object without a message";
}
