/** Wire chunks as `ChatChunk`s, and what they add up to. */
import type { StreamChunk, Usage as WireUsage } from "../../generated/wire.ts";
import type { ChatResponse, Citation, Usage } from "../base/types.ts";
import { type AnswerFacts, assembleChatResponse } from "../wire/response.ts";
import { mergeUsage, readTimeInfo, toTiming, toUsage } from "../wire/usage.ts";
import { holdsSources, readCitations } from "../wire/vendor.ts";
import { ChoiceAssembly, OVERHEAD, type Push, Room } from "./choice.ts";

export type WireChunk = StreamChunk;

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
