import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";
import { init, TestAbort, textOf } from "./requests.ts";
import { deferred, listen, serve, serveBytes, testExchange } from "./sockets.ts";

describe("one exchange", () => {
  it("sends method, path, headers and body, and gives status, headers and body", async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      const { method, url, headers } = request;
      seen = { method, url, headers };
      response.writeHead(418, { "x-one": "1", "set-cookie": ["a=1", "b=2"] }).end("short");
    });
    const answer = await testExchange()(`${url}/path?q=1`, init({ body: '{"text":"Łódź"}' }));
    expect(seen).toEqual({
      method: "POST",
      url: "/path?q=1",
      headers: {
        host: url.slice(7),
        accept: "*/*",
        "accept-encoding": "gzip, br",
        "user-agent": "groq-provider",
        "content-type": "application/json",
        authorization: "Bearer gsk_test_key",
        "content-length": "18",
        connection: "keep-alive",
      },
    });
    expect(answer).toMatchObject({ ok: false, status: 418 });
    expect(answer.headers.get("X-One")).toBe("1");
    expect(answer.headers.get("set-cookie")).toBe("a=1, b=2");
    expect(answer.headers.get("x-two")).toBeNull();
    expect(await textOf(answer.body)).toBe("short");
  });

  it("sends a GET without a body, and the caller's headers before its own", async () => {
    let seen: unknown;
    const url = await serve(({ method, headers }, response) => {
      seen = { method, headers };
      response.end();
    });
    const headers = { host: "models.example", accept: "text/event-stream", "user-agent": "mine" };
    const { body: _, ...withoutBody } = init({ method: "GET", headers });
    await testExchange()(url, withoutBody);
    expect(seen).toEqual({
      method: "GET",
      headers: {
        host: "models.example",
        accept: "text/event-stream",
        // An event that is compressed would wait for the next.
        "accept-encoding": "identity",
        "user-agent": "mine",
        connection: "keep-alive",
      },
    });
  });

  it("sends head and body in one write", async () => {
    const parts: string[] = [];
    const wire = await serveBytes((socket, came) => {
      parts.push(came);
      if (came.endsWith('{"n":1}')) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    const exchange = testExchange();
    for (let count = 0; count < 3; count++)
      expect(await textOf((await exchange(wire.url, init())).body)).toBe("ok");
    expect(parts).toHaveLength(3);
  });

  it("sends characters of Latin-1 in a header as fetch does", async () => {
    let came: string | undefined;
    const url = await serve((request, response) => {
      came = request.headers["x-title"]?.toString();
      response.end();
    });
    await testExchange()(url, init({ headers: { "x-title": "Füchse" }, body: '"Łódź"' }));
    expect(came).toBe("Füchse");
  });

  it("follows no redirect", async () => {
    const paths: string[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await testExchange()(`${url}/here`, init());
    expect([answer.ok, answer.status, paths]).toEqual([false, 302, ["/here"]]);
  });

  it("knows an IPv6 address", async () => {
    const server = createServer((request, response) => response.end(request.headers.host));
    const port = await listen(server, "::1");
    const answer = await testExchange()(`http://[::1]:${port}/`, init());
    expect(await textOf(answer.body)).toBe(`[::1]:${port}`);
  });

  it.each([["constructor"], ["__proto__"], ["toString"], ["hasOwnProperty"]])(
    "finds no header %s that did not come, and one that did",
    async (name) => {
      const wire = await serveBytes((socket, came) =>
        socket.end(`HTTP/1.1 200 OK\r\n${came.includes("/sent") ? `${name}: value\r\n` : ""}\r\n`),
      );
      const exchange = testExchange();
      expect((await exchange(`${wire.url}/sent`, init())).headers.get(name)).toBe("value");
      expect((await exchange(wire.url, init())).headers.get(name)).toBeNull();
    },
  );
});

describe("encodings", () => {
  const text = "The lamp turns. ".repeat(500);
  const gzip = gzipSync(text);
  it.each([
    ["gzip", gzip],
    ["x-gzip", gzip],
    [" GZIP ", gzip],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["br, gzip", gzipSync(brotliCompressSync(text))],
    ["identity", Buffer.from(text)],
  ])("undoes %s", async (encoding, bytes) => {
    const url = await serve((_, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(bytes),
    );
    expect(await textOf((await testExchange()(url, init())).body)).toBe(text);
  });

  it.each(["constructor", "__proto__", "toString", "zstd", "", "gzip, gzip, gzip", "constructor, gzip", ","])(
    "leaves a body in the encoding %j as it came",
    async (encoding) => {
      const url = await serve((_, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end("as it is"),
      );
      expect(await textOf((await testExchange()(url, init())).body)).toBe("as it is");
    },
  );

  it("fails on bytes that are not what their encoding says, and closes the connection", async () => {
    const closed = deferred();
    const url = await serve((request, response) => {
      request.socket.on("close", () => closed.resolve());
      response.writeHead(200, { "content-encoding": "gzip" }).write("plain text");
    });
    const answer = await testExchange()(url, init());
    await expect(textOf(answer.body)).rejects.toMatchObject({ code: "Z_DATA_ERROR" });
    await closed.promise;
  });

  it("gives out the parts of an encoded stream as they come", async () => {
    const go = deferred();
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.write("first");
      gzip.flush();
      go.promise.then(() => gzip.end("second"));
    });
    const reader = (await testExchange()(url, init())).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
    go.resolve();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("second");
    expect((await reader?.read())?.done).toBe(true);
  });

  it("undoes no more of a body than is read", async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 27));
    const url = await serve((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    const before = process.memoryUsage().arrayBuffers;
    const { body } = await testExchange()(url, init());
    const reader = body?.getReader();
    for (let count = 0; count < 10; count++) await reader?.read();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24);
    await reader?.cancel();
  });
});

