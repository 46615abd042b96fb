import type { ChatChunk } from "../base/types.ts";

// So many chunks may wait one by one. Beyond that, neighbours of one kind are joined, as a chunk takes some 100 bytes
// however short its text is.
const BLOCK = 1024;

/** Chunks that wait for a loop. */
export class ChunkQueue {
  #chunks: ChatChunk[] = [];
  #taken = 0;
  /** Those before it are joined already. */
  #joined = 0;

  get isEmpty(): boolean {
    return this.#taken === this.#chunks.length;
  }

  push(chunk: ChatChunk): void {
    this.#chunks.push(chunk);
  }

  take(): ChatChunk | undefined {
    const chunk = this.#chunks[this.#taken++];
    if (this.isEmpty || chunk === undefined) this.clear();
    return chunk;
  }

  clear(): void {
    this.#chunks = [];
    this.#taken = 0;
    this.#joined = 0;
  }

  /** For a queue that grows while nobody takes: joins texts, block by block, so that each is copied once. */
  compact(): void {
    const from = Math.max(this.#joined, this.#taken);
    if (this.#chunks.length - from < BLOCK) return;
    const joined = joinTexts(this.#chunks.slice(from));
    this.#chunks = [...this.#chunks.slice(this.#taken, from), ...joined];
    this.#taken = 0;
    this.#joined = this.#chunks.length;
  }
}

function joinTexts(chunks: readonly ChatChunk[]): ChatChunk[] {
  const joined: ChatChunk[] = [];
  let pieces: string[] = [];
  let first: Joinable | undefined;
  const close = () => {
    if (first) joined.push(withText(first, pieces.join("")));
    pieces = [];
    first = undefined;
  };
  for (const chunk of chunks) {
    const isJoinable = chunk.type === "text" || chunk.type === "reasoning" || chunk.type === "toolCallDelta";
    if (!isJoinable || !first || !goesOn(first, chunk)) close();
    if (!isJoinable) {
      joined.push(chunk);
      continue;
    }
    first ??= chunk;
    pieces.push(chunk.type === "toolCallDelta" ? chunk.arguments : chunk.text);
  }
  close();
  return joined;
}

type Joinable = Extract<ChatChunk, { type: "text" | "reasoning" | "toolCallDelta" }>;

/** Whether a chunk only adds text to those that began with `first`. */
function goesOn(first: Joinable, chunk: Joinable): boolean {
  if (first.type !== "toolCallDelta" || chunk.type !== "toolCallDelta") return first.type === chunk.type;
  return first.index === chunk.index && chunk.id === undefined && chunk.name === undefined;
}

function withText(first: Joinable, text: string): ChatChunk {
  return first.type === "toolCallDelta" ? { ...first, arguments: text } : { type: first.type, text };
}
