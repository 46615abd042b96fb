/** What a difference is to this client, and what was sent; whole events where a document or a server has them. */
import { describe, expect, test } from "vitest";
import type { Sample } from "../../../src/drift/base/sample.ts";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { clientRole, findClientProblems, isRead } from "../../../src/drift/check/client.ts";
import { judge } from "../../../src/drift/report/verdict.ts";
import { loadDocument, openDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { READS } from "../../../src/provider/base/reads.ts";

const packaged = await loadDocument(await packagedDocument());
const URL = "https://api.groq.com/openai/v1/chat/completions";
const post = { method: "POST", url: URL, status: 200, source: "a.jsonl" } as const;
const message = { role: "assistant", content: "Hi" };
const choice = { index: 0, message, logprobs: null, finish_reason: "stop" };
const answer = { id: "c", object: "chat.completion", created: 1_790_000_000, model: "m", choices: [choice] };
const chunk = {
  ...{ id: "c", object: "chat.completion.chunk", created: 1_790_000_000, model: "m" },
  choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: null }],
};

const check = (samples: readonly Sample[], document = packaged) => {
  const drift = createDriftCheck(document);
  for (const sample of samples) drift.add(sample);
  return drift.report();
};
const checkAnswer = (value: unknown) => check([{ kind: "body", value, ...post }]);
const columns = (report: ReturnType<typeof check>) =>
  report.findings.map(({ place, kind, breaking, breaksClient }) => [place, kind, breaking, breaksClient]);

describe("two columns", () => {
  test("what the document forbids and the client reads breaks the document alone", () => {
    const { id: _, ...without } = answer;
    const report = checkAnswer({ ...without, service_tier: "new", created: null, more: 1 });
    expect(columns(report)).toEqual([
      ["created", "null", true, false],
      ["id", "missing", true, false],
      ["service_tier", "enum", true, false],
      ["more", "unknown", false, false],
    ]);
    expect(judge(report, "client").verdict).toBe("clean");
    expect(judge(report, "breaking").verdict).toBe("drift");
  });

  test("what the client can't go on with breaks both, at each place", () => {
    const call = { id: "1", type: "function", function: { arguments: "{}" } };
    const nameless = { ...choice, message: { role: "assistant", tool_calls: [call] } };
    const report = checkAnswer({ ...answer, choices: [{ ...choice, message: 5 }, nameless] });
    expect(columns(report)).toEqual([
      ["choices[].message", "type", true, true],
      ["choices[].message.tool_calls[].function.name", "missing", true, true],
    ]);
    expect(judge(report, "client").verdict).toBe("drift");
  });

  test("what fits the document and the client can't read is told, and fails the check", () => {
    const report = checkAnswer({ ...answer, choices: [] });
    expect(columns(report)).toEqual([["choices", "client", false, true]]);
    expect(report.findings[0]).toMatchObject({ expected: "an item", found: "none" });
    expect(judge(report, "breaking").verdict).toBe("drift");
  });

  test("the same in a whole answer and in a chunk is one finding", () => {
    const moody = { ...answer, choices: [{ ...choice, message: { ...message, mood: 1 } }] };
    const delta = { ...chunk, choices: [{ index: 0, delta: { mood: 1 }, finish_reason: null }] };
    const report = check([
      { kind: "body", value: moody, ...post },
      { kind: "event", value: delta, ...post },
    ]);
    expect(report.findings.map(({ place, also }) => [place, also?.map((one) => one.place)])).toEqual([
      ["choices[].message.mood", ["choices[].delta.mood"]],
    ]);
  });
});

describe("the client", () => {
  test("tells all places that it can't read, and none of an answer that it can", () => {
    expect(findClientProblems("ChatAnswer", answer)).toEqual([]);
    const places = findClientProblems("EmbeddingAnswer", { data: [{ embedding: 1 }, {}] });
    expect(places.map(({ place, got }) => `${place} ${got}`)).toEqual([
      "data[].embedding number",
      "data[].embedding nothing",
    ]);
    expect(findClientProblems("ChatAnswer", "text")).toEqual([
      { place: "(root)", expected: "object", got: "string" },
    ]);
  });

  test.each([
    ["POST /openai/v1/chat/completions", "body", "ChatAnswer"],
    ["POST /chat/completions", "event", "StreamChunk"],
    ["POST /v1/embeddings", "body", "EmbeddingAnswer"],
    ["GET /v1/models", "body", "ModelList"],
    ["GET /v1/models/{id}", "body", "Model"],
    ["GET /v1/chat/completions", "body", undefined],
    ["POST /v1/audio/speech", "body", undefined],
  ] as const)("%s, %s: %s", (label, part, role) => {
    expect(clientRole(label, part)).toBe(role);
  });

  test("reads what its table has, and what stands in a member that it reads whole", () => {
    expect(isRead("ChatAnswer", "usage.total_tokens")).toBe(true);
    expect(isRead("ChatAnswer", "choices[].message.tool_calls[].function.name")).toBe(true);
    expect(isRead("ChatAnswer", "choices[].message.reasoning")).toBe(true);
    expect(isRead("ChatAnswer", "usage_breakdown")).toBe(false);
    expect(isRead("ChatAnswer", "choices[].message.role")).toBe(false);
    expect(isRead("Model", "constructor")).toBe(false);
    expect(Object.keys(READS).length).toBeGreaterThan(4);
  });
});

