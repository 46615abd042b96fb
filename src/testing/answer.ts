/** What is sent back: a head, then steps. The server and the plain `fetch` both carry out the same steps. */

export type Step =
  | { type: "send"; bytes: Uint8Array }
  | { type: "wait"; ms: number }
  /** Sends nothing more and stays open; with `commentEveryMs` it sends keep-alive comments. */
  | { type: "hang"; commentEveryMs?: number }
  /** The connection breaks. */
  | { type: "reset" };

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Carried out one after the other; the answer ends with the last. */
  steps: Iterable<Step>;
  /** Milliseconds before the head. */
  delayMs?: number;
  /** Instead of the head. */
  instead?: "hang" | "reset" | { endlessHeadEveryMs: number };
  /** Closes the socket after the answer without announcing it. */
  closes?: boolean;
}

const encoder = new TextEncoder();

export const send = (text: string): Step => ({ type: "send", bytes: encoder.encode(text) });

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const bytes = encoder.encode(JSON.stringify(body));
  return {
    status,
    headers: {
      "content-type": "application/json",
      // Groq's answers of success are chunked, its errors are not.
      ...(status >= 400 && { "content-length": String(bytes.length) }),
      ...headers,
    },
    steps: [{ type: "send", bytes }],
  };
}

export function streamAnswer(events: readonly string[], headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers },
    steps: events.map(send),
  };
}

/** An event as Groq writes it: with `<` as an escape. */
export function toEvent(data: unknown, name?: string): string {
  const text = typeof data === "string" ? data : JSON.stringify(data).replaceAll("<", "\\u003c");
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
}
