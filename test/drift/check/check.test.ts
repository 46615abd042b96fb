import { describe, expect, test } from "vitest";
import type { Sample } from "../../../src/drift/base/sample.ts";
import { createAnswerCheck, createDriftCheck } from "../../../src/drift/check/check.ts";
import { openDocument } from "../../../src/openapi/document.ts";
import { answer, checkValues, documentOf } from "../support.ts";

const text = { type: "string" };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: unknown) => ({ description: "", content: { "application/json": { schema } } });
const list = (item: unknown) => ({ type: "array", items: item });
const record = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});

const schemas = {
  Chat: record({
    id: text,
    object: { enum: ["chat"] },
    created: { type: "integer" },
    choices: list(record({ message: record({ content: text }) })),
  }),
  Chunk: record({
    id: text,
    object: { enum: ["chunk"] },
    created: { type: "integer" },
    choices: list(record({ delta: record({ content: text }, []) })),
  }),
  Models: record({ object: { enum: ["list"] }, data: list(ref("Model")) }),
  Files: record({ object: { enum: ["list"] }, data: list(record({ id: text, bytes: { type: "integer" } })) }),
  Model: record({ id: text, object: { enum: ["model"] }, created: { type: "integer" } }),
  Fault: record({ error: record({ message: text }) }),
};

const document = (events: object = {}) =>
  openDocument(
    {
      openapi: "3.1.0",
      paths: {
        "/v1/chat": {
          post: {
            responses: {
              "200": { ...json(ref("Chat")), ...events },
              "4XX": json(ref("Fault")),
              "503": { description: "No body." },
            },
          },
        },
        "/v1/models": { get: { responses: { "200": json(ref("Models")) } } },
        "/v1/models/{model}": {
          get: { responses: { "200": json(ref("Model")), default: json(ref("Fault")) } },
        },
        "/v1/files": { get: { responses: { "200": json(ref("Files")) } } },
      },
      components: { schemas },
    },
    "test.yaml",
  );

const run = (samples: Partial<Sample>[], opened = document()) => {
  const check = createDriftCheck(opened);
  for (const sample of samples) check.add({ kind: "body", value: undefined, source: "x.jsonl", ...sample });
  return check.report();
};

const chat = { id: "c", object: "chat", created: 1_790_000_000, choices: [{ message: { content: "Hi" } }] };
const chunk = { id: "c", object: "chunk", created: 1_790_000_000, choices: [{ delta: { content: "Hi" } }] };
const without = (value: object, name: string) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
const summary = (report: ReturnType<typeof run>) =>
  report.findings.map(({ schema, place, kind }) => `${schema} ${place} ${kind}`);

describe("finds out what a body is", () => {
  test.each([
    ["by its object field", chat, "Chat"],
    [
      "by its object field, among several of the same, by what fits",
      { object: "list", data: [{ id: "f", bytes: 1 }] },
      "Files",
    ],
    ["by its fields, without object", without(chat, "object"), "Chat"],
    ["a chunk by its choices' fields, without object", without(chunk, "object"), "Chunk"],
    ["by its fields, when object is new", { ...chat, object: "chat.v2" }, "Chat"],
    ["an error by its field", { error: { message: "No." } }, "Fault"],
  ])("%s", (_name, value, schema) => {
    expect(run([{ value }]).schemas.map(({ name }) => name)).toEqual([schema]);
  });

  test.each([
    ["POST", "https://api.example.com/openai/v1/chat", "Chat"],
    ["GET", "https://api.example.com/v1/models?after=x", "Models"],
    ["GET", "https://api.example.com/v1/models/vendor%2Fname-1b", "Model"],
    ["GET", "https://api.example.com/v1/models/vendor/name", "Model"],
  ])("by its URL: %s %s", (method, url, schema) => {
    const report = run([{ value: { nothing: "known" }, method, url, status: 200 }]);
    expect(report.schemas.map(({ name }) => name)).toContain(schema);
  });

  test("what is like nothing in the document is unusable, with its line", () => {
    const report = run([{ value: { nothing: "known" }, line: 7 }, { value: chat }]);
    expect(report.unusable).toEqual([
      {
        source: "x.jsonl",
        line: 7,
        message: 'expected an answer that the document describes, found {"nothing":"known"}',
      },
    ]);
    expect(report.samples).toBe(1);
  });
});

