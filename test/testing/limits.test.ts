import { describe, expect, test } from "vitest";
import { createEmbeddedGroq } from "../../src/testing/index.ts";
import { toDuration } from "../../src/testing/limits.ts";
import { both, hello, poster } from "./support.ts";

describe("limits", () => {
  test("a bucket that refills evenly, with Groq's headers and words", async () => {
    let now = 0;
    const groq = createEmbeddedGroq({
      now: () => now,
      limits: { requestsPerMinute: 2, requestsPerDay: 1000, tokensPerMinute: 8000 },
    });
    const post = () => poster(groq.fetch)(hello);
    const first = await post();
    expect(first.headers.get("x-ratelimit-limit-requests")).toBe("1000");
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("999");
    expect(first.headers.get("x-ratelimit-reset-requests")).toBe("1m26.4s");
    expect(first.headers.get("x-ratelimit-limit-tokens")).toBe("8000");
    await post();
    const refused = await post();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("30");
    const { error } = await refused.json();
    expect(error).toMatchObject({ type: "requests", code: "rate_limit_exceeded" });
    expect(error.message).toContain(
      "on requests per minute (RPM): Limit 2, Used 2, Requested 1. Please try again in 30s.",
    );
    now = 30_000;
    expect((await post()).status).toBe(200);
    expect(groq.refusals).toBe(1);
  });

  test("a call larger than the bucket", async () => {
    for (const post of await both({ limits: { tokensPerMinute: 100 } })) {
      const response = await post({ ...hello, max_completion_tokens: 500 });
      expect(response.status).toBe(413);
      expect((await response.json()).error).toMatchObject({ type: "tokens", code: "rate_limit_exceeded" });
    }
  });

  test("a wait is rounded up to whole seconds; its exact length is in the message", async () => {
    let now = 0;
    const groq = createEmbeddedGroq({ now: () => now, limits: { requestsPerMinute: 40 } });
    const post = poster(groq.fetch);
    for (let call = 0; call < 40; call++) await post(hello);
    now = 250;
    const refused = await post(hello);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect((await refused.json()).error.message).toContain("Please try again in 1.25s.");
    now = 1500;
    expect((await post(hello)).status).toBe(200);
  });

  test("each model has its own", async () => {
    const post = poster(createEmbeddedGroq({ now: () => 0, limits: { requestsPerDay: 1 } }).fetch);
    expect((await post(hello)).status).toBe(200);
    expect((await post(hello)).status).toBe(429);
    expect((await post({ ...hello, model: "openai/gpt-oss-120b" })).status).toBe(200);
  });

  test("what is reserved and not used is given back", async () => {
    const reply = { text: "a", usage: { promptTokens: 30, completionTokens: 20 } };
    const groq = createEmbeddedGroq({ now: () => 0, limits: { tokensPerMinute: 1000 }, reply });
    const response = await poster(groq.fetch)({ ...hello, max_completion_tokens: 900 });
    expect(response.headers.get("x-ratelimit-remaining-tokens")).toBe("950");
    expect(response.headers.get("x-ratelimit-reset-tokens")).toBe("3s");
  });

  test("more output than a minute allows is a 429 that waiting does not help", async () => {
    const groq = createEmbeddedGroq({ now: () => 0, limits: { outputTokensPerMinute: 1000 } });
    const post = poster(groq.fetch);
    const refused = await post({ ...hello, max_completion_tokens: 2512 });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("x-should-retry")).toBe("false");
    expect(refused.headers.get("retry-after")).toBeNull();
    const { error } = await refused.json();
    expect(error).toMatchObject({ type: "tokens", code: "rate_limit_exceeded" });
    expect(error.message).toMatch(/^Request too large .* \(OTPM\): Limit 1000, Requested 2512/);
    expect((await post(hello)).status).toBe(200);
  });

  test.each([
    ["tokensPerDay", "tokens per day (TPD)"],
    ["inputTokensPerMinute", "input tokens per minute (ITPM)"],
  ] as const)("%s shows in no header", async (metric, name) => {
    const reply = { text: "a", usage: { promptTokens: 60, completionTokens: 60 } };
    const groq = createEmbeddedGroq({ now: () => 0, limits: { [metric]: 61 }, reply });
    const post = poster(groq.fetch);
    const first = await post(hello);
    expect(first.status).toBe(200);
    expect([...first.headers.keys()].filter((key) => key.startsWith("x-ratelimit"))).toEqual([]);
    const refused = await post(hello);
    expect(refused.status).toBe(429);
    expect((await refused.json()).error.message).toContain(`on ${name}: Limit 61, Used`);
  });

  test("errors of the model carry the headers, refused requests do not", async () => {
    const reply = {
      error: { status: 400, message: "bad call", code: "tool_use_failed", failedGeneration: "{" },
    };
    const post = poster(createEmbeddedGroq({ limits: { requestsPerDay: 9 }, reply }).fetch);
    const failed = await post(hello);
    expect(failed.headers.has("x-ratelimit-limit-requests")).toBe(true);
    expect((await failed.json()).error).toMatchObject({ code: "tool_use_failed", failed_generation: "{" });
    expect((await post({ ...hello, n: 2 })).headers.has("x-ratelimit-limit-requests")).toBe(false);
  });

  test("a minute may be shorter here", async () => {
    let now = 0;
    const limits = { requestsPerMinute: 1, minuteMs: 100 };
    const post = poster(createEmbeddedGroq({ now: () => now, limits }).fetch);
    expect([(await post(hello)).status, (await post(hello)).status]).toEqual([200, 429]);
    now = 100;
    expect((await post(hello)).status).toBe(200);
  });
});

test.each([
  [0, "0ms"],
  [450, "450ms"],
  [449.999999, "449.999999ms"],
  [1000, "1s"],
  [7660, "7.66s"],
  [59_999.999_999_99, "1m0s"],
  [60_000, "1m0s"],
  [86_400, "1m26.4s"],
  [3_600_000, "1h0m0s"],
  [4_504_753, "1h15m4.753s"],
])("%d ms as Go writes it: %s", (ms, text) => {
  expect(toDuration(ms)).toBe(text);
});
