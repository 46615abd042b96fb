import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createEmbeddedGroq, type EmbeddedGroqOptions, type Fault } from "../../src/testing/index.ts";
import { both, hello, poster, start, stream } from "./support.ts";

describe("faults", () => {
  test.each(["beforeHead", "afterHead", "inBody"] as const)("reset %s", async (when) => {
    for (const post of await both({ fault: { type: "reset", when } })) {
      await expect(post(hello).then((response) => response.text())).rejects.toThrow(TypeError);
    }
  });

  test.each<[string, Fault]>([
    ["stall before the head", { type: "stall", when: "beforeHead" }],
    ["stall after the head", { type: "stall", when: "afterHead" }],
    ["stall in the body", { type: "stall", when: "inBody" }],
    ["stall with comments", { type: "stall", when: "inBody", commentEveryMs: 5 }],
    ["a head without end", { type: "endlessHead" }],
    ["open after [DONE]", { type: "openAfterDone" }],
    ["slow", { type: "slow", ms: 10_000 }],
  ])("%s: nothing ends until the client gives up, and then nothing stays", async (_, fault) => {
    const server = await start({ fault });
    for (const post of [poster(fetch, server.baseUrl), poster(createEmbeddedGroq({ fault }).fetch)]) {
      const signal = AbortSignal.timeout(60);
      const call = post(stream, { signal }).then((response) => response.text());
      await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
      expect(getEventListeners(signal, "abort").length).toBe(0);
    }
    await expect.poll(() => server.openAnswers).toBe(0);
  });

  test("keep-alive comments go on while a stream stalls", async () => {
    for (const post of await both({ fault: { type: "stall", when: "inBody", commentEveryMs: 5 } })) {
      const body = (await post(stream)).body?.pipeThrough(new TextDecoderStream());
      let text = "";
      for await (const piece of body ?? []) {
        text += piece;
        if (text.endsWith(": keep-alive\n\n: keep-alive\n\n")) break;
      }
      expect(text).toMatch(/^data: /);
    }
  });

  test("a reader of the plain fetch that goes away leaves no listener", async () => {
    const { signal } = new AbortController();
    const groq = createEmbeddedGroq({ fault: { type: "stall", when: "afterHead" } });
    const response = await poster(groq.fetch)(stream, { signal });
    const reader = response.body?.getReader();
    const read = reader?.read();
    await expect.poll(() => getEventListeners(signal, "abort").length).toBe(1);
    await reader?.cancel();
    expect((await read)?.done).toBe(true);
    expect(getEventListeners(signal, "abort").length).toBe(0);
  });

  test("a head without end overflows a client that waits", async () => {
    const [post] = await both({ fault: { type: "endlessHead", everyMs: 0 } });
    await expect(post?.(hello)).rejects.toMatchObject({ cause: { code: "UND_ERR_HEADERS_OVERFLOW" } });
  });

  test("one byte at a time, each a packet", async () => {
    const server = await start({ fault: { type: "split", bytes: 1 } });
    const body = (await poster(fetch, server.baseUrl)(hello)).body;
    let reads = 0;
    let text = "";
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      reads++;
      text += piece;
    }
    expect(JSON.parse(text).choices[0].message.content).toBe("You said: Hello there");
    // The system may join a few, but not many.
    expect(reads).toBeGreaterThan(text.length / 10);
  });

  test("pieces at random places add up to the same", async () => {
    for (const post of await both({ fault: { type: "split", bytes: 7, seed: 5 } })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe("You said: Hello there");
    }
  });

  test.each<[string, Fault, RegExp]>([
    ["lineEnds", { type: "lineEnds", lineEnd: "\r\n" }, /^data: \{.*\r\n\r\ndata:/],
    ["lone carriage returns", { type: "lineEnds", lineEnd: "\r" }, /^data: \{[^\n]*\r\rdata:[^\n]*$/],
    ["comments", { type: "comments" }, /^: keep-alive\n\ndata: /],
    [
      "errorEvent first",
      { type: "errorEvent", position: "first" },
      /^event: error\ndata: \{"error":.*\}\n\n$/,
    ],
    [
      "errorEvent middle",
      { type: "errorEvent", position: "middle", error: { message: "oops" } },
      /^data: \{"id.*\n\nevent: error\ndata: \{"error":\{"message":"oops"\}\}\n\n$/s,
    ],
    ["errorEvent last", { type: "errorEvent", position: "last" }, /usage.*\n\nevent: error\ndata: .*\n\n$/s],
    ["xGroqError", { type: "xGroqError", message: "oops" }, /"x_groq":\{"error":"oops"\}\}\n\n$/],
    ["answer", { type: "answer", status: 200, body: "<html></html>" }, /^<html><\/html>$/],
  ])("%s", async (_, fault, text) => {
    for (const post of await both({ fault })) expect(await (await post(stream)).text()).toMatch(text);
  });

  test("cutStream ends before the finish chunk", async () => {
    for (const post of await both({ fault: { type: "cutStream" } })) {
      const text = await (await post(stream)).text();
      expect(text).toContain("there");
      expect(text).not.toMatch(/"finish_reason":"|\[DONE\]/);
    }
  });

  test("invalid UTF-8", async () => {
    for (const post of await both({ fault: { type: "invalidUtf8" } })) {
      expect((await (await post(hello)).json()).choices[0].message.content).toBe(
        "\ufffdou said: Hello there",
      );
    }
  });

  test("a fault for one request, and a function for each", async () => {
    const options: EmbeddedGroqOptions = {
      fault: (_, count) => (count === 2 ? { type: "answer", status: 502 } : undefined),
    };
    for (const post of await both(options)) {
      expect([(await post(hello)).status, (await post(hello)).status, (await post(hello)).status]).toEqual([
        200, 502, 200,
      ]);
    }
  });

  test("a huge body is made while it is read", async () => {
    for (const post of await both({ fault: { type: "hugeBody", bytes: 200_000_000 } })) {
      const reader = (await post(hello)).body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      await reader?.cancel();
    }
  });

  test("a line that does not end before so many bytes", async () => {
    for (const post of await both({ fault: { type: "longLine", bytes: 300_000 } })) {
      const text = await (await post(stream)).text();
      expect(text).toMatch(/^data: x+$/);
      expect(text.length).toBeGreaterThan(300_000);
    }
  });

  test("a body under another content type", async () => {
    for (const post of await both({ fault: { type: "contentType", contentType: "text/plain" } })) {
      const response = await post(hello);
      expect(response.headers.get("content-type")).toBe("text/plain");
      expect(await response.json()).toHaveProperty("choices");
    }
  });

  test("a content-length that promises more than comes", async () => {
    for (const post of await both({ fault: { type: "contentLength", offBy: 10 } })) {
      await expect(post(hello).then((response) => response.text())).rejects.toThrow(TypeError);
    }
  });

  test("a content-length that promises less than comes", async () => {
    const [post] = await both({ fault: { type: "contentLength", offBy: -10 } });
    await expect(post?.(hello).then((response) => response.json())).rejects.toThrow();
  });

  test("gzip that is cut", async () => {
    for (const post of await both({ fault: { type: "cutGzip" } })) {
      await expect(post(hello).then((response) => response.json())).rejects.toThrow();
    }
  });

  test.each<[string, Fault, number, string | null]>([
    ["an empty 502", { type: "answer", status: 502 }, 502, null],
    [
      "a wait as a date",
      { type: "answer", status: 429, headers: { "retry-after": "Mon, 23 Nov 2026 07:00:00 GMT" } },
      429,
      "Mon, 23 Nov 2026 07:00:00 GMT",
    ],
  ])("%s", async (_, fault, status, retryAfter) => {
    for (const post of await both({ fault })) {
      const response = await post(hello);
      expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
      expect(await response.text()).toBe("");
    }
  });

  test("a redirect takes the client to another host", async () => {
    const other = await start();
    const location = `${other.baseUrl}/chat/completions`;
    const server = await start({ fault: { type: "answer", status: 307, headers: { location } } });
    expect((await poster(fetch, server.baseUrl)(hello)).url).toBe(location);
    // What the server is for: to see whether a key follows. Node's fetch drops it at another origin.
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("a kept-alive connection that the server closes, unannounced", async () => {
    const server = await start({ fault: { type: "closeAfter" } });
    const post = poster(fetch, server.baseUrl);
    const response = await post(hello);
    expect(response.headers.get("connection")).toBe("keep-alive");
    await response.text();
    await expect.poll(() => server.openSockets).toBe(0);
    expect((await post(hello)).status).toBe(200);
    expect(server.connections).toBe(2);
  });

  test("a reply's own fault goes before the one for all; errors may have one too", async () => {
    const reply = [
      { text: "a", fault: { type: "answer" as const, status: 418 } },
      {
        error: { status: 498, message: "full", code: "capacity_exceeded" },
        fault: { type: "cutGzip" as const },
      },
    ];
    for (const post of await both({ reply, fault: { type: "answer", status: 502 } })) {
      expect((await post(hello)).status).toBe(418);
      const cut = await post(hello);
      expect([cut.status, cut.headers.get("content-encoding")]).toEqual([498, "gzip"]);
      await cut.body?.cancel();
      expect((await post(hello)).status).toBe(502);
    }
  });
});
