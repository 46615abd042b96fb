import { describe, expect, test } from "vitest";
import { LLM_ERROR_KINDS, LlmError, type LlmErrorKind } from "../../src/provider/base/error.ts";
import { createRouter, type ErrorAction, type RouterEvent, routeOf } from "../../src/router/index.ts";
import { failure } from "../provider/stream/harness.ts";
import { FakeProvider, HELLO, limited, type Turn, unavailable } from "./fake-provider.ts";
import { TestClock } from "./test-clock.ts";

async function run<T>(clock: TestClock, call: Promise<T>): Promise<T> {
  call.catch(() => {});
  await clock.drain();
  return call;
}

function two(clock: TestClock, turns: Turn[], others: Turn[] = [{}]) {
  const one = new FakeProvider({ clock, name: "one", turns });
  const other = new FakeProvider({ clock, name: "two", turns: others });
  return [one, other] as const;
}

const EXPECTED: Record<LlmErrorKind, ErrorAction> = {
  RateLimitExceeded: "next",
  ServiceUnavailable: "next",
  Timeout: "next",
  ProviderError: "next",
  ModelNotFound: "next",
  InvalidResponse: "next",
  GenerationFailed: "next",
  NotSupported: "next",
  NotImplemented: "next",
  UnsupportedEndpoint: "next",
  ModelPullFailed: "next",
  Authentication: "rest",
  PermissionDenied: "rest",
  QuotaExceeded: "rest",
  ContextLengthExceeded: "larger",
  RequestTooLarge: "larger",
  InvalidRequest: "throw",
  ConfigError: "throw",
  Cancelled: "throw",
  ToolFailed: "throw",
};

describe("what follows from each kind", () => {
  test.each(LLM_ERROR_KINDS.map((kind) => [kind, EXPECTED[kind]] as const))(
    "%s: %s",
    async (kind, action) => {
      const clock = new TestClock();
      const error = new LlmError(kind, "faulty", { status: 400 });
      const [one, other] = two(clock, [{ error }, {}]);
      const events: RouterEvent[] = [];
      const candidates = [
        { provider: one, maxContext: 1000 },
        { provider: other, maxContext: 2000 },
      ];
      const router = createRouter(candidates, { clock, onEvent: (event) => events.push(event) });
      const call = run(clock, router.chat(HELLO));
      if (action === "throw") {
        await expect(call).rejects.toBe(error);
        expect(other.asked).toHaveLength(0);
        expect(routeOf(error)).toMatchObject({ asked: [{ candidate: "one", outcome: "failed", kind }] });
      } else expect((await call).content).toBe("two");
      expect(events).toContainEqual(
        expect.objectContaining({ type: "failed", candidate: "one", kind, action }),
      );
      const rests = router.candidates[0]?.restMs ?? 0;
      expect(rests).toBe(action === "rest" ? 300_000 : 0);
      if (action !== "throw") {
        expect(events).toContainEqual(
          expect.objectContaining({ type: "changed", from: "one", candidate: "two", reason: kind }),
        );
      }
    },
  );

  test("an option overrides it, for kinds or by a function", async () => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: unavailable() }]);
    const byKind = createRouter([one, other], { clock, onError: { ServiceUnavailable: "throw" } });
    await expect(run(clock, byKind.chat(HELLO))).rejects.toMatchObject({ kind: "ServiceUnavailable" });
    const told: unknown[] = [];
    const byFunction = createRouter([one, other], {
      clock,
      onError: (error, context) => {
        told.push([error.kind, context]);
        return "rest";
      },
    });
    expect((await run(clock, byFunction.chat(HELLO))).content).toBe("two");
    expect(told).toEqual([["ServiceUnavailable", { candidate: "one", operation: "chat", tries: 1 }]]);
    expect(byFunction.candidates[0]?.restMs).toBe(300_000);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["gives another word", () => "again"],
  ])("a policy that %s is a ConfigError, and the candidate is free again", async (_, onError) => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: unavailable() }, {}]);
    const router = createRouter([one, other], { clock, onError: onError as never });
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({ kind: "ConfigError" });
    expect(router.candidates[0]?.active).toBe(0);
    expect((await run(clock, router.chat(HELLO))).content).toBe("one");
  });
});

