import { describe, expect, test } from "vitest";
import { LlmError } from "../../src/provider/base/error.ts";
import type { ChatChunk, ChatStream } from "../../src/provider/base/types.ts";
import { createRouter, type RouterEvent, routeOf } from "../../src/router/index.ts";
import { answer } from "../provider/tools/scripted-provider.ts";
import { FakeProvider, HELLO, type Turn, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

function setUp(turns: Turn[], others: Turn[] = [{}], options = {}) {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns });
  const two = new FakeProvider({ clock, name: "two", turns: others });
  const router = createRouter([one, two], { clock, ...options });
  return { clock, one, two, router };
}

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

async function read(stream: ChatStream): Promise<{ chunks: ChatChunk[]; error?: unknown }> {
  const chunks: ChatChunk[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks };
}

const textOf = (chunks: ChatChunk[]) =>
  chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");

describe("messages that no candidate takes", () => {
  test.each<[unknown, string]>([
    [[], "messages: expected at least one message, got none"],
    ["hello", "messages: expected a list of messages, got string"],
    [null, "messages: expected a list of messages, got null"],
    [[{ role: "user", content: "hi" }, 3], "messages[1]: expected a message, got 3"],
  ])("%j is refused at once, and nobody is asked", (messages, expected) => {
    const { router, one } = setUp([{}]);
    expect(() => Reflect.apply(router.chatStream, router, [messages])).toThrow(expected);
    expect(one.asked).toEqual([]);
  });
});

