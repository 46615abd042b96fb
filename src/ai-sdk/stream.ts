/** Chunks of a stream as stream parts of the AI SDK. */
import type { LanguageModelV3StreamPart } from "@ai-sdk/provider";
import { randomId } from "../provider/base/random-id.ts";
import type { ChatChunk, ChatResponse, ToolCall } from "../provider/base/types.ts";
import { memoryOf, toFinish, toMetadata, toResponseMetadata, toUsage } from "./answer.ts";
import type { Call } from "./call.ts";
import { argumentsOf, executedParts, metadata, Sources, toToolCall } from "./content.ts";

type Part = LanguageModelV3StreamPart;
type Block = "text" | "reasoning";

/** A call whose arguments are coming. */
interface GrowingCall {
  /** Once `tool-input-start` was written. */
  id?: string;
  name?: string | undefined;
  /** What came and was not given out yet. */
  held: string;
  hasGrown: boolean;
}

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
  #answer: number | undefined;
  /** Calls whose arguments are coming, by their place. */
  readonly #calls = new Map<number, GrowingCall>();
  /** How many of them are whole: they are so in their order. */
  #whole = 0;
  /** Which call an id came with first: that one has it. */
  readonly #owners = new Map<string, number>();

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
        usage: toUsage(response.usage, response.raw),
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
    // What comes for a call that is whole belongs to nothing.
    if (index < this.#whole) return [];
    const call = this.#calls.get(index) ?? { held: "", hasGrown: false };
    this.#calls.set(index, call);
    call.name ??= name;
    append(call, delta);
    if (id !== undefined && !this.#owners.has(id)) this.#owners.set(id, index);
    if (call.name !== undefined && call.name === this.#names.answerTool) {
      this.#answer ??= index;
      return this.#answer === index ? this.#grow("text", taken(call)) : [];
    }
    if (call.id !== undefined) return this.#inputDelta(call.id, taken(call));
    // An id that another call has is replaced, and one that never came is made, when the call is whole.
    if (id === undefined || call.name === undefined || this.#owners.get(id) !== index) return [];
    call.id = id;
    return [...this.#end(), ...inputStart(id, call.name), ...this.#inputDelta(id, taken(call))];
  }

  #acceptCall(call: ToolCall): Part[] {
    const { function: called } = call;
    const index = this.#whole++;
    const growing = this.#calls.get(index);
    const rest = growing?.hasGrown ? "" : argumentsOf(call);
    if (called.name === this.#names.answerTool) {
      this.#answer ??= index;
      return this.#answer === index ? this.#grow("text", rest) : [];
    }
    const id = growing?.id ?? this.#freeId(call.id, index);
    const start = growing?.id === undefined ? [...this.#end(), ...inputStart(id, called.name)] : [];
    const input = growing?.id === undefined ? argumentsOf(call) : rest;
    return [
      ...start,
      ...this.#inputDelta(id, input),
      { type: "tool-input-end", id },
      { ...toToolCall(call), toolCallId: id },
    ];
  }

  /** `id`, unless it is another call's that began to be given out first. */
  #freeId(id: string, index: number): string {
    const owner = this.#owners.get(id) ?? index;
    this.#owners.set(id, owner);
    return owner === index ? id : shortId();
  }

  #inputDelta(id: string, delta: string): Part[] {
    return delta === "" ? [] : [{ type: "tool-input-delta", id, delta }];
  }
}

/** As services take it that take no other: nine letters or digits. */
const shortId = () => randomId().replaceAll("-", "").slice(0, 9);

const inputStart = (id: string, toolName: string): Part[] => [{ type: "tool-input-start", id, toolName }];

const EMPTY_OBJECT = /^\s*\{\s*\}\s*$/;
/** It may become one. */
const OPEN_OBJECT = /^\s*(\{\s*(\}\s*)?)?$/;
const LONGEST_EMPTY = 8;

/** Some servers begin with an empty object, and send the arguments after it: these stand alone then. */
function append(call: GrowingCall, delta: string): void {
  const isEmpty = call.held.length <= LONGEST_EMPTY && EMPTY_OBJECT.test(call.held);
  call.held = isEmpty && delta.trim() !== "" ? delta : call.held + delta;
}

/** What of the arguments can be given out now: an object that may be empty waits for what follows it. */
function taken(call: GrowingCall): string {
  const text = call.held;
  if (!call.hasGrown && text.length <= LONGEST_EMPTY && OPEN_OBJECT.test(text)) return "";
  call.hasGrown = true;
  call.held = "";
  return text;
}
