import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { createScrub, headersWithoutSecrets } from "../../../src/drift/privacy/secrets.ts";
import { addRecord } from "../../../src/drift/read/unpack.ts";
import { createLineFile } from "../../../src/drift/record/file.ts";
import { createRecorder } from "../../../src/drift/record/record.ts";
import { loadDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { json, recorderIn, serve, temporaryFolder } from "./server.ts";

const KEY = "gsk_abcdefghijklmnop1234567890";
const SECRET_TEXT = "the launch is on Tuesday";

const completion = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "openai/gpt-oss-20b",
  choices: [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
});

const chunk = (content: string) => ({
  id: "chatcmpl-2",
  object: "chat.completion.chunk",
  created: 1_760_000_000,
  model: "openai/gpt-oss-20b",
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});

const post = (more: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json", authorization: `Bearer ${KEY}`, ...more },
  body: JSON.stringify({
    model: "openai/gpt-oss-20b",
    messages: [{ role: "user", content: SECRET_TEXT }],
    temperature: 0.5,
  }),
});

test.each([
  [
    "throws",
    () => {
      throw Object.create(null);
    },
  ],
  ["rejects", () => Promise.reject(new Error("later"))],
])("a listener and a clock that %s cost the caller nothing", async (_, work) => {
  const recorder = createRecorder({
    file: join(await temporaryFolder(), "odd.jsonl"),
    fetch: async () => new Response("{}"),
    wallClock: work as never,
    onEvent: work as never,
  });
  expect(await (await recorder.fetch("http://127.0.0.1/chat/completions", post())).text()).toBe("{}");
  await recorder.close();
  await new Promise((resolve) => setTimeout(resolve, 5));
});

test("a chat is one line, without key, cookies and texts, and the caller notices nothing", async () => {
  const base = await serve((_request, response) =>
    json(response, 200, completion(SECRET_TEXT), {
      "set-cookie": "__cf_bm=cookievalue",
      "x-request-id": "req_01abc",
      "x-groq-organization": "org_01jxyz",
    }),
  );
  const { recorder, exchanges, text } = await recorderIn();
  const answer = await recorder.fetch(`${base}/chat/completions?api-key=very-secret-value`, post());
  expect(answer.url).toBe(`${base}/chat/completions?api-key=very-secret-value`);
  expect(answer.headers.get("set-cookie")).toContain("cookievalue");
  expect(await answer.json()).toEqual(completion(SECRET_TEXT));
  expect(await exchanges()).toEqual([
    {
      time: "2026-01-02T00:00:00.000Z",
      method: "POST",
      url: `${base}/chat/completions?api-key=removed`,
      status: 200,
      headers: expect.objectContaining({ "x-request-id": "req_01abc", "content-type": "application/json" }),
      request: {
        model: "openai/gpt-oss-20b",
        messages: [{ role: "user", content: "[text 24]" }],
        temperature: 0.5,
      },
      body: completion("[text 24]"),
    },
  ]);
  expect(await text()).not.toMatch(/gsk_|cookie|very-secret|Tuesday|org_/);
});

test("texts stay when they are asked for, keys do not", async () => {
  const base = await serve((_request, response) => json(response, 200, completion(`${SECRET_TEXT}, ${KEY}`)));
  const { recorder, exchanges } = await recorderIn({ texts: true });
  await (await recorder.fetch(`${base}/chat/completions`, post())).text();
  const [exchange] = await exchanges();
  expect(exchange?.request).toMatchObject({ messages: [{ content: SECRET_TEXT }] });
  expect(exchange?.body).toMatchObject({ choices: [{ message: { content: `${SECRET_TEXT}, [removed]` } }] });
});

test("a Request object is recorded as well, and sent as it was", async () => {
  const base = await serve((_request, response, body) =>
    json(response, 200, { echo: JSON.parse(body).model }),
  );
  const { recorder, exchanges } = await recorderIn();
  const answer = await recorder.fetch(new Request(`${base}/chat/completions`, post()));
  expect(await answer.json()).toEqual({ echo: "openai/gpt-oss-20b" });
  expect(await exchanges()).toMatchObject([
    { method: "POST", request: { messages: [{ role: "user", content: "[text 24]" }] } },
  ]);
});

