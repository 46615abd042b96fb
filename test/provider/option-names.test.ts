/** An error names an option as whoever wrote it did: in code, in a configuration, or at the call itself. */
import { expect, test } from "vitest";
import type { ProviderDependencies } from "../../src/provider/call/dependencies.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { createRateLimiter } from "../../src/provider/limits/create-rate-limiter.ts";
import { failure } from "./stream/harness.ts";
import { completion, groqConfig, json } from "./support.ts";

const messages = [{ role: "user" as const, content: "Hi" }];
const refused = () =>
  json({ error: { message: "Rate limit reached. Please try again in 60s." } }, 429, { "retry-after": "60" });

/** The same provider, of options in code and of a configuration. */
function both(fetch: ProviderDependencies["fetch"], settings: Record<string, number>, onLimit = "wait") {
  const wire = Object.entries(settings).map(
    ([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value] as const,
  );
  const window = { calls: 1 };
  return [
    createProvider({
      ...{ provider: "groq", apiKey: "gsk_test", model: "m", maxRetries: 0, ...settings },
      ...{ limit: { renewalPeriod: "hours", ...window }, onLimit: onLimit as "wait", fetch },
    }),
    createProvider(
      groqConfig(
        { max_retries: 0, ...Object.fromEntries(wire) },
        { limit: { renewal_period: "hours", ...window }, on_limit: onLimit as "wait" },
      ),
      { fetch },
    ),
  ] as const;
}

const answers = async () => json(completion("Hello"));

test.each<[string, Record<string, number>, string, string]>([
  ["a full hour", { maxQueueMs: 10 }, "maxQueueMs is", "max_queue_ms is"],
  ["a full line", { maxQueue: 0, maxQueueMs: 1e9 }, "as maxQueue admits", "as max_queue admits"],
])("%s names the bound", async (_, settings, code, config) => {
  for (const [provider, says] of [both(answers, settings)[0], both(answers, settings)[1]].map(
    (provider, index) => [provider, index === 0 ? code : config] as const,
  )) {
    await provider.chat(messages);
    expect((await failure(provider.chat(messages))).message).toContain(says);
  }
});

test("a limit that fails at once names its option", async () => {
  const [code, config] = both(answers, {}, "error");
  await Promise.all([code.chat(messages), config.chat(messages)]);
  expect((await failure(code.chat(messages))).message).toContain('(onLimit is "error")');
  expect((await failure(config.chat(messages))).message).toContain('(on_limit is "error")');
});

test("a server's pause names the bound of the configuration, or of the call", async () => {
  const [code, config] = both(async () => refused(), { maxWaitMs: 1000 });
  for (const provider of [code, config]) await failure(provider.chat(messages));
  const own = { maxWaitMs: 500, maxQueueMs: 1e9 };
  expect((await failure(code.chat(messages, { maxQueueMs: 1e9 }))).message).toContain("(maxWaitMs is 1 s)");
  expect((await failure(config.chat(messages, { maxQueueMs: 1e9 }))).message).toContain(
    "(max_wait_ms is 1 s)",
  );
  expect((await failure(config.chat(messages, own))).message).toContain("(maxWaitMs is 0.5 s)");
});

test("times and endpoints are named so too", async () => {
  const never: ProviderDependencies["fetch"] = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const [code, config] = both(never, { timeoutMs: 5 });
  expect((await failure(code.chat(messages))).message).toContain("(timeoutMs)");
  expect((await failure(config.chat(messages))).message).toContain("(timeout_ms)");
  const own = both(never, {})[1];
  expect((await failure(own.chat(messages, { timeoutMs: 6 }))).message).toContain("6 ms (timeoutMs)");
  const chatOnly = createProvider({ ...groqConfig(), supported_endpoints: ["completion"] });
  expect((await failure(chatOnly.chat(messages))).message).toContain("in supported_endpoints");
});

test("a limiter of one's own is made of options in code", async () => {
  const limiter = createRateLimiter({ windows: [{ periodMs: 60_000, calls: 1 }], maxQueueMs: 10 });
  await limiter.acquire({});
  expect((await failure(limiter.acquire({}))).message).toContain("maxQueueMs is");
});

test("a configuration does not show how it was written", () => {
  const { config } = both(answers, {})[0];
  expect(Object.getOwnPropertySymbols(config)).toEqual([]);
});
