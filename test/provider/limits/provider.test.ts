/** The limiter inside a provider: bounds, refusals and estimates as an application meets them. */
import { describe, expect, it } from "vitest";
import type { ProviderEvent } from "../../../src/provider/base/events.ts";
import type { ModelConfig } from "../../../src/provider/base/model-config.ts";
import type { ProviderDependencies } from "../../../src/provider/call/dependencies.ts";
import { createMemoryLimitStore } from "../../../src/provider/limits/memory-store.ts";
import type { LimitStore } from "../../../src/provider/limits/store.ts";
import { createEmbeddedGroq } from "../../../src/testing/index.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../support.ts";
import { FakeClock, finish } from "./harness.ts";

const HOUR = 3_600_000;
const HELLO = [{ role: "user" as const, content: "Hello" }];

function setUp(
  handler: Handler,
  config: Partial<ModelConfig["config"]> = {},
  rest: Partial<ModelConfig> = {},
  dependencies: ProviderDependencies = {},
) {
  const clock = new FakeClock();
  const events: ProviderEvent[] = [];
  const { provider, sent } = stubbed(handler, groqConfig(config, rest), {
    ...{ clock, random: () => 1, onEvent: (event) => events.push(event) },
    ...dependencies,
  });
  return { clock, provider, sent, events };
}

const refusal = (words: string, headers: Record<string, string> = {}) =>
  json(
    {
      error: {
        message: `Rate limit reached for model \`m\` in organization \`o\` service tier \`on_demand\` on ${words}`,
        type: "tokens",
        code: "rate_limit_exceeded",
      },
    },
    429,
    headers,
  );

describe("waits", () => {
  it.each([429, 503])("a first wait of an hour fails at once, and says when (%d)", async (status) => {
    const { clock, provider, sent } = setUp(() => json({}, status, { "retry-after": "3600" }));
    await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ status, retryAfterMs: HOUR });
    await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({
      ...{ kind: "RateLimitExceeded", retryAfterMs: HOUR },
    });
    expect(clock.now()).toBe(0);
    expect(sent).toHaveLength(1);
  });

  it("maxWaitMs of a call holds for its first wait too", async () => {
    const { clock, provider } = setUp((_, count) =>
      count === 1 ? json({}, 429, { "retry-after": "20" }) : json(completion("late")),
    );
    await expect(finish(clock, provider.chat(HELLO, { maxRetries: 0 }))).rejects.toMatchObject({
      status: 429,
    });
    await expect(finish(clock, provider.chat(HELLO, { maxWaitMs: 10_000 }))).rejects.toMatchObject({
      ...{ kind: "RateLimitExceeded", retryAfterMs: 20_000 },
    });
    expect((await finish(clock, provider.chat(HELLO))).content).toBe("late");
    expect(clock.now()).toBe(20_000);
  });

  it("a wait for the limit that is longer than the deadline fails at once", async () => {
    const { clock, provider } = setUp(
      () => json(completion("ok")),
      {},
      { limit: { renewal_period: "minutes", calls: 1 } },
    );
    await finish(clock, provider.chat(HELLO));
    const since = clock.now();
    await expect(provider.chat(HELLO, { deadlineMs: 300 })).rejects.toMatchObject({
      ...{ kind: "RateLimitExceeded", retryAfterMs: 60_000 },
      message: expect.stringContaining("deadlineMs is 0.3 s"),
    });
    expect(clock.now()).toBe(since);
  });

  it("calls that are spaced after a refusal wait within maxQueueMs, for no server asked for it", async () => {
    const limited = (_: unknown, count: number) =>
      count === 1 ? json({ error: { message: "slow down" } }, 429) : json(completion("ok"));
    const { clock, provider } = setUp(limited, { max_retries: 0 });
    await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ status: 429 });
    await finish(clock, provider.chat(HELLO));
    const since = clock.now();
    await finish(clock, provider.chat(HELLO, { maxWaitMs: 0 }));
    const spacedMs = clock.now() - since;
    expect(spacedMs).toBeGreaterThan(0);
    expect(spacedMs).toBeLessThanOrEqual(2000);
    await expect(finish(clock, provider.chat(HELLO, { maxQueueMs: 1 }))).rejects.toMatchObject({
      ...{ kind: "RateLimitExceeded", message: expect.stringContaining("(maxQueueMs is 0.1 s)") },
    });
  });

  it.each([new TypeError("bug"), new RangeError("bug"), undefined])(
    "a bug of a store is not tried again: %s",
    async (fault) => {
      let asked = 0;
      const store = createMemoryLimitStore();
      const limitStore: LimitStore = {
        quota: (options, user) =>
          Object.assign(Object.create(store.quota(options, user)), {
            ...{
              outage: undefined,
              waitMs: () => 0,
              pausedForMs: () => 0,
              pausedMs: () => 0,
              withdraw: () => {},
            },
            reserve: () => {
              asked += 1;
              return Promise.reject(fault);
            },
          }),
        leave: () => {},
        close: () => {},
      };
      const { clock, provider } = setUp(() => json(completion("ok")), {}, {}, { limitStore });
      await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ kind: "ConfigError" });
      expect(asked).toBe(1);
    },
  );

  it("a store whose quota comes as a promise is a ConfigError, and its rejection is heard", async () => {
    const limitStore = { quota: () => Promise.reject(new Error("down")), leave() {}, close() {} };
    const { clock, provider } = setUp(
      () => json(completion("ok")),
      {},
      {},
      {
        limitStore: limitStore as unknown as LimitStore,
      },
    );
    await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ kind: "ConfigError" });
  });

  it("max_queue_ms bounds the own line, and maxQueueMs that of one call", async () => {
    const limit = { renewal_period: "hours", calls: 1 } as const;
    const { clock, provider } = setUp(() => json(completion("ok")), { max_queue_ms: HOUR }, { limit });
    await finish(clock, provider.chat(HELLO));
    await expect(provider.chat(HELLO, { maxQueueMs: 1000 })).rejects.toMatchObject({ retryAfterMs: HOUR });
    await finish(clock, provider.chat(HELLO));
    expect(clock.now()).toBe(HOUR);
  });

  it.each([400, 401, 404, 500])(
    "a wait that another error names stops no other call (%d)",
    async (status) => {
      const { clock, provider } = setUp(
        (_, count) => (count === 1 ? json({}, status, { "retry-after": "3600" }) : json(completion("ok"))),
        { max_retries: 0 },
      );
      await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ status });
      await finish(clock, provider.chat(HELLO));
      expect(clock.now()).toBe(0);
    },
  );
});

