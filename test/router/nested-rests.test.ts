/** What a failure says of a whole candidate, and what only of a part of it. */
import { describe, expect, test } from "vitest";
import { LlmError, type LlmErrorDetails, type LlmErrorKind } from "../../src/provider/base/error.ts";
import type { ChatOptions } from "../../src/provider/base/types.ts";
import { createRouter, type RouterOptions, routeOf } from "../../src/router/index.ts";
import { FakeProvider, HELLO, limited, type Turn } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

const fault = (kind: LlmErrorKind, details: LlmErrorDetails = {}) => new LlmError(kind, kind, details);
const refusedKey = () => fault("Authentication", { status: 401 });

async function run<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await clock.drain();
  return work;
}

/** A provider that fails with `error` for the model "x", and otherwise answers. */
class Particular extends FakeProvider {
  constructor(
    clock: TestClock,
    readonly error: LlmError,
  ) {
    super({ clock, name: "a" });
  }
  override async chat(messages: Parameters<FakeProvider["chat"]>[0], options: ChatOptions = {}) {
    if (options.model === "x") throw this.error;
    return super.chat(messages, options);
  }
}

describe("a nested router does not rest for the failure of one of its candidates", () => {
  test.each<[string, LlmError, Turn]>([
    ["a refused key", fault("ModelNotFound", { status: 404 }), { error: refusedKey() }],
    [
      "a refused key, beside a long prompt",
      fault("ContextLengthExceeded", { status: 400 }),
      { error: refusedKey() },
    ],
    ["a pace", fault("ModelNotFound", { status: 404 }), { error: limited(3000) }],
  ])("%s", async (_, error, turn) => {
    const clock = new TestClock();
    const b = new FakeProvider({ clock, name: "b", turns: [turn] });
    const inner = createRouter([new Particular(clock, error), b], { clock });
    const outer = createRouter([inner], { clock, maxRetries: 0 });
    await expect(run(clock, outer.chat(HELLO, { model: "x" }))).rejects.toBeInstanceOf(LlmError);
    const before = clock.now();
    const { content, route } = await run(clock, outer.chat(HELLO));
    expect([content, route.answeredBy, clock.now() - before]).toEqual(["a", "router", 0]);
    expect(outer.candidates[0]?.restMs).toBe(0);
  });

  test("where all of its candidates rest it says until when, and the call waits no longer than for a rest", async () => {
    const clock = new TestClock();
    const only = new FakeProvider({ clock, name: "only", turns: [{ error: refusedKey() }] });
    const outer = createRouter([createRouter([only], { clock })], { clock });
    await expect(run(clock, outer.chat(HELLO))).rejects.toMatchObject({ kind: "Authentication" });
    await expect(run(clock, outer.chat(HELLO))).rejects.toMatchObject({
      kind: "ServiceUnavailable",
      retryAfterMs: 300_000,
    });
    expect(clock.now()).toBe(0);
    expect(only.asked).toHaveLength(1);
  });

  test("but where onError says so", async () => {
    const clock = new TestClock();
    const odd = new FakeProvider({
      clock,
      name: "odd",
      turns: [{ error: fault("GenerationFailed", { status: 400 }) }],
    });
    const outer = createRouter([createRouter([odd], { clock })], {
      clock,
      onError: { GenerationFailed: "rest" },
    });
    await expect(run(clock, outer.chat(HELLO))).rejects.toMatchObject({ kind: "GenerationFailed" });
    expect(outer.candidates[0]?.restMs).toBe(300_000);
  });
});

test("a nested budget that knows no price leaves the call to the next", async () => {
  const clock = new TestClock();
  const inner = createRouter([new FakeProvider({ clock, name: "a", models: [] })], {
    clock,
    name: "inner",
    budget: { maxCostUsd: 1 },
  });
  const outer = createRouter([inner, new FakeProvider({ clock, name: "z" })], { clock });
  const { content, route } = await run(clock, outer.chat(HELLO));
  expect(content).toBe("z");
  expect(route.asked).toMatchObject([{ candidate: "inner", kind: "ConfigError" }, { candidate: "z" }]);
});

test.each<[string, LlmError]>([
  ["a call that the server saw cancelled", fault("Cancelled", { status: 499 })],
  ["a path that is not there", fault("InvalidRequest", { status: 404 })],
])("%s is asked elsewhere, and the candidate that does it in a row rests", async (_, error) => {
  const clock = new TestClock();
  const one = new FakeProvider({ clock, name: "one", turns: [{ error }] });
  const router = createRouter([one, new FakeProvider({ clock, name: "two" })], { clock });
  for (let call = 0; call < 6; call++) expect((await run(clock, router.chat(HELLO))).content).toBe("two");
  expect(one.asked).toHaveLength(5);
});

describe("a permission that is denied", () => {
  const denied = fault("PermissionDenied", { status: 403 });
  function setUp(options: RouterOptions = {}, endpoints?: "embedding"[]) {
    const clock = new TestClock();
    const turns = [{ error: denied }, {}];
    const one = new FakeProvider({ clock, name: "one", turns, ...(endpoints && { endpoints }) });
    return { clock, router: createRouter([one], { clock, ...options }) };
  }

  test("for a model that the call named, or for embed, loses no later chat", async () => {
    for (const particular of ["model", "embed"]) {
      const { clock, router } = setUp();
      const call = particular === "model" ? router.chat(HELLO, { model: "x" }) : router.embed(["x"]);
      const error = await run(
        clock,
        call.catch((error: unknown) => error),
      );
      expect(error).toMatchObject({ kind: "PermissionDenied" });
      expect(routeOf(error)?.asked).toHaveLength(1);
      expect((await run(clock, router.chat(HELLO))).content).toBe("one");
    }
  });

  test("for its own model rests it, as for embed where it does nothing else", async () => {
    const chats = setUp();
    await expect(run(chats.clock, chats.router.chat(HELLO))).rejects.toMatchObject({
      kind: "PermissionDenied",
    });
    expect(chats.router.candidates[0]?.restMs).toBe(300_000);
    const embeds = setUp({}, ["embedding"]);
    await expect(run(embeds.clock, embeds.router.embed(["x"]))).rejects.toMatchObject({
      kind: "PermissionDenied",
    });
    expect(embeds.router.candidates[0]?.restMs).toBe(300_000);
  });
});
