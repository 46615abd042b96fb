/** Tool calls of a stream: whole or in fragments, with an index or without, one or several at once. */
import { LlmError } from "../base/error.ts";
import type { ChatChunk, ToolCall } from "../base/types.ts";
import { toToolCall } from "../wire/response.ts";
import { GrowingText } from "./growing-text.ts";

export interface WireToolCallDelta {
  index?: number | null | undefined;
  id?: string | null | undefined;
  function?: { name?: string | null | undefined; arguments?: string | null | undefined } | null | undefined;
}

interface OpenCall {
  wireIndex: number | undefined;
  id: string | undefined;
  name: string | undefined;
  arguments: GrowingText;
}

export class ToolCallAssembly {
  readonly #open: OpenCall[] = [];
  readonly #done: ToolCall[] = [];
  readonly #push: (chunk: ChatChunk) => void;

  constructor(push: (chunk: ChatChunk) => void) {
    this.#push = push;
  }

  /** The deltas of one chunk. A call that is complete when another begins is given out then. */
  accept(deltas: readonly WireToolCallDelta[]): void {
    // A call that began in this very chunk has its name: the same name once more in it is another call.
    const before = this.#open.length;
    for (const delta of deltas) {
      const position = this.#find(delta, before) ?? this.#begin(delta);
      const call = this.#open[position];
      if (!call) continue;
      const name = delta.function?.name || undefined;
      const piece = delta.function?.arguments ?? "";
      const chunk: ChatChunk & { type: "toolCallDelta" } = {
        type: "toolCallDelta",
        index: position,
        arguments: piece,
      };
      if (delta.id && !call.id) chunk.id = call.id = delta.id;
      if (name && !call.name) chunk.name = call.name = name;
      call.arguments.append(piece);
      this.#push(chunk);
    }
  }

  /** No more fragments come. */
  complete(): readonly ToolCall[] {
    while (this.#done.length < this.#open.length) this.#giveOut();
    return this.#done;
  }

  /** Which call a delta goes on with; `undefined`: it begins one. */
  #find(delta: WireToolCallDelta, before: number): number | undefined {
    const position = this.#candidate(delta);
    const known = this.#open[position];
    if (!known) return undefined;
    const name = delta.function?.name;
    if (!name || !known.name) return position;
    // A second name is another call, also under the same index, as some servers give index 0 to all; unless it is the
    // call's own, repeated in every fragment.
    if (delta.id && known.id) return delta.id === known.id ? position : undefined;
    if (known.name !== name || position >= before) return undefined;
    return delta.index != null || !isComplete(known.arguments.read()) ? position : undefined;
  }

  #candidate(delta: WireToolCallDelta): number {
    if (delta.index != null) return this.#open.findLastIndex((call) => call.wireIndex === delta.index);
    if (delta.id) return this.#open.findLastIndex((call) => call.id === delta.id);
    return this.#open.length - 1;
  }

  #begin(delta: WireToolCallDelta): number {
    // In order, and only what can't grow any more: fragments of several calls may be mixed.
    while (this.#done.length < this.#open.length) {
      const next = this.#open[this.#done.length];
      if (!next || !isComplete(next.arguments.read())) break;
      this.#giveOut();
    }
    this.#open.push({
      wireIndex: delta.index ?? undefined,
      id: undefined,
      name: undefined,
      arguments: new GrowingText(),
    });
    return this.#open.length - 1;
  }

  #giveOut(): void {
    const position = this.#done.length;
    const call = this.#open[position];
    if (!call) return;
    if (!call.name) {
      throw new LlmError("InvalidResponse", `Tool call ${position} of the stream has no function name`);
    }
    const wire = { id: call.id, function: { name: call.name, arguments: call.arguments.read() } };
    const toolCall = toToolCall(wire, position);
    this.#done.push(toolCall);
    this.#push({ type: "toolCall", toolCall });
  }
}

/** A JSON object that has its closing brace takes no further fragment. Blank may still grow. */
function isComplete(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
