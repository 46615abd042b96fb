import { getEventListeners } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Body,
  collect,
  event,
  failure,
  finish,
  type HarnessOptions,
  settle,
  sse,
  start,
  text,
  textOf,
} from "./harness.ts";

const endless = () => new Body([event(text("a")) + event(text("b")), event(text("c"))], "open");

describe("cancelled", () => {
  test("by break: closed, and the response says so", async () => {
    const { stream, body, outcomes } = start(endless());
    for await (const _ of stream) break;
    expect(body.cancelled).toBe(true);
    const error = await failure(stream.response);
    expect(error).toMatchObject({
      kind: "Cancelled",
      partial: "ab",
      message: "The stream was left before its end",
    });
    expect(outcomes).toEqual([{ error, firstEventMs: expect.any(Number) }]);
  });

  test("by a throw in the loop, which stays the error of the loop", async () => {
    const { stream, body } = start(endless());
    const loop = async () => {
      for await (const _ of stream) throw new RangeError("mine");
    };
    await expect(loop()).rejects.toThrow(RangeError);
    expect(body.cancelled).toBe(true);
  });

  test("by cancel(): a waiting reader rejects, chunks at hand are dropped", async () => {
    const { stream, body } = start(endless());
    const chunks = stream[Symbol.asyncIterator]();
    await chunks.next();
    stream.cancel("enough");
    expect(body.cancelled).toBe(true);
    const error = await failure(chunks.next());
    expect(error).toMatchObject({ kind: "Cancelled", message: "The stream was cancelled: enough" });
    expect(await failure(stream.response)).toBe(error);
    expect(await chunks.next()).toEqual({ done: true, value: undefined });

    const waiting = start(new Body([], "open")).stream;
    const next = failure(waiting[Symbol.asyncIterator]().next());
    await settle();
    waiting.cancel();
    expect(await next).toMatchObject({ kind: "Cancelled", message: "The stream was cancelled" });
  });

  test("by the caller's signal, with its reason as cause", async () => {
    const controller = new AbortController();
    const { stream, body, outcomes } = start(endless(), { signal: controller.signal });
    const reading = collect(stream);
    await settle();
    controller.abort(new Error("user left"));
    const { chunks, error } = await reading;
    expect(textOf(chunks)).toBe("abc");
    expect(error).toMatchObject({ kind: "Cancelled", partial: "abc" });
    expect(error?.cause).toMatchObject({ message: "user left" });
    expect(body.cancelled).toBe(true);
    expect(outcomes).toHaveLength(1);
  });

  test("while the call still waits for its answer", async () => {
    let aborted: AbortSignal | undefined;
    const open: HarnessOptions["open"] = (signal) => {
      aborted = signal;
      // Takes no notice of it.
      return new Promise(() => {});
    };
    const { stream, outcomes } = start([], { open });
    const reading = collect(stream);
    await settle();
    stream.cancel();
    const { error } = await reading;
    expect(error?.kind).toBe("Cancelled");
    expect(aborted?.aborted).toBe(true);
    expect(outcomes).toEqual([]);
  });

  test("and the answer comes nevertheless: its body is closed and the end told", async () => {
    const body = endless();
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const open: HarnessOptions["open"] = async () => {
      await arrival;
      return { body: body.stream };
    };
    const { stream, outcomes } = start([], { open });
    stream.cancel();
    arrive();
    await settle();
    expect(body.cancelled).toBe(true);
    expect(outcomes).toEqual([{ error: expect.objectContaining({ kind: "Cancelled" }) }]);
  });

  test("before it began: nothing is sent", async () => {
    let opened = 0;
    const open: HarnessOptions["open"] = () => {
      opened++;
      return new Promise(() => {});
    };
    const signal = AbortSignal.abort();
    const { stream, outcomes } = start([], { open, signal });
    expect((await collect(stream)).error?.kind).toBe("Cancelled");
    expect([opened, outcomes.length, getEventListeners(signal, "abort").length]).toEqual([0, 0, 0]);
  });

  test("the first of several ends wins", async () => {
    const controller = new AbortController();
    const { stream, outcomes } = start(endless(), { signal: controller.signal });
    stream.cancel("mine");
    controller.abort();
    expect((await failure(stream.response)).message).toBe("The stream was cancelled: mine");
    await settle();
    expect(outcomes).toHaveLength(1);

    const whole = start([sse(text("a"), finish())]);
    expect(await whole.stream.text()).toBe("a");
    whole.stream.cancel();
    expect((await whole.stream.response).content).toBe("a");
    expect(whole.outcomes[0]).not.toHaveProperty("error");
  });

  test("a loop left early is cancelled also where all had arrived", async () => {
    const { stream, outcomes } = start([sse(text("a"), text("b"), finish())]);
    for await (const _ of stream) break;
    expect((await failure(stream.response)).kind).toBe("Cancelled");
    // The exchange itself had ended well.
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).not.toHaveProperty("error");
  });
});

test("no rejection is unhandled when nobody awaits", async () => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", listener);
  const broken = start([event(text("a"))]);
  for await (const _ of broken.stream) break;
  start(endless()).stream.cancel();
  start([], { open: () => Promise.reject(new Error("no")) });
  start([], { signal: AbortSignal.abort() });
  await collect(start([event({ error: { message: "x" } })]).stream);
  const held = start([event({ error: { message: "x" } })]).stream;
  held.response.catch(() => {});
  for (let i = 0; i < 5; i++) await settle();
  process.off("unhandledRejection", listener);
  expect(unhandled).toEqual([]);
});