describe("too much for one candidate", () => {
  const tooLong = () => new LlmError("ContextLengthExceeded", "too long", { status: 400 });
  const infos = (id: string, contextWindow: number) => [{ id, contextWindow }];

  test("only those are asked where more fits, in order", async () => {
    const clock = new TestClock();
    const sizes = [8000, 8000, 4000, 32_000];
    const providers = sizes.map(
      (_, index) =>
        new FakeProvider({ clock, name: `p${index}`, turns: index < 3 ? [{ error: tooLong() }] : [{}] }),
    );
    const candidates = providers.map((provider, index) => ({ provider, maxContext: sizes[index] }));
    const response = await run(clock, createRouter(candidates, { clock }).chat(HELLO));
    expect(response.route.asked.map(({ candidate }) => candidate)).toEqual(["p0", "p3"]);
  });

  test("what fits is read from listModels where nobody said it", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({
      clock,
      name: "one",
      turns: [{ error: tooLong() }],
      models: infos("one/model", 8000),
    });
    const small = new FakeProvider({ clock, name: "small", models: infos("small/model", 8000) });
    const large = new FakeProvider({ clock, name: "large", models: infos("large/model", 131_072) });
    const router = createRouter([one, small, large], { clock });
    expect((await run(clock, router.chat(HELLO))).content).toBe("large");
    expect((await run(clock, router.chat(HELLO))).content).toBe("large");
    expect([one.listed, small.listed, large.listed]).toEqual([1, 1, 1]);
  });

  describe("where a limit refused its size, of which others' contexts say nothing", () => {
    const refusal = { metric: "tokensPerMinute", limit: 6000, requested: 9000, tooLarge: true } as const;
    const byServer = new LlmError("RequestTooLarge", "too large", { status: 413, refusal });
    const byLimiter = { windows: [{ periodMs: 60_000, tokens: 50 }], tokens: 100 };

    test.each([
      ["a server's", { turns: [{ error: byServer }] }],
      ["its own limiter's", byLimiter],
    ])("%s, another of the same context is asked, once", async (_, options) => {
      const clock = new TestClock();
      const models = infos("m", 16_000);
      const one = new FakeProvider({ clock, name: "one", models, ...options });
      const other = new FakeProvider({ clock, name: "two", models });
      const third = new FakeProvider({ clock, name: "third", turns: [{ error: byServer }] });
      const candidates = [one, third, other];
      const call = createRouter(candidates, { clock }).chat(HELLO, { model: "m" });
      expect((await run(clock, call)).content).toBe("two");
      const none = createRouter([one, third], { clock }).chat(HELLO, { model: "m" });
      await expect(run(clock, none)).rejects.toMatchObject({ kind: "RequestTooLarge" });
      expect(third.asked).toHaveLength(2);
    });

    test("but none that is known to be too small", async () => {
      const clock = new TestClock();
      const [one, other] = two(clock, [{ error: byServer }]);
      const router = createRouter([one, { provider: other, maxContext: 8000 }], { clock });
      await expect(run(clock, router.chat(HELLO))).rejects.toThrow(byServer.message);
      expect(other.asked).toHaveLength(0);
    });

    test("an unknown 413 says nothing of limits", async () => {
      const clock = new TestClock();
      const error = new LlmError("RequestTooLarge", "too large", { status: 413 });
      const [one, other] = two(clock, [{ error }]);
      await expect(run(clock, createRouter([one, other], { clock }).chat(HELLO))).rejects.toBe(error);
    });
  });

  test("where nobody knows what fits, the error is thrown", async () => {
    const clock = new TestClock();
    const error = tooLong();
    const [one, other] = two(clock, [{ error }]);
    await expect(run(clock, createRouter([one, other], { clock }).chat(HELLO))).rejects.toBe(error);
    expect(other.asked).toHaveLength(0);
  });
});

