/** Schemas of libraries that fail in odd ways: `InvalidRequest` before a call is sent, `GenerationFailed` after it was answered. */
import { describe, expect, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { chatObject, chatObjectStream } from "../../../src/provider/object/chat-object.ts";
import { runTools } from "../../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../../src/provider/tools/tools.ts";
import { completion, json, stubbed } from "../support.ts";

const messages = [{ role: "user" as const, content: "Hi" }];
const THEN = "then";

function throwing(fault: unknown): () => never {
  return () => {
    throw fault;
  };
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What a converter or a validator may do instead of its work. */
const ODD: readonly [string, () => unknown][] = [
  ["throws undefined", throwing(undefined)],
  ["throws an object of nothing", throwing(Object.create(null))],
  ["throws a revoked proxy", throwing(revoked())],
  ["throws a symbol", throwing(Symbol("x"))],
  ["throws a message that is none", throwing({ message: Object.create(null) })],
  ["gives a revoked proxy", revoked],
  ["gives undefined", () => undefined],
  ["gives a promise that rejects", () => Promise.reject(new Error("later"))],
  ["gives a promise", () => Promise.resolve({ type: "object" })],
  ["gives a thenable that throws", () => Object.defineProperty({}, THEN, { value: throwing(undefined) })],
  [
    "gives members that throw",
    () => Object.defineProperty({}, "type", { enumerable: true, get: throwing(5) }),
  ],
];

const standard = (rest: object) => ({
  "~standard": { version: 1, vendor: "odd", validate: (value: unknown) => ({ value }), ...rest },
});

function served() {
  const { provider, sent } = stubbed(() => json(completion('{"a":1}')));
  return { provider, sent };
}

type Served = ReturnType<typeof served>;

async function errorsFor(schema: unknown, { provider }: Served) {
  const options = { schema: schema as never };
  const tool = defineTool({ name: "look", parameters: schema as never, execute: () => "done" });
  const works = [
    chatObject(provider, messages, options),
    chatObjectStream(provider, messages, options).object,
    runTools(provider, messages, { tools: [tool] }),
  ];
  const settled = await Promise.allSettled(works);
  return settled.map((one) => (one.status === "rejected" ? one.reason : undefined));
}

/** The time of a verdict is bounded, as other tests have it. */
const NEVER: (typeof ODD)[number] = [
  "gives a thenable that never ends",
  () => Object.defineProperty({}, THEN, { value: () => {} }),
];

describe.each([...ODD, NEVER])("a library that %s", (_, work) => {
  test.each([
    ["as its JSON Schema", () => standard({ jsonSchema: { input: work } })],
    ["by a method", () => Object.assign(standard({}), { toJsonSchema: work })],
    [
      "where its JSON Schema is read",
      () => {
        const schema = standard({});
        Object.defineProperty(schema["~standard"], "jsonSchema", { get: work });
        return schema;
      },
    ],
  ])("%s is InvalidRequest, and nothing is sent", async (_, schema) => {
    const asked = served();
    for (const error of await errorsFor(schema(), asked))
      expect(error).toMatchObject({ kind: "InvalidRequest" });
    expect(asked.sent).toEqual([]);
  });
});

describe.each(ODD)("a library that %s", (_, work) => {
  test("as its verdict is an LlmError, or the verdict", async () => {
    const schema = standard({ validate: work, jsonSchema: { input: () => ({ type: "object" }) } });
    for (const error of await errorsFor(schema, served()))
      expect(error === undefined || LlmError.is(error)).toBe(true);
  });
});
