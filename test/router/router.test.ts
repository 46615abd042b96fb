import { describe, expect, test } from "vitest";
import { z } from "zod";
import { LlmError } from "../../src/provider/base/error.ts";
import { chatObject } from "../../src/provider/object/chat-object.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../src/provider/tools/tools.ts";
import { createRouter, routeOf } from "../../src/router/index.ts";
import { call } from "../provider/tools/scripted-provider.ts";
import { FakeProvider, HELLO, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

describe("is an LlmProvider", () => {
  test("complete and embed fall over as chat does", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [{ error: unavailable() }] });
    const two = new FakeProvider({ clock, name: "two" });
    const router = createRouter([one, two], { clock });
    const completion = await run(clock, router.complete("hello"));
    expect(completion).toMatchObject({ text: "two", route: { answeredBy: "two" } });
    const embedding = await run(clock, router.embed(["a", "b"]));
    expect(embedding).toMatchObject({ embeddings: [[1], [1]], route: { answeredBy: "two" } });
  });

  test("an answer keeps what it hides from spreads: raw and headers", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const chat = one.chat.bind(one);
    one.chat = async (messages, options) => {
      const response = await chat(messages, options);
      return Object.defineProperty(response, "raw", { value: { as: "it came" }, enumerable: false });
    };
    const response = await run(clock, createRouter([one], { clock }).chat(HELLO));
    expect(response.raw).toEqual({ as: "it came" });
    expect(Object.keys(response)).not.toContain("raw");
    expect(response.route.answeredBy).toBe("one");
  });

  test("only candidates that have the endpoint are asked", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", endpoints: ["chat"] });
    const two = new FakeProvider({ clock, name: "two", endpoints: ["chat", "embedding"] });
    const router = createRouter([one, two], { clock });
    expect((await run(clock, router.embed(["a"]))).route.answeredBy).toBe("two");
    expect(one.asked).toHaveLength(0);
    expect(
      ["chat", "completion", "embedding"].map((name) => router.supportsEndpoint(name as "chat")),
    ).toEqual([true, false, true]);
    expect(router.config).toMatchObject({
      name: "router",
      provider: "router",
      model: "one/model",
      supported_endpoints: ["chat", "embedding"],
    });
    await expect(run(clock, router.complete("a"))).rejects.toMatchObject({ kind: "UnsupportedEndpoint" });
  });

  test("a candidate's options go before the call's, and undefined ones leave those as they are", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one" });
    const router = createRouter(
      [
        {
          provider: one,
          name: "fast",
          options: { model: "its/model", temperature: undefined, maxTokens: 5 },
          embedOptions: { model: "its/embeddings" },
        },
      ],
      { clock },
    );
    const response = await run(
      clock,
      router.chat(HELLO, { model: "any", temperature: 0.5, topP: 1, id: "c1" } as object),
    );
    expect(one.asked[0]).toMatchObject({
      model: "its/model",
      temperature: 0.5,
      topP: 1,
      maxTokens: 5,
      id: "c1",
    });
    expect(response.route.answeredBy).toBe("fast");
    await run(clock, router.embed(["a"]));
    expect(one.asked[1]).toMatchObject({ model: "its/embeddings" });
  });

  test("models are merged; one that serves goes before one that is only listed", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({
      clock,
      models: [
        { id: "a", ownedBy: "one" },
        { id: "b", active: false },
      ],
    });
    const two = new FakeProvider({ clock, models: [{ id: "a", ownedBy: "two" }, { id: "b" }, { id: "c" }] });
    const away = new FakeProvider({ clock });
    const router = createRouter([away, one, two], { clock });
    expect(await router.listModels()).toEqual([{ id: "a", ownedBy: "one" }, { id: "b" }, { id: "c" }]);
    expect(await router.modelExists("b")).toBe(true);
    expect(await router.modelExists("d")).toBe(false);
    await router.ensureModel("c");
    await expect(router.ensureModel("cc")).rejects.toMatchObject({
      kind: "ModelNotFound",
      message: expect.stringContaining('"c"'),
    });
    expect(await router.checkService()).toBe(true);
    const none = createRouter([away], { clock });
    expect(await none.checkService()).toBe(false);
    await expect(none.listModels()).rejects.toMatchObject({ kind: "NotImplemented" });
    await expect(none.checkService({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: "Cancelled",
    });
  });

  test("ensureModel lets a server of one's own bring what nobody serves", async () => {
    const clock = new TestClock();
    const hosted = new FakeProvider({ clock, name: "hosted", models: [{ id: "a" }] });
    const local = new FakeProvider({ clock, name: "local", models: [{ id: "b" }] });
    const brought: unknown[] = [];
    let failed: LlmError | undefined;
    local.ensureModel = async (...given: unknown[]) => {
      brought.push(given);
      if (failed) throw failed;
    };
    const router = createRouter([hosted, local], { clock });
    const onProgress = () => {};
    await router.ensureModel("a", { onProgress });
    await router.ensureModel("b");
    expect(brought).toEqual([]);
    await router.ensureModel("c", { onProgress });
    expect(brought).toEqual([["c", { onProgress }]]);
    failed = new LlmError("ModelPullFailed", "no room on the disk");
    await expect(router.ensureModel("c")).rejects.toBe(failed);
    const aborted = router.ensureModel("c", { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ kind: "Cancelled" });
  });

  test("a model is pulled by the first that can", async () => {
    const clock = new TestClock();
    const hosted = new FakeProvider({ clock, name: "hosted" });
    const local = new FakeProvider({ clock, name: "local" });
    const pulled: string[] = [];
    local.pullModel = async (name) => {
      pulled.push(name);
    };
    await createRouter([hosted, local], { clock }).pullModel("m");
    expect(pulled).toEqual(["m"]);
    await expect(createRouter([hosted], { clock }).pullModel("m")).rejects.toMatchObject({
      kind: "NotSupported",
    });
    local.pullModel = async () => {
      throw new LlmError("ModelPullFailed", "no room");
    };
    await expect(createRouter([local, hosted], { clock }).pullModel("m")).rejects.toMatchObject({
      kind: "ModelPullFailed",
    });
  });

  test("rateLimitState is the best candidate's, and checkRateLimit resolves when any could go", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 1000, calls: 1 }] });
    const two = new FakeProvider({ clock, name: "two", windows: [{ periodMs: 300, calls: 1 }] });
    const router = createRouter([one, two], { clock });
    expect(router.rateLimitState.nextInMs).toBe(0);
    await run(clock, Promise.all([router.chat(HELLO), router.chat(HELLO)]));
    expect(router.rateLimitState).toMatchObject({ nextInMs: 300, windows: [{ periodMs: 300 }] });
    const started = clock.now();
    await run(clock, router.checkRateLimit());
    expect(clock.now() - started).toBe(300);
    expect(one.asked.length + two.asked.length).toBe(2);
    const controller = new AbortController();
    await run(clock, Promise.all([router.chat(HELLO)]));
    const check = router.checkRateLimit({ signal: controller.signal });
    controller.abort();
    await expect(check).rejects.toMatchObject({ kind: "Cancelled" });
    await clock.drain();
    expect(clock.timers).toBe(0);
  });

  test("routers nest: the inner one asks each of its candidates once, and its route is in the outer", async () => {
    const clock = new TestClock();
    const [a, b, c] = ["a", "b", "c"].map(
      (name) => new FakeProvider({ clock, name, turns: name === "c" ? [{}] : [{ error: unavailable() }] }),
    ) as [FakeProvider, FakeProvider, FakeProvider];
    const inner = createRouter([a, b], { clock, name: "inner" });
    const response = await run(clock, createRouter([inner, c], { clock }).chat(HELLO));
    expect([a.asked.length, b.asked.length]).toEqual([1, 1]);
    expect(response.route).toMatchObject({
      answeredBy: "c",
      asked: [
        { candidate: "inner", outcome: "failed", route: { asked: [{ candidate: "a" }, { candidate: "b" }] } },
        { candidate: "c", outcome: "answered" },
      ],
    });
  });

  test("a nested router at its limits is passed over, not waited for", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 10_000, calls: 1 }] });
    const inner = createRouter([one], { clock });
    const router = createRouter([inner, new FakeProvider({ clock, name: "two" })], { clock });
    await run(clock, router.chat(HELLO));
    const started = clock.now();
    expect((await run(clock, router.chat(HELLO))).content).toBe("two");
    expect(clock.now()).toBe(started);
  });

  test("runTools and chatObject work on it, and routeOf finds the route of what they give", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", turns: [{ error: unavailable() }] });
    const two = new FakeProvider({
      clock,
      name: "two",
      turns: [{ answer: { toolCalls: [call("add", { a: 1, b: 2 })] } }, { answer: { content: "3" } }],
    });
    const add = defineTool({
      name: "add",
      parameters: z.object({ a: z.number(), b: z.number() }),
      execute: ({ a, b }) => a + b,
    });
    const result = await run(clock, runTools(createRouter([one, two], { clock }), HELLO, { tools: [add] }));
    expect(result.response.content).toBe("3");
    expect(routeOf(result.response)?.answeredBy).toBe("two");
    const data = new FakeProvider({ clock, name: "data", turns: [{ answer: { content: '{"n":1}' } }] });
    const { object, response } = await run(
      clock,
      chatObject(createRouter([one, data], { clock }), HELLO, {
        name: "n",
        schema: z.object({ n: z.number() }),
      }),
    );
    expect(object).toEqual({ n: 1 });
    expect(routeOf(response)?.answeredBy).toBe("data");
  });
});