describe("retries", () => {
  test("candidates are told not to retry and not to wait; each is asked maxRetries times more", async () => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: unavailable() }], [{ error: unavailable() }]);
    const router = createRouter([one, other], { clock, random: () => 1, breaker: { failures: 100 } });
    const error = await run(clock, router.chat(HELLO)).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ kind: "ServiceUnavailable" });
    expect(one.askedAt).toEqual([0, 500, 1500]);
    expect(other.askedAt).toEqual([0, 500, 1500]);
    expect(one.asked[0]).toMatchObject({ maxRetries: 0, maxQueueMs: 0, maxWaitMs: 0 });
    expect(routeOf(error)?.asked).toHaveLength(6);
  });

  test("a server's wait is obeyed, and another candidate is asked meanwhile", async () => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: limited(3000) }, {}], [{}, { error: unavailable() }, {}]);
    const router = createRouter([one, other], { clock, random: () => 1 });
    expect((await run(clock, router.chat(HELLO))).content).toBe("two");
    expect(router.candidates[0]?.restMs).toBe(3000);
    await clock.advance(100);
    // The second fails now, and comes back sooner than the first.
    expect((await run(clock, router.chat(HELLO))).content).toBe("two");
    expect(other.askedAt).toEqual([0, 100, 600]);
  });

  test("a wait that is longer than the call may wait fails at once, and says when", async () => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: limited(90_000) }], [{ error: limited(70_000) }]);
    const router = createRouter([one, other], { clock });
    const error = await run(clock, router.chat(HELLO)).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ kind: "RateLimitExceeded", retryAfterMs: 70_000 });
    expect(clock.now()).toBe(0);
    // Nobody needs to be asked to know it again.
    await clock.advance(1000);
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({
      kind: "ServiceUnavailable",
      retryAfterMs: 69_000,
    });
    expect(other.asked).toHaveLength(1);
  });

  test("what is not retryable is not asked again", async () => {
    const clock = new TestClock();
    const error = new LlmError("ModelNotFound", "gone", { status: 404 });
    const [one, other] = two(clock, [{ error }], [{ error }]);
    await expect(run(clock, createRouter([one, other], { clock }).chat(HELLO))).rejects.toBe(error);
    expect([one.asked.length, other.asked.length]).toEqual([1, 1]);
  });

  test("the error thrown is that of the candidate that may answer soonest", async () => {
    const clock = new TestClock();
    const [one, other] = two(
      clock,
      [{ error: unavailable() }],
      [{ error: new LlmError("Authentication", "key", { status: 401 }) }],
    );
    const router = createRouter([one, other], { clock, maxRetries: 0 });
    await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({ kind: "ServiceUnavailable" });
  });

  test("whatever a candidate throws becomes an LlmError", async () => {
    const clock = new TestClock();
    const odd = [new TypeError("bug"), "text", null, undefined, Object.create(null), { message: 5 }];
    for (const error of odd) {
      const [one] = two(clock, [{ error: error ?? new Error() }]);
      const fault = await run(clock, createRouter([one], { clock }).chat(HELLO)).catch(
        (fault: unknown) => fault,
      );
      expect(fault).toMatchObject({ name: "LlmError", kind: "ProviderError" });
    }
  });
});

