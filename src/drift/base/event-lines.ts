/** The lines of an event stream as its events, each with the number of the line where its data begins. */

export interface LineEvent {
  event: string | undefined;
  data: string;
  line: number;
}

/** Feed it line by line, then call `end`. */
export class EventLines {
  readonly #emit: (event: LineEvent) => void;
  #event: string | undefined;
  #data: string | undefined;
  #line = 0;

  constructor(emit: (event: LineEvent) => void) {
    this.#emit = emit;
  }

  /** Takes a line without its line feed. */
  line(text: string, number: number): void {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (line === "") {
      this.end();
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") return;
    const start = line.charAt(colon + 1) === " " ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : line.slice(start);
    if (field === "event") {
      this.#event = value;
    } else if (this.#data === undefined) {
      this.#data = value;
      this.#line = number;
    } else {
      this.#data += `\n${value}`;
    }
  }

  /** The stream's end: an event that no blank line closed counts too, for a recording may lack the last line feed. */
  end(): void {
    const data = this.#data;
    const event = this.#event === "" || this.#event === "message" ? undefined : this.#event;
    this.#data = undefined;
    this.#event = undefined;
    if (data !== undefined) this.#emit({ event, data, line: this.#line });
  }
}

/** The lines of a stream's text, whichever of the three line ends it has. */
export const splitLines = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** Whether a recording that begins with this line is an event stream. */
export const isEventLine = (line: string): boolean => /^(?:(?:data|event|id|retry)(?::|$)|:)/.test(line);
