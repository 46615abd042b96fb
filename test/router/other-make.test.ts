/** Candidates of another make: what they give is looked at, and bounds that they do not heed hold all the same. */
import { describe, expect, test } from "vitest";
import type { LlmError } from "../../src/provider/base/error.ts";
import type { ChatChunk } from "../../src/provider/base/types.ts";
import { createRouter } from "../../src/router/index.ts";
import { answer } from "../provider/tools/scripted-provider.ts";
import { FakeProvider, HELLO, type Turn } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

const failure = (clock: TestClock, work: Promise<unknown>) =>
  run(
    clock,
    work.then(
      () => undefined,
      (error: LlmError) => error,
    ),
  );

/** A router of one whose stream gives `results` one after the other, then waits. */
function streaming(
  results: unknown[],
  { sync = false, response = answer({ content: "x" }) as unknown } = {},
) {
  const clock = new TestClock();
  const odd = new FakeProvider({ clock, name: "odd" });
  let given = 0;
  const next = () => {
    const result = given < results.length ? results[given++] : new Promise(() => {});
    return sync ? result : Promise.resolve(result);
  };
  const stream = { cancel() {}, response, [Symbol.asyncIterator]: () => ({ next }) };
  Object.assign(odd, { chatStream: () => stream });
  return { clock, router: createRouter([odd], { clock, maxRetries: 0 }) };
}

const text = (text: string) => ({ done: false, value: { type: "text", text } });
const end = { done: true, value: undefined };

describe("a stream", () => {
  test("whose next is synchronous is read to its end", async () => {
    const { clock, router } = streaming([text("a"), text("b"), end], { sync: true });
    const chunks: ChatChunk[] = [];
    const reading = (async () => {
      for await (const chunk of router.chatStream(HELLO)) chunks.push(chunk);
    })();
    expect(await failure(clock, reading)).toBeUndefined();
    expect(chunks).toHaveLength(2);
  });

  test.each(["", 0, null, undefined, "text"])(
    "with %j for a chunk fails, and does not end in order",
    async (odd) => {
      const { clock, router } = streaming([text("a"), { done: false, value: odd }, text("b"), end]);
      expect(await failure(clock, router.chatStream(HELLO).response)).toMatchObject({
        kind: "ProviderError",
      });
    },
  );

  test.each([{}, [], { content: 5 }])("with %j for its response fails", async (response) => {
    const { clock, router } = streaming([text("a"), end], { response });
    expect(await failure(clock, router.chatStream(HELLO).response)).toMatchObject({ kind: "ProviderError" });
  });

  test("that ends and never gives its response fails after 5 s", async () => {
    const { clock, router } = streaming([text("a"), end], { response: new Promise(() => {}) });
    expect(await failure(clock, router.chatStream(HELLO).response)).toMatchObject({ kind: "ProviderError" });
    expect(clock.now()).toBe(5000);
    expect(clock.timers).toBe(0);
  });

  test("that pays no heed to stallTimeoutMs fails a second later", async () => {
    const { clock, router } = streaming([text("a")]);
    const error = await failure(clock, router.chatStream(HELLO, { stallTimeoutMs: 500 }).response);
    expect(error).toMatchObject({ kind: "Timeout", timeout: "stall" });
    expect(clock.now()).toBe(1500);
    expect(clock.timers).toBe(0);
  });
});

test.each<[string, unknown]>([
  ["an object of nothing", {}],
  ["a list", []],
  ["another type", { content: 5, text: 5, embeddings: 5 }],
])("%s is no answer: the next is asked", async (_, given) => {
  const clock = new TestClock();
  const odd = new FakeProvider({ clock, name: "odd" });
  Object.assign(odd, { chat: async () => given, complete: async () => given, embed: async () => given });
  const both = createRouter([odd, new FakeProvider({ clock, name: "two" })], { clock });
  expect((await run(clock, both.chat(HELLO))).content).toBe("two");
  const alone = createRouter([odd], { clock });
  for (const call of [() => alone.chat(HELLO), () => alone.complete("x"), () => alone.embed(["x"])])
    expect(await failure(clock, call())).toMatchObject({ kind: "ProviderError" });
});

describe("one that pays no heed to timeoutMs", () => {
  const never: Turn = { afterMs: Number.POSITIVE_INFINITY, deaf: true };

  test("is left a second later, and the next is asked", async () => {
    const clock = new TestClock();
    const deaf = new FakeProvider({ clock, name: "deaf", turns: [never] });
    const router = createRouter([deaf, new FakeProvider({ clock, name: "two" })], { clock });
    const { content, route } = await run(clock, router.chat(HELLO, { timeoutMs: 300 }));
    expect([content, clock.now()]).toEqual(["two", 1300]);
    expect(route.asked[0]).toMatchObject({ candidate: "deaf", outcome: "failed", kind: "Timeout" });
    const streamed = await run(clock, router.chatStream(HELLO, { timeoutMs: 300 }).text());
    expect(streamed).toBe("two");
  });

  test("by the bound of the candidate's own options too, and a stream that has begun is not cut", async () => {
    const clock = new TestClock();
    const slow = new FakeProvider({ clock, name: "slow", turns: [never] });
    const options = { timeoutMs: 100 };
    const router = createRouter([{ provider: slow, options }], { clock, maxRetries: 0 });
    expect(await failure(clock, router.chat(HELLO))).toMatchObject({ kind: "Timeout", timeout: "total" });
    expect(clock.now()).toBe(1100);
    const begun = streaming([text("a")]);
    const stream = begun.router.chatStream(HELLO, { timeoutMs: 100 });
    const response = failure(begun.clock, stream.response);
    await begun.clock.advance(60_000);
    stream.cancel();
    expect(await response).toMatchObject({ kind: "Cancelled" });
  });
});

test.each([null, undefined, 5, {}, { windows: 1, active: "x", waiting: null, nextInMs: Number.NaN }])(
  "with %j for its rateLimitState leaves the router's one of figures",
  (state) => {
    const clock = new TestClock();
    const odd = new FakeProvider({ clock, name: "odd" });
    Object.defineProperty(odd, "rateLimitState", { get: () => state });
    const router = createRouter([odd], { clock });
    expect(router.rateLimitState).toMatchObject({ windows: [], active: 0, waiting: 0, nextInMs: 0 });
  },
);
