import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createDriftChecker } from "../../src/drift/in-app.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../src/provider/base/events.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { completion, groqConfig, json, KEY, stubbed } from "./support.ts";

const hello = [{ role: "user" as const, content: "Hello" }];
const compatible = (
  endpoints: ("chat" | "completion" | "embedding")[] = ["chat", "completion", "embedding"],
) => ({
  ...groqConfig({ base_url: "https://llm.example/v1", max_retries: 0 }),
  provider: "openai-compatible",
  supported_endpoints: endpoints,
});

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const error: unknown = await promise.then(
    () => new Error("expected a rejection, got none"),
    (reason: unknown) => reason,
  );
  if (!LlmError.is(error)) throw error;
  return error;
}

describe("chat", () => {
  test("sends the key, the body and nothing else", async () => {
    const { provider, sent } = stubbed(
      () => json(completion("Hi"), 200, { "x-request-id": "req_h" }),
      groqConfig({ retry_headers: false }),
    );
    const response = await provider.chat(hello, { temperature: 0 });
    expect(response).toMatchObject({ content: "Hi", requestId: "req_h" });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      url: "https://api.groq.com/openai/v1/chat/completions",
      method: "POST",
      body: { model: "openai/gpt-oss-20b", messages: hello, temperature: 0 },
    });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
    });
  });

  test("tells what the headers said of the limits", async () => {
    const headers = { "x-ratelimit-limit-tokens": "8000", "x-ratelimit-remaining-tokens": "7990" };
    const { provider } = stubbed(() => json(completion("Hi"), 200, headers));
    const response = await provider.chat(hello);
    expect(response.rateLimits).toEqual({ tokens: { limit: 8000, remaining: 7990, periodMs: 60_000 } });
    expect(provider.rateLimitState.lastSnapshot).toEqual(response.rateLimits);
  });

  test.each<[string, () => Response | Promise<Response>, string, RegExp]>([
    [
      "HTML",
      () => new Response("<html></html>"),
      "InvalidResponse",
      /Expected JSON from api\.groq\.com, got an HTML page/,
    ],
    ["nothing", () => new Response(""), "InvalidResponse", /got an empty body/],
    ["no body", () => new Response(null), "InvalidResponse", /got an empty body/],
    ["broken JSON", () => new Response('{"id":'), "InvalidResponse", /got broken JSON of 6 characters/],
    ["other text", () => new Response("hello"), "InvalidResponse", /got other text of 5 characters/],
    [
      "another schema",
      () => json({ ok: true }),
      "InvalidResponse",
      /no ChatAnswer: expected array at choices, got nothing/,
    ],
    ["null", () => json(null), "InvalidResponse", /expected object at its root, got null/],
    ["no choice", () => json({ choices: [] }), "InvalidResponse", /expected an item at choices, got none/],
    [
      "a redirect",
      () => new Response(null, { status: 308, headers: { location: "https://evil.example" } }),
      "ProviderError",
      /redirects/,
    ],
    ["an empty 502", () => new Response("", { status: 502 }), "ServiceUnavailable", /empty body/],
    [
      "a fault",
      () => Promise.reject(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } })),
      "ServiceUnavailable",
      /ECONNREFUSED/,
    ],
    ["an odd fault", () => Promise.reject("no"), "ServiceUnavailable", /No answer from api\.groq\.com/],
  ])("%s", async (_, answer, kind, message) => {
    const { provider } = stubbed(answer);
    const error = await failure(provider.chat(hello));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
  });

  test("the content type does not matter when the body is right", async () => {
    const { provider } = stubbed(
      () => new Response(JSON.stringify(completion("Hi")), { headers: { "content-type": "text/plain" } }),
    );
    expect((await provider.chat(hello)).content).toBe("Hi");
  });

  test("an answer beyond all measure is given up", async () => {
    let cancelled = false;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
          cancel: () => {
            cancelled = true;
          },
        }),
        { headers: { "x-request-id": "req_7" } },
      );
    const { provider } = stubbed(endless);
    expect(await failure(provider.chat(hello))).toMatchObject({
      kind: "InvalidResponse",
      message: expect.stringMatching(/at most 33554432 bytes/),
      status: 200,
      requestId: "req_7",
    });
    expect(cancelled).toBe(true);
  });

  test.each([
    ["an answer of another shape", '{"choices":"x"}'],
    ["an answer that is no JSON", "Hello"],
  ])("%s is told with its status and the request's id", async (_, body) => {
    const { provider } = stubbed(
      () => new Response(body, { status: 203, headers: { "x-request-id": "req_7" } }),
    );
    const about = { kind: "InvalidResponse", status: 203, requestId: "req_7" };
    expect(await failure(provider.chat(hello))).toMatchObject(about);
    expect(await failure(provider.listModels())).toMatchObject(about);
  });

  test("an answer that comes byte by byte", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(completion("Grüße, 你好 🌊")));
    let next = 0;
    const { provider } = stubbed(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (next < bytes.length) controller.enqueue(bytes.subarray(next, ++next));
              else controller.close();
            },
          }),
        ),
    );
    expect((await provider.chat(hello)).content).toBe("Grüße, 你好 🌊");
  });

  test("asks the service named by the call's model", async () => {
    const { provider, sent } = stubbed(() => json(completion("Hi")));
    await provider.chat(hello, { model: "m/two" });
    expect(sent[0]?.body).toMatchObject({ model: "m/two" });
  });
});

