import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { createAnswerCheck } from "../../src/drift/check/check.ts";
import { type AnswerSchemas, createDriftChecker } from "../../src/drift/in-app.ts";
import { loadDocument, packagedDocument } from "../../src/openapi/document.ts";
import type { DriftSchema } from "../../src/provider/base/events.ts";
import { createProvider } from "../../src/provider/create-provider.ts";

type Json = Record<string, unknown>;

const completion = (): Json => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "m",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        tool_calls: [{ id: "fc_1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      logprobs: null,
      finish_reason: "tool_calls",
    },
  ],
  usage: {
    prompt_tokens: 1,
    completion_tokens: 2,
    total_tokens: 3,
    prompt_tokens_details: { cached_tokens: 1 },
  },
  usage_breakdown: null,
  x_groq: { id: "req_1" },
});

/** A body with `change` made at a place. */
const changed = (
  body: Json,
  path: (string | number)[],
  change: (parent: Json, key: string) => void,
): Json => {
  const copy = structuredClone(body);
  let parent: unknown = copy;
  for (const step of path.slice(0, -1)) parent = (parent as Json)[step];
  change(parent as Json, String(path.at(-1)));
  return copy;
};

const setTo = (value: unknown) => (parent: Json, key: string) => {
  parent[key] = value;
};
const drop = (parent: Json, key: string) => {
  delete parent[key];
};

const everything = () => createDriftChecker({ sample: 1, random: () => 0 });

test("an answer as the document has it is no drift", () => {
  expect(everything().check("ChatAnswer", completion())).toEqual([]);
});

describe("a difference is told at its place, as the drift check over recordings tells it", async () => {
  const recorded = createAnswerCheck(await loadDocument(await packagedDocument()));
  const message = ["choices", 0, "message"];
  const call = [...message, "tool_calls", 0];
  const cases: [string, Json, string, string, boolean][] = [
    ["unknown", changed(completion(), ["extra"], setTo("x")), "extra", "unknown field", false],
    [
      "unknown inside",
      changed(completion(), [...message, "extra"], setTo(1)),
      "choices[].message.extra",
      "unknown field",
      false,
    ],
    ["missing", changed(completion(), ["id"], drop), "id", "missing required field", true],
    [
      "missing inside",
      changed(completion(), [...call, "id"], drop),
      "choices[].message.tool_calls[].id",
      "missing required field",
      true,
    ],
    ["null", changed(completion(), ["model"], setTo(null)), "model", "null where not allowed", true],
    [
      "type",
      changed(completion(), ["created"], setTo("now")),
      "created",
      "other type: expected number, found string",
      true,
    ],
    [
      "enum",
      changed(completion(), ["choices", 0, "finish_reason"], setTo("bored")),
      "choices[].finish_reason",
      'value outside the enum: "bored"',
      true,
    ],
    [
      "enum of one",
      changed(completion(), ["object"], setTo("chat")),
      "object",
      'value outside the enum: "chat"',
      true,
    ],
    [
      "another type in an enum",
      changed(completion(), ["object"], setTo(7)),
      "object",
      "other type: found integer",
      true,
    ],
    [
      "unread by calls",
      changed(completion(), ["usage_breakdown"], setTo({ models: 3 })),
      "usage_breakdown.models",
      "other type: expected array, found integer",
      true,
    ],
  ];
  test.each(cases)("%s", (_name, body, place, problem, breaking) => {
    const schema = "ChatAnswer";
    const told = { type: "drift", schema, place, problem, breaking, breaksClient: false };
    expect(everything().check(schema, body)).toEqual([told]);
    const sample = {
      kind: "body",
      value: body,
      status: 200,
      method: "POST",
      url: "https://x/chat/completions",
    } as const;
    const same = recorded(sample).map((one) => ({ place: one.place, breaking: one.breaking }));
    expect(same).toEqual([{ place, breaking }]);
  });
});

describe("two columns", () => {
  const nameless = changed(
    completion(),
    ["choices", 0, "message", "tool_calls", 0, "function", "name"],
    drop,
  );

  test("what the client can't read breaks it; what no document says it can't read is told too", () => {
    expect(everything().check("ChatAnswer", nameless)).toMatchObject([
      { place: "choices[].message.tool_calls[].function.name", breaking: true, breaksClient: true },
    ]);
    const noChoice = { ...completion(), choices: [] };
    expect(everything().check("ChatAnswer", noChoice, "openai")).toEqual([
      {
        type: "drift",
        schema: "ChatAnswer",
        place: "choices",
        problem: "unreadable to this client: expected an item, found none",
        breaking: false,
        breaksClient: true,
      },
    ]);
  });

  test("of another service than the schemas are of, only what breaks the client is told", () => {
    const odd = { ...completion(), id: null, mood: 1 };
    expect(everything().check("ChatAnswer", odd, "openai")).toEqual([]);
    expect(everything().check("ChatAnswer", odd, "groq")).toHaveLength(2);
    expect(everything().check("ChatAnswer", nameless, "openai")).toMatchObject([
      { place: "choices[].message.tool_calls[].function.name", breaksClient: true },
    ]);
    expect(everything().check("ErrorAnswer", { error: 7 }, "openai")).toEqual([]);
  });

  test("with schemas of its own, as the generator writes them, all is told", () => {
    const schemas: AnswerSchemas = { Model: () => z.strictObject({ id: z.string(), mood: z.number() }) };
    const checker = createDriftChecker({ sample: 1, schemas });
    expect(checker.check("Model", { id: "m", mood: "fine" }, "openai")).toMatchObject([
      { place: "mood", breaking: true, breaksClient: false },
    ]);
    expect(checker.check("ChatAnswer", { ...completion(), mood: 1 }, "openai")).toEqual([]);
  });

  test("a provider says which service answered", async () => {
    const odd = { ...completion(), mood: 1 };
    const told = async (provider: "openai" | "groq") => {
      const events: unknown[] = [];
      const client = createProvider({
        ...{ provider, model: "m", apiKey: "sk-0123456789abcdefghij", drift: everything() },
        fetch: async () => Response.json(odd),
        onEvent: (event) => {
          if (event.type === "drift") events.push(event.place);
        },
      });
      await client.chat([{ role: "user", content: "Hi" }]);
      return events;
    };
    expect(await told("openai")).toEqual([]);
    expect(await told("groq")).toEqual(["mood"]);
  });
});

