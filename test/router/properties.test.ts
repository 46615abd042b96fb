/** What must hold whatever the candidates do: on a fake clock, with real limiters. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LlmError, type LlmErrorKind } from "../../src/provider/base/error.ts";
import type { LimitWindow } from "../../src/provider/base/limits.ts";
import type { LlmProvider } from "../../src/provider/base/llm-provider.ts";
import { type Asked, createRouter, type Order, type RouterOptions, routeOf } from "../../src/router/index.ts";
import { FakeProvider, HELLO, limited, type Turn, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

const NUM_RUNS = Number(process.env.FUZZ_RUNS ?? 60);

const order = fc.constantFrom<Order>("listed", "weighted", "leastWait", (candidates) =>
  [...candidates].reverse(),
);
const windows: fc.Arbitrary<LimitWindow[]> = fc.oneof(
  fc.constant<LimitWindow[]>([]),
  fc
    .record({ periodMs: fc.integer({ min: 50, max: 2000 }), calls: fc.integer({ min: 1, max: 5 }) })
    .map((w) => [w]),
);

/** Faults after which another candidate may be asked. */
const passing = fc.constantFrom<() => unknown>(
  () => unavailable(),
  () => unavailable({ retryAfterMs: 300 }),
  () => limited(),
  () => limited(200),
  () => new LlmError("Timeout", "slow", { retryable: true, timeout: "total" }),
  () => new LlmError("ProviderError", "500", { status: 500, retryable: true }),
  () => new LlmError("ModelNotFound", "gone", { status: 404 }),
  () => new LlmError("InvalidResponse", "odd", { status: 200 }),
  () => new LlmError("Authentication", "key", { status: 401 }),
  () => new LlmError("QuotaExceeded", "pay", { status: 402 }),
  () => new TypeError("a bug"),
);

const faultyTurn: fc.Arbitrary<Turn> = fc.record({
  afterMs: fc.nat(200),
  error: passing.map((make) => make()),
});
const anyTurn: fc.Arbitrary<Turn> = fc.oneof(fc.record({ afterMs: fc.nat(200) }), faultyTurn);

const options = fc.record(
  {
    order,
    patienceMs: fc.constantFrom(0, 100),
    hedgeAfterMs: fc.constantFrom(undefined, 0, 50),
    maxRetries: fc.nat(3),
  },
  { requiredKeys: [] },
);

interface Scene {
  candidates: { turns: Turn[]; windows: LimitWindow[] }[];
  options: Partial<RouterOptions>;
  calls: { atMs: number; stream: boolean; priority: number }[];
}

const calls = fc.array(fc.record({ atMs: fc.nat(1000), stream: fc.boolean(), priority: fc.nat(2) }), {
  minLength: 1,
  maxLength: 12,
});

function build(
  { candidates, options }: Pick<Scene, "candidates" | "options">,
  extra: Partial<RouterOptions> = {},
) {
  const clock = new TestClock();
  const providers = candidates.map(
    ({ turns, windows }, index) => new FakeProvider({ clock, name: `p${index}`, turns, windows }),
  );
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const router = createRouter(providers, { clock, random, ...options, ...extra });
  return { clock, providers, router };
}

type Built = ReturnType<typeof build>;

async function play({ clock, router }: Built, calls: Scene["calls"], signal?: AbortSignal) {
  const ended = [...calls]
    .sort((a, b) => a.atMs - b.atMs)
    .map(async ({ atMs, stream, priority }) => {
      await new Promise<void>((resolve) => clock.setTimer(resolve, atMs));
      const options = { priority, signal };
      return stream ? router.chatStream(HELLO, options).response : router.chat(HELLO, options);
    });
  const settled = Promise.allSettled(ended);
  await clock.drain();
  return settled;
}

