import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import { LlmError } from "../../../src/provider/base/error.ts";
import type { ChatResponse, JsonSchema, JsonValue, Message } from "../../../src/provider/base/types.ts";
import { chatObject, chatObjectStream } from "../../../src/provider/object/chat-object.ts";
import type { StandardSchema } from "../../../src/provider/schema/standard-schema.ts";
import { growth, LINEAR } from "../growth.ts";
import { ScriptedProvider } from "../tools/scripted-provider.ts";

const question: Message[] = [{ role: "user", content: "Who wrote it?" }];
const person = z.object({ name: z.string(), age: z.int().nullable() });
const ada = { name: "Ada", age: 36 };

async function failure(promise: Promise<unknown>): Promise<LlmError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!LlmError.is(error)) throw new Error(`expected an LlmError, got ${error}`);
  return error;
}

function sent(provider: ScriptedProvider) {
  const format = provider.asked[0]?.options.responseFormat;
  if (format?.type !== "json_schema") throw new Error("no schema was sent");
  return format.jsonSchema;
}

describe("chatObject", () => {
  it("sends the schema, strict and closed, and gives what fits it", async () => {
    const provider = new ScriptedProvider({ content: JSON.stringify(ada) });
    const { object, response } = await chatObject(provider, question, {
      schema: person,
      name: "person",
      description: "who wrote it",
      temperature: 0,
    });
    expect(object).toEqual(ada);
    expect(response.content).toBe(JSON.stringify(ada));
    expect(provider.asked).toEqual([
      {
        messages: question,
        options: {
          temperature: 0,
          responseFormat: {
            type: "json_schema",
            jsonSchema: {
              name: "person",
              description: "who wrote it",
              strict: true,
              schema: {
                type: "object",
                properties: {
                  name: { type: "string" },
                  age: { anyOf: [{ type: "integer" }, { type: "null" }] },
                },
                required: ["name", "age"],
                additionalProperties: false,
              },
            },
          },
        },
      },
    ]);
  });

  it("gives what the schema makes of the answer", async () => {
    const schema = z.object({ day: z.string().transform((text) => new Date(text)) });
    const provider = new ScriptedProvider({ content: '{"day":"2026-01-02"}' });
    expect((await chatObject(provider, question, { schema })).object).toEqual({
      day: new Date("2026-01-02"),
    });
  });

  it("takes any library's Standard Schema with a JSON Schema beside it", async () => {
    const even: StandardSchema<unknown, { n: number }> = {
      "~standard": {
        version: 1,
        vendor: "mine",
        validate: async (value) =>
          (value as { n: number }).n % 2 === 0
            ? { value: value as { n: number } }
            : { issues: [{ message: "expected an even number", path: [{ key: "n" }] }] },
      },
    };
    const jsonSchema = { type: "object", properties: { n: { type: "integer" } } };
    const provider = new ScriptedProvider({ content: '{"n":2}' }, { content: '{"n":3}' });
    expect((await chatObject(provider, question, { schema: even, jsonSchema })).object).toEqual({ n: 2 });
    expect(sent(provider)).toEqual({ name: "response", strict: false, schema: jsonSchema });
    const error = await failure(chatObject(provider, question, { schema: even, jsonSchema }));
    expect(error.message).toContain("$.n: expected an even number");
  });

  it("takes a schema that is a function, as some libraries have it", async () => {
    const schema = Object.assign(() => {}, {
      "~standard": {
        version: 1 as const,
        vendor: "mine",
        validate: (value: unknown) => ({ value: String(value) }),
        jsonSchema: {
          input: () => ({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "string" }),
        },
      },
    });
    const provider = new ScriptedProvider({ content: "1" });
    expect((await chatObject(provider, question, { schema })).object).toBe("1");
    expect(sent(provider).schema).toEqual({ type: "string" });
  });

  it("counts a schema's own throw as a misfit", async () => {
    const schema = z.object({ url: z.string().transform((text) => new URL(text)) });
    const provider = new ScriptedProvider({ content: '{"url":"nowhere"}' });
    const error = await failure(chatObject(provider, question, { schema }));
    expect(error).toMatchObject({ kind: "GenerationFailed", failedGeneration: '{"url":"nowhere"}' });
  });

  it("checks a plain JSON Schema, and sends it as it is", async () => {
    const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const provider = new ScriptedProvider({ content: '{"n":1}' }, { content: '{"n":"1"}' });
    const { object } = await chatObject<{ n: number }>(provider, question, { schema });
    expect(object.n).toBe(1);
    expect(sent(provider).schema).toBe(schema);
    expect((await failure(chatObject(provider, question, { schema }))).message).toContain(
      '$.n: expected integer, got string "1"',
    );
  });

  it.each<[string, StandardSchema | JsonSchema, boolean]>([
    ["a zod object", z.object({ a: z.string() }), true],
    ["a zod object with an optional property", z.object({ a: z.string().optional() }), false],
    ["a zod object with a default", z.object({ a: z.string().default("x") }), false],
    ["a zod record", z.object({ a: z.record(z.string(), z.number()) }), false],
    ["a loose zod object", z.looseObject({ a: z.string() }), false],
    ["a zod list", z.array(z.string()), false],
    ["a JSON Schema that leaves its object open", { type: "object", properties: {} }, false],
    ["a closed JSON Schema", { type: "object", properties: {}, additionalProperties: false }, true],
  ])("is strict where the schema allows: %s", async (_name, schema, strict) => {
    const provider = new ScriptedProvider({ content: "{}" });
    await chatObject(provider, question, { schema: schema as JsonSchema }).catch(() => {});
    expect(sent(provider).strict).toBe(strict);
    if (!strict) expect(JSON.stringify(sent(provider).schema)).not.toContain('"additionalProperties":false');
  });

  it("is not strict when told so", async () => {
    const provider = new ScriptedProvider({ content: JSON.stringify(ada) });
    await chatObject(provider, question, { schema: person, strict: false });
    expect(sent(provider).strict).toBe(false);
  });

  const address = z.object({ street: z.string(), zip: z.string().optional() });
  it.each<[string, object, string]>([
    [
      "an optional property in strict mode",
      { schema: z.object({ address }), strict: true },
      "schema: strict mode does not take it. $.properties.address.properties.zip: optional",
    ],
    [
      "an open object in strict mode",
      {
        schema: {
          type: "object",
          properties: { a: { type: "object" } },
          required: ["a"],
          additionalProperties: false,
        },
        strict: true,
      },
      "$.properties.a: an open object; additionalProperties must be false",
    ],
    [
      "a bad name",
      { schema: person, name: "my person" },
      'name: expected 1 to 64 letters, digits, "_" or "-", got "my person"',
    ],
    ["a long name", { schema: person, name: "x".repeat(65) }, "name: expected 1 to 64"],
    [
      "a schema that can't be checked",
      { schema: { type: "objekt" } },
      "schema: $: type is expected to be of",
    ],
    ["no schema", {}, "schema: expected a Standard Schema or a JSON Schema object, got undefined"],
    ["null", { schema: null }, "schema: expected a Standard Schema"],
    [
      "a schema without a JSON Schema",
      { schema: { "~standard": { version: 1, vendor: "mine", validate: () => ({ value: 1 }) } } },
      "this mine schema does not tell its JSON Schema; give one as jsonSchema beside it",
    ],
    [
      "tools",
      { schema: person, tools: [{ type: "function", function: { name: "f" } }] },
      "tools: expected none beside a schema",
    ],
  ])("refuses %s before the call", async (_name, options, message) => {
    const provider = new ScriptedProvider();
    const untyped = options as { schema: JsonSchema };
    const expected = { kind: "InvalidRequest", retryable: false, message: expect.stringContaining(message) };
    expect(await failure(chatObject(provider, question, untyped))).toMatchObject(expected);
    expect(await failure(chatObjectStream(provider, question, untyped).object)).toMatchObject(expected);
    expect(provider.asked).toEqual([]);
  });
});