test("other answers and chunks have schemas of their own", () => {
  const chunk = {
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content: "Hi", mood: "fine" }, finish_reason: null }],
  };
  const bodies: [DriftSchema, unknown, string][] = [
    ["StreamChunk", chunk, "choices[].delta.mood"],
    ["ErrorAnswer", { error: { message: "no", type: "t", hint: "x" } }, "error.hint"],
    ["ModelList", { object: "list", data: [{ id: "m", object: "model", created: 1 }] }, "data[].owned_by"],
    ["Model", { id: "m", object: "model", created: "1", owned_by: "x" }, "created"],
    [
      "EmbeddingAnswer",
      {
        object: "list",
        model: "m",
        data: [{ index: 0, object: "embedding", embedding: [1, null] }],
        usage: { prompt_tokens: 1, total_tokens: 1 },
      },
      "data[].embedding[]",
    ],
  ];
  for (const [schema, body, place] of bodies) {
    expect(
      everything()
        .check(schema, body)
        .map((event) => event.place),
    ).toEqual([place]);
  }
});

test("texts of an answer never get into an event", () => {
  const secret = "a secret that the model wrote down";
  const body = changed(completion(), ["choices", 0, "finish_reason"], setTo(secret));
  expect(JSON.stringify(everything().check("ChatAnswer", body))).not.toContain("secret");
});

test("a place is told once a minute, and other places meanwhile", () => {
  let now = 0;
  const checker = createDriftChecker({ sample: 1, clock: { now: () => now } });
  const tell = (name: string) =>
    checker.check("ChatAnswer", { ...completion(), [name]: 1 }).map(({ place }) => place);
  expect(tell("a")).toEqual(["a"]);
  now = 59_999;
  expect(tell("a")).toEqual([]);
  expect(tell("b")).toEqual(["b"]);
  now = 60_000;
  expect(tell("a")).toEqual(["a"]);
  expect(tell("b")).toEqual([]);
});

test("invented names don't fill the memory: beyond a thousand places, new ones wait for a minute to pass", () => {
  let now = 0;
  const checker = createDriftChecker({ sample: 1, clock: { now: () => now } });
  const fields = (from: number) =>
    Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${from + i}`, 1]));
  const count = (from: number) =>
    checker.check("Model", fields(from)).filter(({ place }) => /^f/.test(place)).length;
  expect(count(0)).toBeGreaterThan(590);
  expect(count(1_000)).toBeLessThan(410);
  expect(count(2_000)).toBe(0);
  now = 60_000;
  expect(count(2_000)).toBeGreaterThan(590);
});

test("only the sampled share is looked at, and the rest not even read", () => {
  const draws = [0.005, 0.01, 0.5, 0.0099];
  const checker = createDriftChecker({ random: () => draws.shift() ?? 1, clock: { now: () => 0 } });
  let reads = 0;
  const body = (name: string) => {
    const value = { ...completion(), [name]: 1 };
    return new Proxy(value, {
      ownKeys(target) {
        reads++;
        return Reflect.ownKeys(target);
      },
    });
  };
  const told = ["a", "b", "c", "d"].map((name) => checker.check("ChatAnswer", body(name)).length);
  expect(told).toEqual([1, 0, 0, 1]);
  const readsOfTwo = reads;
  expect(createDriftChecker({ sample: 0 }).check("Model", body("e"))).toEqual([]);
  expect(reads).toBe(readsOfTwo);
});

test("it never throws, whatever it is given", () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
      ownKeys: () => {
        throw new Error("no");
      },
    },
  );
  for (const body of [undefined, null, "text", 7, [], hostile]) {
    expect(() => everything().check("ChatAnswer", body)).not.toThrow();
  }
  expect(everything().check("Model", null)).toMatchObject([
    { place: "(root)", problem: "null where not allowed" },
  ]);
  expect(() => createDriftChecker({ sample: 2 })).toThrow(/sample to be a number from 0 to 1, got 2/);
});

test("it runs where Node does not: nothing that it imports names a module of Node", async () => {
  const seen = new Set<string>();
  const visit = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = await readFile(file, "utf8");
    for (const [, isType, name] of source.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from "([^"]+)"/gms)) {
      expect(name).not.toMatch(/^node:|^yaml$/);
      if (!isType && name?.startsWith(".")) await visit(new URL(name, file));
    }
  };
  await visit(new URL("../../src/drift/in-app.ts", import.meta.url));
  expect(seen.size).toBeGreaterThan(3);
});
