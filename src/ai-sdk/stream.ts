/** Chunks of a stream as stream parts of the AI SDK. */
import type { LanguageModelV3StreamPart } from "@ai-sdk/provider";
import type { ChatChunk, ChatResponse, ToolCall } from "../provider/base/types.ts";
import { memoryOf, toFinish, toMetadata, toResponseMetadata, toUsage } from "./answer.ts";
import type { Call } from "./call.ts";
import { executedParts, metadata, Sources, toToolCall } from "./content.ts";

type Part = LanguageModelV3StreamPart;
type Block = "text" | "reasoning";

/** Writes the parts of one stream, in order: each block begins, grows and ends before the next begins. */
export class StreamParts {
  readonly #names: Pick<Call, "serverTools" | "answerTool">;
  readonly #sources = new Sources();
  #open: { block: Block; id: string } | undefined;
  #blocks = 0;
  #hasText = false;
  /** Text that came where a tool is to take the answer: it is given out only if none does, or it would spoil its JSON. */
  #held = "";
  /** The place of the call that is the answer. */
  #answer: number | "whole" | undefined;
  /** Calls whose arguments are coming, by their place; `id` once `tool-input-start` was written. */
  readonly #calls = new Map<number, { id?: string; name?: string | undefined; arguments: string }>();
  readonly #started = new Set<string>();

  constructor(names: Pick<Call, "serverTools" | "answerTool">) {
    this.#names = names;
  }

  /** What a chunk becomes. */
  accept(chunk: ChatChunk): Part[] {
    switch (chunk.type) {
      case "text":
        if (this.#names.answerTool === undefined) return this.#grow("text", chunk.text);
        this.#held += chunk.text;
        return [];
      case "reasoning":
        return this.#grow("reasoning", chunk.text);
      case "toolCallDelta":
        return this.#acceptDelta(chunk);
      case "toolCall":
        return this.#acceptCall(chunk.toolCall);
      case "executedTool":
        return [...this.#end(), ...executedParts(chunk.tool, this.#names, this.#sources)];
      case "raw":
        return [{ type: "raw", rawValue: chunk.data }];
      // Both are told by the response.
      case "finish":
      case "usage":
        return [];
    }
  }

  /** The stream is over, and this is what it added up to. */
  finish(response: ChatResponse): Part[] {
    const { refusal } = response;
    const memory = memoryOf(response);
    return [
      ...this.#release(),
      ...(refusal !== undefined && !this.#hasText ? this.#grow("text", refusal) : []),
      ...(memory ? this.#remember(memory) : this.#end()),
      ...this.#sources.of(response.citations ?? []),
      { type: "response-metadata", ...toResponseMetadata(response) },
      {
        type: "finish",
        finishReason: toFinish(response, this.#names.answerTool),
        usage: toUsage(response.usage, undefined),
        providerMetadata: toMetadata(response),
      },
    ];
  }

  /** The stream broke off. */
  fail(error: unknown): Part[] {
    return [
      ...this.#release(),
      ...this.#end(),
      { type: "error", error },
      {
        type: "finish",
        finishReason: { unified: "error", raw: undefined },
        usage: toUsage(undefined, undefined),
      },
    ];
  }

  #grow(block: Block, delta: string): Part[] {
    if (delta === "") return [];
    this.#hasText ||= block === "text";
    const before = this.#open?.block === block ? [] : [...this.#end(), ...this.#begin(block)];
    const id = this.#open?.id ?? "";
    return [...before, { type: `${block}-delta`, id, delta }];
  }

  /** What was held back, where no answer came instead. */
  #release(): Part[] {
    const held = this.#held;
    this.#held = "";
    return this.#answer === undefined ? this.#grow("text", held) : [];
  }

  #begin(block: Block): Part[] {
    const id = `${block}-${this.#blocks++}`;
    this.#open = { block, id };
    return [{ type: `${block}-start`, id }];
  }

  #end(more: ReturnType<typeof metadata> | object = {}): Part[] {
    const open = this.#open;
    this.#open = undefined;
    return open ? [{ type: `${open.block}-end`, id: open.id, ...more }] : [];
  }

  /** What goes back with the message is known at the end only: the last block takes it, or an empty one. */
  #remember(memory: object): Part[] {
    const begin = this.#open ? [] : this.#begin("reasoning");
    return [...begin, ...this.#end(metadata({ message: memory }))];
  }

  #acceptDelta({ index, id, name, arguments: delta }: ChatChunk & { type: "toolCallDelta" }): Part[] {
    const call = this.#calls.get(index) ?? { arguments: "" };
    this.#calls.set(index, call);
    call.name ??= name;
    if (call.name !== undefined && call.name === this.#names.answerTool) {
      const text = call.arguments + delta;
      call.arguments = "";
      this.#answer ??= index;
      return this.#answer === index ? this.#grow("text", text) : [];
    }
    if (call.id !== undefined) return this.#inputDelta(call.id, delta);
    call.arguments += delta;
    // An id that is taken is replaced, and one that never came is made, when the call is whole.
    if (id === undefined || call.name === undefined || this.#started.has(id)) return [];
    call.id = id;
    return [...this.#end(), ...this.#inputStart(id, call.name), ...this.#inputDelta(id, call.arguments)];
  }

  #acceptCall(call: ToolCall): Part[] {
    const { id, function: called } = call;
    if (called.name === this.#names.answerTool) {
      if (this.#answer !== undefined) return [];
      this.#answer = "whole";
      return this.#grow("text", called.rawArguments);
    }
    const start = this.#started.has(id)
      ? []
      : [...this.#end(), ...this.#inputStart(id, called.name), ...this.#inputDelta(id, called.rawArguments)];
    return [...start, { type: "tool-input-end", id }, toToolCall(call)];
  }

  #inputStart(id: string, toolName: string): Part[] {
    this.#started.add(id);
    return [{ type: "tool-input-start", id, toolName }];
  }

  #inputDelta(id: string, delta: string): Part[] {
    return delta === "" ? [] : [{ type: "tool-input-delta", id, delta }];
  }
}
