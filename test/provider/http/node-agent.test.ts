/** Connections: kept, given by the application, through a proxy, and none that holds a process up. */
import { execFile } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, Agent as HttpsAgent } from "node:https";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HttpsProxyAgent } from "https-proxy-agent";
import { expect, it, onTestFinished, vi } from "vitest";
import { createDefaultExchange as createFetchExchange } from "../../../src/provider/http/default-exchange-fetch.ts";
import { createDefaultExchange } from "../../../src/provider/http/default-exchange-node.ts";
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";
import { makeCertificate } from "../../certificate.ts";
import { init, textOf } from "./requests.ts";
import { listen, serve, serveBytes, testExchange } from "./sockets.ts";

const answering: RequestListener = (request, response) => {
  request.resume();
  request.on("end", () => response.end("hello"));
};

it("keeps a connection from call to call", async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    response.end("hello");
  });
  const exchange = testExchange();
  for (let call = 0; call < 6; call++) expect(await textOf((await exchange(url, init())).body)).toBe("hello");
  expect(sockets.size).toBe(1);
});

it("says ECONNRESET where a kept connection closes as the request goes out", async () => {
  const wire = await serveBytes((socket, _, times) => {
    if (times === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    else socket.resetAndDestroy();
  });
  const exchange = testExchange();
  expect(await textOf((await exchange(wire.url, init())).body)).toBe("hello");
  await expect(exchange(wire.url, init())).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(wire.opened()).toBe(1);
  expect(await textOf((await exchange(wire.url, init())).body)).toBe("hello");
});

it("lets a process end that has free connections, and leaves no timer", async () => {
  const url = await serve((_, response) => response.end("hello"));
  const program = fileURLToPath(new URL("ending-program.ts", import.meta.url));
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--import", "tsx/esm", program, url], { timeout: 15_000 });
  expect(JSON.parse(stdout)).toEqual({ text: "hello", timers: [] });
});

it("trusts what the agent trusts, and shows its certificate", async () => {
  const server = makeCertificate();
  const client = makeCertificate("client");
  const seen: unknown[] = [];
  const port = await listen(
    createTlsServer({ ...server, ca: client.cert, requestCert: true }, (request, response) => {
      seen.push(Reflect.get(request.socket, "authorized"));
      answering(request, response);
    }),
  );
  const url = `https://127.0.0.1:${port}/`;
  const agent = new HttpsAgent({ keepAlive: true, ca: server.cert, ...client });
  onTestFinished(() => agent.destroy());
  expect(await textOf((await createDefaultExchange({ agent })(url, init())).body)).toBe("hello");
  expect(seen).toEqual([true]);
  await expect(createNodeExchange()(url, init())).rejects.toMatchObject({
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
  });
});

async function startProxy() {
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end("of the proxy");
  });
  proxy.on("connect", (request, socket) => {
    asked.push(request.url);
    const [host, port] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  return { asked, url: `http://127.0.0.1:${await listen(proxy)}` };
}

it.each(["http", "https"])("goes through a proxy by its agent (%s)", async (protocol) => {
  const { asked, url } = await startProxy();
  const certificate = makeCertificate();
  const server = protocol === "http" ? createServer(answering) : createTlsServer(certificate, answering);
  const port = await listen(server);
  const agent = new HttpsProxyAgent(url, { keepAlive: true });
  agent.options.ca = certificate.cert;
  onTestFinished(() => agent.destroy());
  const exchange = createDefaultExchange({ agent });
  for (let call = 0; call < 2; call++) {
    const answer = await exchange(`${protocol}://127.0.0.1:${port}/`, init());
    expect(await textOf(answer.body)).toBe("hello");
  }
  expect(asked).toEqual([`127.0.0.1:${port}`]);
});

it("does not read HTTP_PROXY by itself", async () => {
  const { asked, url } = await startProxy();
  for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) vi.stubEnv(name, url);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const server = await serve((_, response) => response.end("direct"));
  expect(await textOf((await testExchange()(server, init())).body)).toBe("direct");
  expect(asked).toEqual([]);
});

it.each([
  ["no agent", { destroy() {} }],
  ["a text", "http://proxy.example"],
  ["null", null],
])("refuses %s in place of an agent", (_, agent) => {
  expect(() => createDefaultExchange({ agent: agent as never })).toThrow(
    expect.objectContaining({ kind: "ConfigError" }),
  );
});

it("refuses an agent where fetch makes the exchange", () => {
  const agent = new HttpsAgent();
  expect(() => createFetchExchange({ agent })).toThrow(expect.objectContaining({ kind: "ConfigError" }));
});
