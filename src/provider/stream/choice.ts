/** The deltas of one choice as `ChatChunk`s, and what they add up to. */
import type { ChunkChoice, StreamChunk, ExecutedTool as WireExecutedTool } from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";
import type {
  ChatChunk,
  Choice,
  Citation,
  ExecutedTool,
  ExtraMembers,
  ReasoningField,
  TokenLogprob,
} from "../base/types.ts";
import { makeChoice, toExecutedTool, toFinishReason } from "../wire/response.ts";
import {
  hasMessageExtra,
  holdsSources,
  joinMessageExtra,
  readCallExtra,
  readCitations,
  readLogprobs,
  readReasoning,
  withoutReasoning,
  withSignedThoughts,
} from "../wire/vendor.ts";
import { GrowingText } from "./growing-text.ts";
import { ToolCallAssembly } from "./tool-calls.ts";

type WireChoice = ChunkChoice;

export type Push = (chunk: ChatChunk) => void;

/** What an entry costs beside its text, about: a choice, a tool call. */
export const OVERHEAD = 64;

/** What the kept parts of an answer may still add up to. */
export class Room {
  readonly #maxLength: number;
  #left: number;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
    this.#left = maxLength;
  }

  take(length: number): void {
    this.#left -= length;
    if (this.#left >= 0) return;
    throw new LlmError(
      "InvalidResponse",
      `The answer is longer than ${this.#maxLength} characters (maxResponseLength)`,
    );
  }
}

/** One choice: what its deltas add up to. */
export class ChoiceAssembly {
  readonly index: number;
  readonly #push: Push;
  readonly #room: Room;
  readonly #content = new GrowingText();
  readonly #reasoning = new GrowingText();
  readonly #refusal = new GrowingText();
  readonly #toolCalls: ToolCallAssembly;
  readonly #executedTools = new Map<number, ExecutedEntry>();
  readonly #extra: ExtraMembers = {};
  #citations: Citation[] = [];
  readonly #logprobs: TokenLogprob[] = [];
  #reasoningField: ReasoningField | undefined;
  #hasReasoning = false;
  #hasRefusal = false;
  #rawFinishReason: string | undefined;

  constructor(index: number, push: Push, room: Room) {
    this.index = index;
    this.#push = push;
    this.#room = room;
    this.#toolCalls = new ToolCallAssembly(push);
  }

  accept(choice: WireChoice, chunk: StreamChunk, length: number): void {
    if (choice.delta) this.#acceptDelta(isWhole(choice) ? this.#restOf(choice.delta) : choice.delta, length);
    if (choice.logprobs || mayHoldMore(chunk, choice.delta)) this.#acceptMore(choice, chunk, length);
    const raw = choice.finish_reason;
    if (raw != null && this.#rawFinishReason === undefined) this.#finish(raw);
  }

  #acceptDelta(delta: Delta, length: number): void {
    const reasoning = readReasoning(delta);
    if (reasoning) {
      const { text, field } = reasoning;
      this.#room.take(text.length);
      this.#hasReasoning = true;
      this.#reasoningField ??= field;
      this.#reasoning.append(text);
      this.#push({ type: "reasoning", text });
    }
    if (delta.content) {
      this.#room.take(delta.content.length);
      this.#content.append(delta.content);
      this.#push({ type: "text", text: delta.content });
    }
    if (delta.refusal) {
      this.#room.take(delta.refusal.length);
      this.#hasRefusal = true;
      this.#refusal.append(delta.refusal);
    }
    if (delta.tool_calls) {
      for (const call of delta.tool_calls) {
        const { id, function: called } = call;
        this.#room.take((id || called?.name ? OVERHEAD : 0) + (called?.arguments?.length ?? 0));
        if (readCallExtra(call)) this.#room.take(length);
      }
      this.#toolCalls.accept(delta.tool_calls);
    }
    if (delta.executed_tools) this.#room.take(length);
    delta.executed_tools?.forEach((tool, position) => {
      this.#acceptExecuted(tool, tool.index ?? position);
    });
  }

