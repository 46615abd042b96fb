/** Wire chunks as `ChatChunk`s, and what they add up to. */
import type {
  ChunkChoice,
  StreamChunk,
  ExecutedTool as WireExecutedTool,
  Usage as WireUsage,
} from "../../generated/wire.ts";
import { LlmError } from "../base/error.ts";
import type {
  ChatChunk,
  ChatResponse,
  Choice,
  Citation,
  ExecutedTool,
  ExtraMembers,
  ReasoningField,
  TokenLogprob,
  Usage,
} from "../base/types.ts";
import {
  type AnswerFacts,
  assembleChatResponse,
  makeChoice,
  toExecutedTool,
  toFinishReason,
} from "../wire/response.ts";
import { mergeUsage, readTimeInfo, toTiming, toUsage } from "../wire/usage.ts";
import {
  joinDetails,
  joinThoughts,
  readCallExtra,
  readCitations,
  readLogprobs,
  readMessageExtra,
  readReasoning,
  withoutReasoning,
  withSignedThoughts,
} from "../wire/vendor.ts";
import { GrowingText } from "./growing-text.ts";
import { ToolCallAssembly } from "./tool-calls.ts";

export type WireChunk = StreamChunk;
type WireChoice = ChunkChoice;

type Push = (chunk: ChatChunk) => void;
const discard: Push = () => {};

export class StreamAssembly {
  readonly #push: Push;
  readonly #room: Room;
  readonly #choices = new Map<number, ChoiceAssembly>();
  #id = "";
  #model = "";
  #created = 0;
  #requestId: string | undefined;
  #seed: number | undefined;
  #serviceTier: string | undefined;
  #systemFingerprint: string | undefined;
  #usage: WireUsage | undefined;
  #timing: ReturnType<typeof readTimeInfo>;
  #raw: unknown[] | undefined;
  /** From a trailer without choices. */
  #sources: Citation[] | undefined;

  /**
   * `push` receives the chunks of the choice with index 0; `toResponse` has those of all, which together may have
   * `maxLength` characters.
   */
  constructor(push: Push, maxLength: number) {
    this.#push = push;
    this.#room = new Room(maxLength);
  }

  /** `length`: characters of the event. Throws `InvalidResponse` where the answer grows beyond its bound. */
  accept(wire: WireChunk, length: number): void {
    // Of a compound system's answer the id and the time differ from chunk to chunk: the first count.
    this.#id ||= wire.id ?? "";
    this.#model ||= wire.model ?? "";
    this.#created ||= wire.created ?? 0;
    if (wire.system_fingerprint != null) this.#systemFingerprint ??= wire.system_fingerprint;
    if (wire.service_tier != null) this.#serviceTier = wire.service_tier;
    if (wire.x_groq != null) {
      this.#requestId ??= wire.x_groq.id ?? undefined;
      this.#seed ??= wire.x_groq.seed ?? undefined;
    }
    // In up to three places, all telling the same total: the last counts, never the sum.
    const usage = wire.usage ?? wire.x_groq?.usage;
    if (usage != null) this.#usage = mergeUsage(this.#usage, usage);
    if ("time_info" in wire) this.#timing = readTimeInfo(wire);
    if (wire.choices.length === 0 && holdsSources(wire)) {
      this.#room.take(length);
      this.#sources = readCitations(undefined, wire) ?? this.#sources;
    }
    for (let i = 0; i < wire.choices.length; i++) {
      const choice = wire.choices[i];
      if (choice) this.#choice(choice.index ?? i).accept(choice, wire, length);
    }
  }

  /** Gives out an event as it came, and keeps it for the response. */
  keepRaw(data: unknown, length: number): void {
    this.#room.take(length);
    this.#raw ??= [];
    this.#raw.push(data);
    this.#push({ type: "raw", data });
  }

