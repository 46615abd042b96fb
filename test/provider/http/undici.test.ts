import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { Agent } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { AnswerBody, FetchInit } from "../../../src/provider/base/exchange.ts";
import { GroqProvider } from "../../../src/provider/groq-provider.ts";
import { createUndiciFetch } from "../../../src/provider/http/undici.ts";

const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => answer(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A fetch on an agent of the test's own, whose connections end with the test. */
function testFetch() {
  const agent = new Agent();
  cleanUp.push(() => agent.destroy());
  return createUndiciFetch({ dispatcher: agent });
}

function init(fields: Partial<FetchInit> = {}): FetchInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer gsk_test_key" },
    body: '{"n":1}',
    signal: new AbortController().signal,
    redirect: "manual",
    ...fields,
  };
}

async function textOf(body: AnswerBody | null): Promise<string> {
  const reader = body?.getReader();
  const parts: Uint8Array[] = [];
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) parts.push(read.value);
  return Buffer.concat(parts).toString();
}

const chatAnswer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1790000000,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Ahoy – 你好" },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
});

function providerOf(url: string, fetch = testFetch()) {
  return new GroqProvider(
    {
      name: "t",
      provider: "groq",
      model: "m",
      supported_endpoints: ["chat"],
      config: { api_key: "gsk_test_key", base_url: `${url}/openai/v1`, max_retries: 0 },
    },
    { fetch },
  );
}

describe("one exchange", () => {
  it("sends method, headers and body, and gives status, headers and body", async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      const { method, url, headers } = request;
      seen = { method, url, type: headers["content-type"], key: headers.authorization };
      response.writeHead(418, { "x-one": "1", "set-cookie": ["a=1", "b=2"] }).end("short");
    });
    const answer = await testFetch()(`${url}/path?q=1`, init());
    expect(seen).toEqual({
      method: "POST",
      url: "/path?q=1",
      type: "application/json",
      key: "Bearer gsk_test_key",
    });
    expect(answer).toMatchObject({ ok: false, status: 418 });
    expect(answer.headers.get("X-One")).toBe("1");
    expect(answer.headers.get("set-cookie")).toBe("a=1, b=2");
    expect(answer.headers.get("x-two")).toBeNull();
    expect(await textOf(answer.body)).toBe("short");
  });

  it("follows no redirect", async () => {
    const paths: string[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await testFetch()(`${url}/here`, init());
    expect([answer.ok, answer.status, paths]).toEqual([false, 302, ["/here"]]);
  });

  const text = "The lamp turns. ".repeat(500);
  it.each([
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["identity", Buffer.from(text)],
  ])("decodes %s", async (encoding, bytes) => {
    let accepted: string | undefined;
    const url = await serve((request, response) => {
      accepted = request.headers["accept-encoding"] as string;
      response.writeHead(200, { "content-encoding": encoding }).end(bytes);
    });
    const answer = await testFetch()(url, init());
    expect(await textOf(answer.body)).toBe(text);
    expect(accepted).toBe("gzip, deflate, br");
  });

  it("fails on bytes that are not what their encoding says", async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end("plain text"),
    );
    const answer = await testFetch()(url, init());
    await expect(textOf(answer.body)).rejects.toMatchObject({ code: "Z_DATA_ERROR" });
  });

  it("gives out the parts of an encoded stream as they come", async () => {
    const { createGzip } = await import("node:zlib");
    let go: () => void = () => {};
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.write("first");
      gzip.flush();
      go = () => gzip.end("second");
    });
    const answer = await testFetch()(url, init());
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
    go();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("second");
    expect((await reader?.read())?.done).toBe(true);
  });
});