describe("statuses", () => {
  const post = { method: "POST", url: "http://localhost/v1/chat" };
  test("a listed one, a class of them, and default are known", () => {
    const fault = { error: { message: "No." } };
    const report = run([
      { value: chat, ...post, status: 200 },
      { value: fault, ...post, status: 418 },
      { value: fault, method: "GET", url: "http://localhost/v1/models/x", status: 500 },
      { value: "<html>", ...post, status: 503 },
    ]);
    expect(summary(report)).toEqual([]);
  });

  test("an unlisted error adds, an unlisted success breaks; the body is compared all the same", () => {
    const report = run([
      { value: { error: { message: 5 } }, ...post, status: 500 },
      { value: chat, ...post, status: 202 },
    ]);
    expect(report.findings.map(({ found, breaking }) => [found, breaking])).toEqual([
      ["integer", true],
      ["202", true],
      ["500", false],
    ]);
  });

  test("without a URL a status is unlisted when no operation lists it", () => {
    const report = run(
      [
        { value: chat, status: 200 },
        { value: chat, status: 226 },
      ],
      openDocument(
        {
          openapi: "3.1.0",
          paths: { "/v1/chat": { post: { responses: { "200": json(ref("Chat")) } } } },
          components: { schemas },
        },
        "x",
      ),
    );
    expect(summary(report)).toEqual(["(any operation) (status) status"]);
  });

  test("an HTML page with an unlisted status is told by the status alone", () => {
    const report = run([
      { value: "<html>Blocked</html>", method: "GET", url: "http://localhost/v1/models", status: 403 },
    ]);
    expect(summary(report)).toEqual(["GET /v1/models (status) status"]);
    expect(report.unusableCount).toBe(0);
  });

  test("HTML where JSON is described is another type; nothing at all is missing", () => {
    const report = run([
      { value: "<html>", ...post, status: 200 },
      { value: undefined, ...post, status: 200 },
    ]);
    expect(summary(report)).toEqual(["Chat (root) missing", "Chat (root) type"]);
  });

  test("an empty body that was cut is no finding", () => {
    expect(summary(run([{ value: undefined, ...post, status: 200, truncated: true }]))).toEqual([]);
  });
});

describe("streams", () => {
  const events = { "x-event-stream": { message: ref("Chunk"), error: ref("Fault") } };
  const error = { kind: "event", event: "error", value: { error: { message: "No.", code: 4 } } } as const;

  test("events are compared with the schema that the document has for them", () => {
    const report = run(
      [
        { kind: "stream" },
        { kind: "event", value: { ...chunk, more: 1 } },
        error,
        { kind: "event", value: "[DONE]" },
      ],
      document(events),
    );
    expect(summary(report)).toEqual(["Chunk more unknown", "Fault error.code unknown"]);
    expect(report.samples).toBe(2);
  });

  test("an event that the document does not know is one finding, and its data is compared by what it is", () => {
    const report = run([{ kind: "stream" }, { kind: "event", value: chunk }, error, { kind: "stream" }]);
    expect(summary(report)).toEqual(["(event stream) (event: error) event", "Fault error.code unknown"]);
    expect(report.findings[0]).toMatchObject({ count: 1, of: 2, breaking: true });
  });

  test("a fault in an ordinary event is an error event", () => {
    const report = run(
      [{ kind: "stream" }, { kind: "event", value: { error: { message: "No." } } }],
      document(events),
    );
    expect(summary(report)).toEqual([]);
    expect(report.schemas.map(({ name }) => name)).toContain("Fault");
  });

  test("a text/event-stream content type gives the schema of ordinary events", () => {
    const content = { "text/event-stream": { schema: ref("Chunk") } };
    const opened = openDocument(
      {
        openapi: "3.1.0",
        paths: { "/v1/chat": { post: { responses: { "200": { content } } } } },
        components: { schemas },
      },
      "x",
    );
    expect(summary(run([{ kind: "event", value: { ...chunk, object: "other" } }], opened))).toEqual([
      "Chunk object enum",
    ]);
  });
});

describe("findings", () => {
  const opened = documentOf({
    type: "object",
    properties: { data: list(record({ id: text })), mode: { enum: ["a"] } },
  });

  test("a place that is met many times in one sample counts once", () => {
    const report = checkValues(
      opened,
      { data: [{ id: 1 }, { id: 2 }] },
      { data: [{ id: "x" }] },
      { data: [{ id: 3 }] },
    );
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({
      place: "data[].id",
      count: 2,
      of: 3,
      share: 2 / 3,
      example: "1",
    });
    expect(report.findings[0]?.samples.map(({ line }) => line)).toEqual([1, 3]);
  });

  test("each new value of an enum is a finding of its own, so that a baseline knows it", () => {
    const report = checkValues(opened, { mode: "b" }, { mode: "c" }, { mode: "b" });
    expect(report.findings.map(({ key, count }) => [key, count])).toEqual([
      ['GET /answer 200 mode enum "b"', 2],
      ['GET /answer 200 mode enum "c"', 1],
    ]);
  });

  test("times: of the exchange, else of the answer; and the days between", () => {
    const noon = Date.UTC(2026, 4, 1, 12);
    const report = run([
      { value: { ...chat, more: 1 }, time: noon },
      { value: { ...chat, more: 1, created: noon / 1000 - 86_400 } },
      { value: { id: "m", object: "model", created: 1_600_000_000, more: 1 } },
    ]);
    expect(report).toMatchObject({ from: "2026-04-30T12:00:00.000Z", to: "2026-05-01T12:00:00.000Z" });
    const [first, model] = report.findings;
    expect(first).toMatchObject({
      firstSeen: "2026-04-30T12:00:00.000Z",
      lastSeen: "2026-05-01T12:00:00.000Z",
      days: [
        ["2026-04-30", 1],
        ["2026-05-01", 1],
      ],
    });
    expect(model?.firstSeen).toBeUndefined();
  });

  test("an error event has the time of the event before it", () => {
    const stream = {};
    const report = run([
      { kind: "event", value: chunk, stream },
      { kind: "event", event: "error", value: { error: { message: "No." } }, stream },
    ]);
    expect(report.findings[0]?.firstSeen).toBe(new Date(1_790_000_000_000).toISOString());
  });

  test("long texts, long lists and deep values are cut", () => {
    const value = {
      mode: "x".repeat(10_000),
      data: Array.from({ length: 1000 }, () => ({ id: "y".repeat(500) })),
    };
    const report = checkValues(opened, value);
    expect(JSON.stringify(report).length).toBeLessThan(20_000);
  });

  test("a value as deep as JSON can be is no trouble", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    const { findings } = checkValues(opened, { data: deep, mode: deep, more: deep });
    expect(findings.map(({ place, kind }) => `${place} ${kind}`)).toEqual([
      "data[] type",
      "mode enum",
      "more unknown",
    ]);
  });

  test("random names and values share a row after the first ones, in bounded memory", () => {
    const check = createDriftCheck(opened);
    for (let index = 0; index < 20_000; index++)
      check.add(answer({ [`random${index}`]: 1, mode: `m${index}` }));
    const { findings, crowded } = check.report();
    expect(findings.length).toBeLessThan(120);
    expect(crowded).toBeGreaterThan(39_000);
    expect(findings.find(({ place }) => place === "*")?.count).toBeGreaterThan(19_000);
    expect(findings.find(({ found }) => found === "(other values)")?.count).toBeGreaterThan(19_000);
  });
});