describe("requests", () => {
  test("are compared too; what was taken breaks nobody, and what was refused is not looked at", () => {
    const request = { model: "m", messages: [{ role: "user", content: "Hi" }], mood: "fine" };
    const report = check([
      { kind: "body", value: answer, request, ...post },
      {
        kind: "body",
        value: { error: { message: "no", type: "t" } },
        request: { ...request, more: 1 },
        ...post,
        status: 400,
      },
      { kind: "stream", value: undefined, request: { ...request, temperature: "hot" }, ...post },
    ]);
    expect(
      report.findings.map(({ side, place, kind, breaking, count, of }) => [
        side,
        place,
        kind,
        breaking,
        count,
        of,
      ]),
    ).toEqual([
      ["request", "mood", "unknown", false, 2, 2],
      ["request", "temperature", "type", false, 1, 2],
    ]);
    expect(judge(report, "breaking").verdict).toBe("clean");
    expect(judge(report, "any").verdict).toBe("drift");
  });
});

test("without a URL the answer tells what the request was for", () => {
  const { url: _, method: _method, ...anywhere } = post;
  const request = { model: "m", messages: [{ role: "user", content: "Hi" }], mood: "fine" };
  const report = check([
    { kind: "body", value: answer, request, ...anywhere },
    { kind: "stream", value: undefined, request, ...anywhere },
    { kind: "body", value: { error: { message: "no", type: "t" } }, request, ...anywhere },
  ]);
  expect(report.findings.map(({ side, place, count, of }) => [side, place, count, of])).toEqual([
    ["request", "mood", 2, 2],
  ]);
});

describe("whole events", () => {
  const schemas = {
    Chunk: {
      type: "object",
      required: ["id", "choices"],
      properties: {
        id: { type: "string" },
        object: { enum: ["chat.completion.chunk"] },
        created: { type: "integer" },
        model: { type: "string" },
        choices: {
          type: "array",
          items: { type: "object", properties: { index: {}, finish_reason: {}, delta: { type: "object" } } },
        },
      },
    },
    Event: {
      type: "object",
      required: ["data"],
      properties: { data: { $ref: "#/components/schemas/Chunk" } },
    },
    CreateChatCompletionStreamResponse: { $ref: "#/components/schemas/Chunk" },
  };
  const documentOf = (schema: object, more: object = schemas) =>
    openDocument(
      {
        openapi: "3.1.0",
        paths: {
          "/v1/chat/completions": {
            post: { responses: { "200": { description: "", content: { "text/event-stream": { schema } } } } },
          },
        },
        components: { schemas: more },
      },
      "vendor.yaml",
    );
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const events = (...values: unknown[]): Sample[] =>
    values.map((value) => ({ kind: "event", value, ...post }));
  const broken = { ...chunk, id: 7 };

  test.each([
    ["the chunk", ref("Chunk")],
    ["the event, { data: Chunk }", ref("Event")],
    [
      "the event, or the one that says [DONE]",
      {
        anyOf: [ref("Event"), { type: "object", properties: { data: { type: "string", const: "[DONE]" } } }],
      },
    ],
    ["a text", { type: "string" }],
  ])("a document that describes %s, and either as it came", (_, schema) => {
    const document = documentOf(schema);
    for (const shape of [
      (value: unknown) => value,
      (value: unknown) => ({ event: "message", data: value }),
    ]) {
      expect(check(events(shape(chunk), shape(chunk)), document).findings).toEqual([]);
      expect(check(events(shape(broken)), document).findings).toMatchObject([{ place: "id", kind: "type" }]);
    }
  });

  test("where nothing says what the events are, that is told", () => {
    const { Event: _, Chunk: _chunk, CreateChatCompletionStreamResponse: _named, ...none } = schemas;
    const report = check(events(chunk, chunk), documentOf({ type: "string" }, none));
    expect(report).toMatchObject({ samples: 0, skipped: 2, findings: [] });
    expect(report.undescribed).toEqual([{ asked: `POST ${URL}`, lacks: "events", count: 2 }]);
  });
});

test("what a body is does not depend on what came before it", () => {
  const schema = (required: string[], properties: object) => ({ type: "object", required, properties });
  const documents = openDocument(
    {
      openapi: "3.1.0",
      paths: {},
      components: {
        schemas: {
          Cat: schema(["name", "kind"], { name: { type: "string" }, kind: { enum: ["cat"] } }),
          Dog: schema(["name", "kind"], { name: { type: "string" }, kind: { enum: ["dog"] } }),
        },
      },
    },
    "pets.yaml",
  );
  const [cat, dog] = ["cat", "dog"].map(
    (kind): Sample => ({ kind: "body", value: { name: "Bo", kind }, source: "a" }),
  );
  if (!cat || !dog) throw new Error("expected two");
  for (const order of [
    [cat, dog],
    [dog, cat],
  ]) {
    const report = check(order, documents);
    expect(report.findings).toEqual([]);
    expect(report.schemas.map(({ name }) => name).sort()).toEqual(["Cat", "Dog"]);
  }
});
