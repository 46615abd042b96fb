// Deltas are a few characters long. Joined by `+=` they would stay in memory one by one, some 60 bytes each, for as long
// as the text is not read; joined in blocks they cost what their characters do.
const BLOCK = 256;

/** A text that grows by many small pieces, in memory little more than its characters. */
export class GrowingText {
  #text = "";
  #blocks: string[] = [];
  #pieces: string[] = [];

  /** Characters so far. */
  length = 0;

  append(piece: string): void {
    this.length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length === BLOCK) {
      this.#blocks.push(this.#pieces.join(""));
      this.#pieces = [];
    }
  }

  /** The text so far. Costs no more than what came since it was last read, so that it may be read after each piece. */
  read(): string {
    if (this.#pieces.length > 0 || this.#blocks.length > 0) {
      // `+` of two texts copies neither.
      this.#text += this.#blocks.join("") + this.#pieces.join("");
      this.#blocks = [];
      this.#pieces = [];
    }
    return this.#text;
  }
}