test("of an object with 60,000 unknown fields the first ones are told, and how many more there are", () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`f${index}`, index]));
  const opened = documentOf(record({ id: text, inner: record({ n: text }) }));
  const value = { id: "a", inner: { n: "b", ...many } };
  expect(createAnswerCheck(opened)(answer(value)).length).toBe(501);
  const { findings, crowded } = checkValues(opened, value);
  expect(findings.length).toBe(65);
  expect(findings.filter(({ place }) => place === "inner.*")).toMatchObject([{ kind: "unknown", count: 1 }]);
  expect(findings.length - 1 + crowded).toBe(60_000);
});

describe("answers that are not the service's own", () => {
  test("of a browser's recording, what fits nothing is skipped", () => {
    const check = createDriftCheck(document());
    const foreign = {
      kind: "body",
      source: "page.har",
      url: "https://other.example/api",
      status: 200,
    } as const;
    const { url: _, ...anywhere } = foreign;
    check.add({ ...anywhere, value: { foo: 1 }, foreign: true });
    check.add({ ...anywhere, value: { foo: 1 } });
    expect(check.report()).toMatchObject({ skipped: 1, unusableCount: 1, findings: [] });
  });

  test("what stands at a URL that the document does not have is told and skipped, whatever it looks like", () => {
    const url = "https://other.example/v2/talk?key=x";
    const report = run([
      { value: { ...chat, id: 7 }, method: "POST", url, status: 200 },
      { value: chat, method: "POST", url, status: 200 },
      { kind: "stream", method: "POST", url, status: 200 },
      { kind: "event", value: chunk, method: "POST", url, status: 200 },
    ]);
    expect(report).toMatchObject({ samples: 0, skipped: 3, findings: [], unusableCount: 0 });
    expect(report.undescribed).toEqual([
      { asked: "POST https://other.example/v2/talk", lacks: "url", count: 3 },
    ]);
  });

  test("hosts are kept apart", () => {
    const post = { method: "POST", status: 200 };
    const report = run([
      { value: { ...chat, more: 1 }, ...post, url: "https://a.example/v1/chat" },
      { value: { ...chat, more: 1 }, ...post, url: "https://b.example:8443/v1/chat" },
      { value: chat, ...post, url: "https://b.example/v1/chat" },
    ]);
    expect(report.findings.map(({ host, place, count, of }) => [host, place, count, of])).toEqual([
      ["a.example", "more", 1, 1],
      ["b.example", "more", 1, 2],
    ]);
  });

  test("beyond two hundred hosts the others are one", () => {
    const urls = Array.from({ length: 500 }, (_, index) => `https://h${index}.example/v1/chat`);
    const report = run(
      urls.map((url) => ({ value: { ...chat, more: 1 }, method: "POST", url, status: 200 })),
    );
    const others = report.findings.filter(({ host }) => host === "(other hosts)");
    expect(report.findings).toHaveLength(201);
    expect(others.map(({ count, of }) => [count, of])).toEqual([[300, 300]]);
  });

  test("a gateway's page with an error's status is no drift; with a success it is", () => {
    const check = createDriftCheck(document());
    const page = {
      kind: "body",
      source: "a",
      method: "POST",
      url: "http://x/v1/chat",
      value: "<html>",
    } as const;
    check.add({ ...page, status: 404 });
    expect(check.report().findings).toEqual([]);
    check.add({ ...page, status: 200 });
    expect(check.report().findings).toHaveLength(1);
  });
});