/** Nothing is left behind: no timer, no place, no call. */
async function expectClean({ clock, providers, router }: Built) {
  await clock.advance(0);
  expect(clock.timers).toBe(0);
  for (const provider of providers) {
    expect(provider.active).toBe(0);
    expect(provider.rateLimitState).toMatchObject({ active: 0, waiting: 0 });
  }
  for (const candidate of router.candidates) expect(candidate.active).toBe(0);
  expect(router.rateLimitState.waiting).toBe(0);
}

test("no call is lost while one candidate answers, wherever it stands and whatever the others do", async () => {
  const scene = fc.record({
    candidates: fc
      .tuple(
        fc.array(fc.record({ turns: fc.array(faultyTurn, { minLength: 1, maxLength: 6 }), windows }), {
          maxLength: 3,
        }),
        fc.record({ turns: fc.constant<Turn[]>([{ afterMs: 20 }]), windows }),
        fc.nat(3),
      )
      .map(([faulty, good, place]) => [...faulty.slice(0, place), good, ...faulty.slice(place)]),
    options,
    calls,
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ candidates, options, calls }) => {
      const built = build({ candidates, options });
      const ended = await play(built, calls);
      expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
      await expectClean(built);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("nor where it is a candidate of a nested router, or beside one", async () => {
  const faulty = fc.record({ turns: fc.array(faultyTurn, { minLength: 1, maxLength: 6 }), windows });
  const scene = fc.record({
    ...{ inside: fc.array(faulty, { maxLength: 2 }), outside: fc.array(faulty, { maxLength: 2 }) },
    ...{ goodWindows: windows, goodIsInside: fc.boolean(), place: fc.nat(2), hasBudget: fc.boolean() },
    ...{ innerOptions: options, outerOptions: options, calls },
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ inside, outside, goodWindows, goodIsInside, place, ...rest }) => {
      const { hasBudget, innerOptions, outerOptions, calls } = rest;
      // Where others fail beside it at its limit, the nested router fails too, and may come to rest for longer than a call waits.
      const limits = goodIsInside && inside.length > 0 ? [] : goodWindows;
      const good = { turns: [{ afterMs: 20 }], windows: limits };
      const candidates = [...inside, good, ...outside];
      const split = inside.length + (goodIsInside ? 1 : 0);
      const { clock, providers } = build({ candidates, options: {} });
      const within = providers.slice(0, split);
      const beside: LlmProvider[] = providers.slice(split);
      if (within.length > 0) {
        const budget = hasBudget ? { maxCostUsd: 1e6 } : undefined;
        const priced = within.map((provider) => ({ provider, price: { prompt: 0.001 } }));
        beside.splice(place, 0, createRouter(priced, { clock, ...innerOptions, budget }));
      }
      // A nested router does not wait, so each of its failed candidates may cost a try of the outer one, until it rests.
      const router = createRouter(beside, { clock, ...outerOptions, maxRetries: 8 });
      const built = { clock, providers, router };
      const ended = await play(built, calls);
      expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
      await expectClean(built);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("every failure is an LlmError with its route, the route is true, and nothing is left behind", async () => {
  const turn = fc.oneof(
    anyTurn,
    fc.constant<Turn>({ afterMs: Number.POSITIVE_INFINITY }),
    fc.constant<Turn>({ error: new LlmError("InvalidRequest", "bad", { status: 400 }) }),
    fc.constant<Turn>({ error: new LlmError("ContextLengthExceeded", "long", { status: 400 }) }),
    fc.constant<Turn>({ error: unavailable(), chunksFirst: 1 }),
  );
  const scene = fc.record({
    candidates: fc.array(fc.record({ turns: fc.array(turn, { minLength: 1, maxLength: 6 }), windows }), {
      minLength: 1,
      maxLength: 4,
    }),
    options,
    calls,
    abortAtMs: fc.option(fc.nat(1500), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ candidates, options, calls, abortAtMs }) => {
      const built = build({ candidates, options }, { deadlineMs: 5000 });
      const controller = new AbortController();
      if (abortAtMs !== undefined) built.clock.setTimer(() => controller.abort(), abortAtMs);
      const ended = await play(built, calls, controller.signal);
      // An error that several calls share tells the route of the last of them.
      const told = new Set<Asked>();
      for (const each of ended) {
        if (each.status === "rejected") expect(each.reason).toBeInstanceOf(LlmError);
        const given: unknown = each.status === "fulfilled" ? each.value : each.reason;
        const asked = routeOf(given)?.asked ?? [];
        // Who is outrun or cancelled at its own limiter never reached its service.
        for (const each of asked) if (!["outrun", "cancelled"].includes(each.outcome)) told.add(each);
        expect(asked.filter(({ outcome }) => outcome === "answered")).toHaveLength(
          each.status === "fulfilled" ? 1 : 0,
        );
        if (each.status === "fulfilled") {
          expect(each.value.route.answeredBy).toBe(
            asked.find(({ outcome }) => outcome === "answered")?.candidate,
          );
        }
      }
      const sum = built.providers.reduce((sum, { asked }) => sum + asked.length, 0);
      expect(told.size).toBeLessThanOrEqual(sum);
      expect(built.clock.now()).toBeLessThanOrEqual(6000);
      await expectClean(built);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("retries do not multiply: a call asks each candidate at most once and maxRetries times again", async () => {
  const scene = fc.record({
    candidates: fc.array(
      fc.record({ turns: fc.array(faultyTurn, { minLength: 1, maxLength: 4 }), windows }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    maxRetries: fc.nat(3),
    hedgeAfterMs: fc.constantFrom(undefined, 0, 50),
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ candidates, maxRetries, hedgeAfterMs }) => {
      const built = build({
        candidates,
        options: { maxRetries, hedgeAfterMs, breaker: { failures: 1000, share: 1 } },
      });
      await play(built, [{ atMs: 0, stream: false, priority: 0 }]);
      for (const { asked } of built.providers) expect(asked.length).toBeLessThanOrEqual(1 + maxRetries);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("under limits all calls go through in the time that the limits together allow", async () => {
  const scene = fc.record({
    candidates: fc.array(
      fc.record({ periodMs: fc.integer({ min: 100, max: 1000 }), calls: fc.integer({ min: 1, max: 5 }) }),
      { minLength: 1, maxLength: 4 },
    ),
    order,
    count: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ candidates, order, count }) => {
      const built = build({
        candidates: candidates.map((window) => ({ turns: [{}], windows: [window] })),
        options: { order },
      });
      const calls = Array.from({ length: count }, () => ({ atMs: 0, stream: false, priority: 0 }));
      const ended = await play(built, calls);
      expect(ended.every(({ status }) => status === "fulfilled")).toBe(true);
      // Each candidate takes `calls` at once, and as many again each period: the earliest of all these times.
      const times = candidates.flatMap(({ periodMs, calls }) =>
        Array.from({ length: count }, (_, index) => Math.floor(index / calls) * periodMs),
      );
      const ideal = times.sort((a, b) => a - b)[count - 1] ?? 0;
      const last = Math.max(...built.providers.flatMap(({ askedAt }) => askedAt));
      expect(last).toBeLessThanOrEqual(ideal * 1.03 + 1);
    }),
    { numRuns: NUM_RUNS },
  );
});

test("kinds that end a call end it at the first candidate", async () => {
  const kinds: LlmErrorKind[] = ["InvalidRequest", "ConfigError", "Cancelled", "ToolFailed"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), fc.nat(3), async (kind, others) => {
      const error = new LlmError(kind, "it");
      const built = build({
        candidates: [
          { turns: [{ error }], windows: [] },
          ...Array.from({ length: others }, () => ({ turns: [{}], windows: [] })),
        ],
        options: {},
      });
      const [ended] = await play(built, [{ atMs: 0, stream: false, priority: 0 }]);
      expect(ended).toEqual({ status: "rejected", reason: error });
      expect(built.providers.slice(1).every(({ asked }) => asked.length === 0)).toBe(true);
    }),
    { numRuns: 20 },
  );
});
