import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { select } from "../../src/generator/select.ts";
import type { JsonObject } from "../../src/openapi/json.ts";
import { Sampler } from "../../src/testing/described/sampler.ts";
import { createEmbeddedGroq, readDocument, startEmbeddedGroq } from "../../src/testing/index.ts";
import { answer, list, object, ref, smallDocument } from "../generator/small-document.ts";
import { documentOf } from "../generator/support.ts";
import { dataOf, hello, poster } from "./support.ts";

const GROQ = "openapi/groq.yaml";
const KINDS = ["minimal", "maximal"] as const;

/** Says what keeps a body from a schema of the document, to the letter. */
async function judgeOf(source: string) {
  const { loadDocument } = await import("../../src/openapi/document.ts");
  const { root } = await loadDocument(source);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "document", components: (root as JsonObject).components as object });
  return (name: string, body: unknown) => {
    const validate = ajv.getSchema(`document#/components/schemas/${name}`);
    if (!validate) throw new Error(`no schema ${name}`);
    return validate(body) ? [] : (validate.errors ?? []);
  };
}

const hopeful = { ...hello, stream: true, stream_options: { include_usage: true } };
const tools = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];

describe("bodies", () => {
  test.each(KINDS)("%s: of the package's document fit it to the letter", async (bodies) => {
    const judge = await judgeOf(GROQ);
    const post = poster(createEmbeddedGroq({ document: await readDocument(GROQ), bodies }).fetch);
    for (let round = 0; round < 10; round++) {
      for (const request of [hello, { ...hello, tools }])
        expect(judge("CreateChatCompletionResponse", await (await post(request)).json())).toEqual([]);
      for (const request of [hopeful, { ...hopeful, tools }]) {
        const text = await (await post(request)).text();
        expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
        for (const chunk of dataOf(text))
          expect(judge("CreateChatCompletionStreamResponse", chunk)).toEqual([]);
      }
      const failed = await post(hello, { key: " " });
      expect(failed.status).toBe(401);
      expect(judge("ErrorResponse", await failed.json())).toEqual([]);
    }
  });

  const schemas: [name: string, schema: object][] = [
    ["bounds", { type: "integer", minimum: 3, multipleOf: 5, maximum: 9 }],
    ["below nothing", { type: "number", exclusiveMaximum: -2 }],
    ["lengths", { type: "string", minLength: 12, maxLength: 14 }],
    ["a pattern", { type: "string", pattern: "^call_[0-9a-f]{24}$" }],
    [
      "a list of different things",
      { type: "array", items: { enum: ["a", "b"] }, minItems: 2, uniqueItems: true },
    ],
    ["no list", { type: "array", items: { type: "string" }, maxItems: 0 }],
    ["a map", { type: "object", additionalProperties: { type: "integer" }, minProperties: 2 }],
    ["a tree", object({ kids: list(ref("Tree")), left: ref("Tree") })],
    ["a union that is exclusive", { oneOf: [{ type: "string" }, object({ a: { type: "integer" } }, ["a"])] }],
    [
      "what is required beside a union",
      { allOf: [ref("Thing"), { anyOf: [{ required: ["b"] }, { required: ["c"] }] }] },
    ],
    ["a nullable enum", { type: ["string", "null"], enum: ["x", null] }],
    [
      "a member called __proto__",
      JSON.parse('{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"integer"}}}'),
    ],
  ];
  const Tree = object({ kids: list(ref("Tree")), left: ref("Tree") });
  const Thing = object({ a: { type: "integer" }, b: { type: "string" }, c: { type: "string" } }, ["a"]);

  test.each(schemas)("fit: %s", (_, schema) => {
    const api = select(documentOf({ Root: schema, Tree, Thing }));
    const ajv = new Ajv2020({ strict: false });
    const validate = ajv.compile({ ...schema, components: { schemas: { Tree, Thing } } });
    for (const bodies of KINDS)
      for (const seed of [0, 1, 2]) {
        const sampler = new Sampler(api.schemas, bodies, seed);
        for (let round = 0; round < 4; round++) {
          const body = sampler.sample(ref("Root"));
          expect(validate(body), JSON.stringify(body)).toBe(true);
        }
      }
  });

  const wide = object(
    {
      kind: { enum: ["one", "two", "three"] },
      value: { anyOf: [{ type: "string" }, { type: "integer" }, { type: "null" }] },
      flag: { type: "boolean" },
    },
    ["kind"],
  );

  test("minimal has what is required and nothing else", () => {
    const { schemas } = select(documentOf({ Root: wide }));
    expect(new Sampler(schemas, "minimal").sample(ref("Root"))).toEqual({ kind: "one" });
  });

  test("maximal has every member, and each value and branch in turn", () => {
    const { schemas } = select(documentOf({ Root: wide }));
    const sampler = new Sampler(schemas, "maximal");
    const bodies: unknown[] = [];
    do bodies.push(sampler.sample(ref("Root")));
    while (!sampler.isSpent);
    expect(bodies).toEqual([
      { kind: "one", value: "value", flag: true },
      { kind: "two", value: 1, flag: false },
      { kind: "three", value: null, flag: true },
    ]);
    expect(new Sampler(schemas, "maximal", 1).sample(ref("Root"))).toEqual(
      bodies[1] && { kind: "two", value: 1, flag: false },
    );
  });
});