describe("time and aborts", () => {
  const never = () => new Promise<Response>(() => {});
  const stalling = () =>
    new Response(new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('{"id"')) }));

  test.each([
    ["headers that never come, by a fetch that does not listen", never],
    ["a body that stalls", stalling],
  ])("time-out: %s", async (_, answer) => {
    const { provider, sent } = stubbed(answer);
    const error = await failure(provider.chat(hello, { timeoutMs: 30 }));
    expect(error).toMatchObject({ kind: "Timeout", timeout: "total" });
    expect(error.message).toMatch(/api\.groq\.com took longer than 30 ms/);
    expect(sent[0]?.signal.aborted).toBe(true);
  });

  test.each([
    ["headers", never],
    ["body", stalling],
  ])("abort during the %s", async (_, answer) => {
    const controller = new AbortController();
    const { provider, sent } = stubbed(answer);
    const call = failure(provider.chat(hello, { signal: controller.signal }));
    await expect.poll(() => sent.length).toBe(1);
    controller.abort(new Error("enough"));
    const error = await call;
    expect(error).toMatchObject({ kind: "Cancelled", retryable: false, cause: { message: "enough" } });
    expect(sent[0]?.signal.aborted).toBe(true);
  });

  test("aborted before: nothing is sent", async () => {
    const { provider, sent } = stubbed(never);
    expect(await failure(provider.chat(hello, { signal: AbortSignal.abort() }))).toMatchObject({
      kind: "Cancelled",
    });
    expect(sent).toHaveLength(0);
  });

  test("no listener stays on the caller's signal", async () => {
    const { signal } = new AbortController();
    const { provider } = stubbed((_, count) =>
      count % 2 ? json(completion("Hi")) : new Response("", { status: 400 }),
    );
    for (let i = 0; i < 100; i++) await provider.chat(hello, { signal }).catch(() => {});
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("retries", () => {
  test("a fault is tried again, a refusal of the request is not", async () => {
    const flaky = stubbed(
      (_, count) => (count < 3 ? new Response("", { status: 503 }) : json(completion("Hi"))),
      groqConfig(),
      { random: () => 0 },
    );
    expect((await flaky.provider.chat(hello)).content).toBe("Hi");
    expect(flaky.sent).toHaveLength(3);
    const wrong = stubbed(() => new Response("", { status: 400 }), groqConfig());
    await failure(wrong.provider.chat(hello));
    expect(wrong.sent).toHaveLength(1);
  });

  test("a wait over budget fails now and says when", async () => {
    const { provider, sent } = stubbed(
      () => new Response("", { status: 429, headers: { "retry-after": "120" } }),
      groqConfig(),
    );
    expect(await failure(provider.chat(hello))).toMatchObject({
      kind: "RateLimitExceeded",
      retryAfterMs: 120_000,
    });
    expect(sent).toHaveLength(1);
  });
});

describe("the other calls", () => {
  test("complete is a chat of one user message", async () => {
    const { provider, sent } = stubbed(() => json(completion("Hi")));
    const response = await provider.complete("Say hi", { maxTokens: 5 });
    expect(response).toMatchObject({ text: "Hi", usage: { totalTokens: 7 } });
    expect(response).not.toHaveProperty("content");
    expect(sent[0]?.body).toMatchObject({
      messages: [{ role: "user", content: "Say hi" }],
      max_completion_tokens: 5,
    });
  });

  test("embed is not for Groq", async () => {
    const { provider, sent } = stubbed(() => json({}));
    expect(await failure(provider.embed(["a"]))).toMatchObject({ kind: "NotSupported" });
    expect(sent).toHaveLength(0);
  });

  test("embed on a server that has it", async () => {
    const answer = {
      object: "list",
      model: "e",
      data: [{ object: "embedding", index: 0, embedding: [1, 2] }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    };
    const { provider, sent } = stubbed(() => json(answer), compatible());
    expect((await provider.embed(["a"], { model: "e", dimensions: 2 })).embeddings).toEqual([[1, 2]]);
    expect(sent[0]).toMatchObject({
      url: "https://llm.example/v1/embeddings",
      body: { model: "e", input: ["a"], dimensions: 2 },
    });
  });

  test("an endpoint that the configuration does not list", async () => {
    const { provider } = stubbed(() => json({}), compatible(["chat"]));
    expect(provider.supportsEndpoint("chat")).toBe(true);
    expect(provider.supportsEndpoint("embedding")).toBe(false);
    expect(await failure(provider.embed(["a"]))).toMatchObject({
      kind: "UnsupportedEndpoint",
      message: /does not list embedding/,
    });
    expect(await failure(provider.complete("a"))).toMatchObject({ kind: "UnsupportedEndpoint" });
  });

  const models = () =>
    json({
      object: "list",
      data: [
        {
          id: "openai/gpt-oss-20b",
          object: "model",
          created: 1,
          owned_by: "OpenAI",
          context_window: 131_072,
        },
        { id: "old/model", object: "model", created: 1, owned_by: "x", active: false },
      ],
    });

  test("listModels asks the service", async () => {
    const { provider, sent } = stubbed(models);
    expect((await provider.listModels())[0]).toEqual({
      id: "openai/gpt-oss-20b",
      created: 1,
      ownedBy: "OpenAI",
      contextWindow: 131_072,
    });
    expect(sent[0]).toMatchObject({
      url: "https://api.groq.com/openai/v1/models",
      method: "GET",
      body: undefined,
    });
  });

  test("retrieveModel asks for one, slashes in its name encoded", async () => {
    const { provider, sent } = stubbed((_, count) =>
      count === 1
        ? json({ id: "a/b", object: "model", created: 1, owned_by: "a" })
        : json({ error: { message: "no", code: "model_not_found" } }, 404),
    );
    expect(await provider.retrieveModel("a/b")).toEqual({ id: "a/b", created: 1, ownedBy: "a" });
    expect(sent[0]?.url).toBe("https://api.groq.com/openai/v1/models/a%2Fb");
    expect(await failure(provider.retrieveModel("x"))).toMatchObject({ kind: "ModelNotFound" });
  });

  test("modelExists and ensureModel", async () => {
    const { provider } = stubbed(models);
    expect(await provider.modelExists("openai/gpt-oss-20b")).toBe(true);
    expect(await provider.modelExists("old/model")).toBe(false);
    await provider.ensureModel("openai/gpt-oss-20b");
    expect(await failure(provider.ensureModel("openai/gpt-oss-20"))).toMatchObject({
      kind: "ModelNotFound",
      message: /did you mean "openai\/gpt-oss-20b"\?/,
    });
    expect(await failure(provider.ensureModel("old/model"))).toMatchObject({
      message: /listed but not active/,
    });
  });

  test("checkService", async () => {
    expect(await stubbed(models).provider.checkService()).toBe(true);
    expect(await stubbed(() => new Response("", { status: 401 })).provider.checkService()).toBe(false);
    const cancelled = stubbed(models).provider.checkService({ signal: AbortSignal.abort() });
    expect(await failure(cancelled)).toMatchObject({ kind: "Cancelled" });
  });

  test("pullModel", async () => {
    expect(await failure(stubbed(models).provider.pullModel("m"))).toMatchObject({ kind: "NotSupported" });
  });

  test("checkRateLimit takes nothing", async () => {
    const config = groqConfig({}, { limit: { renewal_period: "hours", calls: 1 }, on_limit: "error" });
    const { provider } = stubbed(() => json(completion("Hi")), config);
    await provider.checkRateLimit();
    await provider.checkRateLimit();
    await provider.chat(hello);
    expect(await failure(provider.checkRateLimit())).toMatchObject({ kind: "RateLimitExceeded" });
    const refused = await failure(provider.chat(hello));
    expect(refused.kind).toBe("RateLimitExceeded");
    expect(refused.retryAfterMs).toBeGreaterThan(3_590_000);
  });
});

describe("events", () => {
  test("tell each try, without key or prompt", async () => {
    const events: ProviderEvent[] = [];
    const { provider } = stubbed(
      (_, count) =>
        count === 1
          ? new Response("", { status: 503 })
          : json(completion("Answer"), 200, { "x-request-id": "r" }),
      groqConfig(),
      { onEvent: (event) => events.push(event), random: () => 0 },
    );
    await provider.chat([{ role: "user", content: "Prompt" }]);
    expect(events.map((event) => event.type)).toEqual([
      "request",
      "error",
      "retry",
      "request",
      "response",
      "end",
    ]);
    expect(new Set(events.map((event) => "callId" in event && event.callId)).size).toBe(1);
    const call = { operation: "chat", model: "openai/gpt-oss-20b" };
    expect(events[1]).toMatchObject({ ...call, attempt: 1, kind: "ServiceUnavailable", status: 503 });
    expect(events[4]).toMatchObject({
      ...call,
      attempt: 2,
      status: 200,
      requestId: "r",
      usage: { totalTokens: 7 },
    });
    expect(events[5]).toMatchObject({ ...call, config: "test", tries: 2, waitedMs: 0, finishReason: "stop" });
    expect(inspect(events, { depth: 9 })).not.toMatch(/Prompt|Answer|gsk_/);
  });

  test("a listener that throws does no harm", async () => {
    const { provider } = stubbed(() => json(completion("Hi")), groqConfig(), {
      onEvent: () => {
        throw new Error("listener");
      },
    });
    expect((await provider.chat(hello)).content).toBe("Hi");
  });
});

describe("drift", () => {
  test("events for answers, errors and chunks that do not fit; the call goes on", async () => {
    const events: ProviderEvent[] = [];
    const chunk = JSON.stringify({
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1_790_000_000,
      model: "openai/gpt-oss-20b",
      choices: [{ index: 0, delta: { content: "Hi" }, logprobs: null, finish_reason: "stop" }],
      mood: "good",
    });
    const answers = [
      () => json(completion("Hi", { mood: "good" })),
      () => json({ error: { message: "no", type: "t", mood: "bad" } }, 400),
      () => new Response(`data: ${chunk}\n\ndata: [DONE]\n\n`),
    ];
    const { provider } = stubbed(
      (_, count) => (answers[count - 1] ?? answers[0])?.() ?? json({}),
      groqConfig({ max_retries: 0 }),
      {
        onEvent: (event) => events.push(event),
        drift: createDriftChecker({ sample: 1 }),
      },
    );
    expect((await provider.chat(hello)).content).toBe("Hi");
    await failure(provider.chat(hello));
    expect(await provider.chatStream(hello).text()).toBe("Hi");
    expect((await provider.chat(hello)).content).toBe("Hi");
    // The last answer has nothing new.
    expect(
      events.flatMap((event) => (event.type === "drift" ? `${event.schema} ${event.place}` : [])),
    ).toEqual(["ChatAnswer mood", "ErrorAnswer error.mood", "StreamChunk mood"]);
  });
});

describe("a drift check that throws", () => {
  test.each([
    [
      "itself",
      {
        check: () => {
          throw new Error("check");
        },
      },
    ],
    [
      "in its random numbers",
      createDriftChecker({
        sample: 0.5,
        random: () => {
          throw new Error("random");
        },
      }),
    ],
  ])("%s: the call goes on", async (_, drift) => {
    const { provider } = stubbed(() => json(completion("Hi")), groqConfig(), { drift });
    expect((await provider.chat(hello)).content).toBe("Hi");
  });
});

describe("the key", () => {
  test("does not show in a provider", () => {
    const { provider } = stubbed(() => json({}));
    expect(inspect(provider, { depth: 9, showHidden: true, getters: true })).not.toContain(KEY);
    expect(JSON.stringify(provider)).not.toContain(KEY);
    expect(JSON.stringify(provider.config)).not.toContain(KEY);
  });

  test("does not show in an error, should the server or the client repeat it", async () => {
    const answers = [
      () => json({ error: { message: `bad key ${KEY}`, failed_generation: KEY, code: KEY } }, 401),
      () => new Response(`<title>${KEY}</title>`, { status: 403 }),
      () => Promise.reject(Object.assign(new Error(`with ${KEY}`), { request: { authorization: KEY } })),
    ];
    for (const answer of answers) {
      const error = await failure(stubbed(answer).provider.chat(hello));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
      expect(JSON.stringify(error)).not.toContain(KEY);
      expect(error.stack).not.toContain(KEY);
    }
  });
});

describe("createProvider", () => {
  test("makes what the configuration names", () => {
    expect(createProvider(groqConfig())).toBeInstanceOf(GroqProvider);
    expect(createProvider(compatible()).supportsEndpoint("embedding")).toBe(true);
    expect(() => createProvider({ ...groqConfig(), provider: "x" })).toThrow(
      /^provider: expected one of groq, openai, .*openai-compatible, got "x"/,
    );
    expect(() => createProvider({ ...groqConfig(), provider: "opnrouter" })).toThrow(
      /got "opnrouter"; did you mean "openrouter"\?$/,
    );
  });
});
