/**
 * The other end, in a process of its own: a bare socket server, as no HTTP server would break the rules. `/case/17-0/…` is
 * answered as attack 17 says, `/limit/a/…` well, with the time of its arrival kept.
 */
import { createServer, type Socket } from "node:net";
import { type Attack, attackOf, type Choice } from "./attack.ts";
import type { Step } from "./wire.ts";
import { headOf, healthy, isStream, type Request } from "./wire.ts";

/** What the server knows of a case. */
export interface CaseCounts {
  /** Requests that came. */
  requests: number;
  /** Bytes that were sent. */
  bytes: number;
  /** Answers that were begun, whose sockets are open and which have not ended. */
  open: number;
}

export type Question =
  | { ask: "counts"; number: number; run: number }
  | { ask: "limit"; name: string; latencyMs: number; spoilOneIn: number }
  | { ask: "arrivals"; name: string };

const seed = Number(process.argv[2]);
const choice = JSON.parse(process.argv[3] ?? "{}") as Choice;
const attacks = new Map<string, { attack: Attack; counts: CaseCounts; healed: boolean }>();
const limits = new Map<string, { latencyMs: number; spoilOneIn: number; arrivals: number[] }>();

function caseOf(name: string) {
  let found = attacks.get(name);
  if (!found) {
    found = {
      attack: attackOf(seed, Number.parseInt(name, 10), choice),
      counts: { requests: 0, bytes: 0, open: 0 },
      healed: false,
    };
    attacks.set(name, found);
  }
  return found;
}

const server = createServer((socket) => {
  let received = Buffer.alloc(0);
  let busy = false;
  socket.on("error", () => {});
  const next = () => {
    if (busy) return;
    const read = readRequest(received);
    if (!read) return;
    received = received.subarray(read.length);
    busy = true;
    answer(read.request, socket)
      .catch(() => socket.destroy())
      .finally(() => {
        busy = false;
        next();
      });
  };
  socket.on("data", (part) => {
    received = Buffer.concat([received, part]);
    next();
  });
});

function readRequest(bytes: Buffer): { request: Request; length: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const start = end + 4;
  let length: number;
  let text: string;
  if (headers["transfer-encoding"] === "chunked") {
    const last = bytes.indexOf("0\r\n\r\n", start);
    if (last < 0) return undefined;
    text = bytes
      .subarray(start, last)
      .toString("utf8")
      .replaceAll(/[0-9a-f]+\r\n(.*)\r\n/g, "$1");
    length = last + 5;
  } else {
    length = start + Number(headers["content-length"] ?? 0);
    if (bytes.length < length) return undefined;
    text = bytes.subarray(start, length).toString("utf8");
  }
  const [method = "", path = ""] = first.split(" ");
  return { request: { method, path, headers, body: text === "" ? undefined : JSON.parse(text) }, length };
}

async function answer(request: Request, socket: Socket): Promise<void> {
  const [, kind, name = "", what] = request.path.split("/");
  if (kind === "limit") return answerLimited(name, request, socket);
  if (what === "heal") {
    caseOf(name).healed = true;
    socket.end(headOf({}, ["content-length: 0", "connection: close"]));
    return;
  }
  const { attack, counts, healed } = caseOf(name);
  const count = ++counts.requests;
  const attacked = !healed && count > attack.skip && count <= attack.skip + attack.times;
  counts.open++;
  try {
    for (const step of attacked ? attack.answer(request) : healthy(request)) {
      if (socket.destroyed || !(await carryOut(step, socket, counts))) return;
    }
  } finally {
    counts.open--;
  }
}

async function answerLimited(name: string, request: Request, socket: Socket): Promise<void> {
  const limit = limits.get(name);
  if (!limit) throw new Error(`Expected a limit, got ${name}`);
  const count = limit.arrivals.push(performance.now());
  await wait(limit.latencyMs * (0.5 + (count % 7) / 7), socket);
  if (count % limit.spoilOneIn === 0) {
    socket.destroy();
    return;
  }
  const counts = { requests: 0, bytes: 0, open: 0 };
  for (const step of healthy(request, {}, isStream(request) ? "chunked" : "length")) {
    if (socket.destroyed || !(await carryOut(step, socket, counts))) return;
  }
}

/** False when nothing may follow. */
async function carryOut(step: Step, socket: Socket, counts: CaseCounts): Promise<boolean> {
  switch (step.do) {
    case "send":
      await write(step.bytes, socket, counts);
      return true;
    case "wait":
      await wait(step.ms, socket);
      return true;
    case "flood": {
      const until = performance.now() + (step.maxMs ?? 10_000);
      for (
        let sent = 0;
        sent < step.total && !socket.destroyed && performance.now() < until;
        sent += step.bytes.length
      ) {
        await write(step.bytes, socket, counts);
        if (step.everyMs !== undefined) await wait(step.everyMs, socket);
      }
      return true;
    }
    case "hang":
      await new Promise<void>((resolve) => onceGone(socket, resolve));
      return false;
    case "reset":
      socket.resetAndDestroy();
      return false;
    case "end":
      socket.end();
      return false;
  }
}

function write(bytes: Uint8Array, socket: Socket, counts: CaseCounts): Promise<void> | undefined {
  counts.bytes += bytes.length;
  if (socket.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}

function wait(ms: number, socket: Socket): Promise<void> {
  if (ms === 0) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    socket.on("close", done);
  });
}

function onceGone(socket: Socket, done: () => void): void {
  if (socket.destroyed) done();
  else {
    socket.on("close", done);
    // What still comes is read, or the end of the other side would not be seen.
    socket.on("end", () => socket.destroy());
    socket.resume();
  }
}

process.on("message", (question: Question) => {
  if (question.ask === "counts") process.send?.(caseOf(`${question.number}-${question.run}`).counts);
  else if (question.ask === "arrivals") process.send?.(limits.get(question.name)?.arrivals ?? []);
  else {
    const { name, latencyMs, spoilOneIn } = question;
    limits.set(name, { latencyMs, spoilOneIn, arrivals: [] });
    process.send?.("ready");
  }
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
