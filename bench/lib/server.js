/** The other end of the loopback: a process of its own that does nothing but answer. Prints its port. */
import { createServer } from "node:http";
import { CHAT_BODY, CHAT_HEADERS, ROLE_EVENT, STREAM_HEADERS, streamEvents, textEvent } from "./wire.js";

const chatBody = Buffer.from(CHAT_BODY);
const chatHeaders = { ...CHAT_HEADERS, "content-length": chatBody.length };

/** The path's first segment says what to answer: `/chat/…`, `/stream-500/…`, `/pause-20/…`. */
const server = createServer((request, response) => {
  const [, kind, count] = /^\/([a-z]+)-?(\d*)\//.exec(request.url) ?? [];
  request.resume();
  request.on("end", () => {
    if (kind === "chat") response.writeHead(200, chatHeaders).end(chatBody);
    else if (kind === "stream") writeEach(response, events(Number(count)));
    else if (kind === "pause") writeWithPause(response, events(Number(count)));
    else response.writeHead(404).end();
  });
});

const made = new Map();
function events(chunks) {
  const list = made.get(chunks) ?? streamEvents(chunks).map((event) => Buffer.from(event));
  made.set(chunks, list);
  return list;
}

/** Each event in a write and a turn of its own. */
function writeEach(response, list) {
  response.writeHead(200, STREAM_HEADERS);
  let next = 0;
  const write = () => {
    response.write(list[next++]);
    if (next < list.length) setImmediate(write);
    else response.end();
  };
  write();
}

/** The first text at once, the rest when the client has surely read it. */
function writeWithPause(response, list) {
  response.writeHead(200, STREAM_HEADERS);
  response.write(ROLE_EVENT + textEvent(0));
  setTimeout(() => response.end(Buffer.concat(list.slice(2))), 3);
}

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("disconnect", () => process.exit(0));
