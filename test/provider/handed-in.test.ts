/** Code that the application hands in fails in every way that code can: each call ends with `LlmError`, each fault is told. */
import { describe, expect, test } from "vitest";
import type { ProviderEvent } from "../../src/provider/base/events.ts";
import type { Permit, RateLimiter } from "../../src/provider/base/limits.ts";
import type { ProviderDependencies } from "../../src/provider/call/dependencies.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import { createMemoryLimitStore } from "../../src/provider/limits/memory-store.ts";
import type { LimitStore, Quota, Reservation } from "../../src/provider/limits/store.ts";
import { failure } from "./stream/harness.ts";
import { completion, groqConfig, json, stubbed } from "./support.ts";

const messages = [{ role: "user" as const, content: "Hi" }];
const LIMITED = groqConfig({ max_retries: 0 }, { limit: { renewal_period: "minutes", calls: 5 } });
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Whatever can be thrown, or rejected with. The runner itself fails a test whose rejections nobody hears. */
const ODD: readonly [string, unknown][] = [
  ["an error", new Error("store down")],
  ["undefined", undefined],
  ["an object of nothing", Object.create(null)],
  ["a revoked proxy", revoked()],
];
const THEN = "then";
const failing: readonly [string, (fault: unknown) => unknown][] = [
  ["throws", throwing],
  ["rejects with", (fault) => Promise.reject(fault)],
  [
    "gives a broken thenable of",
    (fault) => Object.defineProperty({}, THEN, { value: () => throwing(fault) }),
  ],
];
const WAYS = failing.flatMap(([how, fail]) =>
  ODD.map(([what, fault]) => [`${how} ${what}`, () => fail(fault)] as const),
);

function throwing(fault: unknown): never {
  throw fault;
}

/** The store in memory, as one of another make would be, with some methods replaced. */
function storeWith(broken: Record<string, unknown>): LimitStore {
  const store = createMemoryLimitStore();
  const own = (name: string, otherwise: unknown) => broken[name] ?? otherwise;
  const reservationOf = (inner: Reservation) => ({
    tokens: inner.tokens,
    answered: own("answered", () => inner.answered()),
    abandon: own("abandon", () => inner.abandon()),
    giveBack: own("giveBack", () => inner.giveBack()),
    settle: own("settle", (tokens: number) => inner.settle(tokens)),
  });
  const quotaOf = (inner: Quota) => ({
    shared: true,
    windows: [],
    outage: undefined,
    isIdle: true,
    reserve: own("reserve", async (...given: Parameters<Quota["reserve"]>) => {
      const { reservations, waitMs } = await inner.reserve(...given);
      return { waitMs, reservations: reservations.map(reservationOf) };
    }),
    withdraw: own("withdraw", () => {}),
    waitMs: own("waitMs", () => 0),
    feedback: own("feedback", () => {}),
    pausedForMs: own("pausedForMs", () => 0),
    pausedMs: own("pausedMs", () => 0),
  });
  const made = {
    quota: own("quota", (...given: Parameters<LimitStore["quota"]>) => quotaOf(store.quota(...given))),
    leave: own("leave", () => {}),
    close: () => {},
  };
  return made as LimitStore;
}

const faultsOf = (events: readonly ProviderEvent[]) =>
  new Set(events.flatMap((event) => (event.type === "fault" ? [event.of] : [])));

function set(dependencies: ProviderDependencies, status = 200) {
  const events: ProviderEvent[] = [];
  const body = status === 200 ? completion("Hello") : { error: { message: "no" } };
  const { provider } = stubbed(() => json(body, status), LIMITED, {
    ...dependencies,
    onEvent: (event) => events.push(event),
  });
  return { provider, events };
}