describe("bodies", () => {
  it("reads ahead of its reader only so far, then gives all that came", async () => {
    const part = Buffer.alloc(1 << 20, "a");
    const parts = 48;
    let written = 0;
    const url = await serve(async (_, response) => {
      for (; written < parts; written++) if (!response.write(part)) await once(response, "drain");
      response.end();
    });
    const { body } = await testExchange()(url, init());
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What the sockets hold besides is a few megabytes.
    expect(written).toBeLessThan(parts / 2);
    expect((await textOf(body)).length).toBe(parts * part.length);
  });

  it.each(["identity", "gzip"])("closes the connection of a cancelled body (%s)", async (encoding) => {
    const closed = deferred();
    const url = await serve((request, response) => {
      request.socket.on("close", () => closed.resolve());
      response.writeHead(200, { "content-encoding": encoding }).write("part");
    });
    const abort = new TestAbort();
    const answer = await testExchange()(url, init({ abort }));
    expect(abort.listeners).toBe(1);
    await answer.body?.getReader().cancel();
    await closed.promise;
    expect(abort.listeners).toBe(0);
  });

  it("listens to its end no longer once the body has ended", async () => {
    const url = await serve((_, response) => response.end("all"));
    const abort = new TestAbort();
    const answer = await testExchange()(url, init({ abort }));
    await textOf(answer.body);
    expect(abort.listeners).toBe(0);
  });
});

it("rejects with the code of a refused connection", async () => {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const abort = new TestAbort();
  await expect(testExchange()(`http://127.0.0.1:${port}`, init({ abort }))).rejects.toMatchObject({
    code: "ECONNREFUSED",
  });
  expect(abort.listeners).toBe(0);
});

it("uses connections of the process where no agent is handed in", async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    response.end("ok");
  });
  for (let count = 0; count < 3; count++)
    expect(await textOf((await createNodeExchange()(url, init())).body)).toBe("ok");
  expect(sockets.size).toBe(1);
});