describe("what ends a call", () => {
  test("a deadline holds over all tries and waits", async () => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ afterMs: 300, error: unavailable() }], [{ afterMs: Infinity }]);
    const router = createRouter([one, other], { clock, deadlineMs: 1000 });
    const call = router.chat(HELLO);
    const fault = await run(clock, call).catch((fault: unknown) => fault);
    expect(fault).toMatchObject({ kind: "Timeout" });
    expect(clock.now()).toBe(1000);
    expect(other.asked[0]).toMatchObject({ deadlineMs: 700 });
    expect(other.closed).toBe(1);
    expect(routeOf(fault)?.asked.map(({ outcome }) => outcome)).toEqual(["failed", "cancelled"]);
    expect(clock.timers).toBe(0);
  });

  test("a wait known to be longer than the deadline is not begun", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{ error: limited(5000) }]);
    await expect(
      run(clock, createRouter([one], { clock, deadlineMs: 1000 }).chat(HELLO)),
    ).rejects.toMatchObject({
      kind: "RateLimitExceeded",
    });
    expect(clock.now()).toBe(0);
  });

  test("a candidate that pays no heed to its signal holds nobody up", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{ afterMs: Infinity, deaf: true }]);
    await expect(
      run(clock, createRouter([one], { clock, deadlineMs: 50 }).chat(HELLO)),
    ).rejects.toMatchObject({ kind: "Timeout" });
  });

  test.each(["asking", "waiting after a failure", "waiting at a limit"])(
    "an abort while %s",
    async (where) => {
      const clock = new TestClock();
      const turns: Turn[] = where === "asking" ? [{ afterMs: Infinity }] : [{ error: unavailable() }];
      const windows = where === "waiting at a limit" ? [{ periodMs: 10_000, calls: 1 }] : [];
      const one = new FakeProvider({ clock, name: "one", turns: windows.length ? [{}] : turns, windows });
      const router = createRouter([one], { clock, random: () => 1, breaker: { failures: 100 } });
      const controller = new AbortController();
      const { signal } = controller;
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      };
      if (windows.length) await Promise.all([router.chat(HELLO), clock.advance(0)]);
      const call = router.chat(HELLO, { signal });
      call.catch(() => {});
      await clock.advance(100);
      controller.abort();
      await expect(call).rejects.toMatchObject({ kind: "Cancelled" });
      expect(listeners).toBe(0);
      expect(clock.timers).toBe(0);
      expect(one.active).toBe(0);
      expect(router.candidates[0]?.active).toBe(0);
      expect(router.rateLimitState.waiting).toBe(0);
    },
  );

  test("a signal that is aborted already asks nobody", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{}]);
    const router = createRouter([one], { clock });
    await expect(router.chat(HELLO, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: "Cancelled",
    });
    expect(one.asked).toHaveLength(0);
  });

  test("a listener that throws or rejects changes nothing", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{}]);
    for (const onEvent of [
      () => {
        throw new Error("mine");
      },
      async () => {
        throw new Error("mine");
      },
    ]) {
      expect((await run(clock, createRouter([one], { clock, onEvent }).chat(HELLO))).content).toBe("one");
    }
  });
});

describe("the line", () => {
  test("priority goes first, then who came first; a full line refuses", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 100, calls: 1 }] });
    const router = createRouter([one], { clock, maxQueue: 3 });
    const ended: string[] = [];
    const ask = (user: string, priority: number) =>
      router.chat(HELLO, { user, priority }).then(() => ended.push(user));
    const calls = [ask("a", 0), ask("b", 0), ask("c", 0), ask("d", 1)];
    await expect(router.chat(HELLO)).rejects.toMatchObject({ kind: "RateLimitExceeded" });
    await run(clock, Promise.all(calls));
    expect(ended).toEqual(["a", "d", "b", "c"]);
  });

  test("one of low priority gains a step for each ten seconds, so it is not starved", async () => {
    const clock = new TestClock();
    const one = new FakeProvider({ clock, name: "one", windows: [{ periodMs: 1000, calls: 1 }] });
    const router = createRouter([one], { clock });
    const high = () => router.chat(HELLO, { user: "high", priority: 1 });
    const calls = [high(), router.chat(HELLO, { user: "low" }), high()];
    for (let second = 0; second < 30; second++) {
      await clock.advance(1000);
      calls.push(high());
    }
    await run(clock, Promise.all(calls));
    expect(one.asked.findIndex(({ user }) => user === "low")).toBe(11);
  });

  test("a large call is not starved by small ones that come after it", async () => {
    const clock = new TestClock();
    const provider = new FakeProvider({ clock, name: "one" });
    // Refuses calls of user "large" until half a second has passed, as a limit of tokens would.
    const chat = provider.chat.bind(provider);
    provider.chat = async (messages, options) => {
      if (options?.user === "large" && clock.now() < 500) {
        throw new LlmError("RateLimitExceeded", "no room", { retryAfterMs: 500 - clock.now() });
      }
      return chat(messages, options);
    };
    const router = createRouter([provider], { clock });
    const ended: string[] = [];
    const ask = (user: string) => router.chat(HELLO, { user }).then(() => ended.push(user));
    const large = ask("large");
    await clock.advance(1);
    const small = [ask("small"), ask("small")];
    await run(clock, Promise.all([large, ...small]));
    expect(ended[0]).toBe("large");
  });

  test("a call that waits for a limit fails soon when its candidate goes to a long rest", async () => {
    const clock = new TestClock();
    const key = new LlmError("Authentication", "key", { status: 401 });
    const one = new FakeProvider({
      clock,
      name: "one",
      windows: [{ periodMs: 1000, calls: 1 }],
      turns: [{ afterMs: 200, error: key }],
    });
    const router = createRouter([one], { clock });
    const calls = [router.chat(HELLO), router.chat(HELLO)].map((call) =>
      call.catch((fault: LlmError) => fault.kind),
    );
    await clock.advance(250);
    expect(await Promise.all(calls)).toEqual(["Authentication", "ServiceUnavailable"]);
  });
});