describe.each(WAYS)("what %s", (_, fail) => {
  test.each([
    ["answered", 200],
    ["settle", 200],
    ["feedback", 200],
    ["withdraw", 200],
    ["waitMs", 200],
    ["pausedForMs", 200],
    ["pausedMs", 200],
  ])("as the store's %s is told, and the call goes on", async (method, status) => {
    const { provider, events } = set({ limitStore: storeWith({ [method]: fail }) }, status);
    expect((await provider.chat(messages)).content).toBe("Hello");
    await pause();
    expect(faultsOf(events)).toContain(`limitStore.${method}`);
  });

  test("as a reservation's giveBack, abandon or the store's leave is told", async () => {
    const events: ProviderEvent[] = [];
    const store = storeWith({ giveBack: fail, abandon: fail, leave: fail });
    const limiter = createRateLimiter({ store, onEvent: (event) => events.push(event) });
    await limiter.check();
    (await limiter.acquire({})).release();
    limiter.close();
    await pause();
    expect(faultsOf(events)).toEqual(
      new Set(["limitStore.giveBack", "limitStore.abandon", "limitStore.leave"]),
    );
  });

  test.each(["quota", "reserve"])("as the store's %s is an LlmError of the call", async (method) => {
    const { provider } = set({ limitStore: storeWith({ [method]: fail }) });
    expect((await failure(provider.chat(messages))).kind).toMatch(/ConfigError|ServiceUnavailable/);
    await pause();
  });

  test.each(["answered", "release", "feedback"])("as the limiter's %s is told", async (method) => {
    const permit = { waitedMs: 0, answered: () => {}, release: () => {}, [method]: fail };
    const limiter = {
      state: {},
      acquire: async () => permit,
      check: async () => {},
      feedback: () => {},
      ...(method === "feedback" && { feedback: fail }),
    };
    const { provider, events } = set({ rateLimiter: limiter as unknown as RateLimiter });
    expect((await provider.chat(messages)).content).toBe("Hello");
    await pause();
    expect([...faultsOf(events)].join()).toMatch(new RegExp(`^rateLimiter\\W+${method}$`));
  });

  test.each(["acquire", "check"])("as the limiter's %s is an LlmError of the call", async (method) => {
    const limiter = { state: {}, acquire: fail, check: fail, feedback: () => {} };
    const { provider } = set({ rateLimiter: limiter as unknown as RateLimiter });
    const work = method === "check" ? provider.checkRateLimit() : provider.chat(messages);
    expect((await failure(work)).kind).toMatch(/ConfigError|ServiceUnavailable/);
  });

  test("as a layer is a ConfigError, whether it is asked for a chat or a stream", async () => {
    for (const where of ["call", "try"]) {
      const { provider } = set({ layers: { [where]: [fail as never] } });
      expect(await failure(provider.chat(messages))).toMatchObject({ kind: "ConfigError" });
      expect(await failure(provider.chatStream(messages).response)).toMatchObject({ kind: "ConfigError" });
    }
  });

  test("as a drift check is told, and the call goes on", async () => {
    const { provider, events } = set({ drift: { check: fail as never } });
    expect((await provider.chat(messages)).content).toBe("Hello");
    await pause();
    expect(faultsOf(events)).toContain("drift");
  });

  test("as an estimator or a listener ends no process", async () => {
    const { provider } = set({ estimateTokens: fail as never });
    expect(await failure(provider.chat(messages))).toMatchObject({ kind: "ConfigError" });
    const { provider: heard } = stubbed(() => json(completion("Hello")), LIMITED, { onEvent: fail as never });
    expect((await heard.chat(messages)).content).toBe("Hello");
    await pause();
  });

  test("as random is told, and the call is tried again", async () => {
    const events: ProviderEvent[] = [];
    const { provider } = stubbed(
      (_, count) => (count === 1 ? json({ error: { message: "no" } }, 500) : json(completion("Hello"))),
      groqConfig({ max_retries: 1 }),
      { random: fail as never, onEvent: (event) => events.push(event), clock: quick() },
    );
    expect((await provider.chat(messages)).content).toBe("Hello");
    expect(faultsOf(events)).toEqual(new Set(["random"]));
  });

  test.each(["now", "setTimer"])("as the clock's %s is a ConfigError, and no outage", async (method) => {
    const { provider, events } = set({ clock: { ...quick(), [method]: fail } as never });
    const first = await provider.chat(messages).catch((error: unknown) => error);
    for (const error of [
      ...(method === "now" ? [first] : []),
      await failure(provider.chat(messages)),
      await failure(provider.chatStream(messages).response),
      await failure(provider.checkRateLimit()),
    ]) {
      expect(error).toMatchObject({
        kind: "ConfigError",
        message: "The clock that the application handed in failed",
      });
    }
    expect(faultsOf(events)).toEqual(new Set(["clock"]));
  });
});

/** A clock whose waits are over at once. */
function quick() {
  let now = 0;
  return {
    now: () => now,
    setTimer: (run: () => void, ms: number) => {
      const handle = setTimeout(() => {
        now += ms;
        run();
      });
      if (ms > 20_000) clearTimeout(handle);
      return () => clearTimeout(handle);
    },
  };
}

test.each([undefined, 5, "text", null])("a layer that gives %s is a ConfigError", async (given) => {
  const { provider } = set({ layers: { call: [(async () => given) as never] } });
  const expected = { kind: "ConfigError", message: expect.stringContaining("layers: expected") };
  expect(await failure(provider.chat(messages))).toMatchObject(expected);
  expect(await failure(provider.chatStream(messages).response)).toMatchObject(expected);
});

test.each([
  ["reservations", { waitMs: 0 }],
  ["reservations", undefined],
  ["waitMs", { reservations: [], waitMs: Number.NaN }],
  ["reservations", { reservations: [{}], waitMs: 0 }],
])("a store that gives no %s is a ConfigError", async (_, given) => {
  const { provider } = set({ limitStore: storeWith({ reserve: async () => given }) });
  expect(await failure(provider.chat(messages))).toMatchObject({
    kind: "ConfigError",
    message: expect.stringContaining("limitStore.reserve: expected"),
  });
});

test.each([undefined, 5, {}, { answered: () => {} }])(
  "a limiter that gives %s for a permit",
  async (permit) => {
    const limiter = { state: {}, acquire: async () => permit, check: async () => {}, feedback: () => {} };
    const { provider } = set({ rateLimiter: limiter as unknown as RateLimiter });
    expect(await failure(provider.chat(messages))).toMatchObject({
      kind: "ConfigError",
      message: expect.stringContaining("rateLimiter.acquire: expected a Permit"),
    });
  },
);

test("a limiter of another make gets its own permits back", async () => {
  const given: (Permit | undefined)[] = [];
  const permit: Permit = { waitedMs: 0, answered: () => {}, release: () => {} };
  const limiter = {
    state: {},
    acquire: async ({ retryOf }: { retryOf?: Permit }) => {
      given.push(retryOf);
      return permit;
    },
    check: async () => {},
    feedback: ({ permit }: { permit?: Permit }) => given.push(permit),
  };
  const { provider } = stubbed(
    (_, count) => (count === 1 ? json({ error: { message: "no" } }, 429) : json(completion("Hello"))),
    groqConfig({ max_retries: 1 }),
    { rateLimiter: limiter as unknown as RateLimiter },
  );
  await provider.chat(messages);
  expect(given).toEqual([undefined, permit, permit, permit]);
});