describe("before the first chunk", () => {
  test("a failure goes on to the next, unseen", async () => {
    const { clock, router } = setUp([{ error: unavailable() }]);
    const stream = router.chatStream(HELLO);
    const { chunks, error } = await run(clock, read(stream));
    expect(error).toBeUndefined();
    expect(textOf(chunks)).toBe("two");
    const { route, content } = await stream.response;
    expect(content).toBe("two");
    expect(route.asked.map(({ candidate, outcome }) => [candidate, outcome])).toEqual([
      ["one", "failed"],
      ["two", "answered"],
    ]);
    expect(clock.timers).toBe(0);
  });

  test("where nobody is left the error comes from the loop and the response", async () => {
    const error = new LlmError("InvalidRequest", "bad", { status: 400 });
    const { clock, router } = setUp([{ error }]);
    const stream = router.chatStream(HELLO);
    expect((await run(clock, read(stream))).error).toBe(error);
    await expect(stream.response).rejects.toBe(error);
    expect(routeOf(error)?.asked).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test("the request goes out when the stream is made, and a stream that nobody reads rejects nothing unheard", async () => {
    const { clock, router, one } = setUp([{ error: new LlmError("InvalidRequest", "bad") }]);
    router.chatStream(HELLO);
    await clock.drain();
    expect(one.asked).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });
});

describe("after the first chunk", () => {
  test("a failure is thrown after the chunks that came, and another is not asked", async () => {
    const error = unavailable({ partial: "on" });
    const { clock, router, two } = setUp([{ error, chunksFirst: 1 }], [{}], { breaker: { failures: 1 } });
    const { chunks, error: thrown } = await run(clock, read(router.chatStream(HELLO)));
    expect(textOf(chunks)).toBe("on");
    expect(thrown).toBe(error);
    expect(two.asked).toHaveLength(0);
    expect(routeOf(thrown)).toMatchObject({ asked: [{ candidate: "one", outcome: "failed" }] });
    expect(routeOf(thrown)).not.toHaveProperty("answeredBy");
    // It counts against the candidate.
    expect(router.candidates[0]?.restMs).toBe(1000);
  });

  test("a deadline cuts it off, with its text", async () => {
    const { clock, one, router } = setUp([{ answer: { content: "a long answer" } }], [{}], {
      deadlineMs: 1000,
    });
    const stream = router.chatStream(HELLO);
    const iterator = stream[Symbol.asyncIterator]();
    await run(clock, iterator.next());
    await clock.advance(1000);
    const fault = await stream.response.catch((error: unknown) => error);
    expect(fault).toMatchObject({ kind: "Timeout", partial: "a " });
    expect(one.active).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

describe("as any ChatStream", () => {
  test.each(["before", "beside", "inside", "after", "instead of"])("response %s the loop", async (when) => {
    const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
    const { clock, router } = setUp([{ answer: { content: "a long answer", usage } }]);
    const stream = router.chatStream(HELLO);
    const work = async () => {
      const texts: string[] = [];
      let response = when === "before" || when === "instead of" ? await stream.response : undefined;
      const beside = when === "beside" ? stream.response : undefined;
      if (when !== "instead of") {
        for await (const chunk of stream) {
          if (chunk.type === "text") texts.push(chunk.text);
          if (when === "inside") response ??= await stream.response;
        }
        expect(texts.join("")).toBe("a long answer");
      }
      response ??= await (beside ?? stream.response);
      return response;
    };
    const response = await run(clock, work());
    expect(response).toMatchObject({ content: "a long answer", usage, route: { answeredBy: "one" } });
    expect(clock.timers).toBe(0);
  });

  test("text() reads it to its end; it is iterated once", async () => {
    const { clock, router } = setUp([{ answer: { content: "a long answer" } }]);
    const stream = router.chatStream(HELLO);
    expect(await run(clock, stream.text())).toBe("a long answer");
    await read(stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ kind: "InvalidRequest" }));
  });

  test("calls of next() that do not wait for each other come in order", async () => {
    const { clock, router } = setUp([{ answer: { content: "abcdef" } }]);
    const iterator = router.chatStream(HELLO)[Symbol.asyncIterator]();
    const all = Promise.all([
      iterator.next(),
      iterator.next(),
      iterator.next(),
      iterator.next(),
      iterator.next(),
    ]);
    const chunks = (await run(clock, all)).map(({ value }) => value);
    expect(textOf(chunks.slice(0, 3))).toBe("abcdef");
    expect(chunks[3]).toMatchObject({ type: "finish" });
    expect(chunks[4]).toBeUndefined();
  });

  test("leaving the loop, cancel() and the caller's signal close the candidate's stream", async () => {
    for (const how of ["break", "cancel", "signal"]) {
      const { clock, one, router } = setUp([{ answer: { content: "a long answer" } }]);
      const controller = new AbortController();
      const stream = router.chatStream(HELLO, { signal: controller.signal });
      const work = async () => {
        for await (const _ of stream) {
          if (how === "break") break;
          if (how === "cancel") stream.cancel("enough");
          else controller.abort();
        }
      };
      const ended = run(clock, work());
      if (how === "break") await ended;
      else await expect(ended).rejects.toMatchObject({ kind: "Cancelled", partial: "a " });
      await expect(stream.response).rejects.toMatchObject({ kind: "Cancelled" });
      await clock.drain();
      expect(one.active).toBe(0);
      expect(router.candidates[0]?.active).toBe(0);
      expect(clock.timers).toBe(0);
    }
  });

  test("cancel() before anybody answered ends what was asked", async () => {
    const { clock, one, two, router } = setUp([{ afterMs: Infinity }], [{ afterMs: Infinity }], {
      hedgeAfterMs: 10,
    });
    const stream = router.chatStream(HELLO);
    await clock.advance(50);
    expect([one.active, two.active]).toEqual([1, 1]);
    stream.cancel();
    await expect(stream.response).rejects.toMatchObject({ kind: "Cancelled" });
    await clock.drain();
    expect([one.active, two.active]).toEqual([0, 0]);
    expect(clock.timers).toBe(0);
  });

  test("one that is read slowly is not closed", async () => {
    const { clock, router } = setUp([{ answer: { content: "abcd" } }]);
    const iterator = router.chatStream(HELLO)[Symbol.asyncIterator]();
    await clock.advance(0);
    for (let chunk = 0; chunk < 3; chunk++) {
      expect((await iterator.next()).done).toBe(false);
      await clock.advance(400_000);
    }
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("who cancels gets no more chunks, and whom a deadline cuts off gets those that came", async () => {
    const { clock, router } = setUp([{ answer: { content: "abcd" } }], [{}], { deadlineMs: 100 });
    const left = router.chatStream(HELLO);
    const late = router.chatStream(HELLO);
    await clock.advance(0);
    left.cancel();
    await clock.advance(100);
    expect(await read(left)).toMatchObject({ chunks: [], error: { kind: "Cancelled" } });
    expect(await read(late)).toMatchObject({ chunks: [{ text: "ab" }], error: { kind: "Timeout" } });
  });

  test("one that is left unread is closed in the end", async () => {
    const { clock, one, router } = setUp([{ answer: { content: "a long answer" } }]);
    const stream = router.chatStream(HELLO);
    await clock.advance(0);
    expect(one.active).toBe(1);
    await clock.advance(600_000);
    expect(one.active).toBe(0);
    await expect(stream.response).rejects.toMatchObject({ kind: "Timeout" });
    expect(router.candidates[0]).toMatchObject({ active: 0, restMs: 0 });
  });
});

describe("in the turn in which a stream begins", () => {
  test("a listener that cancels it leaves nothing behind", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [{ afterMs: Infinity }] });
    const two = new FakeProvider({ clock, name: "two", turns: [{ answer: { content: "a long answer" } }] });
    let stream: ChatStream | undefined;
    const router = createRouter([one, two], {
      clock,
      hedgeAfterMs: 10,
      onEvent: ({ type }) => type === "outrun" && stream?.cancel("enough"),
    });
    stream = router.chatStream(HELLO);
    const ended = run(clock, stream.response);
    await expect(ended).rejects.toMatchObject({ kind: "Cancelled" });
    expect([one.active, two.active]).toEqual([0, 0]);
    expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
    expect(clock.timers).toBe(0);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    "a second that begins %s microtasks later is closed, also where it pays no heed to its signal",
    async (later) => {
      const clock = new TestClock();
      const cancelled: string[] = [];
      const both = ["one", "two"].map((name) => {
        const provider = new FakeProvider({ clock, name });
        provider.chatStream = () => {
          // Both begin at 100.
          const at = new Promise<void>((resolve) => clock.setTimer(resolve, 100 - clock.now()));
          async function* chunks(): AsyncGenerator<ChatChunk, undefined> {
            await at;
            await new Promise((resolve) => begin.push(resolve));
            if (name === "two") for (let turn = 0; turn < later; turn++) await undefined;
            yield { type: "text", text: name };
            yield { type: "finish", finishReason: "stop", rawFinishReason: "stop" };
          }
          return Object.assign(chunks(), {
            response: Promise.resolve(answer({ content: name })),
            text: async () => name,
            cancel: () => cancelled.push(name),
          }) as unknown as ChatStream;
        };
        return provider;
      });
      const begin: ((value: unknown) => void)[] = [];
      const stream = createRouter(both, { clock, hedgeAfterMs: 10 }).chatStream(HELLO);
      await clock.advance(100);
      for (const go of begin) go(undefined);
      expect(await run(clock, stream.text())).toBe("one");
      expect(cancelled).toEqual(["two"]);
    },
  );
});

test("a stream that its reader left is neither a failure nor a success of its candidate", async () => {
  const down = { error: unavailable() };
  const { clock, router } = setUp([down, { answer: { content: "a long answer" } }, down], [{}], {
    breaker: { failures: 2 },
  });
  await run(clock, router.chat(HELLO));
  const left = (async () => {
    for await (const _ of router.chatStream(HELLO)) break;
  })();
  await run(clock, left);
  expect(router.candidates[0]?.restMs).toBe(0);
  await run(clock, router.chat(HELLO));
  expect(router.candidates[0]?.restMs).toBe(1000);
});

test("a stream that nobody read says nothing of its candidate", async () => {
  const error = new LlmError("Timeout", "nobody read it", { timeout: "idle" });
  const { clock, router } = setUp([{ error, chunksFirst: 1 }], [{}], { breaker: { failures: 1 } });
  expect((await run(clock, read(router.chatStream(HELLO)))).error).toBe(error);
  expect(router.candidates[0]?.restMs).toBe(0);
});

test("a policy that fails when a stream breaks off is told, and the stream ends with its own error", async () => {
  const error = unavailable();
  const events: RouterEvent[] = [];
  const { clock, router } = setUp([{ error, chunksFirst: 1 }, {}], [{}], {
    onEvent: (event: RouterEvent) => events.push(event),
    onError: () => {
      throw new RangeError("mine");
    },
    breaker: { failures: 1 },
  });
  const stream = router.chatStream(HELLO);
  expect((await run(clock, read(stream))).error).toBe(error);
  await expect(stream.response).rejects.toBe(error);
  expect(events).toContainEqual({
    type: "fault",
    router: "router",
    of: "onError",
    message: "onError: the function threw",
  });
  // Its breaker has learned of it.
  expect(router.candidates[0]?.restMs).toBe(1000);
  expect(clock.timers).toBe(0);
});
