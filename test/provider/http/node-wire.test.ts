/** What a server may write that no HTTP server of Node would: byte for byte. */
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { createNodeExchange } from "../../../src/provider/http/node-exchange.ts";
import { init, TestAbort, textOf } from "./requests.ts";
import { serveBytes, testExchange } from "./sockets.ts";

const whole = (text: string, more = "") =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n${more}\r\n${text}`;

/** The first request is `misbehave`'s; every later one is answered with "fine". */
async function misbehaving(misbehave: (socket: Socket) => void, exchange = testExchange()) {
  let requests = 0;
  const wire = await serveBytes((socket) => {
    if (++requests === 1) misbehave(socket);
    else socket.write(whole("fine"));
  });
  const ask = async () => {
    const abort = new TestAbort();
    const answer = await exchange(wire.url, init({ abort }));
    const text = await textOf(answer.body);
    expect(abort.listeners).toBe(0);
    return { status: answer.status, text };
  };
  return { ...wire, ask };
}

const writing = (bytes: string | Buffer) => misbehaving((socket) => socket.write(bytes));
const ending = (bytes: string | Buffer) => misbehaving((socket) => socket.end(bytes));
const fine = { status: 200, text: "fine" };
const chunked = (rest: string) => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${rest}`;

describe("answers that are odd, and right", () => {
  it.each([
    ["without a length, up to the connection's end", "HTTP/1.1 200 OK\r\n\r\nall of it", "all of it"],
    ["of HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nold", "old"],
    ["without a reason", "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", "ok"],
    ["with trailers", chunked("2\r\nok\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n"), "ok"],
    ["with chunk extensions", chunked("2;a=b\r\nok\r\n0\r\n\r\n"), "ok"],
    [
      "after other statuses",
      `HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n${whole("ok")}`,
      "ok",
    ],
    ["with a length that is said twice alike", whole("ok", "x-a: 1\r\nx-a: 2\r\n"), "ok"],
    ["without a body, said to be encoded", whole("", "content-encoding: gzip\r\n"), ""],
  ])("%s", async (_, bytes, text) => {
    const { ask, ...wire } = await ending(bytes);
    expect(await ask()).toEqual({ status: 200, text });
    // The next request must not meet a connection that is about to close.
    await expect.poll(wire.open).toBe(0);
    expect(await ask()).toEqual(fine);
    await expect.poll(wire.open).toBe(1);
  });

  it("has no body with 204", async () => {
    const { ask, opened } = await writing("HTTP/1.1 204 No Content\r\n\r\n");
    expect(await ask()).toEqual({ status: 204, text: "" });
    expect(await ask()).toEqual(fine);
    expect(opened()).toBe(1);
  });
});

describe("answers that are wrong", () => {
  it.each([
    ["body that is cut", whole("cut").replace("3", "100"), "ECONNRESET"],
    ["chunked body that is cut", chunked("a\r\nhalf"), "ECONNRESET"],
    ["chunked body without its last chunk", chunked("2\r\nok\r\n"), "ECONNRESET"],
    ["chunk whose size is no number", chunked("2\r\nok\r\nzz\r\nmore\r\n"), "HPE_INVALID_CHUNK_SIZE"],
    ["chunk that is longer than it says", chunked("2\r\nokok\r\n0\r\n\r\n"), "HPE_STRICT"],
    [
      "length that is said twice, and differs",
      whole("ok", "content-length: 3\r\n"),
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
    [
      "length of a chunked body",
      whole("ok", "transfer-encoding: chunked\r\n"),
      "HPE_INVALID_TRANSFER_ENCODING",
    ],
    ["length below nothing", whole("ok").replace("2\r", "-2\r"), "HPE_INVALID_CONTENT_LENGTH"],
    ["head that is cut", "HTTP/1.1 200 OK\r\ncontent-len", "ECONNRESET"],
    ["nothing at all", "", "ECONNRESET"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", "HPE_INVALID_CONSTANT"],
    ["line feed within a header", "HTTP/1.1 200 OK\r\nx: a\nb\r\n\r\n", "HPE_CR_EXPECTED"],
    [
      "switch to another protocol",
      "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "ECONNRESET",
    ],
  ])("%s", async (_, bytes, code) => {
    const { ask, ...wire } = await ending(bytes);
    await expect(ask()).rejects.toMatchObject({ code: expect.stringMatching(code) });
    expect(await ask()).toEqual(fine);
    await expect.poll(wire.open).toBe(1);
  });

  it("gives up endless and long headers", async () => {
    const { ask, ...wire } = await misbehaving((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const more = () => {
        while (!socket.destroyed && socket.write(`x-more: ${"x".repeat(1000)}\r\n`));
      };
      socket.on("drain", more);
      more();
    });
    await expect(ask()).rejects.toMatchObject({ code: "HPE_HEADER_OVERFLOW" });
    expect(await ask()).toEqual(fine);
    await expect.poll(wire.open).toBe(1);
  });

  it.each(["a header", "a trailer"])("gives up %s of 1 MB", async (where) => {
    const line = `x-long: ${"y".repeat(1 << 20)}\r\n`;
    const { ask } = await writing(where === "a header" ? whole("ok", line) : chunked(`0\r\n${line}\r\n`));
    await expect(ask()).rejects.toMatchObject({ code: "HPE_HEADER_OVERFLOW" });
    expect(await ask()).toEqual(fine);
  });

  it.each(["100 Continue", "102 Processing", "103 Early Hints"])(
    "gives up endless answers of %s",
    async (status) => {
      const { ask, ...wire } = await misbehaving((socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write(`HTTP/1.1 ${status}\r\n\r\n`.repeat(50)));
        };
        socket.on("drain", more);
        more();
      });
      const error = await ask().catch((error: unknown) => error);
      expect(LlmError.is(error) && error.kind).toBe("InvalidResponse");
      expect(await ask()).toEqual(fine);
      await expect.poll(wire.open).toBe(1);
    },
  );
});

describe("what comes beside the answer", () => {
  it.each([
    ["another answer with it", (socket: Socket) => socket.write(whole("right") + whole("wrong"))],
    ["rubbish with it", (socket: Socket) => socket.write(`${whole("right")}rubbish`)],
    [
      "another answer after it",
      (socket: Socket) => {
        socket.write(whole("right"));
        setTimeout(() => socket.write(whole("wrong")), 20);
      },
    ],
  ])("%s is nobody's answer", async (_, misbehave) => {
    const { ask, ...wire } = await misbehaving(misbehave, createNodeExchange());
    expect((await ask()).text).toBe("right");
    await pause(60);
    expect(await ask()).toEqual(fine);
    // What came unasked may be half of something: that connection is not used again.
    expect(wire.opened()).toBe(2);
    await expect.poll(wire.open).toBe(1);
  });

  it("takes an answer that comes before the request is read, and leaves no connection", async () => {
    let got = 0;
    const wire = await serveBytes((socket, came) => {
      got += came.length;
      socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nlarge");
      socket.pause();
    });
    const exchange = testExchange();
    const body = JSON.stringify("x".repeat(16 << 20));
    const answer = await exchange(wire.url, init({ body }));
    expect(answer.status).toBe(413);
    expect(await textOf(answer.body)).toBe("large");
    expect(got).toBeLessThan(body.length);
  });
});
