import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sample, SampleSink, UnusableInput } from "../../../src/drift/base/sample.ts";
import { readInputs, readText } from "../../../src/drift/read/input.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drift-input-"));
});
afterAll(() => rm(folder, { recursive: true }));

function collect() {
  const found = { samples: [] as Sample[], unusable: [] as UnusableInput[], skipped: 0 };
  const sink: SampleSink = {
    add: (sample) => found.samples.push(sample),
    unusable: (fault) => found.unusable.push(fault),
    skip: () => found.skipped++,
  };
  return { sink, found };
}

async function* pieces(text: string, size = 7) {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(text: string, size?: number) {
  const { sink, found } = collect();
  await readText(pieces(text, size), "input", sink);
  return found;
}

const values = ({ samples }: { samples: Sample[] }) =>
  samples
    .filter(({ kind }) => kind !== "stream" && kind !== "end")
    .map(({ kind, value, line, event }) => [kind, value, line, ...(event ? [event] : [])]);

describe("the forms of a text", () => {
  const body = { id: "ä€😀" };
  const one = JSON.stringify(body);
  const stream = `: hello\r\n\r\nid: 1\r\ndata: ${one}\r\n\r\nevent: error\ndata: {"error":\ndata: 1}\n\ndata: [DONE]\n\n`;

  test.each<[string, string, unknown[]]>([
    ["one JSON document on a line", one, [["body", body, 1]]],
    ["one over several lines", JSON.stringify(body, null, 2), [["body", body, undefined]]],
    ["a byte order mark", `\uFEFF${one}`, [["body", body, 1]]],
    [
      "JSON lines with blank ones, CRLF, and no last line feed",
      `\n${one}\r\n\r\n${one}`,
      [
        ["body", body, 2],
        ["body", body, 4],
      ],
    ],
    [
      "a list of documents",
      `[${one},${one}]`,
      [
        ["body", body, 1],
        ["body", body, 1],
      ],
    ],
    [
      "an event stream",
      stream,
      [
        ["event", body, 4],
        ["event", { error: 1 }, 7, "error"],
      ],
    ],
    ["an event stream without a last blank line", `data: ${one}`, [["event", body, 1]]],
    ["an event without a space after the colon", `data:${one}\n\n`, [["event", body, 1]]],
  ])("%s", async (_name, text, expected) => {
    for (const size of [1, 7, 100_000]) {
      const found = await read(text, size);
      expect(values(found)).toEqual(expected);
      expect(found.unusable).toEqual([]);
    }
  });

  test("an exchange as the recorder writes it, with a body or with events", async () => {
    const base = {
      time: "2026-05-01T12:00:00.000Z",
      method: "POST",
      url: "http://x/v1/chat",
      status: 200,
      headers: {},
    };
    const events = [{ data: body }, { event: "error", data: { error: 1 } }, { data: "[DONE]" }];
    const found = await read(
      [
        { ...base, body },
        { ...base, events },
      ]
        .map((line) => JSON.stringify(line))
        .join("\n"),
    );
    expect(values(found)).toEqual([
      ["body", body, 1],
      ["event", body, 2],
      ["event", { error: 1 }, 2, "error"],
    ]);
    const { samples } = found;
    expect(samples[0]).toMatchObject({
      status: 200,
      method: "POST",
      url: "http://x/v1/chat",
      time: Date.UTC(2026, 4, 1, 12),
    });
    expect(samples.map(({ kind }) => kind)).toEqual(["body", "stream", "event", "event", "end"]);
    expect(samples[2]?.stream).toBe(samples[3]?.stream);
  });

  test("an exchange whose body is the text of an event stream", async () => {
    const found = await read(
      JSON.stringify({
        status: 200,
        headers: { "content-type": "text/event-stream" },
        body: `data: ${one}\n\n`,
      }),
    );
    expect(values(found)).toEqual([["event", body, 1]]);
  });

  test("the cut end of a truncated answer is no fault", async () => {
    const headers = { "content-type": "text/event-stream" };
    const found = await read(
      JSON.stringify({ status: 200, headers, truncated: true, body: `data: ${one}\n\ndata: {"id"` }),
    );
    expect(found).toMatchObject({
      unusable: [],
      samples: [{ kind: "stream" }, { kind: "event" }, { kind: "end" }],
    });
  });

  test("a HAR file: JSON, event streams, base64; pages and images are skipped", async () => {
    const entry = (content: object, status = 200) => ({
      startedDateTime: "2026-05-01T12:00:00Z",
      request: { method: "GET", url: "http://x/v1/models" },
      response: { status, content },
    });
    const entries = [
      entry({ mimeType: "application/json", text: one }),
      entry({ mimeType: "application/json", encoding: "base64", text: Buffer.from(one).toString("base64") }),
      entry({ mimeType: "text/event-stream; charset=utf-8", text: `data: ${one}\n\n` }),
      entry({ mimeType: "image/png", encoding: "base64", text: "AAAA" }),
      entry({ mimeType: "application/json", text: "" }, 0),
    ];
    const found = await read(JSON.stringify({ log: { entries } }, null, 1));
    expect(values(found)).toEqual([
      ["body", body, undefined],
      ["body", body, undefined],
      ["event", body, undefined],
    ]);
    expect(found.skipped).toBe(2);
    expect(found.samples[0]).toMatchObject({
      method: "GET",
      url: "http://x/v1/models",
      status: 200,
      time: Date.UTC(2026, 4, 1, 12),
    });
  });

  test("request and headers come with the answer, and a stream says at its end whether [DONE] came", async () => {
    const request = { model: "m" };
    const headers = { "content-type": "text/event-stream" };
    const streams = [["{}", "[DONE]"], ["{}"]].map((list) =>
      list.map((data) => `data: ${data}\n\n`).join(""),
    );
    const exchanges = streams.map((text) => JSON.stringify({ status: 200, request, headers, body: text }));
    const events = JSON.stringify({
      status: 200,
      request,
      headers,
      events: [{ data: {} }, { data: "[DONE]" }],
    });
    const { samples } = await read([...exchanges, events].join("\n"));
    const ends = samples.filter(({ kind }) => kind === "end");
    expect(ends.map(({ stream }) => stream?.isDone === true)).toEqual([true, false, true]);
    const begins = samples.filter(({ kind }) => kind === "stream");
    expect(begins).toMatchObject(begins.map(() => ({ request, headers })));
    expect(begins).toHaveLength(3);

    const entry = {
      request: {
        method: "POST",
        url: "http://x/v1/chat/completions",
        postData: { text: JSON.stringify(request) },
      },
      response: {
        status: 200,
        headers: [{ name: "X-RateLimit-Limit-Tokens", value: "5" }],
        content: { mimeType: "application/json", text: one },
      },
    };
    const har = await read(JSON.stringify({ log: { entries: [entry] } }));
    expect(har.samples).toMatchObject([{ request, headers: { "x-ratelimit-limit-tokens": "5" } }]);
  });
});

describe("a broken beginning costs itself, not the file", () => {
  const rest = '{"a":1}\n{"a":2}\n';
  test.each<[string, string, number[]]>([
    ["a line cut within a text", `{"id":"chat\n${rest}`, [1]],
    ["a line cut after a comma", `{"id":1,\n${rest}`, [1]],
    ["a line cut before a value", `{"id":\n${rest}`, [1]],
    ["the end of a line", `ompletion"}\n${rest}`, [1]],
    ["a line of a log", `Starting the server\n${rest}`, [1]],
    ["several of these", `Starting\n\n{"id\n${rest}`, [1, 3]],
    ["with one good line behind it", '{"id\n{"a":1}', [1]],
  ])("%s", async (_, text, lines) => {
    const { samples, unusable } = await read(text);
    expect(unusable.map(({ line }) => line)).toEqual(lines);
    expect(samples.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }].slice(0, samples.length));
    expect(samples.length).toBe(text.split('{"a":').length - 1);
  });

  test("of an event stream, too", async () => {
    const { samples, unusable } = await read('":1}\n\ndata: {"a":1}\n\nevent: error\ndata: {"a":2}\n\n');
    expect(unusable).toMatchObject([{ line: 1 }]);
    expect(samples).toMatchObject([
      { kind: "stream" },
      { value: { a: 1 }, line: 3 },
      { event: "error", line: 6 },
      { kind: "end" },
    ]);
  });

  test("a document over several lines stays one, though some look like lines of a recording", async () => {
    const text = '[\n{"a":1}\n,\n{"a":2}\n,\n{"b":\n{"c":3}\n}\n]';
    const { samples, unusable } = await read(text);
    expect(unusable).toEqual([]);
    expect(samples.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }, { b: { c: 3 } }]);
  });
});

