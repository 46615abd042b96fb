/** Servers that misbehave once, on their first request or connection, and from then on do as they should. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type EmbeddedGroqServerOptions, type Fault, startEmbeddedGroq } from "../../src/testing/index.ts";
import { makeCertificate } from "../certificate.ts";

export const TEXT = "one two three four five six";

export interface Target {
  baseUrl: string;
  /** Makes it behave, where the first request does not do so. */
  heal?(): Promise<void>;
  /** Answers that have begun and have not ended. */
  openAnswers(): number;
  openSockets(): number;
  /** Requests that came. */
  requests(): number;
  /** What another host got, to which the first one pointed. */
  elsewhere?(): readonly { headers: Record<string, string>; body: unknown }[];
  close(): Promise<void>;
}

export function startGroq(options: EmbeddedGroqServerOptions = {}) {
  return startEmbeddedGroq({ reply: { text: TEXT }, ...options });
}

/** The embedded Groq: its first answer has the fault. */
export async function faulty(fault: Fault): Promise<Target> {
  const groq = await startGroq({ fault: (_, count) => (count === 1 ? fault : undefined) });
  return {
    baseUrl: groq.baseUrl,
    openAnswers: () => groq.openAnswers,
    openSockets: () => groq.openSockets,
    requests: () => groq.requests.length,
    close: groq.close,
  };
}

/** A bare socket server: its first connection is `misbehave`'s, once a request came; the others lead to an embedded Groq. */
export async function faultyConnection(misbehave: (socket: Socket) => void): Promise<Target> {
  const groq = await startGroq();
  const { sockets, listen, close } = collect();
  let connections = 0;
  let misbehaving = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    if (++connections === 1) {
      misbehaving = true;
      socket.on("close", () => {
        misbehaving = false;
      });
      socket.once("data", () => misbehave(socket));
      return;
    }
    const onward = connect(groq.port, "127.0.0.1");
    onward.on("error", () => socket.destroy());
    socket.pipe(onward).pipe(socket);
    socket.on("close", () => onward.destroy());
  });
  return {
    baseUrl: `http://127.0.0.1:${await listen(server)}/openai/v1`,
    openAnswers: () => groq.openAnswers + Number(misbehaving),
    openSockets: () => sockets.size,
    requests: () => connections,
    close: async () => {
      await close();
      await groq.close();
    },
  };
}

/** Nobody listens at its port until it heals. */
export async function refusing(): Promise<Target> {
  const { port, close } = await startGroq();
  await close();
  let groq: Awaited<ReturnType<typeof startGroq>> | undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}/openai/v1`,
    heal: async () => {
      groq ??= await startGroq({ port });
    },
    openAnswers: () => groq?.openAnswers ?? 0,
    openSockets: () => groq?.openSockets ?? 0,
    requests: () => groq?.requests.length ?? 0,
    close: async () => groq?.close(),
  };
}

/** A host that no name server may know (RFC 2606). */
export async function unknownHost(): Promise<Target> {
  return {
    baseUrl: "https://groq.invalid/openai/v1",
    openAnswers: () => 0,
    openSockets: () => 0,
    requests: () => 0,
    close: async () => {},
  };
}

/** Speaks TLS under a certificate that nobody vouches for. */
export async function selfSigned(): Promise<Target> {
  const { sockets, listen, close } = collect();
  let requests = 0;
  const server = createTlsServer(makeCertificate(), (socket) => socket.on("data", () => requests++));
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("tlsClientError", () => {});
  return {
    baseUrl: `https://127.0.0.1:${await listen(server)}/openai/v1`,
    openAnswers: () => 0,
    openSockets: () => sockets.size,
    requests: () => requests,
    close,
  };
}

/** Points to another host, which would answer anyone. */
export async function redirecting(): Promise<Target> {
  const other = await startGroq();
  const location = `${other.baseUrl.replace("127.0.0.1", "localhost")}/chat/completions`;
  const target = await faulty({ type: "answer", status: 307, headers: { location } });
  return {
    ...target,
    elsewhere: () => other.requests,
    close: async () => {
      await target.close();
      await other.close();
    },
  };
}

function collect() {
  const sockets = new Set<Socket>();
  const add = sockets.add.bind(sockets);
  sockets.add = (socket) => {
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    return add(socket);
  };
  let server: Server | undefined;
  const listen = async (given: Server) => {
    server = given;
    await new Promise<void>((resolve) => given.listen(0, "127.0.0.1", resolve));
    given.unref();
    return (given.address() as AddressInfo).port;
  };
  const close = async () => {
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { sockets, listen, close };
}