describe("an answer that is no such object", () => {
  const usage = { promptTokens: 1, completionTokens: 7, totalTokens: 8 };
  const cases: [string, Partial<ChatResponse>, Partial<LlmError> | object][] = [
    [
      "does not fit",
      { content: '{"name":1,"age":"x"}' },
      {
        message: expect.stringMatching(/does not fit the schema\. \$\.name: .*; \$\.age: /),
        failedGeneration: '{"name":1,"age":"x"}',
      },
    ],
    [
      "is no JSON",
      { content: "It was Ada." },
      { message: 'Expected an answer in JSON, got "It was Ada."', failedGeneration: "It was Ada." },
    ],
    [
      "is empty",
      { content: "" },
      { message: "Expected an answer in JSON, got nothing", failedGeneration: "" },
    ],
    [
      "is stopped by the filter",
      { content: '{"na', finishReason: "content_filter" },
      { message: expect.stringContaining("content filter"), failedGeneration: '{"na' },
    ],
    [
      "is cut off",
      { content: '{"name":"Ad', finishReason: "length", usage },
      { message: "The answer was cut off after 7 tokens; raise maxTokens", partial: '{"name":"Ad' },
    ],
    [
      "is cut off in a number",
      { content: "12", finishReason: "length" },
      { message: "The answer was cut off; raise maxTokens", partial: "12" },
    ],
    [
      "is a refusal",
      { content: "", refusal: "I can't tell.", requestId: "req_1" },
      {
        message: "The model refused to answer: I can't tell.",
        failedGeneration: "I can't tell.",
        requestId: "req_1",
      },
    ],
  ];

  it.each(cases)("%s", async (_name, line, expected) => {
    const error = await failure(chatObject(new ScriptedProvider(line), question, { schema: person }));
    expect(error).toMatchObject({ kind: "GenerationFailed", retryable: false, ...expected });
  });

  it.each(cases)("streamed: %s", async (_name, line, expected) => {
    const stream = chatObjectStream(new ScriptedProvider(line), question, { schema: person });
    const read = async () => {
      for await (const _ of stream);
    };
    expect(await failure(read())).toMatchObject({ kind: "GenerationFailed", ...expected });
    expect(await failure(stream.object)).toMatchObject({ kind: "GenerationFailed", ...expected });
    expect(await stream.response).toMatchObject(line);
  });

  it("the server's own error comes as it is", async () => {
    const fault = new LlmError("GenerationFailed", "no fit", {
      code: "json_validate_failed",
      failedGeneration: '{"name":',
    });
    expect(await failure(chatObject(new ScriptedProvider(fault), question, { schema: person }))).toBe(fault);
    const stream = chatObjectStream(new ScriptedProvider(fault), question, { schema: person });
    expect(await failure(stream.response)).toBe(fault);
  });

  it("is no error where the object is whole and only what follows was cut", async () => {
    const provider = new ScriptedProvider({ content: `${JSON.stringify(ada)}\n\n`, finishReason: "length" });
    expect((await chatObject(provider, question, { schema: person })).object).toEqual(ada);
  });

  it("does not pollute", async () => {
    const schema = z.object({}).loose();
    const provider = new ScriptedProvider({ content: '{"__proto__":{"polluted":1}}' });
    await chatObject(provider, question, { schema });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("chatObjectStream", () => {
  const book = z.object({ title: z.string(), by: z.array(person) });
  const content = '{"title": "Notes", "by": [{"name": "Ada", "age": 36}]}';

  it("shows the object as it grows, and gives it whole", async () => {
    const stream = chatObjectStream(new ScriptedProvider({ content }), question, { schema: book });
    const snapshots: unknown[] = [];
    for await (const snapshot of stream) snapshots.push(snapshot);
    expect(snapshots.map((snapshot) => JSON.stringify(snapshot))).toEqual([
      "{}",
      "{}",
      '{"title":"N"}',
      '{"title":"Notes"}',
      '{"title":"Notes"}',
      '{"title":"Notes"}',
      '{"title":"Notes","by":[{}]}',
      '{"title":"Notes","by":[{}]}',
      '{"title":"Notes","by":[{"name":""}]}',
      '{"title":"Notes","by":[{"name":"Ada"}]}',
      '{"title":"Notes","by":[{"name":"Ada"}]}',
      '{"title":"Notes","by":[{"name":"Ada"}]}',
      '{"title":"Notes","by":[{"name":"Ada","age":36}]}',
      '{"title":"Notes","by":[{"name":"Ada","age":36}]}',
    ]);
    expect(await stream.object).toEqual({ title: "Notes", by: [ada] });
    expect((await stream.response).content).toBe(content);
  });

  it("can be awaited without a loop, and starts no earlier", async () => {
    const provider = new ScriptedProvider({ content });
    const stream = chatObjectStream(provider, question, { schema: book, stallTimeoutMs: 5 });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(provider.asked).toEqual([]);
    const [object, response] = await Promise.all([stream.object, stream.response]);
    expect([object.title, response.content]).toEqual(["Notes", content]);
    expect(provider.asked).toHaveLength(1);
    expect(provider.asked[0]?.options).toMatchObject({ stallTimeoutMs: 5, signal: expect.any(AbortSignal) });
  });

  it("is closed by break, cancel() and the signal", async () => {
    const controller = new AbortController();
    const ways: [string, (stream: { cancel(): void }) => unknown][] = [
      ["break", () => true],
      ["cancel", (stream) => stream.cancel()],
      ["signal", () => controller.abort()],
    ];
    for (const [way, stop] of ways) {
      const provider = new ScriptedProvider({ content });
      const options = { schema: book, signal: controller.signal };
      const stream = chatObjectStream(provider, question, options);
      const read = async () => {
        for await (const _ of stream) if (stop(stream)) break;
      };
      if (way === "break") await read();
      else expect((await failure(read())).kind, way).toBe("Cancelled");
      expect((await failure(stream.object)).kind, way).toBe("Cancelled");
      expect(provider.closed, way).toBe(1);
    }
  });
});

describe("an object asked for beside the loop", () => {
  const content = JSON.stringify(ada);
  const stream = () => chatObjectStream(new ScriptedProvider({ content }), question, { schema: person });
  const read = async <T>(snapshots: AsyncIterable<T>) => {
    let last: T | undefined;
    for await (const snapshot of snapshots) last = snapshot;
    return last;
  };

  it("comes with a loop that begins in the same turn, or later", async () => {
    const one = stream();
    expect(await Promise.all([one.object, one.response, read(one)])).toMatchObject([ada, { content }, ada]);
    const later = stream();
    const { object, response } = later;
    expect(await read(later)).toEqual(ada);
    expect([await object, (await response).content]).toEqual([ada, content]);
  });

  it("comes inside the loop", async () => {
    const one = stream();
    for await (const _ of one) expect(await one.object).toEqual(ada);
    expect(one.object).toBe(one.object);
    expect(one.response).toBe(one.response);
  });

  it("is all there is, once it came without a loop", async () => {
    const one = stream();
    await one.object;
    expect(() => one[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ kind: "InvalidRequest" }));
  });

  it("makes no snapshot that nobody takes", async () => {
    const one = stream();
    const snapshots = one[Symbol.asyncIterator]();
    await one.object;
    expect(await snapshots.next()).toEqual({ done: false, value: {} });
    await snapshots.return?.();
    expect(await snapshots.next()).toEqual({ done: true, value: undefined });
  });
});

describe("an object of any size and shape", () => {
  it("40,000 numbers cost what their text costs, and the last snapshot has all", async () => {
    const run = async (size: number) => {
      const numbers = Array.from({ length: size }, (_, i) => i % 100);
      const provider = new ScriptedProvider({ content: JSON.stringify({ numbers }) });
      const stream = chatObjectStream<{ numbers: number[] }>(provider, question, {
        schema: { type: "object" },
      });
      let last: { numbers?: number[] } | undefined;
      for await (const snapshot of stream) last = snapshot;
      expect(last?.numbers?.length).toBe(size);
      expect((await stream.object).numbers.length).toBe(size);
    };
    expect(await growth(run, 40_000 / 64)).toBeLessThan(LINEAR);
  });

  it.each([
    ["objects", '{"a":', "}"],
    ["lists", "[", "]"],
  ])("5,000 levels of %s are a failed generation that says so", async (_name, open, close) => {
    const content = `${open.repeat(5000)}1${close.repeat(5000)}`;
    const expected = {
      kind: "GenerationFailed",
      message: "The answer does not fit the schema. $: nested deeper than 400 levels",
    };
    const recursive: z.ZodType = z.lazy(() =>
      z.union([z.record(z.string(), recursive), z.array(recursive), z.any()]),
    );
    for (const schema of [z.any(), recursive, { items: { $ref: "#" } }]) {
      const untyped = { schema: schema as JsonSchema, jsonSchema: {} };
      expect(await failure(chatObject(new ScriptedProvider({ content }), question, untyped))).toMatchObject(
        expected,
      );
      const stream = chatObjectStream(new ScriptedProvider({ content }), question, untyped);
      const loop = async () => {
        for await (const snapshot of stream) JSON.stringify(snapshot);
      };
      expect(await failure(loop())).toMatchObject(expected);
    }
  });

  it("a million problems are told in ten lines", async () => {
    const content = JSON.stringify(Array(20_000).fill(1));
    for (const schema of [z.array(z.string()), { items: { type: "string" } }]) {
      const untyped = { schema: schema as JsonSchema };
      const error = await failure(chatObject(new ScriptedProvider({ content }), question, untyped));
      expect(error.message).toMatch(/; and 19990 more$/);
      expect(error.message.length).toBeLessThan(2000);
    }
  });
});

describe("wrong arguments", () => {
  const provider = new ScriptedProvider();
  it.each<[string, unknown[], string]>([
    [
      "no provider",
      [undefined, question, { schema: person }],
      "provider: expected an LlmProvider, got undefined",
    ],
    [
      "a provider of another kind",
      [{ generate() {} }, question, { schema: person }],
      "provider: expected an LlmProvider, got one without chat",
    ],
    ["no options", [provider, question, undefined], "options: expected an object, got undefined"],
    [
      "a mistyped option",
      [provider, question, { shema: person }],
      'shema: unknown option; did you mean "schema"?',
    ],
    [
      "an option of a chat",
      [provider, question, { schema: person, temprature: 1 }],
      'temprature: unknown option; did you mean "temperature"?',
    ],
    [
      "a response format",
      [provider, question, { schema: person, responseFormat: { type: "text" } }],
      "responseFormat: unknown option",
    ],
    [
      "a name that is none",
      [provider, question, { schema: person, name: 5 }],
      "name: expected a text, got 5",
    ],
    [
      "a description that is none",
      [provider, question, { schema: person, description: {} }],
      "description: expected a text, got object",
    ],
    [
      "a strict that is none",
      [provider, question, { schema: person, strict: "yes" }],
      "strict: expected true or false, got string",
    ],
    [
      "a jsonSchema that is none",
      [provider, question, { schema: person, jsonSchema: "{}" }],
      "jsonSchema: expected a JSON Schema, got string",
    ],
    [
      "a schema that is a list",
      [provider, question, { schema: [] }],
      "schema: expected a Standard Schema or a JSON Schema object, got a list",
    ],
    [
      "a schema of an old library",
      [provider, question, { schema: { parse: () => 1, _def: {} } }],
      "zod has Standard Schema since 3.24",
    ],
    [
      "members instead of a schema",
      [provider, question, { schema: { a: z.string() } }],
      "schema: expected a schema, got an object whose member a is a schema of zod; write z.object({ … })",
    ],
    [
      "a class",
      [provider, question, { schema: class Booking {} }],
      "schema: expected a JSON Schema, got function",
    ],
    [
      "an object of a class",
      [
        provider,
        question,
        {
          schema: new (class {
            city = "";
          })(),
        },
      ],
      "schema: $: expected a JSON Schema, got an object without any of its keywords",
    ],
    [
      "members beside a schema",
      [provider, question, { schema: person, jsonSchema: person.shape }],
      "jsonSchema: expected a schema, got an object whose member name",
    ],
    [
      "a standard schema without validate",
      [provider, question, { schema: { "~standard": { vendor: "x" } } }],
      'without "~standard".validate',
    ],
  ])("are InvalidRequest: %s", async (_name, args, message) => {
    const [providerGiven, messages, options] = args as [ScriptedProvider, Message[], { schema: JsonSchema }];
    const expected = { kind: "InvalidRequest", message: expect.stringContaining(message) };
    expect(await failure(chatObject(providerGiven, messages, options))).toMatchObject(expected);
    const stream = chatObjectStream(providerGiven, messages, options);
    expect(await failure(stream.object)).toMatchObject(expected);
    expect(await failure(stream.response)).toMatchObject(expected);
    expect(provider.asked).toEqual([]);
  });
});

describe("types", () => {
  it("of objects and snapshots follow the schema", async () => {
    const provider = new ScriptedProvider();
    const schema = z.object({
      day: z.string().transform((text) => new Date(text)),
      tags: z.array(z.object({ n: z.number() })),
    });
    const typed = () => chatObject(provider, question, { schema });
    expectTypeOf(typed).returns.resolves.toEqualTypeOf<{
      object: { day: Date; tags: { n: number }[] };
      response: ChatResponse;
    }>();
    const told = () => chatObject<{ a: number }>(provider, question, { schema: { type: "object" } });
    expectTypeOf(told).returns.resolves.toHaveProperty("object").toEqualTypeOf<{ a: number }>();
    const untold = () => chatObject(provider, question, { schema: { type: "object" } });
    expectTypeOf(untold).returns.resolves.toHaveProperty("object").toEqualTypeOf<JsonValue>();
    const stream = chatObjectStream(provider, question, { schema });
    expectTypeOf(stream.object).resolves.toEqualTypeOf<{ day: Date; tags: { n: number }[] }>();
    type Snapshot = typeof stream extends AsyncIterable<infer S> ? S : never;
    expectTypeOf<Snapshot>().toEqualTypeOf<{ day?: string; tags?: { n?: number }[] }>();
  });
});
