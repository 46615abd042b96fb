/** What a server can try to do to the process that asks it: end it, block it, fill its memory. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Fault } from "../../src/testing/index.ts";
import type { Failure, FaultCase, NoHarm } from "./cases.ts";
import { faulty, faultyConnection, TEXT } from "./target.ts";

const whole: NoHarm = { text: TEXT };
const noSense: Failure = { kind: "InvalidResponse", status: 200 };
const down: Failure = { kind: "ServiceUnavailable", status: 502, retried: true };
const both = (ending: Failure | NoHarm) => ({ chat: ending, stream: ending });
const tooLong = (code: string): Failure => ({ kind: "ServiceUnavailable", code, retried: true });
const overflow = {
  ...both(tooLong("UND_ERR_HEADERS_OVERFLOW")),
  onNode: tooLong("HPE_HEADER_OVERFLOW"),
};

const choice = { index: 0, finish_reason: "stop" };
const chatBody = (more: object = {}) =>
  JSON.stringify({
    ...{ id: "a", object: "chat.completion", created: 1, model: "m" },
    choices: [{ ...choice, message: { role: "assistant", content: TEXT } }],
    ...more,
  });
const event = (choice: object) =>
  `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", created: 1, model: "m", choices: [choice] })}\n\n`;
const streamBody = (...first: string[]) =>
  `${first.join("")}${event({ ...choice, delta: { content: TEXT } })}data: [DONE]\n\n`;

/** `status`, `headers`, and for a chat and a stream a body each. */
const answer = (body: string, headers: Record<string, string> = {}, status = 200): Fault => ({
  type: "answer",
  status,
  headers: { "content-type": body.startsWith("data") ? "text/event-stream" : "application/json", ...headers },
  body,
});
const chatRow = (name: string, fault: Fault, chat: Failure | NoHarm): FaultCase => ({
  name,
  start: () => faulty(fault),
  chat,
});
const streamRow = (name: string, fault: Fault, stream: Failure | NoHarm): FaultCase => ({
  name,
  start: () => faulty(fault),
  stream,
});
/** The same headers on a chat's answer and on a stream's. */
const headerRows = (name: string, headers: Record<string, string>): FaultCase[] => [
  chatRow(name, answer(chatBody(), headers), whole),
  streamRow(name, answer(streamBody(), headers), whole),
];
const bytesRow = (
  name: string,
  write: (socket: Socket) => void,
  rest: Omit<FaultCase, "name" | "start">,
): FaultCase => ({ name, start: () => faultyConnection(write), ...rest });

/** Writes `part` as long as anybody takes it. */
const flood =
  (head: string, part: string) =>
  (socket: Socket): void => {
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write(part));
    };
    socket.on("drain", more);
    more();
  };

const drip =
  (head: string, part: string) =>
  (socket: Socket): void => {
    socket.write(head);
    const timer = setInterval(() => socket.write(part), 20);
    socket.on("close", () => clearInterval(timer));
  };

/** 200 MB of zeros in 200 KB. */
function bomb(status: number): (socket: Socket) => void {
  const megabyte = gzipSync(Buffer.alloc(1e6));
  const head = `HTTP/1.1 ${status} Whatever\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n`;
  return (socket) => {
    socket.write(`${head}content-length: ${megabyte.length * 200}\r\n\r\n`);
    for (let count = 0; count < 200; count++) socket.write(megabyte);
  };
}

const json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
const failed = json.replace("200 OK", "502 Bad");
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const DEEP = deep(5000);
const inherited = ["constructor", "__proto__", "hasOwnProperty", "toString"];
const megabyte = "y".repeat(1 << 20);
// Long enough that the request is out, also from a process that has just begun on a busy machine.
const quick = { timeoutMs: 900 };
const late: Failure = { kind: "Timeout", timeout: "total", retried: true };

export const hostileCases: FaultCase[] = [
  ...inherited.flatMap((name) => [
    ...headerRows(`content-encoding: ${name}`, { "content-encoding": name }),
    ...headerRows(`a header called ${name}`, { [name]: "1", [`x-ratelimit-limit-${name}`]: "1" }),
  ]),
  ...headerRows("header values that are no figures", {
    "x-ratelimit-limit-requests": "9".repeat(5000),
    "x-ratelimit-remaining-tokens": "NaN",
    "x-ratelimit-reset-tokens": "1h".repeat(2000),
    "x-request-id": "r".repeat(4000),
    "retry-after": "-1e999",
  }),
  bytesRow(
    "a header value of 1 MB",
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${megabyte}\r\n\r\n`),
    overflow,
  ),
  bytesRow(
    "a header name of 1 MB",
    (socket) => socket.write(`HTTP/1.1 200 OK\r\n${megabyte}: 1\r\n\r\n`),
    overflow,
  ),
  bytesRow("a status line of 1 MB", (socket) => socket.end(`HTTP/1.1 200 ${megabyte}\r\n\r\n`), {
    // Fetch takes it, and finds an empty body.
    ...both(noSense),
    onNode: overflow.onNode,
  }),
  bytesRow("trailers without end", flood(`${json}0\r\n`, "x-more: to come\r\n"), {
    ...overflow,
    chat: overflow.chat,
  }),
  bytesRow(
    "answers of 1xx without end, fast",
    flood("", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(20)),
    {
      times: quick,
      ...both(late),
      onNode: { kind: "InvalidResponse" },
    },
  ),
  bytesRow("answers of 1xx without end, slow", drip("", "HTTP/1.1 102 Processing\r\n\r\n"), {
    times: quick,
    ...both(late),
  }),
  bytesRow("a body that drips without end", drip(json, chunk(" ")), { times: quick, chat: late }),
  bytesRow("a body without end", flood(json, chunk(" ".repeat(1 << 16))), { chat: noSense }),
  bytesRow("a failure's body without end", flood(failed, chunk("x".repeat(1 << 16))), both(down)),
  bytesRow("200 MB compressed to 200 KB", bomb(200), both(noSense)),
  bytesRow("200 MB compressed to 200 KB, of a failure", bomb(502), both(down)),
  chatRow("JSON of 5,000 levels", answer(`{"choices":${DEEP}}`), { kind: "InvalidResponse" }),
  chatRow("JSON of 1,000,000 levels", answer(deep(1e6)), { kind: "InvalidResponse" }),
  chatRow(
    "JSON of 5,000 levels in a field beside",
    answer(chatBody().replace("{", `{"more":${DEEP},`)),
    whole,
  ),
  {
    name: "JSON of 5,000 levels in a failure",
    start: () => faulty(answer(`{"error":{"message":"Busy","more":${DEEP}}}`, {}, 502)),
    ...both(down),
  },
  streamRow("JSON of 5,000 levels in an event", answer(streamBody(`data: {"choices":${DEEP}}\n\n`)), noSense),
  streamRow(
    "JSON of 5,000 levels in an error event",
    answer(
      streamBody(`event: error\ndata: {"error":{"message":"Busy","status_code":503,"more":${DEEP}}}\n\n`),
    ),
    { kind: "ServiceUnavailable", status: 503, retried: true },
  ),
  {
    name: "a failure that says 1 MB",
    start: () =>
      faulty(answer(JSON.stringify({ error: { message: "Limit 1, Used ".repeat(75_000) } }), {}, 429)),
    ...both({ kind: "RateLimitExceeded", status: 429, retried: true }),
  },
  {
    name: "a failure that is 1 MB of a page",
    start: () => faulty(answer("<title".repeat(170_000), { "content-type": "text/html" }, 502)),
    ...both(down),
  },
];