  /** Of a whole message in an event what did not come in deltas before it. */
  #restOf(message: Delta): Delta {
    const { content, reasoning } = { content: this.#content.read(), reasoning: this.#reasoning.read() };
    const rest: Delta = { ...message };
    if (content !== "" && typeof message.content === "string")
      rest.content = message.content.startsWith(content) ? message.content.slice(content.length) : "";
    if (this.#toolCalls.hasBegun) rest.tool_calls = null;
    return reasoning === "" ? rest : withoutReasoning(rest);
  }

  /** Members that few streams have: those that go back with the message, sources, probabilities. */
  #acceptMore(choice: WireChoice, chunk: StreamChunk, length: number): void {
    this.#room.take(length);
    const delta = choice.delta ?? {};
    joinMessageExtra(this.#extra, delta);
    for (const token of readLogprobs(choice) ?? []) this.#logprobs.push(token);
    const citations = readCitations(delta, chunk);
    // Those at the top come with each chunk, all of them; those of a message come one by one.
    if (!("annotations" in delta)) this.#citations = citations ?? this.#citations;
    else for (const citation of citations ?? []) this.#citations.push(citation);
  }

  get isFinished(): boolean {
    return this.#rawFinishReason !== undefined;
  }

  get text(): string {
    return this.#content.read();
  }

  complete(): void {
    this.#toolCalls.complete();
    for (const tool of this.#executedTools.values()) this.#giveOut(tool);
  }

  toChoice(sources: Citation[] | undefined): Choice {
    return makeChoice({
      index: this.index,
      content: this.#content.read(),
      reasoning: this.#hasReasoning
        ? { text: this.#reasoning.read(), ...(this.#reasoningField && { field: this.#reasoningField }) }
        : undefined,
      extra: withSignedThoughts(this.#extra),
      citations: this.#citations.length > 0 ? this.#citations : sources,
      logprobs: this.#logprobs.length > 0 ? this.#logprobs : undefined,
      refusal: this.#hasRefusal ? this.#refusal.read() : undefined,
      toolCalls: [...this.#toolCalls.complete()],
      executedTools: [...this.#executedTools.values()].map(({ tool }) => tool),
      rawFinishReason: this.#rawFinishReason,
    });
  }

  #finish(rawFinishReason: string): void {
    this.#rawFinishReason = rawFinishReason;
    this.complete();
    const hasToolCalls = this.#toolCalls.complete().length > 0;
    this.#push({
      type: "finish",
      finishReason: toFinishReason(rawFinishReason, hasToolCalls),
      rawFinishReason,
    });
  }

  /** Each comes twice under one index: the call, then the same with its output. */
  #acceptExecuted(wire: WireExecutedTool, index: number): void {
    const known = this.#executedTools.get(index);
    const merged = { ...known?.wire, ...wire };
    const entry = { wire: merged, tool: toExecutedTool(merged, index), given: known?.given ?? false };
    this.#executedTools.set(index, entry);
    if (merged.output != null) this.#giveOut(entry);
  }

  #giveOut(entry: ExecutedEntry): void {
    if (entry.given) return;
    entry.given = true;
    this.#push({ type: "executedTool", tool: entry.tool });
  }
}

interface ExecutedEntry {
  wire: WireExecutedTool;
  tool: ExecutedTool;
  given: boolean;
}

type Delta = NonNullable<WireChoice["delta"]>;

/** An event that holds its message as a whole answer does: it was put in the place of the delta, too. */
const isWhole = (choice: WireChoice) => "message" in choice && choice.message === choice.delta;

/** Most chunks hold only text; for them this is a look at a few names. */
const mayHoldMore = (chunk: StreamChunk, delta: WireChoice["delta"]) =>
  holdsSources(chunk) || (delta != null && (hasMessageExtra(delta) || "annotations" in delta));
