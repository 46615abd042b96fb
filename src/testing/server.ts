/** The embedded Groq as a server on loopback (Node, Bun, Deno). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, jsonAnswer, type Step } from "./answer.ts";
import { GroqCore, type RawRequest } from "./groq-core.ts";
import type { EmbeddedGroqOptions } from "./options.ts";
import type { ReceivedRequest } from "./received.ts";

/** The options of `createEmbeddedGroq`, and the port. */
export interface EmbeddedGroqServerOptions extends EmbeddedGroqOptions {
  /** Default: any free one. */
  port?: number;
}

/** A Groq on loopback. */
export interface EmbeddedGroqServer extends AsyncDisposable {
  /** For instance `http://127.0.0.1:41234`. */
  readonly url: string;
  /** What goes into `config.base_url`. */
  readonly baseUrl: string;
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** All that was asked, oldest first. */
  readonly requests: ReceivedRequest[];
  /** How many answers of 413 and 429 its limits caused. */
  readonly refusals: number;
  /** Sockets that are open now. */
  readonly openSockets: number;
  /** Sockets that were ever opened. */
  readonly connections: number;
  /** Answers under way, including those that stall. */
  readonly openAnswers: number;
  /** Closes every socket and refuses new connections, until `resume()`, at the same port. */
  pause(): Promise<void>;
  /** Takes connections again. */
  resume(): Promise<void>;
  /** Closes every socket, also in the middle of an answer. */
  close(): Promise<void>;
}

/** Starts a Groq on 127.0.0.1. It does not keep the process alive. */
export async function startEmbeddedGroq(
  options: EmbeddedGroqServerOptions = {},
): Promise<EmbeddedGroqServer> {
  const { createServer } = await import("node:http");
  const groq = new GroqCore(options);
  const sockets = new Set<Socket>();
  let connections = 0;
  let openAnswers = 0;
  const server = createServer((incoming, outgoing) => {
    openAnswers++;
    outgoing.on("close", () => openAnswers--);
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const answer = answered(groq, {
        method: incoming.method ?? "GET",
        path: (incoming.url ?? "/").split("?", 1)[0] ?? "/",
        headers: toRecord(incoming),
        body: Buffer.concat(parts).toString("utf8"),
      });
      // A client that goes away in the middle of an answer is nobody's fault here.
      write(answer, outgoing).catch(() => outgoing.destroy());
    });
  });
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(at, "127.0.0.1", () => {
        server.off("error", reject);
        server.unref();
        resolve();
      });
    });
  const close = async () => {
    const ended = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    const closed = [...sockets].map(
      (socket) => new Promise((resolve) => socket.once("close", resolve).destroy()),
    );
    await Promise.all([ended, ...closed]);
  };
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    baseUrl: `${url}/openai/v1`,
    port,
    requests: groq.requests,
    get refusals() {
      return groq.refusals;
    },
    get openSockets() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    get openAnswers() {
      return openAnswers;
    },
    pause: close,
    resume: () => listen(port),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A function of the test that throws, or gives what is no reply, must not end the process: whoever asked is told. */
function answered(groq: GroqCore, request: RawRequest): Answer {
  try {
    return groq.answer(request);
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    return jsonAnswer(500, { error: { message: `The embedded Groq: ${message}`, type: "internal_error" } });
  }
}

function toRecord(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

async function write(answer: Answer, outgoing: ServerResponse): Promise<void> {
  const { socket } = outgoing;
  if (answer.delayMs !== undefined) await wait(answer.delayMs, outgoing);
  if (answer.instead === "hang") return;
  if (answer.instead === "reset") {
    socket?.resetAndDestroy();
    return;
  }
  if (answer.instead) {
    await writeEndlessHead(answer.instead.endlessHeadEveryMs, outgoing);
    return;
  }
  outgoing.writeHead(answer.status, answer.headers);
  const { steps } = answer;
  const [only, another] = Array.isArray(steps) ? steps : [];
  if (only?.type === "send" && another === undefined && !answer.closes) {
    outgoing.end(only.bytes);
    return;
  }
  outgoing.flushHeaders();
  for (const step of steps) {
    if (outgoing.destroyed || !(await carryOut(step, outgoing))) return;
  }
  outgoing.end();
  if (answer.closes) setTimeout(() => socket?.destroy(), CLOSE_AFTER_MS).unref();
}

async function writeEndlessHead(everyMs: number, outgoing: ServerResponse): Promise<void> {
  const { socket } = outgoing;
  socket?.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
  for (let line = 1; !outgoing.destroyed; line++) {
    await wait(everyMs, outgoing);
    socket?.write(`x-line-${line}: more to come\r\n`);
  }
}

// Long enough for the client to have put the connection back for its next call.
const CLOSE_AFTER_MS = 20;

/** Returns false when no further step may follow. */
async function carryOut(step: Step, outgoing: ServerResponse): Promise<boolean> {
  switch (step.type) {
    case "send":
      if (!outgoing.write(step.bytes)) await drained(outgoing);
      return true;
    case "wait":
      await wait(step.ms, outgoing);
      return true;
    case "reset":
      outgoing.socket?.resetAndDestroy();
      return false;
    case "hang":
      while (step.commentEveryMs !== undefined && !outgoing.destroyed) {
        await wait(step.commentEveryMs, outgoing);
        outgoing.write(": keep-alive\n\n");
      }
      return false;
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}

/** Ends early when the client goes away. */
function wait(ms: number, outgoing: ServerResponse): Promise<void> {
  if (ms === 0) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      outgoing.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    outgoing.on("close", done);
  });
}