describe("a stream", () => {
  const streamTo = (
    write: (send: (text: string) => void, response: { end(): void; destroy(): void }) => void,
  ) =>
    serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      response.flushHeaders();
      write((text) => response.write(text), response);
    });
  const event = (data: unknown, name?: string) =>
    `${name ? `event: ${name}\n` : ""}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

  test("is recorded event by event, its bytes unchanged", async () => {
    const bytes = [
      event(chunk(SECRET_TEXT)),
      event({ error: { message: "no", type: "t" } }, "error"),
      event("[DONE]"),
    ].join("");
    const base = await streamTo((send, response) => {
      send(bytes.slice(0, 37));
      setImmediate(() => {
        send(bytes.slice(37));
        response.end();
      });
    });
    const { recorder, exchanges } = await recorderIn();
    expect(await (await recorder.fetch(`${base}/chat/completions`, post())).text()).toBe(bytes);
    const [exchange] = await exchanges();
    expect(exchange).not.toHaveProperty("body");
    expect(exchange).not.toHaveProperty("truncated");
    expect(exchange?.events).toEqual([
      { data: chunk("[text 24]") },
      { event: "error", data: { error: { message: "no", type: "t" } } },
      { data: "[DONE]" },
    ]);
  });

  test("reaches the caller while it goes on", async () => {
    let end = () => {};
    const base = await streamTo((send, response) => {
      send(event(chunk("one")));
      end = () => response.end();
    });
    const { recorder } = await recorderIn();
    const answer = await recorder.fetch(`${base}/chat/completions`, post());
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    // Resolves although the server has not ended, and never will before this was read.
    expect(new TextDecoder().decode((await reader.read()).value)).toContain("one");
    end();
    expect((await reader.read()).done).toBe(true);
  });

  test("that the caller leaves is recorded as far as it came, and its connection is closed", async () => {
    let closed: () => void = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const base = await serve((request, response) => {
      request.socket.on("close", closed);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event(chunk("one")));
    });
    const { recorder, exchanges } = await recorderIn();
    const answer = await recorder.fetch(`${base}/chat/completions`, post());
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    await isClosed;
    expect(await exchanges()).toMatchObject([{ truncated: true, events: [{ data: chunk("[text 3]") }] }]);
  });

  test.each(["aborted by its caller", "broken by the server"])(
    "%s rejects as ever, and is recorded",
    async (how) => {
      const base = await streamTo((send, response) => {
        send(event(chunk("one")));
        if (how.startsWith("broken")) setTimeout(() => response.destroy(), 20);
      });
      const { recorder, exchanges } = await recorderIn();
      const abort = new AbortController();
      const answer = await recorder.fetch(`${base}/chat/completions`, { ...post(), signal: abort.signal });
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      if (how.startsWith("aborted")) abort.abort();
      await expect(reader.read()).rejects.toThrow();
      expect(await exchanges()).toMatchObject([{ truncated: true, events: [{ data: chunk("[text 3]") }] }]);
    },
  );

  test("longer than the recorder keeps still arrives whole", async () => {
    const bytes = Array.from({ length: 50 }, (_, index) => event(chunk(`word ${index}`))).join("");
    const base = await streamTo((send, response) => {
      send(bytes);
      response.end();
    });
    const { recorder, exchanges } = await recorderIn({ maxAnswerBytes: 1000 });
    expect(await (await recorder.fetch(`${base}/chat/completions`, post())).text()).toBe(bytes);
    const [exchange] = await exchanges();
    expect(exchange?.truncated).toBe(true);
    expect(exchange?.events?.length).toBeGreaterThan(2);
    expect(exchange?.events?.length).toBeLessThan(10);
  });
});

test("errors, pages, empty answers", async () => {
  const base = await serve((request, response) => {
    if (request.url?.endsWith("/limit")) {
      const message =
        "Rate limit reached for model `m` in organization `org_01jk2m3n4p` on tokens per minute";
      json(response, 429, { error: { message, type: "tokens", code: "rate_limit_exceeded" } });
    } else if (request.url?.endsWith("/page")) {
      response.writeHead(403, { "content-type": "text/html" });
      response.end("<html>who are you</html>");
    } else {
      response.writeHead(204);
      response.end();
    }
  });
  const { recorder, exchanges } = await recorderIn();
  for (const path of ["limit", "page", "nothing"]) await (await recorder.fetch(`${base}/${path}`)).text();
  expect(await exchanges()).toMatchObject([
    {
      status: 429,
      method: "GET",
      body: {
        error: {
          message: "Rate limit reached for model `m` in organization `org_[removed]` on tokens per minute",
          code: "rate_limit_exceeded",
        },
      },
    },
    { status: 403, body: "[text 24]" },
    { status: 204 },
  ]);
});

test("what the drift check finds in a recording is what it finds in the answer", async () => {
  const off = { ...completion(SECRET_TEXT), surprise: "new", id: 7 };
  const base = await serve((_request, response) => json(response, 200, off));
  const { recorder, exchanges } = await recorderIn();
  await (await recorder.fetch(`${base}/chat/completions`, post())).text();
  const check = createDriftCheck(await loadDocument(await packagedDocument()));
  for (const exchange of await exchanges()) addRecord(exchange, { source: "recording" }, check);
  const { findings } = check.report();
  expect(findings.map(({ kind, place }) => `${kind} ${place}`).sort()).toEqual([
    "type id",
    "unknown surprise",
  ]);
});

describe("the file", () => {
  const answering = () => serve((_request, response) => json(response, 200, completion("x")));
  const call = async (fetch: (url: string, init: RequestInit) => Promise<Response>, base: string) =>
    (await fetch(`${base}/chat/completions`, post())).text();

  test("stops at its bound and says so once; calls go on", async () => {
    const base = await answering();
    const { recorder, events, text, exchanges, file } = await recorderIn({ maxBytes: 2000 });
    for (let i = 0; i < 8; i++) {
      expect(await call(recorder.fetch, base)).toContain("chatcmpl-1");
      await recorder.flush();
    }
    expect((await text()).length).toBeLessThanOrEqual(2000);
    expect((await exchanges()).length).toBeGreaterThan(0);
    expect(events).toEqual([{ type: "full", file, maxBytes: 2000 }]);
  });

  test("or begins anew, and keeps the one before", async () => {
    const base = await answering();
    const { recorder, events, text, file } = await recorderIn({ maxBytes: 2000, whenFull: "rotate" });
    for (let i = 0; i < 8; i++) await call(recorder.fetch, base);
    await recorder.flush();
    expect(events[0]).toEqual({ type: "rotated", file, previous: `${file}.1` });
    for (const part of [await text(), await readFile(`${file}.1`, "utf8")]) {
      expect(part.length).toBeLessThanOrEqual(2000);
      for (const line of part.trimEnd().split("\n")) expect(JSON.parse(line).status).toBe(200);
    }
  });

  test("that can't be written fails no call", async () => {
    const base = await answering();
    const folder = await temporaryFolder();
    const { recorder, events } = await recorderIn({
      file: folder,
      onEvent: undefined,
    });
    expect(await call(recorder.fetch, base)).toContain("chatcmpl-1");
    await recorder.flush();
    const noisy = await recorderIn({
      file: folder,
      onEvent: (event) => {
        events.push(event);
        throw new Error("a fault in the listener");
      },
    });
    expect(await call(noisy.recorder.fetch, base)).toContain("chatcmpl-1");
    await noisy.recorder.flush();
    expect(events).toEqual([expect.objectContaining({ type: "error", file: folder })]);
  });

  test("goes on after a line that a crash cut short", async () => {
    const file = join(await temporaryFolder(), "exchanges.jsonl");
    await writeFile(file, '{"status":200,"bo');
    const base = await answering();
    const { recorder, text } = await recorderIn({ file });
    await call(recorder.fetch, base);
    await recorder.flush();
    const lines = (await text()).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ status: 200 });
  });

  test("close writes what is still being read; later calls go unrecorded", async () => {
    const base = await answering();
    const { recorder, text } = await recorderIn();
    const unread = await recorder.fetch(`${base}/chat/completions`, post());
    await recorder.close();
    expect(JSON.parse(await text())).toMatchObject({ status: 200, truncated: true });
    expect(await unread.text()).toContain("chatcmpl-1");
    expect(await call(recorder.fetch, base)).toContain("chatcmpl-1");
    await recorder.flush();
    expect((await text()).trimEnd().split("\n")).toHaveLength(1);
  });

  test("an answer that ends after close is not written again", async () => {
    const base = await answering();
    const { recorder, text } = await recorderIn();
    const late = await recorder.fetch(`${base}/chat/completions`, post());
    await recorder.close();
    await late.text();
    await recorder.flush();
    expect((await text()).trimEnd().split("\n")).toHaveLength(1);
  });

  test("is for its owner's eyes", async () => {
    const base = await answering();
    const { recorder, file } = await recorderIn();
    await call(recorder.fetch, base);
    await recorder.flush();
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  test("bounds that are none are refused at once", async () => {
    await expect(recorderIn({ maxBytes: 0 })).rejects.toThrow(/maxBytes.*positive integer, got 0/);
  });
});

test("a call that the network refuses rejects as ever and leaves no line", async () => {
  const fault = new TypeError("fetch failed");
  const { recorder, text } = await recorderIn({ fetch: () => Promise.reject(fault) });
  await expect(recorder.fetch("http://127.0.0.1:1/chat/completions", post())).rejects.toBe(fault);
  await recorder.flush();
  await expect(text()).rejects.toThrow(/ENOENT/);
});

test.each([
  [false, "[text 9]"],
  [true, "my prompt"],
])("the value of an unknown header with texts %s is %s", (texts, value) => {
  const headers = new Headers({
    "x-echo": "my prompt",
    "x-ratelimit-limit-tokens": "8000",
    "set-cookie": "a=b",
  });
  expect(headersWithoutSecrets(headers, createScrub([]), texts)).toEqual({
    "x-echo": value,
    "x-ratelimit-limit-tokens": "8000",
  });
});

describe("nothing is lost in silence", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty", "function", "pricing"];

  test.each(names)("a member called %s, in the request, the answer and the headers", async (name) => {
    const inner = (value: string) => JSON.parse(`{"${name}":{"${name}":"${value}","name":"${value}"}}`);
    const base = await serve((_request, response) =>
      json(response, 200, inner("mine"), { [`x-${name}`]: "1" }),
    );
    const { recorder, exchanges } = await recorderIn();
    await (await recorder.fetch(base, { method: "POST", body: JSON.stringify(inner("yours")) })).text();
    const [exchange] = await exchanges();
    expect(JSON.stringify(exchange?.body)).toMatch(new RegExp(`^{"${name}":{"${name}":`));
    expect(JSON.stringify(exchange?.request)).toMatch(new RegExp(`^{"${name}":{"${name}":`));
  });

  test("a body that is nested by the thousand, and a password with a broken escape", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const base = await serve((_request, response) => void response.end(deep));
    const { recorder, exchanges, events } = await recorderIn();
    const fetch = (url: string) => recorder.fetch(url, { method: "POST", body: deep });
    await (await fetch(base)).text();
    const [exchange] = await exchanges();
    expect(JSON.stringify(exchange?.body)).toContain("nested too deep");
    const { recorder: other, exchanges: others } = await recorderIn({
      fetch: () => Promise.resolve(new Response("{}")),
    });
    await (await other.fetch("http://me:%zz-password@127.0.0.1/v1/models")).text();
    expect((await others())[0]?.url).toBe("http://127.0.0.1/v1/models");
    expect(events).toEqual([]);
  });

  test("what can't be recorded is told", async () => {
    const answer = new Response("{}");
    Object.defineProperty(answer, "headers", {
      get: () => {
        throw new Error("no headers");
      },
    });
    const { recorder, events } = await recorderIn({ fetch: () => Promise.resolve(answer) });
    expect(await recorder.fetch("http://127.0.0.1/")).toBe(answer);
    expect(events).toEqual([
      { type: "dropped", file: expect.any(String), reason: "an exchange can't be written: no headers" },
    ]);
  });
});

describe("the last event of a stream", () => {
  const streamOf = async (text: string, maxAnswerBytes?: number) => {
    const headers = { "content-type": "text/event-stream" };
    const { recorder, exchanges } = await recorderIn({
      texts: true,
      maxAnswerBytes,
      fetch: () => Promise.resolve(new Response(text, { headers })),
    });
    await (await recorder.fetch("http://127.0.0.1/v1/chat/completions")).text();
    const [exchange] = await exchanges();
    return exchange;
  };
  const events = [{ data: { id: 1 } }, { event: "error", data: { error: 2 } }];

  test.each([
    ["a blank line", "\n\n"],
    ["one line end", "\n"],
    ["no line end", ""],
  ])("is kept when it ends with %s", async (_, end) => {
    for (const lineEnd of ["\n", "\r\n", "\r"]) {
      const text = `data: {"id":1}\n\nevent: error\ndata: {"error":2}${end}`.replaceAll("\n", lineEnd);
      expect(await streamOf(text)).toMatchObject({ events });
    }
  });

  test("and left out when it was cut within", async () => {
    const text = 'data: {"id":1}\n\ndata: {"id":2,"text":"a long text"}\n\n';
    const exchange = await streamOf(text, text.length - 10);
    expect(exchange).toMatchObject({ events: [{ data: { id: 1 } }], truncated: true });
    expect(exchange?.events).toHaveLength(1);
  });
});

test("the values of the application's own headers are in no recording, whatever repeats them", async () => {
  const own = {
    "x-tenant": "blue-heron-42",
    "x-pin": 'a "quoted" pin',
    authorization: "Basic dXNlcjpwYXNzd29yZA==",
  };
  const values = [...Object.values(own), "dXNlcjpwYXNzd29yZA=="];
  const base = await serve((_request, response) =>
    json(
      response,
      400,
      {
        error: { message: `No tenant blue-heron-42 with a "quoted" pin`, type: "blue-heron-42", code: "x" },
        id: "blue-heron-42",
        "blue-heron-42": { model: "blue-heron-42", usage: { "blue-heron-42": 1 } },
        echo: JSON.stringify(own),
      },
      { "x-request-id": "req-blue-heron-42", "x-echo": values.join() },
    ),
  );
  for (const texts of [false, true]) {
    const { recorder, text } = await recorderIn({ texts });
    const path = `${base}/blue-heron-42?pin=${encodeURIComponent(own["x-pin"])}&p=a+%22quoted%22+pin`;
    await (await recorder.fetch(path, post(own))).text();
    await recorder.flush();
    const written = await text();
    expect(written).toContain("[removed]");
    for (const value of [
      ...values,
      encodeURIComponent(own["x-pin"]),
      JSON.stringify(own["x-pin"]).slice(1, -1),
    ])
      expect(written).not.toContain(value);
  }
});

test("appending many lines costs no more than some looks at each", async () => {
  const COUNT = 80_000;
  const append = async () => {
    const file = createLineFile({
      file: join(await temporaryFolder(), "lines.jsonl"),
      maxBytes: 1 << 30,
      whenFull: "stop",
      onEvent: () => {},
    });
    for (let index = 0; index < COUNT; index++) file.write(`{"index":${index}}`);
    await file.close();
  };
  const look = async () => {
    const lines = Array.from({ length: COUNT }, (_, index) => Buffer.from(`{"index":${index}}\n`));
    expect(Buffer.concat(lines).length).toBeGreaterThan(COUNT);
  };
  const msOf = async (work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  // The best of three: whatever else the machine does, it does not always do.
  const best = async (work: () => Promise<void>) =>
    Math.min(await msOf(work), await msOf(work), await msOf(work));
  expect((await best(append)) / (await best(look))).toBeLessThan(40);
});