describe("a server by a document", () => {
  const document = {
    ...smallDocument({ prefix: "/api" }),
  };
  document.paths["/api/audio/transcriptions"] = {
    post: {
      requestBody: { content: { "multipart/form-data": { schema: object({ file: { type: "string" } }) } } },
      responses: answer(object({ text: { type: "string" } }, ["text"])),
    },
  };
  document.paths["/api/audio/speech"] = {
    post: { responses: { "200": { description: "sound", content: { "audio/mpeg": {} } } } },
  };
  document.paths["/api/files/{id}"] = {
    delete: { responses: { "204": { description: "gone" } } },
    get: {
      responses: {
        "200": { description: "text", content: { "text/plain": { schema: { type: "string" } } } },
      },
    },
  };
  document.paths["/api/events"] = {
    get: {
      responses: {
        "200": { description: "events", content: { "text/event-stream": { schema: ref("Usage") } } },
      },
    },
  };

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    bodies: "minimal" | "maximal" = "maximal",
  ) => {
    const { fetch } = createEmbeddedGroq({ document: await readDocument(document), bodies });
    return fetch(`http://localhost/v1${path}`, {
      method,
      headers: { authorization: "Bearer any" },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  };

  test("answers every operation, whatever its media type", async () => {
    expect(await (await ask("POST", "/api/audio/transcriptions", "--form")).json()).toEqual({ text: "text" });
    const sound = await ask("POST", "/audio/speech", "");
    expect(sound.headers.get("content-type")).toBe("audio/mpeg");
    expect((await sound.arrayBuffer()).byteLength).toBeGreaterThan(0);
    const gone = await ask("DELETE", "/files/7");
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    expect(await (await ask("GET", "/files/7")).text()).toBe("value");
    const events = await (await ask("GET", "/events")).text();
    expect(events).toBe(`${'data: {"total_tokens":1}\n\n'.repeat(3)}data: [DONE]\n\n`);
  });

  test("refuses a request that does not fit, and what the document does not have, in its own shape", async () => {
    const misfit = await ask("POST", "/chat/completions", { model: "m" });
    expect([misfit.status, await misfit.json()]).toEqual([
      400,
      { error: { message: '$: property "messages" is missing' } },
    ]);
    const unknown = await ask("GET", "/nowhere");
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({
      error: { message: "The document has no operation for GET /v1/nowhere" },
    });
  });

  test("takes errors and faults of a reply", async () => {
    const { fetch } = createEmbeddedGroq({
      document: await readDocument(document),
      reply: { error: { status: 429, message: "Slow down", headers: { "retry-after": "2" } } },
    });
    const refused = await poster(fetch)(hello);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
    expect(await refused.json()).toEqual({ error: { message: "Slow down" } });
  });

  test("is corrected by overlays, and named where it can't be read", async () => {
    await expect(readDocument({ openapi: "3.1.0", paths: {} })).rejects.toThrow(
      "document: lacks the operation POST /chat/completions",
    );
    await expect(readDocument("nowhere.yaml")).rejects.toThrow("nowhere.yaml: no such file");
    await expect(readDocument(document, { overlays: ["nowhere.yaml"] })).rejects.toThrow("nowhere.yaml");
  });

  test("serves on loopback", async () => {
    await using server = await startEmbeddedGroq({ document: await readDocument(document) });
    const response = await poster(fetch, server.baseUrl)(hello);
    expect(await response.json()).toEqual({ id: "id", choices: [{ message: {} }] });
  });
});
