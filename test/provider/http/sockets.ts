/** Servers over real sockets, and an exchange whose connections end with the test. */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";

export async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Calls `answer` once a request is read. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => answer(request, response));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

export interface Wire {
  url: string;
  /** Sockets that are open now, and all that ever were. */
  open(): number;
  opened(): number;
}

/** Writes bytes, not answers: `answer` is called with what came on a socket, each time something comes. */
export async function serveBytes(
  answer: (socket: Socket, came: string, times: number) => void,
): Promise<Wire> {
  let open = 0;
  let opened = 0;
  const server = createTcpServer((socket) => {
    open++;
    opened++;
    let times = 0;
    socket.on("close", () => open--);
    socket.on("data", (bytes) => answer(socket, bytes.toString(), ++times));
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  return { url, open: () => open, opened: () => opened };
}

/** An exchange on an agent of the test's own, which is closed after the test. */
export function testExchange(options: ConstructorParameters<typeof Agent>[0] = { keepAlive: true }) {
  const agent = new Agent(options);
  onTestFinished(() => agent.destroy());
  return createNodeExchange(agent);
}

export function deferred<T = void>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
