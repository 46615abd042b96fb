/** An answer passed on to the caller while what goes by is noted: one reader, no tee, no second buffer. */

import { parseJson } from "../../provider/base/values.ts";
import { EventLines, type LineEvent, splitLines } from "../base/event-lines.ts";
import type { Exchange, ExchangeEvent } from "../base/exchange.ts";

/** What went by of a body. */
export interface Notes {
  bytes(chunk: Uint8Array): void;
  /** The part of the exchange that the body makes. `isCut`: the body did not come to its end. */
  result(isCut: boolean): Promise<Pick<Exchange, "body" | "events" | "truncated">>;
}

/** What to do with parsed values and with texts before they are kept. */
export interface Cleaning {
  value(value: unknown): unknown;
  text(text: string): string;
}

/** Notes for an answer of this content type; what is beyond `maxBytes` goes by unnoted. */
export function takeNotes(contentType: string, maxBytes: number, cleaning: Cleaning): Notes {
  return /^text\/event-stream\b/i.test(contentType.trim())
    ? streamNotes(maxBytes, cleaning)
    : bodyNotes(maxBytes, cleaning);
}

function streamNotes(maxBytes: number, cleaning: Cleaning): Notes {
  const input = boundedText(maxBytes);
  return {
    bytes: input.bytes,
    async result(isCut) {
      const isTruncated = isCut || input.isOver();
      const events: ExchangeEvent[] = [];
      // Parsing waits until the stream has ended, so as not to slow it; nor may it hold up whatever runs beside it.
      for (const { event, data } of readEvents(input.text(), isTruncated)) {
        if (events.length % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await nextTurn();
        events.push({ ...(event !== undefined && { event }), data: parse(data, cleaning) });
      }
      return { events, ...(isTruncated && { truncated: true as const }) };
    },
  };
}

const EVENTS_AT_ONCE = 100;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An event that no blank line closes counts too, unless the stream was cut within it. */
function readEvents(text: string, isTruncated: boolean): LineEvent[] {
  const events: LineEvent[] = [];
  const lines = new EventLines((event) => events.push(event));
  for (const [index, line] of splitLines(text).entries()) lines.line(line, index + 1);
  const closed = events.length;
  lines.end();
  return isTruncated ? events.filter(({ data }, index) => index < closed || isWhole(data)) : events;
}

function isWhole(data: string): boolean {
  return data === "[DONE]" || parseJson(data) !== undefined;
}

function bodyNotes(maxBytes: number, cleaning: Cleaning): Notes {
  const input = boundedText(maxBytes);
  return {
    bytes: input.bytes,
    async result(isCut) {
      // A piece of JSON can be neither cleaned nor checked.
      if (isCut || input.isOver()) return { truncated: true };
      const text = input.text();
      return text === "" ? {} : { body: parse(text, cleaning) };
    },
  };
}

function parse(text: string, cleaning: Cleaning): unknown {
  if (text === "[DONE]") return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return cleaning.text(text);
  }
  return cleaning.value(value);
}

function boundedText(maxBytes: number) {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let left = maxBytes;
  let isOver = false;
  return {
    bytes(chunk: Uint8Array) {
      if (chunk.byteLength > left) isOver = true;
      if (left > 0) parts.push(decoder.decode(chunk.subarray(0, left), { stream: true }));
      left = Math.max(0, left - chunk.byteLength);
    },
    /** All of it; the end of the input. */
    text: () => parts.join("") + decoder.decode(),
    isOver: () => isOver,
  };
}

/** Statuses that may have no body; a `Response` with one can't even be made. */
const BODILESS = new Set([101, 103, 204, 205, 304]);

/**
 * The same answer with a body that notes what the caller reads, and tells when it ended: whole, or cut by an abort, by
 * a broken connection or by the caller who had enough. Reads no further than the caller does.
 */
export function passOn(answer: Response, notes: Notes, ended: (isCut: boolean) => void): Response {
  const source = answer.body;
  if (!source || BODILESS.has(answer.status)) {
    ended(false);
    return answer;
  }
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // Locked only when it is read: an answer that nobody reads is then collected, and its connection freed, as ever.
  const readerOf = () => {
    reader ??= (answer.body as ReadableStream<Uint8Array>).getReader();
    return reader;
  };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await readerOf().read();
          if (done) {
            controller.close();
            ended(false);
            return;
          }
          note(notes, value);
          controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          ended(true);
        }
      },
      cancel(reason) {
        ended(true);
        return readerOf().cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const passed = new Response(body, {
    status: answer.status,
    statusText: answer.statusText,
    headers: answer.headers,
  });
  for (const name of ["url", "redirected", "type"] as const) {
    Object.defineProperty(passed, name, { value: answer[name], configurable: true });
  }
  return passed;
}

function note(notes: Notes, chunk: Uint8Array): void {
  try {
    notes.bytes(chunk);
  } catch {
    // Whatever is wrong with the notes, the caller gets its answer.
  }
}
