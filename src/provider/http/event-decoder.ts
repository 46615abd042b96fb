/** Bytes as server-sent events. The grammar is eventsource-parser's; what is here is bytes, bounds and the stream's end. */
import { createParser, type EventSourceParser, ParseError } from "eventsource-parser";
import { LlmError } from "../base/error.ts";

const CR = 13;
const LF = 10;
const MORE = { stream: true };
// The parser makes an error of each such line, with its stack, which costs 10 µs: a read of 64 KB of them would block.
const MOST_STRAY_LINES = 1000;
const MORE_FOR_EACH_EVENT = 10;

export interface EventDecoderOptions {
  /** Characters of the longest event, and of the longest line of any kind. */
  maxLength: number;
  /** May throw: `feed` and `end` then throw the same. */
  onEvent(data: string, name: string | undefined): void;
  /** A line that belongs to no event, as servers that fail send one of JSON. */
  onStrayLine?(line: string): void;
}

export class EventDecoder {
  // Not fatal: a bad byte becomes U+FFFD, as the event-stream format says. A byte order mark is dropped.
  readonly #text = new TextDecoder();
  readonly #parser: EventSourceParser;
  #skipLineFeed = false;

  constructor({ maxLength, onEvent, onStrayLine }: EventDecoderOptions) {
    let strayLeft = MOST_STRAY_LINES;
    this.#parser = createParser({
      maxBufferSize: maxLength,
      onEvent({ data, event }) {
        if (data.length > maxLength) throw tooLong(maxLength);
        strayLeft = Math.min(MOST_STRAY_LINES, strayLeft + MORE_FOR_EACH_EVENT);
        onEvent(data, event);
      },
      onError(error) {
        if (!(error instanceof ParseError)) return;
        if (error.type === "max-buffer-size-exceeded") throw tooLong(maxLength);
        // The format tells to ignore fields that it does not know.
        if (--strayLeft < 0) throw tooManyStrayLines();
        if (error.type === "unknown-field" && error.line !== undefined) onStrayLine?.(error.line);
      },
    });
  }

  feed(bytes: Uint8Array): void {
    this.#feedText(this.#text.decode(bytes, MORE));
  }

  /** Gives out an event that lacks its closing blank line, as some servers end their last one. */
  end(): void {
    this.#parser.feed(`${this.#text.decode()}\n\n`);
  }

  // The parser holds a CR at the end of a read back, since an LF may follow; where the server ends lines by CR alone, the
  // last event would then be out only with the next. So line ends are made LF here, and an LF after a read that ended
  // with CR is dropped.
  #feedText(read: string): void {
    if (read === "") return;
    let text = this.#skipLineFeed && read.charCodeAt(0) === LF ? read.slice(1) : read;
    this.#skipLineFeed = read.charCodeAt(read.length - 1) === CR;
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
    if (text !== "") this.#parser.feed(text);
  }
}

function tooManyStrayLines(): LlmError {
  return new LlmError(
    "InvalidResponse",
    `Expected an event stream, got more than ${MOST_STRAY_LINES} lines that belong to no event`,
  );
}

export function tooLong(maxLength: number): LlmError {
  return new LlmError(
    "InvalidResponse",
    `An event of the stream is longer than ${maxLength} characters (maxEventLength)`,
  );
}
