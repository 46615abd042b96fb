/** Over real sockets: providers of this library, and embedded Groqs that fail, stall and limit. */
import { afterEach, describe, expect, test } from "vitest";
import type { LimitConfig } from "../../src/provider/base/model-config.ts";
import { GroqProvider } from "../../src/provider/index.ts";
import { createRouter, routeOf } from "../../src/router/index.ts";
import {
  type EmbeddedGroqServer,
  type EmbeddedGroqServerOptions,
  startEmbeddedGroq,
} from "../../src/testing/index.ts";

const servers: EmbeddedGroqServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: EmbeddedGroqServerOptions = {}): Promise<EmbeddedGroqServer> {
  const server = await startEmbeddedGroq(options);
  servers.push(server);
  return server;
}

function provider(name: string, { baseUrl }: { baseUrl: string }, limit?: LimitConfig | "auto") {
  return new GroqProvider({
    name,
    provider: "groq",
    model: "openai/gpt-oss-20b",
    config: { api_key: "gsk_test", base_url: baseUrl, max_tokens: 50 },
    ...(limit && { limit }),
  });
}

const hello = [{ role: "user" as const, content: "hello" }];
const chats = (server: EmbeddedGroqServer) =>
  server.requests.filter(({ path }) => path.endsWith("/chat/completions"));

describe("a Groq that fails", () => {
  test.each([
    ["answers 503", { type: "answer", status: 503 }],
    ["answers 429 for an hour", { type: "answer", status: 429, headers: { "retry-after": "3600" } }],
    ["breaks the connection", { type: "reset", when: "beforeHead" }],
    ["answers HTML", { type: "answer", status: 200, body: "<html>" }],
    ["breaks off within the answer", { type: "reset", when: "inBody" }],
  ] as const)("%s: chats are answered by the other, and it rests after a while", async (_, fault) => {
    const [bad, good] = await Promise.all([start({ fault }), start({ reply: { text: "good" } })]);
    const router = createRouter([provider("bad", bad), provider("good", good)]);
    for (let call = 0; call < 8; call++) {
      const response = await router.chat(hello);
      expect(response).toMatchObject({ content: "good", route: { answeredBy: "good" } });
    }
    expect(chats(bad).length).toBeGreaterThan(0);
    expect(chats(bad).length).toBeLessThanOrEqual(5);
    expect(chats(good)).toHaveLength(8);
  });

  test("a refused key is asked once", async () => {
    const [bad, good] = await Promise.all([start({ apiKey: "gsk_other" }), start()]);
    const router = createRouter([provider("bad", bad), provider("good", good)]);
    for (let call = 0; call < 3; call++) await router.chat(hello);
    expect(chats(bad)).toHaveLength(1);
  });

  test("a stream changes horses before its first chunk, also for an error event", async () => {
    const [bad, good] = await Promise.all([
      start({
        fault: {
          type: "errorEvent",
          position: "first",
          error: { message: "over capacity", status_code: 503 },
        },
      }),
      start({ reply: { text: "one two three" } }),
    ]);
    const router = createRouter([provider("bad", bad), provider("good", good)]);
    const stream = router.chatStream(hello);
    expect(await stream.text()).toBe("one two three");
    expect((await stream.response).route.asked.map(({ candidate, outcome }) => [candidate, outcome])).toEqual(
      [
        ["bad", "failed"],
        ["good", "answered"],
      ],
    );
  });

  test("a stream that breaks after its first chunk is not begun again", async () => {
    const [bad, good] = await Promise.all([
      start({ fault: { type: "reset", when: "inBody" }, reply: { text: "one two three four five six" } }),
      start(),
    ]);
    const router = createRouter([provider("bad", bad), provider("good", good)]);
    let text = "";
    const read = async () => {
      for await (const chunk of router.chatStream(hello)) if (chunk.type === "text") text += chunk.text;
    };
    const fault = await read().catch((error: unknown) => error);
    expect(fault).toMatchObject({ kind: "ServiceUnavailable" });
    expect(text.length).toBeGreaterThan(0);
    expect(routeOf(fault)?.asked).toMatchObject([{ candidate: "bad", outcome: "failed" }]);
    expect(chats(good)).toHaveLength(0);
  });
});

