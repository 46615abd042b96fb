/** The embedded Groq of a soak, in a process of its own: spoils one answer in twenty, and counts what it was asked. */
import { type Fault, startEmbeddedGroq } from "../../src/testing/index.ts";

/** What the server saw, by its own count. */
export interface ServerCounts {
  chats: number;
  streams: number;
  spoilt: Record<string, number>;
  openSockets: number;
  openAnswers: number;
  connections: number;
}

const json = { "content-type": "application/json" };
const answer = (status: number, body = "", headers: Record<string, string> = json): Fault => ({
  type: "answer",
  status,
  headers,
  body,
});
const error = (message: string) => JSON.stringify({ error: { message, type: "server_error" } });

/** Some are mended by another try, some are not; the stall is seldom, because each takes a whole time limit. */
const COMMON: [string, Fault][] = [
  ["reset before head", { type: "reset", when: "beforeHead" }],
  ["reset in body", { type: "reset", when: "inBody" }],
  ["500", answer(500, error("Internal error."))],
  ["502, empty", answer(502)],
  ["498", answer(498, error("No capacity left."))],
  ["429, wait 20 ms", answer(429, error("Rate limit reached. Please try again in 20ms."))],
  ["400", answer(400, error("The request is not valid."))],
  ["HTML with 200", answer(200, "<html><title>Gateway</title></html>", { "content-type": "text/html" })],
  ["cut gzip", { type: "cutGzip" }],
  ["split", { type: "split", bytes: 64, seed: 7 }],
  ["close after", { type: "closeAfter" }],
];
const OF_CHATS: [string, Fault][] = [["wrong length", { type: "contentLength", offBy: 8 }]];
const OF_STREAMS: [string, Fault][] = [
  ["error event", { type: "errorEvent", position: "middle" }],
  ["x_groq.error", { type: "xGroqError" }],
  ["cut stream", { type: "cutStream" }],
  ["open after [DONE]", { type: "openAfterDone" }],
  ["invalid UTF-8", { type: "invalidUtf8" }],
];
const STALL: [string, Fault] = ["stall", { type: "stall", when: "inBody" }];
const ONE_IN = 20;
const STALL_ONE_IN = 50;

const counts = { chats: 0, streams: 0 };
const spoilt: Record<string, number> = {};
const spoiltOf = { chats: 0, streams: 0 };

const server = await startEmbeddedGroq({
  keepRequests: 0,
  reply: ({ messages }) => `Answer to ${String(messages.at(-1)?.content)}, in a few words.`,
  fault: ({ body }) => {
    const isStream = typeof body === "object" && body !== null && "stream" in body;
    const of = isStream ? "streams" : "chats";
    if (++counts[of] % ONE_IN !== 0) return undefined;
    const number = ++spoiltOf[of];
    const faults = [...COMMON, ...(isStream ? OF_STREAMS : OF_CHATS)];
    const [name, fault] = (number % STALL_ONE_IN === 0 ? STALL : faults[number % faults.length]) ?? STALL;
    spoilt[name] = (spoilt[name] ?? 0) + 1;
    return fault;
  },
});

process.on("message", () => {
  const { openSockets, openAnswers, connections } = server;
  process.send?.({ ...counts, spoilt, openSockets, openAnswers, connections } satisfies ServerCounts);
});
process.on("disconnect", () => process.exit());
process.send?.({ baseUrl: server.baseUrl });