  /** Whether every choice that began has its `finish_reason`, and there is one. */
  get isFinished(): boolean {
    if (this.#choices.size === 0) return false;
    for (const choice of this.#choices.values()) if (!choice.isFinished) return false;
    return true;
  }

  /** The text of the first choice so far. */
  get text(): string {
    return this.#choices.get(0)?.text ?? "";
  }

  get usage(): Usage | undefined {
    return this.#usage && toUsage(this.#usage);
  }

  /** The stream is over: gives out what was held back for its end. */
  complete(): void {
    for (const choice of this.#choices.values()) choice.complete();
    if (!this.#usage) return;
    const timing = toTiming(this.#usage) ?? toTiming(this.#timing);
    this.#push({ type: "usage", usage: toUsage(this.#usage), ...(timing && { timing }) });
  }

  toResponse(facts: AnswerFacts & { model: string }): ChatResponse {
    const choices = [...this.#choices.values()].sort((a, b) => a.index - b.index);
    return assembleChatResponse(
      choices.map((choice) => choice.toChoice(this.#sources)),
      {
        id: this.#id,
        model: this.#model || facts.model,
        created: this.#created,
        requestId: facts.requestId ?? this.#requestId,
        usage: this.#usage,
        timing: this.#timing,
        serviceTier: this.#serviceTier,
        systemFingerprint: this.#systemFingerprint,
        seed: this.#seed,
        rateLimits: facts.rateLimits,
        headers: facts.headers,
        raw: this.#raw,
      },
    );
  }

  #choice(index: number): ChoiceAssembly {
    let choice = this.#choices.get(index);
    if (!choice) {
      this.#room.take(OVERHEAD);
      choice = new ChoiceAssembly(index, index === 0 ? this.#push : discard, this.#room);
      this.#choices.set(index, choice);
    }
    return choice;
  }
}

// What an entry costs beside its text, about: a choice, a tool call.
const OVERHEAD = 64;

/** What the kept parts of an answer may still add up to. */
class Room {
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

class ChoiceAssembly {
  readonly index: number;
  readonly #push: Push;
  readonly #room: Room;
  readonly #content = new GrowingText();
  readonly #reasoning = new GrowingText();
  readonly #refusal = new GrowingText();
  readonly #toolCalls: ToolCallAssembly;
  readonly #executedTools = new Map<number, ExecutedEntry>();
  readonly #details: ExtraMembers[] = [];
  readonly #blocks: ExtraMembers[] = [];
  readonly #thoughts: ExtraMembers[] = [];
  #extra: ExtraMembers | undefined;
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

  accept(choice: WireChoice, chunk: WireChunk, length: number): void {
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
  #acceptMore(choice: WireChoice, chunk: WireChunk, length: number): void {
    this.#room.take(length);
    const delta = choice.delta ?? {};
    const members = readMessageExtra(delta) ?? {};
    const {
      reasoning_details: details,
      thinking_blocks: blocks,
      thinking_parts: thoughts,
      ...extra
    } = members;
    joinThoughts(this.#thoughts, thoughts);
    joinDetails(this.#details, details);
    joinDetails(this.#blocks, blocks);
    if (Object.keys(extra).length > 0) this.#extra = { ...this.#extra, ...extra };
    this.#logprobs.push(...(readLogprobs(choice) ?? []));
    const citations = readCitations(delta, chunk);
    // Those at the top come with each chunk, all of them; those of a message come one by one.
    if (citations) this.#citations = "annotations" in delta ? [...this.#citations, ...citations] : citations;
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
      extra: this.#readExtra(),
      citations: this.#citations.length > 0 ? this.#citations : sources,
      logprobs: this.#logprobs.length > 0 ? this.#logprobs : undefined,
      refusal: this.#hasRefusal ? this.#refusal.read() : undefined,
      toolCalls: [...this.#toolCalls.complete()],
      executedTools: [...this.#executedTools.values()].map(({ tool }) => tool),
      rawFinishReason: this.#rawFinishReason,
    });
  }

  #readExtra(): ExtraMembers | undefined {
    const extra = { ...this.#extra };
    if (this.#details.length > 0) extra.reasoning_details = this.#details;
    if (this.#blocks.length > 0) extra.thinking_blocks = this.#blocks;
    if (this.#thoughts.length > 0) extra.thinking_parts = this.#thoughts;
    return withSignedThoughts(Object.keys(extra).length > 0 ? extra : undefined);
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

const holdsSources = (chunk: WireChunk) =>
  "citations" in chunk || "search_results" in chunk || "web_search" in chunk || "search_info" in chunk;

type Delta = NonNullable<WireChoice["delta"]>;

/** An event that holds its message as a whole answer does: it was put in the place of the delta, too. */
const isWhole = (choice: WireChoice) => "message" in choice && choice.message === choice.delta;

/** Most chunks hold only text; for them this is a look at a few names. */
function mayHoldMore(chunk: WireChunk, delta: WireChoice["delta"]): boolean {
  if (holdsSources(chunk)) return true;
  if (!delta) return false;
  return (
    "reasoning_details" in delta ||
    "thinking_blocks" in delta ||
    "thinking_parts" in delta ||
    "extra_content" in delta ||
    "thought_signature" in delta ||
    "annotations" in delta
  );
}