describe("what a candidate's breaker counts", () => {
  test.each([
    ["a refusal of the call's own mistake as a sign of life", 400, 0],
    ["nothing that was never sent", undefined, 1000],
  ])("%s", async (_, status, restMs) => {
    const clock = new TestClock();
    const down = { error: unavailable() };
    const [one] = two(clock, [down, { error: new LlmError("InvalidRequest", "bad", { status }) }, down]);
    const router = createRouter([one], { clock, maxRetries: 0, breaker: { failures: 2 } });
    for (let call = 0; call < 3; call++) await run(clock, router.chat(HELLO)).catch(() => {});
    expect(router.candidates[0]?.restMs).toBe(restMs);
  });

  test("trouble, whatever becomes of the call by onError", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{ error: unavailable() }]);
    const router = createRouter([one], {
      clock,
      breaker: { failures: 3 },
      onError: { ServiceUnavailable: "throw" },
    });
    for (let call = 0; call < 3; call++) await run(clock, router.chat(HELLO)).catch(() => {});
    expect(router.candidates[0]?.restMs).toBe(1000);
    // A probe that fails does not end the rest.
    await clock.advance(1000);
    await run(clock, router.chat(HELLO)).catch(() => {});
    expect(router.candidates[0]?.restMs).toBe(2000);
  });

  test.each([
    ["its own model that is gone, though the call names one", { model: "its" }, true],
    ["not a model that only the call names", {}, false],
  ])("%s", async (_, options, counts) => {
    const clock = new TestClock();
    const [one, other] = two(clock, [{ error: new LlmError("ModelNotFound", "gone", { status: 404 }) }]);
    const router = createRouter([{ provider: one, options }, other], { clock });
    for (let call = 0; call < 5; call++) await run(clock, router.chat(HELLO, { model: "any" }));
    expect((router.candidates[0]?.restMs ?? 0) > 0).toBe(counts);
  });
});

test("what fits is that of the model that the call names", async () => {
  const clock = new TestClock();
  const models = (own: string, contextWindow: number) => [
    { id: own, contextWindow: 9000 },
    { id: "named", contextWindow },
  ];
  const error = new LlmError("ContextLengthExceeded", "long", { status: 400 });
  const one = new FakeProvider({ clock, name: "one", models: models("one/model", 1000), turns: [{ error }] });
  const other = new FakeProvider({ clock, name: "two", models: models("two/model", 2000) });
  const router = createRouter([one, other], { clock });
  expect((await run(clock, router.chat(HELLO, { model: "named" }))).content).toBe("two");
});

test.each(["prices", "contexts"])(
  "a list of models for %s that never comes holds no call beyond its deadline",
  async (what) => {
    const clock = new TestClock();
    const error = new LlmError("ContextLengthExceeded", "long", { status: 400 });
    const [one] = two(clock, [{ error }]);
    one.listModels = () => new Promise(() => {});
    const budget = what === "prices" ? { maxCostUsd: 1 } : undefined;
    const router = createRouter([one], { clock, budget });
    const ended = failure(router.chat(HELLO, { deadlineMs: 100 }));
    await clock.advance(100);
    expect(await ended).toMatchObject({ kind: "Timeout", timeout: "deadline" });
    // And none for ever.
    const unbounded = router.chat(HELLO);
    await expect(run(clock, unbounded)).rejects.toMatchObject({
      kind: what === "prices" ? "ServiceUnavailable" : "ContextLengthExceeded",
    });
    expect(clock.timers).toBe(0);
  },
);

test("where nobody may wait, a failure is told, not the line", async () => {
  const clock = new TestClock();
  const [one] = two(clock, [{ error: unavailable() }]);
  const router = createRouter([one], { clock, maxQueue: 0 });
  await expect(run(clock, router.chat(HELLO))).rejects.toMatchObject({
    kind: "ServiceUnavailable",
    status: 503,
  });
});