describe("a refused call is tried again when the server said", () => {
  it("with its size", async () => {
    const words = "tokens per minute (TPM): Limit 6000, Used 5900, Requested 150. Please try again in 500ms.";
    const { clock, provider } = setUp((_, count) =>
      count === 1 ? refusal(words, { "retry-after": "1" }) : json(completion("ok")),
    );
    await finish(clock, provider.chat(HELLO));
    expect(clock.now()).toBeGreaterThanOrEqual(500);
    expect(clock.now()).toBeLessThan(502);
  });

  it("of requests", async () => {
    const words = "requests per minute (RPM): Limit 30, Used 30, Requested 1. Please try again in 500ms.";
    const { clock, provider } = setUp((_, count) => (count === 1 ? refusal(words) : json(completion("ok"))));
    await finish(clock, provider.chat(HELLO));
    expect(clock.now()).toBeGreaterThanOrEqual(500);
    expect(clock.now()).toBeLessThan(502);
  });

  const WORDS = "tokens per minute (TPM): Limit 6000, Used 5900, Requested 150. Please try again in 1s.";
  const REFUSALS: Record<string, () => Response> = {
    "429": () => json({}, 429, { "retry-after": "1" }),
    "429 that tells its limit": () => refusal(WORDS),
    "498": () => json({}, 498, { "retry-after": "1" }),
    "503": () => json({}, 503, { "retry-after": "1" }),
  };
  const names = Object.keys(REFUSALS);
  const rows = names.flatMap((a) => names.flatMap((b) => names.map((c) => [a, b, c])));

  it.each(rows)("each time, whatever was refused before: %s, %s, %s", async (...row) => {
    for (const options of [{ maxRetries: 5 }, { maxRetries: 0 }]) {
      const sentAt: number[] = [];
      const { clock, provider } = setUp((_, count) => {
        sentAt.push(clock.now());
        return REFUSALS[row[count - 1] ?? ""]?.() ?? json(completion("ok"));
      });
      // A service that was in use, so that there is a rate to fall from.
      await clock.advance(60_000);
      const start = clock.now();
      for (let tries = 0; tries < (options.maxRetries === 0 ? row.length : 0); tries++)
        await expect(finish(clock, provider.chat(HELLO, options))).rejects.toHaveProperty(
          "retryAfterMs",
          1000,
        );
      await finish(clock, provider.chat(HELLO, options));
      sentAt.forEach((at, index) => {
        expect(at - start).toBeGreaterThanOrEqual(index * 1000);
        expect(at - start).toBeLessThan(index * 1000 + 10);
      });
      expect(sentAt).toHaveLength(row.length + 1);
    }
  });

  it("and not at once where it says 0", async () => {
    const { clock, provider, sent } = setUp(() => json({}, 429, { "retry-after": "0" }), { max_retries: 10 });
    await Promise.all(
      Array.from({ length: 20 }, () => finish(clock, provider.chat(HELLO)).catch(() => undefined)),
    );
    // Each second few more than one, after the first burst.
    expect(sent.length - 20).toBeLessThan(8 + (clock.now() / 1000) * 2);
  });
});