describe("a Groq that stalls", () => {
  test("is left at its time-out", async () => {
    const [bad, good] = await Promise.all([start({ fault: { type: "stall", when: "beforeHead" } }), start()]);
    const router = createRouter([provider("bad", bad), provider("good", good)]);
    const response = await router.chat(hello, { timeoutMs: 1000 });
    expect(response.route.asked).toMatchObject([{ kind: "Timeout" }, { candidate: "good" }]);
  });

  test("is outrun, and gives its place at its limiter back", async () => {
    const [bad, good] = await Promise.all([start({ fault: { type: "stall", when: "inBody" } }), start()]);
    const stalled = provider("bad", bad, { renewal_period: "minutes", calls: 10 });
    const router = createRouter([stalled, provider("good", good)], { hedgeAfterMs: 400 });
    const stream = router.chatStream(hello);
    // Its first chunks come before it stalls, so a stream is the stalled one's.
    await expect(
      Promise.race([stream.text(), new Promise((resolve) => setTimeout(resolve, 1200, "stalled"))]),
    ).resolves.toBe("stalled");
    stream.cancel();
    const response = await router.chat(hello);
    expect(response.route.asked).toMatchObject([
      { candidate: "bad", outcome: "outrun" },
      { candidate: "good", outcome: "answered", hedge: true },
    ]);
    expect(stalled.rateLimitState).toMatchObject({
      active: 0,
      waiting: 0,
      windows: [{ calls: { used: 2 } }],
    });
  });
});

describe("Groqs that limit", () => {
  test("together take what each allows, with nothing refused and nothing lost", async () => {
    const limits = { requestsPerMinute: 10 };
    const [a, b] = await Promise.all([start({ limits }), start({ limits })]);
    const limit: LimitConfig = { renewal_period: "minutes", calls: 10 };
    const router = createRouter([provider("a", a, limit), provider("b", b, limit)], { order: "leastWait" });
    await Promise.all(Array.from({ length: 20 }, () => router.chat(hello)));
    expect([chats(a).length, chats(b).length]).toEqual([10, 10]);
    expect([a.refusals, b.refusals]).toEqual([0, 0]);
    // All are full for a minute: the next says when.
    const error = await router.chat(hello, { deadlineMs: 5000 }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ kind: "RateLimitExceeded" });
    expect(Object(error).retryAfterMs).toBeGreaterThan(50_000);
  });

  test("that say so by 429 alone lose no call while the other has room", async () => {
    const [a, b] = await Promise.all([start({ limits: { requestsPerMinute: 5 } }), start()]);
    const router = createRouter([provider("a", a, "auto"), provider("b", b)]);
    const responses = await Promise.all(Array.from({ length: 30 }, () => router.chat(hello)));
    const answered = responses.map(({ route }) => route.answeredBy);
    expect(answered.filter((name) => name === "a").length).toBeGreaterThan(0);
    expect(answered.filter((name) => name === "a").length).toBeLessThanOrEqual(5);
  });
});

test("a signal reaches every candidate that works on the call", async () => {
  const [a, b] = await Promise.all([
    start({ fault: { type: "stall", when: "beforeHead" } }),
    start({ fault: { type: "stall", when: "beforeHead" } }),
  ]);
  const router = createRouter([provider("a", a), provider("b", b)], { hedgeAfterMs: 20 });
  const controller = new AbortController();
  const call = router.chat(hello, { signal: controller.signal });
  await expect.poll(() => chats(a).length + chats(b).length).toBe(2);
  controller.abort();
  await expect(call).rejects.toMatchObject({ kind: "Cancelled" });
  expect(router.candidates.map(({ active }) => active)).toEqual([0, 0]);
  await expect.poll(() => a.openAnswers + b.openAnswers).toBe(0);
});
