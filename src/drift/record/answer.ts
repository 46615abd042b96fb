/** An answer passed on to the caller while what goes by is noted: one reader, no tee, no second buffer. */
import { createParser } from "eventsource-parser";
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
  const events: { event: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event, data }) });
  const input = boundedText(maxBytes, (text) => parser.feed(text));
  return {
    bytes: input.bytes,
    async result(isCut) {
      const parsed: ExchangeEvent[] = [];
      for (const { event, data } of events) {
        // Parsing waits until the stream has ended, so as not to slow it; nor may it hold up whatever runs beside it.
        if (parsed.length % EVENTS_AT_ONCE === EVENTS_AT_ONCE - 1) await nextTurn();
        parsed.push({ ...(event && { event }), data: parse(data, cleaning, true) });
      }
      return { events: parsed, ...((isCut || input.isOver()) && { truncated: true as const }) };
    },
  };
}

const EVENTS_AT_ONCE = 100;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function bodyNotes(maxBytes: number, cleaning: Cleaning): Notes {
  let text = "";
  const input = boundedText(maxBytes, (more) => {
    text += more;
  });
  return {
    bytes: input.bytes,
    async result(isCut) {
      input.end();
      // A piece of JSON can be neither cleaned nor checked.
      if (isCut || input.isOver()) return { truncated: true };
      return text === "" ? {} : { body: parse(text, cleaning, false) };
    },
  };
}

function parse(text: string, cleaning: Cleaning, isEvent: boolean): unknown {
  if (isEvent && text === "[DONE]") return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return cleaning.text(text);
  }
  return cleaning.value(value);
}

function boundedText(maxBytes: number, take: (text: string) => void) {
  const decoder = new TextDecoder();
  let left = maxBytes;
  let isOver = false;
  return {
    bytes(chunk: Uint8Array) {
      if (chunk.byteLength > left) isOver = true;
      if (left > 0) take(decoder.decode(chunk.subarray(0, left), { stream: true }));
      left = Math.max(0, left - chunk.byteLength);
    },
    end: () => take(decoder.decode()),
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
