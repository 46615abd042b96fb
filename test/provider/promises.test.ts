/** Promises that no single room keeps: bounds of a whole stream, words of foreign tables, `LlmError` and nothing else. */
import { describe, expect, test } from "vitest";
import { LlmError, type LlmErrorKind } from "../../src/provider/base/error.ts";
import { parseModelConfig } from "../../src/provider/config/load-config.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import type { Quota } from "../../src/provider/limits/store.ts";
import { chatObject } from "../../src/provider/object/chat-object.ts";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { Body, collect, event, failure, start, text, textOf } from "./stream/harness.ts";
import { completion, groqConfig, json, stubbed } from "./support.ts";

test("a stream without end is ended where its texts add up to too much, and its connection closed", async () => {
  const body = new Body(Array.from({ length: 1000 }, () => event(text("x".repeat(100)))));
  const { stream } = start(body, { maxResponseLength: 1000 });
  const { chunks, error } = await collect(stream);
  expect(error).toMatchObject({ kind: "InvalidResponse", partial: textOf(chunks) });
  expect(error?.message).toContain("longer than 1000 characters (maxResponseLength)");
  expect(textOf(chunks).length).toBeLessThanOrEqual(1000);
  expect(body.reads).toBeLessThan(30);
  expect(body.cancelled).toBe(true);
});

test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
  "a refusal by a metric called %s is a refusal",
  async (metric) => {
    const message = `Rate limit reached on ${metric} (${metric}): Limit 5, Used 5, Requested 1. Please try again in 2s.`;
    const { provider } = stubbed(() => json({ error: { message, type: metric, code: metric } }, 429));
    const error = await failure(provider.chat([{ role: "user", content: "Hi" }]));
    expect(error).toMatchObject({ kind: "RateLimitExceeded", code: metric, retryAfterMs: 2000 });
    expect(error.refusal?.metric).toBeUndefined();
  },
);

describe("functions that give promises where none may be", () => {
  const later = async () => {
    throw new RangeError("the application's own");
  };
  const messages = [{ role: "user" as const, content: "Hi" }];
  const limited = groqConfig({}, { limit: { renewal_period: "minutes", tokens: 5000 } });

  // The runner itself fails a test whose rejections nobody hears.
  test.each([later, async () => 5, () => Object.create(null), () => Symbol("x")])(
    "an estimate that is no number is a ConfigError (%#)",
    async (estimate) => {
      const { provider } = stubbed(() => json(completion("Hello")), limited, {
        estimateTokens: estimate as never,
      });
      const error = await failure(provider.chat(messages));
      expect(error).toMatchObject({ kind: "ConfigError" });
      if (/^async/.test(String(estimate))) expect(error.message).toContain("must be synchronous");
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  );

  test("a check for drift that rejects changes nothing", async () => {
    const { provider } = stubbed(() => json(completion("Hello")), groqConfig(), {
      drift: { check: later as never },
    });
    expect((await provider.chat(messages)).content).toBe("Hello");
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

test("a revoked proxy is no LlmError", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(LlmError.is(proxy)).toBe(false);
});

test("a limit of lists without end is refused", () => {
  let limit: unknown = [];
  for (let depth = 0; depth < 100_000; depth++) limit = [limit];
  const options = { provider: "groq", apiKey: "k", model: "m", limit } as never;
  expect(() => createProvider(options)).toThrow(expect.objectContaining({ kind: "ConfigError" }));
});

describe("LlmError and nothing else", () => {
  const schema = { type: "object" } as const;
  const messages = [{ role: "user" as const, content: "Hi" }];
  const { provider } = stubbed(() => json({}));
  const odd = [undefined, null, 5, "", [], () => {}, Object.create(null)];

  test.each(odd)("for arguments that are none: %o", async (value) => {
    const given = value as never;
    const run = async (make: () => unknown) => make();
    const isDone = (name: string) => name === "complete" && value === "";
    const makers: Record<string, () => unknown> = {
      createProvider: () => createProvider(given),
      GroqProvider: () => new GroqProvider(given),
      parseModelConfig: () => parseModelConfig(given),
      "runTools: provider": () => runTools(given, messages, { tools: [] }),
      "runTools: options": () => runTools(provider, messages, given),
      "chatObject: provider": () => chatObject(given, messages, { schema }),
      "chatObject: options": () => chatObject(provider, messages, given),
      chat: () => provider.chat(given),
      chatStream: () => provider.chatStream(given).response,
      embed: () => provider.embed(given),
      complete: () => provider.complete(given),
    };
    for (const [name, make] of Object.entries(makers)) {
      const error = await run(make).catch((error: unknown) => error);
      if (isDone(name)) continue;
      expect(LlmError.is(error), `${name}: ${String(error)}`).toBe(true);
    }
  });

  const fault = new RangeError("the store's own");
  const quota = (shared: boolean, reserve: Quota["reserve"]): Quota => ({
    ...{ shared, reserve, withdraw: () => {}, waitMs: () => 0, feedback: () => {} },
    ...{ pausedForMs: () => 0, pausedMs: () => 0, windows: [], outage: undefined, isIdle: true },
  });

  const throws = () => {
    throw fault;
  };

  test.each<[string, boolean, LlmErrorKind, Quota["reserve"]]>([
    ["has a bug", true, "ConfigError", () => Promise.reject(fault)],
    ["throws for a bug", true, "ConfigError", throws],
    ["throws for a bug at once", false, "ConfigError", throws],
    ["can't be reached", true, "ServiceUnavailable", () => Promise.reject(new Error("ECONNRESET"))],
    ["can't be fetched", true, "ServiceUnavailable", () => Promise.reject(new TypeError("fetch failed"))],
  ])("of a store that %s", async (_, shared, kind, reserve) => {
    const store = { quota: () => quota(shared, reserve), leave: () => {}, close: () => {} };
    const limiter = createRateLimiter({ store });
    expect(await failure(limiter.acquire({}))).toMatchObject({ kind });
    expect(limiter.state).toMatchObject({ waiting: 0, active: 0 });
    const config = groqConfig({ max_retries: 0 }, { limit: { renewal_period: "minutes", calls: 5 } });
    const { provider } = stubbed(() => json({}), config, { limitStore: store });
    expect(await failure(provider.chat(messages))).toMatchObject({ kind });
    expect((await collect(provider.chatStream(messages))).error).toMatchObject({ kind });
  });
});
