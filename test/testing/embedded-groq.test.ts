import { afterEach, describe, expect, test } from "vitest";
import { strictSchemas } from "../../src/generated/schemas.ts";
import {
  createEmbeddedGroq,
  type EmbeddedGroqServer,
  type EmbeddedGroqServerOptions,
  startEmbeddedGroq,
} from "../../src/testing/index.ts";

let server: EmbeddedGroqServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

type Post = (body: unknown, key?: string) => Promise<Response>;

/** The same Groq over a socket and as a plain fetch. */
async function both(options: EmbeddedGroqServerOptions): Promise<[string, Post][]> {
  server = await startEmbeddedGroq(options);
  const plain = createEmbeddedGroq(options);
  const post =
    (fetch: (url: string, init: RequestInit) => Promise<Response>, base: string): Post =>
    (body, key = "gsk_any") =>
      fetch(`${base}/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
  return [
    ["socket", post(fetch, server.baseUrl)],
    ["fetch", post(plain.fetch, "https://api.groq.com/openai/v1")],
  ];
}

const hello = { model: "openai/gpt-oss-20b", messages: [{ role: "user", content: "Hello there" }] };
const events = async (response: Response) =>
  (await response.text())
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice(6)));

describe("answers", () => {
  test("fit the document to the letter, and repeat the request's id", async () => {
    for (const [, post] of await both({})) {
      const response = await post(hello);
      const body = await response.json();
      expect(strictSchemas.CreateChatCompletionResponse().safeParse(body).error).toBeUndefined();
      expect(body.choices[0].message.content).toBe("You said: Hello there");
      expect(body.x_groq.id).toBe(response.headers.get("x-request-id"));
    }
  });

  test("a call has no content key", async () => {
    for (const [, post] of await both({ reply: { toolCalls: [{ name: "f", arguments: { a: 1 } }] } })) {
      const [choice] = (await (await post(hello)).json()).choices;
      expect(choice.finish_reason).toBe("tool_calls");
      expect(choice.message).not.toHaveProperty("content");
      expect(choice.message.tool_calls[0].function).toEqual({ name: "f", arguments: '{"a":1}' });
    }
  });

  test("a stream's chunks fit the document too; usage in three places; [DONE] last", async () => {
    const request = { ...hello, stream: true, stream_options: { include_usage: true } };
    for (const [, post] of await both({})) {
      const response = await post(request);
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      const text = await response.clone().text();
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
      const chunks = await events(response);
      for (const chunk of chunks) {
        expect(strictSchemas.CreateChatCompletionStreamResponse().safeParse(chunk).error).toBeUndefined();
      }
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
        "You said: Hello there",
      );
      expect(chunks.find((chunk) => chunk.choices[0]?.delta.reasoning)?.choices[0].delta.channel).toBe(
        "analysis",
      );
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: chunks.at(-2).usage });
    }
  });

  test("the first tool offered is called, and its result used", async () => {
    const parameters = {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 2 } },
    };
    const asked = {
      ...hello,
      messages: [{ role: "user", content: "What about Lisbon?" }],
      tools: [{ type: "function", function: { name: "weather", parameters } }],
    };
    for (const [, post] of await both({})) {
      const { message } = (await (await post(asked)).json()).choices[0];
      expect(JSON.parse(message.tool_calls[0].function.arguments)).toEqual({ city: "Lisbon", days: 2 });
      const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "sun" };
      const second = await (await post({ ...asked, messages: [...asked.messages, message, result] })).json();
      expect(second.choices[0].message.content).toBe("The tool says: sun");
    }
  });

  test("JSON where it is asked for", async () => {
    const schema = {
      type: "object",
      properties: { ok: { type: "boolean" }, tag: { enum: ["a", "b"] } },
      required: ["ok", "tag"],
    };
    const format = { type: "json_schema", json_schema: { name: "x", schema } };
    for (const [, post] of await both({})) {
      const body = await (await post({ ...hello, response_format: format })).json();
      expect(JSON.parse(body.choices[0].message.content)).toEqual({ ok: true, tag: "a" });
    }
  });

  test("a script of replies, then the default", async () => {
    for (const [, post] of await both({ reply: ["one", { error: { status: 503, message: "busy" } }] })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("one");
      expect((await post(hello)).status).toBe(503);
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("You said: Hello there");
    }
  });
});

describe("refusals", () => {
  test.each([
    ["an unknown field", { ...hello, colour: "red" }, 400, /property 'colour' is unsupported/],
    [
      "an unknown field of a message",
      { ...hello, messages: [{ role: "assistant", content: "a", reasoning_content: "b" }] },
      400,
      /'messages\.0'.*role:assistant.*property 'reasoning_content' is unsupported/,
    ],
    ["two choices", { ...hello, n: 2 }, 400, /'n'/],
    ["no messages", { model: hello.model }, 400, /'messages' is missing/],
    ["no JSON object", "x", 400, /not valid JSON/],
    [
      "both ways to say reasoning",
      { ...hello, include_reasoning: true, reasoning_format: "raw" },
      400,
      /include_reasoning/,
    ],
    ["a retired model", { ...hello, model: "gemma2-9b-it" }, 400, /decommissioned/],
    ["a model that is none", { ...hello, model: "x" }, 404, /does not exist/],
  ])("%s", async (_, body, status, message) => {
    for (const [, post] of await both({})) {
      const response = await post(body);
      const { error } = await response.json();
      expect(response.status).toBe(status);
      expect(error.type).toBe("invalid_request_error");
      expect(error.message).toMatch(message);
    }
  });

  test("another key", async () => {
    for (const [, post] of await both({ apiKey: "gsk_right" })) {
      expect((await post(hello, "gsk_wrong")).status).toBe(401);
      expect((await post(hello, "gsk_right")).status).toBe(200);
    }
  });
});

describe("limits", () => {
  test("a bucket that refills evenly, with Groq's headers and words", async () => {
    let now = 0;
    const groq = createEmbeddedGroq({
      now: () => now,
      limits: { requestsPerMinute: 2, requestsPerDay: 1000, tokensPerMinute: 8000 },
    });
    const post = () =>
      groq.fetch("https://x/openai/v1/chat/completions", {
        method: "POST",
        headers: { authorization: "Bearer k" },
        body: JSON.stringify(hello),
      });
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
    for (const [, post] of await both({ limits: { tokensPerMinute: 100 } })) {
      const response = await post({ ...hello, max_completion_tokens: 500 });
      expect(response.status).toBe(413);
      expect((await response.json()).error).toMatchObject({ type: "tokens", code: "rate_limit_exceeded" });
    }
  });
});

describe("faults", () => {
  const stream = { ...hello, stream: true };

  test.each(["beforeHead", "afterHead", "inBody"] as const)("reset %s", async (when) => {
    for (const [, post] of await both({ fault: { type: "reset", when } })) {
      await expect(post(hello).then((response) => response.text())).rejects.toThrow(TypeError);
    }
  });

  test.each(["beforeHead", "afterHead", "inBody"] as const)(
    "stall %s, until the client gives up",
    async (when) => {
      server = await startEmbeddedGroq({ fault: { type: "stall", when } });
      const plain = createEmbeddedGroq({ fault: { type: "stall", when } });
      for (const fetcher of [fetch, plain.fetch]) {
        const call = fetcher(`${server.baseUrl}/chat/completions`, {
          method: "POST",
          headers: { authorization: "Bearer k" },
          body: JSON.stringify(stream),
          signal: AbortSignal.timeout(50),
        }).then((response) => response.text());
        await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
      }
      await expect.poll(() => server?.openAnswers).toBe(0);
    },
  );

  test("pieces at random places add up to the same", async () => {
    for (const [, post] of await both({ fault: { type: "split", bytes: 7, seed: 5 } })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("You said: Hello there");
    }
  });

  test.each<[string, EmbeddedGroqServerOptions["fault"], RegExp]>([
    ["lineEnds", { type: "lineEnds", lineEnd: "\r\n" }, /^data: \{.*\r\n\r\ndata:/],
    ["comments", { type: "comments" }, /^: keep-alive\n\ndata: /],
    [
      "errorEvent first",
      { type: "errorEvent", position: "first" },
      /^event: error\ndata: \{"error":.*\}\n\n$/,
    ],
    ["errorEvent last", { type: "errorEvent", position: "last" }, /usage.*\n\nevent: error\ndata: .*\n\n$/s],
    ["xGroqError", { type: "xGroqError", message: "oops" }, /"x_groq":\{"error":"oops"\}\}\n\n$/],
    ["answer", { type: "answer", status: 200, body: "<html></html>" }, /^<html><\/html>$/],
  ])("%s", async (_, fault, text) => {
    for (const [, post] of await both({ fault: fault as never }))
      expect(await (await post(stream)).text()).toMatch(text);
  });

  test("cutStream ends before the finish chunk", async () => {
    for (const [, post] of await both({ fault: { type: "cutStream" } })) {
      const text = await (await post(stream)).text();
      expect(text).toContain("there");
      expect(text).not.toMatch(/"finish_reason":"|\[DONE\]/);
    }
  });

  test("invalid UTF-8", async () => {
    for (const [, post] of await both({ fault: { type: "invalidUtf8" } })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe(
        "\ufffdou said: Hello there",
      );
    }
  });

  test("a fault for one request, and a function for each", async () => {
    const options: EmbeddedGroqServerOptions = {
      fault: (_, count) => (count === 2 ? { type: "answer", status: 502 } : undefined),
    };
    for (const [, post] of await both(options)) {
      expect([(await post(hello)).status, (await post(hello)).status, (await post(hello)).status]).toEqual([
        200, 502, 200,
      ]);
    }
  });

  test("a huge body is made while it is read", async () => {
    for (const [, post] of await both({ fault: { type: "hugeBody", bytes: 200_000_000 } })) {
      const reader = (await post(hello)).body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      await reader?.cancel();
    }
  });
});

test("what was asked is kept", async () => {
  const groq = createEmbeddedGroq();
  await groq.fetch(new Request("https://x/openai/v1/models", { headers: { authorization: "Bearer k" } }));
  expect(groq.requests).toMatchObject([
    { method: "GET", path: "/openai/v1/models", headers: { authorization: "Bearer k" } },
  ]);
});

test("closing ends every socket", async () => {
  const groq = await startEmbeddedGroq();
  await (await fetch(`${groq.baseUrl}/models`, { headers: { authorization: "Bearer k" } })).text();
  expect(groq.connections).toBe(1);
  await groq.close();
  expect(groq.openSockets).toBe(0);
  await expect(fetch(groq.url)).rejects.toThrow();
});
