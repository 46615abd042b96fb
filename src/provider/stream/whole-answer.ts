/** A whole answer where a stream was asked for, as the one event that it would be. Servers that can't stream give one. */
import type { BodyRead, BodyReader } from "../base/exchange.ts";
import { isObject } from "../base/values.ts";
import type { StreamAnswer } from "../http/transport.ts";
import { findError } from "../wire/error-body.ts";

/** The answer's reader; of an answer that is JSON one that reads it whole, up to `maxBytes`, and gives it as an event. */
export function readerOf({ headers, body }: StreamAnswer, maxBytes: number): BodyReader {
  const reader = body.getReader();
  const isWhole = /^application\/(?:[\w.+-]+\+)?json\b/i.test(
    headers.get("content-type")?.slice(0, 100) ?? "",
  );
  return isWhole ? wholeReader(reader, maxBytes) : reader;
}

function wholeReader(reader: BodyReader, maxBytes: number): BodyReader {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  let given = false;
  return {
    cancel: (reason) => reader.cancel(reason),
    async read(): Promise<BodyRead> {
      if (given) return { done: true };
      for (;;) {
        const { done, value } = await reader.read();
        text += value ? decoder.decode(value, { stream: true }) : decoder.decode();
        bytes += value?.byteLength ?? 0;
        if (!done && bytes <= maxBytes) continue;
        given = true;
        return { done: false, value: new TextEncoder().encode(asEvent(text)) };
      }
    },
  };
}

/** The text as it is where it is no answer: what is wrong with it is told as of any stream. */
function asEvent(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (findError(body) !== undefined) return `data: ${JSON.stringify(body)}\n\n`;
    if (!isObject(body) || !Array.isArray(body.choices) || !body.choices.some(hasMessage)) return text;
    return `data: ${JSON.stringify({ ...body, choices: body.choices.map(asDelta) })}\n\ndata: [DONE]\n\n`;
  } catch {
    return text;
  }
}

const hasMessage = (choice: unknown) => isObject(choice) && isObject(choice.message);

function asDelta(choice: unknown): unknown {
  if (!isObject(choice)) return choice;
  const { message, ...rest } = choice;
  return { ...rest, delta: message };
}
