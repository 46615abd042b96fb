import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { answerSchemas } from "../../src/generated/schemas.ts";
import { createEmbeddedGroq } from "../../src/testing/index.ts";
import { both, dataOf, hello, poster, start } from "./support.ts";

describe("answers", () => {
  test("fit the document to the letter, and repeat the request's id", async () => {
    for (const post of await both({})) {
      const response = await post(hello);
      const body = await response.json();
      expect(answerSchemas.ChatAnswer().safeParse(body).error).toBeUndefined();
      expect(body.choices[0].message.content).toBe("You said: Hello there");
      expect(body.x_groq.id).toBe(response.headers.get("x-request-id"));
    }
  });

  test("a call has no content key", async () => {
    for (const post of await both({ reply: { toolCalls: [{ name: "f", arguments: { a: 1 } }] } })) {
      const [choice] = (await (await post(hello)).json()).choices;
      expect(choice.finish_reason).toBe("tool_calls");
      expect(choice.message).not.toHaveProperty("content");
      expect(choice.message.tool_calls[0].function).toEqual({ name: "f", arguments: '{"a":1}' });
    }
  });

  test("a stream's chunks fit the document too; usage in three places; [DONE] last", async () => {
    const request = { ...hello, stream: true, stream_options: { include_usage: true } };
    for (const post of await both({})) {
      const response = await post(request);
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      const text = await response.text();
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
      const chunks = dataOf(text);
      for (const chunk of chunks) {
        expect(answerSchemas.StreamChunk().safeParse(chunk).error).toBeUndefined();
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
    for (const post of await both({})) {
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
    for (const post of await both({})) {
      const body = await (await post({ ...hello, response_format: format })).json();
      expect(JSON.parse(body.choices[0].message.content)).toEqual({ ok: true, tag: "a" });
    }
  });

  test("a script of replies, then the default", async () => {
    for (const post of await both({ reply: ["one", { error: { status: 503, message: "busy" } }] })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("one");
      expect((await post(hello)).status).toBe(503);
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("You said: Hello there");
    }
  });
});

describe("replies", () => {
  test("a function of the request and its count", async () => {
    const options = {
      reply: (request: { model: string }, count: number) => (count === 1 ? request.model : undefined),
    };
    for (const post of await both(options)) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe(hello.model);
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("You said: Hello there");
    }
  });

  test("usage, finish reason and pieces as told", async () => {
    const reply = {
      text: "one two",
      pieces: ["on", "e two"],
      finishReason: "length",
      usage: { promptTokens: 7, completionTokens: 3, cachedTokens: 2, reasoningTokens: 1 },
    };
    for (const post of await both({ reply })) {
      const body = await (await post(hello)).json();
      expect(body.usage).toMatchObject({
        prompt_tokens: 7,
        completion_tokens: 3,
        total_tokens: 10,
        prompt_tokens_details: { cached_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1 },
      });
      expect(body.usage.total_time).toBeCloseTo(body.usage.prompt_time + body.usage.completion_time, 9);
      const chunks = dataOf(await (await post({ ...hello, stream: true })).text());
      expect(chunks.flatMap((chunk) => chunk.choices[0].delta.content || [])).toEqual(["on", "e two"]);
      expect(chunks.at(-1).choices[0].finish_reason).toBe("length");
    }
  });

  test("reasoning only where it was not turned off", async () => {
    for (const post of await both()) {
      const reasoning = async (rest: object) =>
        (await (await post({ ...hello, ...rest })).json()).choices[0].message.reasoning;
      expect(await reasoning({})).toBe("The answer is simple.");
      expect(await reasoning({ include_reasoning: false })).toBeUndefined();
      expect(await reasoning({ reasoning_format: "hidden" })).toBeUndefined();
    }
  });

  test("an executed tool comes twice in a stream, first without its output", async () => {
    const tool = { index: 0, type: "search", arguments: "{}", output: "found" };
    for (const post of await both({ reply: { text: "a", executedTools: [tool] } })) {
      const { message } = (await (await post(hello)).json()).choices[0];
      expect(message.executed_tools).toEqual([tool]);
      const chunks = dataOf(await (await post({ ...hello, stream: true })).text());
      const { output: _, ...called } = tool;
      expect(chunks.flatMap((chunk) => chunk.choices[0].delta.executed_tools ?? [])).toEqual([called, tool]);
    }
  });

  test("< is escaped in streams, as on the wire", async () => {
    for (const post of await both({ reply: "<b>" })) {
      const text = await (await post({ ...hello, stream: true })).text();
      expect(text).toContain("\\u003cb>");
      expect(dataOf(text)[1].choices[0].delta.content).toBe("<b>");
    }
  });

  test("a chosen tool, no tool, and calls of a stream whole in one chunk", async () => {
    const tools = ["a", "b"].map((name) => ({ type: "function", function: { name } }));
    const named = { type: "function", function: { name: "b" } };
    for (const post of await both()) {
      const chosen = await (await post({ ...hello, tools, tool_choice: named })).json();
      expect(chosen.choices[0].message.tool_calls[0].function).toEqual({ name: "b", arguments: "{}" });
      const none = await (await post({ ...hello, tools, tool_choice: "none" })).json();
      expect(none.choices[0].message.content).toBe("You said: Hello there");
      const chunks = dataOf(await (await post({ ...hello, tools, stream: true })).text());
      expect(chunks[0].choices[0].delta.content).toBeNull();
      const calls = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
      expect(calls).toMatchObject([{ index: 0, type: "function", function: { name: "a", arguments: "{}" } }]);
      expect(chunks.at(-1).choices[0].finish_reason).toBe("tool_calls");
    }
  });

  test("latency, and delays of a reply and of an error", async () => {
    const reply = [
      { text: "a", delayMs: 15 },
      { error: { status: 503, message: "busy" }, delayMs: 15 },
    ];
    for (const post of await both({ reply, latencyMs: 15 })) {
      for (const least of [30, 30, 15]) {
        const begun = performance.now();
        await post(hello);
        // Timers count whole milliseconds.
        expect(performance.now() - begun).toBeGreaterThan(least - 2);
      }
    }
  });
});

describe("the models", () => {
  const get = async (path: string) => {
    const response = await createEmbeddedGroq().fetch(`https://x/openai/v1${path}`, {
      headers: { authorization: "Bearer k" },
    });
    return { status: response.status, body: await response.json() };
  };

  test("fit the document; one alone is found with its slash or without", async () => {
    const { body } = await get("/models");
    expect(answerSchemas.ModelList().safeParse(body).error).toBeUndefined();
    const one = body.data.find(({ id }: { id: string }) => id === "openai/gpt-oss-20b");
    expect((await get("/models/openai/gpt-oss-20b")).body).toEqual(one);
    expect((await get("/models/openai%2Fgpt-oss-20b")).body).toEqual(one);
  });

  test("one that is not there, and a path that is not", async () => {
    expect(await get("/models/x")).toMatchObject({
      status: 404,
      body: { error: { code: "model_not_found" } },
    });
    expect(await get("/chat")).toMatchObject({ status: 404, body: { error: { code: "unknown_url" } } });
  });

  test("other models in their place", async () => {
    const models = [{ id: "mine", object: "model" as const, created: 1, owned_by: "me" }];
    for (const post of await both({ models })) {
      expect((await post({ ...hello, model: "mine" })).status).toBe(200);
      expect((await post(hello)).status).toBe(404);
    }
  });
});

describe("what was asked is kept", () => {
  const url = "https://x/openai/v1/chat/completions";
  const headers = { authorization: "Bearer k" };

  test.each<[string, () => [string | URL | Request, RequestInit?]]>([
    ["an address and an init", () => [url, { method: "POST", headers, body: JSON.stringify(hello) }]],
    ["a request", () => [new Request(url, { method: "POST", headers, body: JSON.stringify(hello) })]],
    [
      "bytes",
      () => [
        new URL(url),
        { method: "POST", headers, body: new TextEncoder().encode(JSON.stringify(hello)) },
      ],
    ],
  ])("%s", async (_, args) => {
    const groq = createEmbeddedGroq();
    expect((await groq.fetch(...args())).status).toBe(200);
    expect(groq.requests).toMatchObject([
      { method: "POST", path: "/openai/v1/chat/completions", headers, body: hello },
    ]);
  });

  test("only the latest, when told so", async () => {
    const groq = createEmbeddedGroq({ keepRequests: 2 });
    const post = poster(groq.fetch);
    for (const user of ["a", "b", "c"]) await post({ ...hello, user });
    expect(groq.requests.map(({ body }) => Reflect.get(Object(body), "user"))).toEqual(["b", "c"]);
    const none = createEmbeddedGroq({ keepRequests: 0 });
    await poster(none.fetch)(hello);
    expect(none.requests).toEqual([]);
  });
});

describe("the server", () => {
  const models = (baseUrl: string) =>
    fetch(`${baseUrl}/models`, { headers: { authorization: "Bearer k" } }).then((response) =>
      response.text(),
    );

  /** Without a pool, whose connections may still seem to stand. */
  const connect = (port: number) =>
    new Promise<string>((resolve) => {
      const socket = createConnection(port, "127.0.0.1");
      socket.on("connect", () => resolve(String(socket.destroy().errored)));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    });

  test("closing ends every socket", async () => {
    const groq = await start();
    await models(groq.baseUrl);
    expect(groq.connections).toBe(1);
    await groq.close();
    expect(groq.openSockets).toBe(0);
    expect(await connect(groq.port)).toBe("ECONNREFUSED");
  });

  test("refuses connections for a while", async () => {
    const groq = await start();
    await models(groq.baseUrl);
    await groq.pause();
    expect(await connect(groq.port)).toBe("ECONNREFUSED");
    await groq.resume();
    expect(await models(groq.baseUrl)).toContain("gpt-oss");
  });
});
