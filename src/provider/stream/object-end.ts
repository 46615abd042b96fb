const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Finds where a JSON object ends that comes in pieces, without parsing it again for each piece: looks at each character
 * once, and at nothing but braces and quotes. A text that ends there may still not be JSON; one that does not end there is
 * no whole object.
 */
export class ObjectEnd {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #state: "before" | "inside" | "reached" | "passed" = "before";

  push(piece: string): void {
    for (let i = 0; i < piece.length && this.#state !== "passed"; i++) this.#read(piece.charCodeAt(i));
  }

  /** Whether what came is one balanced pair of braces, with nothing but blanks around it. */
  get isReached(): boolean {
    return this.#state === "reached";
  }

  /** Whether anything but blanks came. */
  get hasBegun(): boolean {
    return this.#state !== "before";
  }

  #read(code: number): void {
    if (this.#state !== "inside") {
      if (isBlank(code)) return;
      this.#state = this.#state === "before" && code === OPEN ? "inside" : "passed";
      this.#depth = 1;
    } else if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === BACKSLASH) this.#isEscaped = true;
      else if (code === QUOTE) this.#inString = false;
    } else if (code === QUOTE) this.#inString = true;
    else if (code === OPEN) this.#depth++;
    else if (code === CLOSE && --this.#depth === 0) this.#state = "reached";
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