describe("options", () => {
  const provider = new FakeProvider({ clock: new TestClock() });

  test.each([
    [[], {}, "candidates: expected a list of providers, got an empty list"],
    [undefined, {}, "candidates: expected a list of providers, got undefined"],
    [[5], {}, "candidates[0]: expected a provider"],
    [[{ provider: {} }], {}, "candidates[0].provider: expected an LlmProvider"],
    [[{}], {}, "candidates[0].provider"],
    [[{ provider, wieght: 2 }], {}, 'candidates[0].wieght: not known; did you mean "weight"?'],
    [[{ provider, weight: -1 }], {}, "candidates[0].weight"],
    [[{ provider, price: {} }], {}, "candidates[0].price.prompt"],
    [[{ chat() {}, chatStream() {} }], {}, "candidates[0]: expected an LlmProvider with supportsEndpoint()"],
    [
      [{ provider: { chat() {}, chatStream() {}, supportsEndpoint() {} } }],
      {},
      "candidates[0].provider: expected an LlmProvider with config.name",
    ],
    [
      [{ provider, price: { prompt: Number.POSITIVE_INFINITY } }],
      {},
      "candidates[0].price.prompt: expected US dollars",
    ],
    [[provider], { ordr: "listed" }, 'options.ordr: not known; did you mean "order"?'],
    [[provider], { order: "fastest" }, "options.order: expected listed, weighted, leastWait or a function"],
    [[provider], { maxWaitMs: Number.NaN }, "options.maxWaitMs"],
    [[provider], { hedgeAfterMs: -1 }, "options.hedgeAfterMs"],
    [[provider], { onError: { Timeout: "again" } }, "options.onError"],
    [[provider], { breaker: { share: 2 } }, "breaker.share"],
    [[provider], { budget: {} }, "budget.maxCostUsd"],
    [[provider], { budget: { maxCostUsd: 1, store: {} } }, "budget.store"],
    [[provider], 5, "options: expected an object, got 5"],
    [[provider], { constructor: 1 }, "options.constructor: not known"],
  ])("%o, %o: %s", (candidates, options, problem) => {
    const make = () => createRouter(candidates as never, options as never);
    expect(make).toThrow(LlmError);
    expect(make).toThrow(problem);
  });

  test("every mistake is named", () => {
    const make = () => createRouter([{ provider, weight: -1 }], { maxRetries: -1, order: "x" as never });
    expect(make).toThrow(/weight.*order.*maxRetries|weight.*maxRetries.*order/);
  });

  test("candidates of one name are told apart", () => {
    const names = createRouter([provider, provider, { provider, name: "fake#2" }]).candidates.map(
      ({ name }) => name,
    );
    expect(names).toEqual(["fake", "fake#2", "fake#2#2"]);
  });
});
