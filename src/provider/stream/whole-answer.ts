/** A body of JSON where a stream was asked for, as the events that it would be: whole answers, errors, lines of JSON. */
import type { BodyRead, BodyReader } from "../base/exchange.ts";
import { parseJson } from "../base/values.ts";
import { tooLong } from "../http/event-decoder.ts";

/**
 * The body's reader; of a body that is JSON one that reads it whole and gives it as events. JSON of more than twice the longest
 * event, as blanks in it may be many, rejects with `InvalidResponse` before it is put together.
 */
export function readerOf(reader: BodyReader, maxLength: number): BodyReader {
  let inner: BodyReader | undefined;
  return {
    cancel: (reason) => reader.cancel(reason),
    async read(): Promise<BodyRead> {
      if (inner) return inner.read();
      const first = await reader.read();
      const start = first.value && firstByte(first.value);
      if (first.value && start === undefined) return first;
      // Whatever type the answer says it is: no line of an event stream begins so.
      inner = start === BRACE || start === BRACKET ? wholeReader(reader, maxLength, first) : reader;
      return inner === reader ? first : inner.read();
    },
  };
}

const BRACE = 0x7b;
const BRACKET = 0x5b;

/** The first that is no blank and no byte order mark. */
function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
}

function wholeReader(reader: BodyReader, maxLength: number, first: BodyRead): BodyReader {
  const decoder = new TextDecoder();
  let text = "";
  let given = false;
  let next: BodyRead | undefined = first;
  return {
    cancel: (reason) => reader.cancel(reason),
    async read(): Promise<BodyRead> {
      if (given) return { done: true };
      for (;;) {
        const { done, value } = next ?? (await reader.read());
        next = undefined;
        text += value ? decoder.decode(value, { stream: true }) : decoder.decode();
        if (text.length > 2 * maxLength) throw tooLong(maxLength);
        if (!done) continue;
        given = true;
        return { done: false, value: new TextEncoder().encode(asEvents(text)) };
      }
    },
  };
}

/** The text as it is where it is no JSON: what is wrong with it is told as of any stream. */
function asEvents(text: string): string {
  const whole = parseJson(text);
  if (whole !== undefined) return toEvents([whole]);
  const values: unknown[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const value = parseJson(line);
    if (value === undefined) return text;
    values.push(value);
  }
  return values.length > 1 ? toEvents(values) : text;
}

/** A value may stand on several lines, an event's data on one. */
const toEvents = (values: readonly unknown[]) =>
  [...values.map((value) => JSON.stringify(value)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