describe("what can't be used is told with its line", () => {
  test.each<[string, string, number | undefined, RegExp]>([
    ["a broken line", '{"a":1}\n\n{"a":\n{"a":2}', 3, /^expected JSON: Unexpected end/],
    ["a broken document", '{\n  "a": 1,\n  "b": oops\n}', 3, /^expected JSON: /],
    ["a document that stops", '{\n  "a": 1,\n', 2, /^expected JSON: /],
    ["text", "Not found", 1, /^expected JSON: /],
    ["a number", '{"a":1}\n5', 2, /^expected a JSON object, found 5/],
    ["an event", "data: {}\n\ndata: oops\n\n", 3, /^expected JSON in the event's data: /],
    ["nothing", "\n \n", undefined, /^is empty$/],
    ["a HAR entry", '{"log":{"entries":[{}]}}', 1, /^expected an entry with request, response/],
  ])("%s", async (_name, text, line, message) => {
    const { unusable } = await read(text);
    expect(unusable).toEqual([
      { source: "input", ...(line ? { line } : {}), message: expect.stringMatching(message) },
    ]);
  });

  test("and without the text itself, which may be secret", async () => {
    const { unusable } = await read('{"key": gsk_abc}\n{"a":1}');
    expect(JSON.stringify(unusable)).not.toContain("gsk_abc");
  });
});

describe("files and folders", () => {
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  const readPaths = async (...paths: string[]) => {
    const { sink, found } = collect();
    await readInputs(paths, sink, { stdin: pieces('{"from":"stdin"}') });
    return found;
  };

  test("a folder: its recordings at any depth, in order, and no other files", async () => {
    await write("f/b.jsonl", '{"n":2}');
    await write("f/a/x.SSE", 'data: {"n":1}\n\n');
    await write("f/c.har", '{"log":{"entries":[]}}');
    await write("f/notes.md", "# no");
    await write("f/.git/d.json", '{"n":9}');
    await write("f/node_modules/d.json", '{"n":9}');
    const found = await readPaths(join(folder, "f"));
    expect(values(found).map(([, value]) => value)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(found.unusable).toEqual([]);
  });

  test("a file that is named twice is read once", async () => {
    const path = await write("twice/a.json", "{}");
    await symlink(path, join(folder, "twice/b.json"));
    expect((await readPaths(path, join(folder, "twice"), join(folder, "twice/b.json"))).samples).toHaveLength(
      1,
    );
  });

  test("an exchange names its stream's file, which is read once, with the exchange's status", async () => {
    await write("named/streams/s.sse", 'data: {"n":1}\n\n');
    await write(
      "named/exchanges.jsonl",
      '{"status":200,"headers":{},"stream":"streams/s.sse"}\n{"status":201,"stream":"s.sse"}',
    );
    const { samples, unusable } = await readPaths(join(folder, "named"));
    expect(unusable).toEqual([]);
    expect(samples.map(({ kind, status, line }) => [kind, status, line])).toEqual([
      ["stream", 200, 1],
      ["event", 200, 1],
      ["end", 200, 1],
    ]);
    expect(samples[1]?.source).toBe(join(folder, "named/streams/s.sse"));
  });

  test("a recording can't name files outside its folder", async () => {
    await write("secret.sse", 'data: {"n":1}\n\n');
    const path = await write(
      "evil/e.jsonl",
      '{"status":200,"stream":"../secret.sse"}\n{"status":200,"stream":"/etc/hostname"}',
    );
    const { samples, unusable } = await readPaths(path);
    expect(samples).toEqual([]);
    expect(unusable.map(({ line, message }) => [line, message.includes("no such file")])).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  test("- is standard input", async () => {
    expect(values(await readPaths("-"))).toEqual([["body", { from: "stdin" }, 1]]);
  });

  test("a missing file and an empty folder are told, and the rest is read", async () => {
    await mkdir(join(folder, "empty"));
    const good = await write("good.json", "{}");
    const { samples, unusable } = await readPaths(join(folder, "gone.json"), join(folder, "empty"), good);
    expect(samples).toHaveLength(1);
    expect(unusable.map(({ message }) => message)).toEqual([
      "no such file",
      expect.stringMatching(/^holds no recordings/),
    ]);
  });
});
