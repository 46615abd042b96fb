import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { ResultStream } from "../../../src/provider/stream/result-stream.ts";

const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);
beforeEach(() => {
  rejections.length = 0;
  process.on("unhandledRejection", onRejection);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("unhandledRejection", onRejection);
  expect(rejections).toEqual([]);
});

const same = <T>(event: T) => event;
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** 1 to `last`, and what was done with them: how far the work came, and whether it was closed. */
function counting(last: number, options: { signal?: AbortSignal; fault?: Error } = {}) {
  const log = { started: 0, yielded: 0, closed: false };
  const stream = new ResultStream<number, string>(
    async function* (signal) {
      log.started++;
      try {
        for (let i = 1; i <= last; i++) {
          await tick();
          signal.throwIfAborted();
          log.yielded = i;
          yield i;
        }
        if (options.fault) throw options.fault;
        return "sum";
      } finally {
        log.closed = true;
      }
    },
    options.signal,
    same,
  );
  return { stream, log };
}

async function read<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );

describe("a result", () => {
  test("may be asked for before a loop that begins in the same turn", async () => {
    const { stream } = counting(3);
    expect(await Promise.all([stream.result, read(stream)])).toEqual(["sum", [1, 2, 3]]);
  });

  test("may be asked for before a loop that begins later", async () => {
    const { stream, log } = counting(20);
    const { result } = stream;
    await tick();
    await tick();
    await tick();
    expect(log.yielded).toBeGreaterThan(0);
    expect(await read(stream)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await result).toBe("sum");
  });

  test("may be awaited inside the loop, at any event", async () => {
    const { stream } = counting(3);
    const seen: unknown[] = [];
    for await (const event of stream) seen.push(event, await stream.result);
    expect(seen).toEqual([1, "sum", 2, "sum", 3, "sum"]);
  });

  test("is one plain promise, however often it is asked for", async () => {
    const { stream, log } = counting(1);
    const { result } = stream;
    expect(result).toBe(stream.result);
    expect(Object.getPrototypeOf(result)).toBe(Promise.prototype);
    expect(await result).toBe("sum");
    expect(log.started).toBe(1);
  });

  test("is all there is, once it is settled without a loop", async () => {
    const { stream } = counting(3);
    expect(await stream.result).toBe("sum");
    expect(() => stream[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ kind: "InvalidRequest" }));
  });

  test("that is not asked for is not read ahead", async () => {
    const { stream, log } = counting(3);
    for await (const event of stream) {
      for (let i = 0; i < 5; i++) await tick();
      expect(log.yielded).toBe(event);
    }
    expect(await stream.result).toBe("sum");
  });

  test("comes to those who begin nothing: nothing starts by itself", async () => {
    const { log } = counting(3);
    await tick();
    expect(log.started).toBe(0);
  });
});

describe("a failure", () => {
  const fault = new LlmError("InvalidResponse", "cut off");

  test("comes after the events before it, and is the result's too", async () => {
    const { stream } = counting(2, { fault });
    const { result } = stream;
    const events: number[] = [];
    const loop = (async () => {
      for await (const event of stream) events.push(event);
    })();
    expect([await failure(loop), await failure(result)]).toEqual([fault, fault]);
    expect(events).toEqual([1, 2]);
  });

  test("that nobody hears is not unhandled", async () => {
    const { stream } = counting(1, { fault });
    void stream.result;
    await tick();
    await tick();
    await tick();
  });
});

describe("an end before the end", () => {
  test.each([
    ["break", "The stream was left before its end"],
    ["cancel", "The stream was cancelled: enough"],
    ["signal", "The call was cancelled by its signal"],
  ])("by %s stops the work, with and without reading ahead", async (way, message) => {
    for (const isAhead of [false, true]) {
      const controller = new AbortController();
      const { stream, log } = counting(1000, { signal: controller.signal });
      if (isAhead) void stream.result;
      const loop = (async () => {
        for await (const _ of stream) {
          if (way === "break") break;
          if (way === "cancel") stream.cancel("enough");
          else controller.abort();
        }
      })();
      if (way === "break") await loop;
      else expect(await failure(loop)).toMatchObject({ kind: "Cancelled", message });
      expect(await failure(stream.result)).toMatchObject({ kind: "Cancelled", message });
      expect(log.closed).toBe(true);
      expect(log.yielded).toBeLessThan(1000);
    }
  });

  test("by return() does not wait for an event that is awaited", async () => {
    const stream = new ResultStream<number, string>(
      async function* (signal) {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        yield 1;
        return "never";
      },
      undefined,
      same,
    );
    const events = stream[Symbol.asyncIterator]();
    const pending = failure(events.next());
    await tick();
    expect(await events.return?.()).toEqual({ done: true, value: undefined });
    await pending;
    expect(await failure(stream.result)).toMatchObject({ kind: "Cancelled" });
  });

  test("before the start is told to a loop and to the result", async () => {
    const { stream, log } = counting(3);
    stream.cancel();
    expect(await failure(read(stream))).toMatchObject({ kind: "Cancelled" });
    expect(await failure(stream.result)).toMatchObject({ kind: "Cancelled" });
    expect(log.started).toBe(0);
  });

  test("after the end changes nothing", async () => {
    const { stream } = counting(2);
    const { result } = stream;
    const events = stream[Symbol.asyncIterator]();
    await result;
    stream.cancel();
    expect([await events.next(), await events.next(), await events.next()].map(({ value }) => value)).toEqual(
      [1, 2, undefined],
    );
  });
});

test("calls of next() that do not wait for each other are answered in order", async () => {
  const { stream } = counting(3);
  const events = stream[Symbol.asyncIterator]();
  const steps = await Promise.all([events.next(), events.next(), events.next(), events.next()]);
  expect(steps.map(({ value }) => value)).toEqual([1, 2, 3, undefined]);
});

test("what the loop is given is made when it takes it", async () => {
  let made = 0;
  const stream = new ResultStream<string, void, number>(
    async function* () {
      for (let i = 0; i < 100; i++) yield i;
    },
    undefined,
    (i) => {
      made++;
      return i % 2 === 0 ? `even ${i}` : undefined;
    },
  );
  const events = stream[Symbol.asyncIterator]();
  await stream.result;
  expect(made).toBe(0);
  expect([await events.next(), await events.next()].map(({ value }) => value)).toEqual(["even 0", "even 2"]);
  expect(made).toBe(3);
});
