/** The calls of one turn: prepared in order, run at the same time, and each answered by a message, in order. */
import { LlmError } from "../base/error.ts";
import type { ToolCall } from "../base/types.ts";
import type { ToolConversation } from "./conversation.ts";
import type { RunToolsEvent } from "./events.ts";
import type { Loop } from "./options.ts";
import { OpenCall, runTool } from "./run-tool.ts";
import type { Toolbox } from "./toolbox.ts";
import type { RunnableTool, ToolResult } from "./tools.ts";

interface ReadyCall {
  index: number;
  call: OpenCall;
  tool: RunnableTool;
  args: unknown;
}

/**
 * Runs `toolCalls`, and adds what came of them to `state`, after a failure too, so that what ran already need not run
 * again. `open` has the calls that may still run.
 */
export async function* runCalls(
  toolCalls: readonly ToolCall[],
  toolbox: Toolbox,
  loop: Loop,
  state: ToolConversation,
  open: Set<OpenCall>,
): AsyncGenerator<RunToolsEvent, void, void> {
  const results: (ToolResult | undefined)[] = toolCalls.map(() => undefined);
  const messages = [...state.messages];
  const calls = toolCalls.map((toolCall) => new OpenCall({ toolCall, messages }));
  for (const call of calls) open.add(call);
  try {
    const ready: ReadyCall[] = [];
    for (const [index, call] of calls.entries()) {
      const prepared = await toolbox.prepare(call, loop);
      if ("tool" in prepared) ready.push({ index, call, ...prepared });
      else yield* accept(index, prepared.result);
    }
    const ended = asTheyEnd(
      ready.map(async ({ index, call, tool, args }) => {
        const result = await runTool(tool, args, call, tool.timeoutMs ?? loop.toolTimeoutMs);
        return [index, result] as const;
      }),
    );
    for (const { call, args } of ready) {
      yield { type: "toolStart", toolCall: call.context.toolCall, arguments: args };
    }
    for await (const [index, result] of ended) yield* accept(index, result);
    open.clear();
  } finally {
    for (const result of results) {
      if (result === undefined) continue;
      state.toolResults.push(result);
      state.messages.push({ role: "tool", content: result.content, toolCallId: result.toolCall.id });
    }
  }

  function* accept(index: number, result: ToolResult): Generator<RunToolsEvent, void, void> {
    throwIfWanted(loop, result);
    results[index] = result;
    yield { type: "toolResult", ...result };
  }
}

/**
 * What `promises` give, in the order in which they settle, until one rejects. Listens to each once: `Promise.race` over what
 * is left would listen to all of them again for each result, and a model may call thousands of tools at once.
 */
function asTheyEnd<T>(promises: readonly Promise<T>[]): AsyncGenerator<T, void, void> {
  const settled: Promise<T>[] = [];
  let wake = () => {};
  for (const promise of promises) {
    const onSettled = () => {
      settled.push(promise);
      wake();
    };
    promise.then(onSettled, onSettled);
  }
  return (async function* () {
    for (let given = 0; given < promises.length; ) {
      const next = settled[given];
      if (next !== undefined) {
        given++;
        yield await next;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  })();
}

function throwIfWanted({ onInvalidArguments, onToolError }: Loop, result: ToolResult): void {
  const { outcome, toolCall, content, error } = result;
  if (outcome === "failed" && onToolError === "throw") {
    throw new LlmError("ToolFailed", content.replace(/^Error: /, ""), { cause: error });
  }
  if ((outcome === "invalidArguments" || outcome === "unknownTool") && onInvalidArguments === "throw") {
    throw new LlmError("GenerationFailed", content.replace(/^Error: /, ""), {
      failedGeneration: toolCall.function.rawArguments,
    });
  }
}