describe("over real sockets", () => {
  let server: Server;
  let address: string;
  const FLOOD = 400_000_000;
  let poured = 0;
  let connections = 0;
  const answers = new Set<ServerResponse>();
  // Of the last request. Node's fetch opens another connection where one is closed, so they can't just be counted.
  let socket: Socket | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      socket = request.socket;
      answers.add(response);
      response.on("close", () => answers.delete(response));
      response.writeHead(200, { "content-type": "text/event-stream" });
      switch (request.url) {
        case "/whole":
          response.write(event(text("Hello ")));
          response.write(sse(text("there"), finish()));
          // [DONE] and the end of the answer are two writes, as they are in real servers.
          setTimeout(() => response.end(), 5);
          break;
        case "/left-open":
          response.write(sse(text("Hello"), finish()));
          break;
        case "/flood": {
          const block = event(text("x".repeat(64 * 1024)));
          const pour = () => {
            while (!response.destroyed && poured < FLOOD) {
              poured += block.length;
              if (!response.write(block)) {
                response.once("drain", pour);
                return;
              }
            }
          };
          pour();
          break;
        }
        case "/reset":
          response.write(event(text("Hello")), () => setTimeout(() => request.socket.resetAndDestroy(), 5));
          break;
        case "/cut":
          response.end(event(text("Hello")));
          break;
        default:
          response.write(event(text("Hello")));
      }
    });
    server.on("connection", () => {
      connections++;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const call = (path: string, signal?: AbortSignal) =>
    start([], {
      signal,
      open: async (cancelled) => {
        const answer = await fetch(`${address}${path}`, { signal: cancelled });
        if (!answer.body) throw new Error("no body");
        return { status: answer.status, headers: answer.headers, body: answer.body };
      },
    });

  test.each([
    ["break", (stream: ReturnType<typeof call>["stream"]) => stream[Symbol.asyncIterator]().return?.()],
    ["cancel()", (stream: ReturnType<typeof call>["stream"]) => stream.cancel()],
  ])("%s closes the connection", async (_, leave) => {
    const { stream } = call("/endless");
    await expect.poll(() => answers.size).toBe(1);
    leave(stream);
    await expect.poll(() => [answers.size, socket?.destroyed]).toEqual([0, true]);
    expect((await failure(stream.response)).kind).toBe("Cancelled");
  });

  test("the signal closes it, while a chunk is waited for", async () => {
    const controller = new AbortController();
    const { stream } = call("/endless", controller.signal);
    const reading = (async () => {
      for await (const _ of stream) controller.abort();
    })();
    expect((await failure(reading)).kind).toBe("Cancelled");
    await expect.poll(() => [answers.size, socket?.destroyed]).toEqual([0, true]);
  });

  test("[DONE] ends the loop where the server keeps the answer open, and closes the connection", async () => {
    const { stream } = call("/left-open");
    expect(await stream.text()).toBe("Hello");
    await expect.poll(() => [answers.size, socket?.destroyed]).toEqual([0, true]);
  });

  test("a slow reader holds the server back", async () => {
    const { stream } = call("/flood");
    const chunks = stream[Symbol.asyncIterator]();
    await chunks.next();
    let before = -1;
    // Until nothing more moves: the buffers of the system are full.
    await expect
      .poll(
        () => {
          const still = poured === before;
          before = poured;
          return still;
        },
        { interval: 100, timeout: 15_000 },
      )
      .toBe(true);
    expect(poured).toBeLessThan(FLOOD / 4);
    await chunks.return?.();
  });

  test("a reset in the middle keeps the text", async () => {
    const { chunks, error } = await collect(call("/reset").stream);
    expect(textOf(chunks)).toBe("Hello");
    expect(error).toMatchObject({ kind: "ServiceUnavailable", partial: "Hello", retryable: true });
  });

  test("an answer that just ends keeps it too", async () => {
    expect((await collect(call("/cut").stream)).error).toMatchObject({
      kind: "InvalidResponse",
      partial: "Hello",
    });
  });

  test("a connection serves one stream after another, though [DONE] comes before the answer's end", async () => {
    connections = 0;
    for (let i = 0; i < 5; i++) {
      expect(await call("/whole").stream.text()).toBe("Hello there");
      await expect.poll(() => answers.size).toBe(0);
      await settle();
    }
    // None, where an earlier test has left one open.
    expect(connections).toBeLessThanOrEqual(1);
  });

  test("1,000 calls of every kind of end leave no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    const ends: ((stream: ReturnType<typeof call>["stream"]) => Promise<unknown>)[] = [
      (stream) => stream.text(),
      (stream) => collect(stream),
      async (stream) => {
        for await (const _ of stream) break;
      },
      async (stream) => stream.cancel(),
    ];
    const refused: HarnessOptions = { signal, open: () => Promise.reject(new Error("refused")) };
    let most = 0;
    for (let i = 0; i < 1000; i += 10) {
      const paths = ["/whole", "/cut"] as const;
      const runs = Array.from({ length: 9 }, (_, j) => {
        const end = ends[(i / 10 + j) % ends.length];
        return end?.(call(paths[j % 2] ?? "/whole", signal).stream).catch(() => {});
      });
      runs.push(collect(start([], refused).stream));
      most = Math.max(most, getEventListeners(signal, "abort").length);
      await Promise.all(runs);
    }
    expect(most).toBeGreaterThan(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  }, 60_000);
});