/** The embedded Groq as a `fetch`, on the same clock. */
function onEmbedded(
  limits: object,
  config: Partial<ModelConfig["config"]> = {},
  rest: Partial<ModelConfig> = {},
) {
  const clock = new FakeClock();
  const groq = createEmbeddedGroq({ limits, now: () => clock.now() });
  const { provider } = stubbed(() => json({}), groqConfig(config, rest), {
    ...{ clock, fetch: groq.fetch },
  });
  return { clock, groq, provider };
}

describe("limit: auto", () => {
  it("fails none of fifteen calls at once under five a minute", async () => {
    const { clock, provider } = onEmbedded({ requestsPerMinute: 5 }, {}, { limit: "auto" });
    const calls = Promise.all(Array.from({ length: 15 }, () => provider.chat(HELLO)));
    await finish(clock, calls);
    expect(clock.now()).toBeLessThan(130_000);
  });

  it("learns a minute that is shorter here", async () => {
    const limits = { requestsPerMinute: 4, minuteMs: 300 };
    const { clock, provider } = onEmbedded(limits, {}, { limit: "auto" });
    await finish(clock, Promise.all(Array.from({ length: 8 }, () => provider.chat(HELLO))));
    expect(clock.now()).toBeLessThan(700);
  });
});

describe("estimates", () => {
  const limit = { renewal_period: "minutes", tokens: 10_000 } as const;
  const usage = (total: number) => ({
    usage: { prompt_tokens: 10, completion_tokens: total - 10, total_tokens: total },
  });

  it("of an application that are low by ten are raised", async () => {
    const used: { at: number; tokens: number }[] = [];
    const { clock, provider } = setUp(
      () => {
        used.push({ at: clock.now(), tokens: 1000 });
        return json(completion("ok", usage(1000)));
      },
      { max_queue_ms: HOUR },
      { limit },
      { estimateTokens: () => 100 },
    );
    await finish(clock, Promise.all(Array.from({ length: 30 }, () => provider.chat(HELLO))));
    for (const { at } of used) {
      const within = used.filter((call) => call.at >= at && call.at < at + 60_000);
      expect(within.length * 1000).toBeLessThanOrEqual(10_000);
    }
  });

  it.each([Number.NaN, undefined, -5])(
    "that are no number (%s) fail their call, and no later one",
    async (bad) => {
      let count = 0;
      const estimateTokens = () => (++count === 1 ? (bad as number) : 100);
      const { clock, provider } = setUp(() => json(completion("ok")), {}, { limit }, { estimateTokens });
      await expect(finish(clock, provider.chat(HELLO))).rejects.toMatchObject({ kind: "ConfigError" });
      await finish(clock, provider.chat(HELLO));
      expect(provider.rateLimitState.windows[0]?.tokens?.used).toBe(7);
    },
  );

  it("are made for an embedding, too", async () => {
    const asked: number[] = [];
    const estimateTokens: ProviderDependencies["estimateTokens"] = ({ messages, max_completion_tokens }) => {
      asked.push(messages.length);
      expect(max_completion_tokens).toBe(0);
      return 123;
    };
    const embeddings = { object: "list", data: [], model: "e", usage: { prompt_tokens: 5, total_tokens: 5 } };
    const { clock, provider } = setUp(
      () => json(embeddings),
      { base_url: "https://example.test/v1" },
      { provider: "openai-compatible", supported_endpoints: ["embedding"], limit },
      { estimateTokens },
    );
    await finish(
      clock,
      provider.embed(["a", "b"]).catch(() => undefined),
    );
    expect(asked).toEqual([2]);
  });
});

it("two providers with one store hold one limit, and one refusal pauses both", async () => {
  const limitStore = createMemoryLimitStore();
  const clock = new FakeClock();
  const make = (handler: Handler) =>
    stubbed(handler, groqConfig({ max_retries: 0 }), { clock, limitStore, random: () => 1 }).provider;
  const a = make(() => json({}, 429, { "retry-after": "5" }));
  const b = make(() => json(completion("ok")));
  await expect(finish(clock, a.chat(HELLO))).rejects.toMatchObject({ status: 429 });
  await finish(clock, b.chat(HELLO));
  expect(clock.now()).toBe(5000);
});

it("max_concurrent counts calls of all models", async () => {
  let active = 0;
  let most = 0;
  const { clock, provider } = setUp(
    async () => {
      active += 1;
      most = Math.max(most, active);
      await new Promise<void>((resolve) => clock.setTimer(resolve, 5));
      active -= 1;
      return json(completion("ok"));
    },
    { max_concurrent: 1 },
  );
  const models = ["openai/gpt-oss-20b", "openai/gpt-oss-120b", "qwen/qwen3-32b"];
  await finish(clock, Promise.all(models.map((model) => provider.chat(HELLO, { model }))));
  expect(most).toBe(1);
});