describe("who waits for a probe goes", () => {
  test("to the next, when the doubled rest of one that failed is over", async () => {
    const clock = new TestClock();
    const down = { error: unavailable() };
    const [one] = two(clock, [down, { ...down, afterMs: 100 }, {}]);
    const router = createRouter([one], { clock, maxRetries: 0, breaker: { failures: 1 } });
    await run(clock, router.chat(HELLO)).catch(() => {});
    await clock.advance(1000);
    const probe = failure(router.chat(HELLO));
    const second = router.chat(HELLO);
    await clock.advance(100);
    await probe;
    await clock.advance(2000);
    expect(one.askedAt).toEqual([0, 1000, 3100]);
    expect((await second).content).toBe("one");
  });

  test("when one whose policy fails has ended", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{ error: unavailable() }, { error: unavailable(), afterMs: 100 }, {}]);
    let asked = 0;
    const onError = () => {
      if (++asked > 1) throw new RangeError("mine");
      return undefined;
    };
    const router = createRouter([one], { clock, onError, maxRetries: 0, breaker: { failures: 1 } });
    await run(clock, router.chat(HELLO)).catch(() => {});
    await clock.advance(1000);
    const probe = failure(router.chat(HELLO));
    const second = router.chat(HELLO);
    await clock.advance(100);
    expect(await probe).toMatchObject({ kind: "ConfigError" });
    expect((await second).content).toBe("one");
  });

  test("when the call of one was ended by a listener of another's failure", async () => {
    const clock = new TestClock();
    const windows = [{ periodMs: 100_000, calls: 1 }];
    const slow = new FakeProvider({
      clock,
      name: "slow",
      windows,
      turns: [{ afterMs: 2000, error: unavailable() }],
    });
    const [, other] = two(clock, [], [{ error: unavailable() }, { afterMs: Infinity }, {}]);
    const controller = new AbortController();
    const router = createRouter([slow, other], {
      clock,
      hedgeAfterMs: 10,
      breaker: { failures: 1 },
      onEvent: (event) => event.type === "failed" && event.candidate === "slow" && controller.abort(),
    });
    const first = failure(router.chat(HELLO, { signal: controller.signal }));
    await clock.advance(1500);
    expect(other.asked).toHaveLength(2);
    const second = router.chat(HELLO);
    await clock.advance(600);
    expect(await first).toMatchObject({ kind: "Cancelled" });
    expect(other.asked).toHaveLength(3);
    expect((await second).content).toBe("two");
    expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
  });

  test("when its stream has begun, not when that has ended", async () => {
    const clock = new TestClock();
    const [one] = two(clock, [{ error: unavailable() }, { answer: { content: "abcdef" } }]);
    const router = createRouter([one], { clock, maxRetries: 0, breaker: { failures: 1 } });
    await run(clock, router.chat(HELLO)).catch(() => {});
    await clock.advance(1000);
    const stream = router.chatStream(HELLO);
    const second = router.chat(HELLO);
    await clock.advance(0);
    expect(one.asked).toHaveLength(3);
    expect((await second).content).toBe("abcdef");
    stream.cancel();
    await clock.drain();
    expect(clock.timers).toBe(0);
  });

  test("when its call was cancelled", async () => {
    const clock = new TestClock();
    const windows = [{ periodMs: 100_000, calls: 1 }];
    const slow = new FakeProvider({ clock, name: "slow", turns: [{ afterMs: Infinity }], windows });
    const down = { error: unavailable() };
    const [, other] = two(clock, [], [down, { afterMs: Infinity }, {}]);
    const router = createRouter([slow, other], { clock, hedgeAfterMs: 10, breaker: { failures: 1 } });
    const controller = new AbortController();
    const first = router.chat(HELLO, { signal: controller.signal });
    first.catch(() => {});
    // The hedge fails, and its candidate is probed by the next hedge.
    await clock.advance(1500);
    expect(other.asked).toHaveLength(2);
    const second = router.chat(HELLO);
    await clock.advance(10);
    controller.abort();
    await clock.advance(1);
    expect((await second).content).toBe("two");
    await expect(first).rejects.toMatchObject({ kind: "Cancelled" });
  });
});