describe("faults", () => {
  it("rejects with the code of a refused connection", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(testFetch()(`http://127.0.0.1:${port}`, init())).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    const call = providerOf(`http://127.0.0.1:${port}`).chat([{ role: "user", content: "hi" }]);
    await expect(call).rejects.toMatchObject({
      kind: "ServiceUnavailable",
      code: "ECONNREFUSED",
      retryable: true,
    });
  });

  it("fails a body that is cut", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("part");
      setImmediate(() => response.destroy());
    });
    const answer = await testFetch()(url, init());
    await expect(textOf(answer.body)).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    const call = providerOf(url).chat([{ role: "user", content: "hi" }]);
    await expect(call).rejects.toMatchObject({ kind: "ServiceUnavailable", code: "UND_ERR_SOCKET" });
  });

  it("rejects each read of a body that is cut", async () => {
    const cut = deferred();
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("part");
      cut.promise.then(() => response.destroy());
    });
    const reader = (await testFetch()(url, init())).body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(4);
    cut.resolve(undefined);
    await expect(reader?.read()).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    await expect(reader?.read()).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
    await reader?.cancel();
  });

  it("rejects with the signal's reason before the answer, and closes the connection", async () => {
    const closed = deferred();
    const arrived = deferred();
    const url = await serve((request) => {
      request.socket.on("close", () => closed.resolve(undefined));
      arrived.resolve(undefined);
    });
    const controller = new AbortController();
    const call = testFetch()(url, init({ signal: controller.signal }));
    const reason = new Error("enough");
    arrived.promise.then(() => controller.abort(reason));
    await expect(call).rejects.toBe(reason);
    await closed.promise;
  });

  it("fails the body at an abort, and closes the connection", async () => {
    const closed = deferred();
    const url = await serve((request, response) => {
      request.socket.on("close", () => closed.resolve(undefined));
      response.writeHead(200);
      response.write("part");
    });
    const controller = new AbortController();
    const answer = await testFetch()(url, init({ signal: controller.signal }));
    const reader = answer.body?.getReader();
    await reader?.read();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(reader?.read()).rejects.toBe(reason);
    await closed.promise;
  });

  it("rejects at once where the signal is aborted already", async () => {
    const reason = new Error("never");
    const call = testFetch()("http://127.0.0.1:9", init({ signal: AbortSignal.abort(reason) }));
    await expect(call).rejects.toBe(reason);
  });

  it.each(["identity", "gzip"])("closes the connection of a cancelled body (%s)", async (encoding) => {
    const closed = deferred();
    const url = await serve((request, response) => {
      request.socket.on("close", () => closed.resolve(undefined));
      response.writeHead(200, { "content-encoding": encoding });
      response.write("part");
    });
    const answer = await testFetch()(url, init());
    await answer.body?.getReader().cancel();
    await closed.promise;
  });
});

describe("as the provider's fetch", () => {
  it("keeps connections from call to call", async () => {
    const sockets = new Set<unknown>();
    const url = await serve((request, response) => {
      sockets.add(request.socket);
      response
        .writeHead(200, { "content-type": "application/json", "x-request-id": "req_1" })
        .end(chatAnswer);
    });
    const provider = providerOf(url);
    for (let call = 0; call < 6; call++) {
      const response = await provider.chat([{ role: "user", content: "hi" }]);
      expect(response).toMatchObject({ content: "Ahoy – 你好", requestId: "req_1" });
    }
    // A call made the moment another ended may find its connection not free yet.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it("reads a stream that is longer than any buffer, no faster than it is taken", async () => {
    const chunks = 20_000;
    const event = (choices: unknown[]) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices })}\n\n`;
    const part = event([{ index: 0, delta: { content: "abcd" }, finish_reason: null }]);
    let written = 0;
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const write = () => {
        while (written < chunks) {
          written++;
          if (!response.write(part)) {
            response.once("drain", write);
            return;
          }
        }
        response.end(`${event([{ index: 0, delta: {}, finish_reason: "stop" }])}data: [DONE]\n\n`);
      };
      write();
    });
    const stream = providerOf(url).chatStream([{ role: "user", content: "hi" }]);
    let length = 0;
    for await (const chunk of stream) if (chunk.type === "text") length += chunk.text.length;
    expect(length).toBe(chunks * 4);
    expect((await stream.response).content.length).toBe(chunks * 4);
  });

  it("reads ahead of its reader only so far, then gives all that came", async () => {
    const part = Buffer.alloc(1 << 20, "a");
    const parts = 48;
    let written = 0;
    const url = await serve(async (_, response) => {
      for (; written < parts; written++) if (!response.write(part)) await once(response, "drain");
      response.end();
    });
    const { body } = await testFetch()(url, init());
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What the sockets hold besides is a few megabytes.
    expect(written).toBeLessThan(parts / 2);
    expect((await textOf(body)).length).toBe(parts * part.length);
  });

  it("uses undici's global dispatcher where none is given", async () => {
    const url = await serve((_, response) => response.end(chatAnswer));
    const response = await providerOf(url, createUndiciFetch()).chat([{ role: "user", content: "hi" }]);
    expect(response.content).toBe("Ahoy – 你好");
  });

  it("ends a call in time whose answer does not come", async () => {
    const url = await serve(() => {});
    const provider = providerOf(url);
    const error = await provider.chat([{ role: "user", content: "hi" }], { timeoutMs: 30 }).catch((e) => e);
    expect(LlmError.is(error) && error.kind).toBe("Timeout");
  });
});

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise<unknown>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
