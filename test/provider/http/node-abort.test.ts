/** An exchange that is ended at each of its stages rejects with the reason, and leaves no socket and no listener. */
import { type AgentOptions, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";
import { init, TestAbort } from "./requests.ts";
import { deferred, serveBytes } from "./sockets.ts";

function testAgent(agent: HttpAgent) {
  onTestFinished(() => agent.destroy());
  const used = () => [agent.sockets, agent.freeSockets, agent.requests].flatMap(Object.values).length;
  return { exchange: createNodeExchange(agent), used };
}

const httpAgent = (options: AgentOptions = {}) => testAgent(new HttpAgent({ keepAlive: true, ...options }));

it("before it begins", async () => {
  const abort = new TestAbort();
  const reason = abort.abort();
  const { exchange, used } = httpAgent();
  await expect(exchange("http://127.0.0.1:9", init({ abort }))).rejects.toBe(reason);
  expect(used()).toBe(0);
});

it("while the name is looked up", async () => {
  const asked = deferred();
  const { exchange, used } = httpAgent({ lookup: () => asked.resolve() });
  const abort = new TestAbort();
  const call = exchange("http://models.example", init({ abort }));
  await asked.promise;
  expect(used()).toBe(1);
  const reason = abort.abort();
  await expect(call).rejects.toBe(reason);
  await expect.poll(used).toBe(0);
  expect(abort.listeners).toBe(0);
});

it("while it connects", async () => {
  const socket = new Socket();
  class Unconnected extends HttpAgent {
    override createConnection() {
      return socket;
    }
  }
  const { exchange, used } = testAgent(new Unconnected({ keepAlive: true }));
  const abort = new TestAbort();
  const call = exchange("http://models.example", init({ abort }));
  const reason = abort.abort();
  await expect(call).rejects.toBe(reason);
  expect(socket.destroyed).toBe(true);
  await expect.poll(used).toBe(0);
});

it("within the handshake of TLS", async () => {
  const hello = deferred();
  const wire = await serveBytes(() => hello.resolve());
  const { exchange, used } = testAgent(new HttpsAgent({ keepAlive: true }));
  const abort = new TestAbort();
  const call = exchange(wire.url.replace("http:", "https:"), init({ abort }));
  await hello.promise;
  const reason = abort.abort();
  await expect(call).rejects.toBe(reason);
  await expect.poll(wire.open).toBe(0);
  await expect.poll(used).toBe(0);
});

it("while the request is sent, to a server that does not read it", async () => {
  const began = deferred();
  const wire = await serveBytes((socket) => {
    socket.pause();
    began.resolve();
  });
  const { exchange, used } = httpAgent();
  const abort = new TestAbort();
  const call = exchange(wire.url, init({ abort, body: JSON.stringify("x".repeat(16 << 20)) }));
  await began.promise;
  const reason = abort.abort();
  await expect(call).rejects.toBe(reason);
  await expect.poll(used).toBe(0);
});

const HEAD = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";

it.each([
  ["before the answer's head", ""],
  ["within the head", HEAD],
])("%s", async (_, bytes) => {
  const came = deferred();
  const wire = await serveBytes((socket) => {
    socket.write(bytes);
    came.resolve();
  });
  const { exchange, used } = httpAgent();
  const abort = new TestAbort();
  const call = exchange(wire.url, init({ abort }));
  await came.promise;
  const reason = abort.abort();
  await expect(call).rejects.toBe(reason);
  await expect.poll(wire.open).toBe(0);
  expect([used(), abort.listeners]).toEqual([0, 0]);
});

const gzip = gzipSync("part");
it.each([
  ["body", `${HEAD}\r\n4\r\npart\r\n`],
  [
    "body that is encoded",
    Buffer.concat([
      Buffer.from(`${HEAD}content-encoding: gzip\r\n\r\n${gzip.length.toString(16)}\r\n`),
      gzip,
      Buffer.from("\r\n"),
    ]),
  ],
])("within the %s", async (_, bytes) => {
  const wire = await serveBytes((socket) => socket.write(bytes));
  const { exchange, used } = httpAgent();
  const abort = new TestAbort();
  const answer = await exchange(wire.url, init({ abort }));
  const reader = answer.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("part");
  const waiting = reader?.read();
  const reason = abort.abort();
  await expect(waiting).rejects.toBe(reason);
  await expect(reader?.read()).rejects.toBe(reason);
  await reader?.cancel();
  await expect.poll(wire.open).toBe(0);
  expect([used(), abort.listeners]).toEqual([0, 0]);
});

it("rejects each read of a body that is cut", async () => {
  let cut = () => {};
  const wire = await serveBytes((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart");
    cut = () => socket.destroy();
  });
  const { exchange, used } = httpAgent();
  const reader = (await exchange(wire.url, init())).body?.getReader();
  expect((await reader?.read())?.value?.length).toBe(4);
  cut();
  await expect(reader?.read()).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect(reader?.read()).rejects.toMatchObject({ code: "ECONNRESET" });
  await reader?.cancel();
  expect(used()).toBe(0);
});
