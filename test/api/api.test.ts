import { describe, expect, expectTypeOf, test } from "vitest";
import { type Api, sendOperation, withApi } from "../../src/api/index.ts";
import { createGroq, createProvider, LlmError, type LlmProvider } from "../../src/provider/index.ts";
import { createEmbeddedGroq, readDocument, startEmbeddedGroq } from "../../src/testing/index.ts";
import { answer, json, object, ref, smallDocument } from "../generator/small-document.ts";

/** As `groq-provider generate` writes the document below. */
interface Paths {
  "/chat/completions": {
    get?: never;
    post: {
      parameters: { query?: never; path?: never };
      requestBody: {
        content: {
          "application/json": {
            model: string;
            messages: unknown[];
            mood?: "calm" | "wild";
            temperature?: number;
          };
        };
      };
      responses: { 200: { content: { "application/json": { choices: unknown[]; mood?: string | null } } } };
    };
  };
  "/audio/transcriptions": {
    post: {
      parameters: { query?: never };
      requestBody: {
        content: { "multipart/form-data": { file: string | Blob; model: string; words?: string[] } };
      };
      responses: { 200: { content: { "application/json": { text: string } } } };
    };
  };
  "/audio/speech": {
    post: {
      requestBody?: { content: { "application/json": { input: string } } };
      responses: { 200: { content: { "audio/mpeg": string | Blob } } };
    };
  };
  "/files/{id}": {
    get: {
      parameters: { path: { id: string }; query?: { part?: string[] }; header: { "x-purpose": string } };
      requestBody?: never;
      responses: { 200: { content: { "text/plain": string } } };
    };
    put: {
      parameters: { path: { id: string } };
      requestBody: { content: { "application/octet-stream": string | Blob } };
      responses: { 200: { content: { "application/json": { text: string } } } };
    };
    delete: { parameters: { path: { id: string } }; responses: { 204: { content?: never } } };
  };
  "/admin/keys": { get: { responses: { 200: { content: { "application/json": { text: string } } } } } };
}

const hasText = (value: unknown) =>
  typeof Object(value).text === "string" ? undefined : { expected: "string", got: "nothing", place: ".text" };

const api: Api<Paths> = {
  chatRequestFields: ["model", "messages", "mood"],
  checks: { "POST /audio/transcriptions": hasText, "GET /admin/keys": hasText },
  above: { "GET /admin/keys": "/../.." },
};

function vendorDocument() {
  const document = smallDocument({ prefix: "/openai/v1" });
  const { Question, Answer } = document.components.schemas;
  document.components.schemas.Question = { allOf: [Question, object({ mood: { enum: ["calm", "wild"] } })] };
  document.components.schemas.Answer = {
    allOf: [Answer, object({ choices: { type: "array", minItems: 1 }, mood: { type: "string" } }, ["mood"])],
  };
  const text = object({ text: { type: "string" } }, ["text"]);
  Object.assign(document.paths, {
    "/openai/v1/audio/transcriptions": {
      post: {
        requestBody: { content: { "multipart/form-data": { schema: object({}) } } },
        responses: answer(text),
      },
    },
    "/openai/v1/audio/speech": {
      post: {
        requestBody: { content: json(object({ input: { type: "string" } }, ["input"])) },
        responses: { "200": { description: "sound", content: { "audio/mpeg": {} } } },
      },
    },
    "/openai/v1/files/{id}": {
      get: {
        responses: {
          "200": { description: "it", content: { "text/plain": { schema: { const: "words" } } } },
        },
      },
      put: {
        requestBody: { content: { "application/octet-stream": {} } },
        responses: answer(text),
      },
      delete: { responses: { "204": { description: "gone" } } },
    },
    "/admin/keys": { get: { responses: answer(ref("Keys")) } },
  });
  document.components.schemas.Keys = text;
  return document;
}

async function open(options: Parameters<typeof createEmbeddedGroq>[0] = {}) {
  const embedded = createEmbeddedGroq({ document: await readDocument(vendorDocument()), ...options });
  const groq = createGroq({ apiKey: "gsk_secret", model: "m", fetch: embedded.fetch, maxRetries: 1 });
  return { embedded, groq, acme: withApi(groq, api) };
}

const kindOf = (fault: unknown) => (LlmError.is(fault) ? `${fault.kind}: ${fault.message}` : String(fault));

describe("a provider that speaks a document", () => {
  test("sends its fields, though the package's document has none of that name", async () => {
    const { embedded, groq, acme } = await open();
    const messages = [{ role: "user", content: "Hi" }] as const;
    const response = await acme.chat(messages, { extra: { mood: "wild" } });
    expect(embedded.requests.at(-1)?.body).toMatchObject({ mood: "wild" });
    expectTypeOf(response.raw.mood).toEqualTypeOf<string | null | undefined>();
    expect(response.raw.mood).toBe("mood");
    await acme.complete("Hi", { extra: { mood: "calm" } });
    expect(embedded.requests.at(-1)?.body).toMatchObject({ mood: "calm" });
    await expect(groq.chat(messages, { extra: { mood: "wild" } })).rejects.toThrow("extra.mood");
    // @ts-expect-error: the document has no such field, nor the provider.
    await expect(acme.chat(messages, { extra: { moods: "wild" } })).rejects.toThrow("extra.moods");
    // @ts-expect-error: a value that the document does not have.
    await expect(acme.chat(messages, { extra: { mood: "tame" } })).rejects.toThrow("400");
  });

  test("is an LlmProvider", async () => {
    const { acme } = await open();
    const provider: LlmProvider = acme;
    expect(provider.config.model).toBe("m");
    expect((await provider.listModels()).map(({ id }) => id)).toEqual(["id"]);
    expect(await provider.checkService()).toBe(true);
    expect(provider.supportsEndpoint("embedding")).toBe(false);
  });

  test("sends a form, and checks and types what comes", async () => {
    const { embedded, acme } = await open();
    const file = new File([new Uint8Array([0, 255, 10])], "voice.wav", { type: "audio/wav" });
    const sent = await acme.request("POST /audio/transcriptions", {
      form: { file, model: "ear", words: ["a", "b"] },
    });
    expectTypeOf(sent.data).toEqualTypeOf<{ text: string }>();
    expect([sent.status, sent.data]).toEqual([200, { text: "text" }]);
    expect(sent.requestId).toMatch(/^req_/);
    const [request] = embedded.requests;
    expect(request?.headers).toMatchObject({
      authorization: "Bearer gsk_secret",
      "content-type": expect.stringMatching(/^multipart\/form-data; boundary=/),
    });
    expect(request?.body).toMatch(/name="file"; filename="voice\.wav"\r\nContent-Type: audio\/wav\r\n/);
    expect(request?.body).toMatch(/name="words"\r\n\r\na\r\n.*name="words"\r\n\r\nb\r\n/s);
  });

  test("the bytes of a form arrive as they are over a socket, and those of a sound come back so", async () => {
    await using server = await startEmbeddedGroq({ document: await readDocument(vendorDocument()) });
    const acme = withApi(createGroq({ apiKey: "any", model: "m", baseUrl: server.baseUrl }), api);
    const { data } = await acme.request("POST /audio/speech", { body: { input: "Hello" } });
    expectTypeOf(data).toEqualTypeOf<Uint8Array>();
    expect(data).toEqual(new Uint8Array([0, 255, 1, 254]));
    const sent = await acme.request("PUT /files/{id}", {
      path: { id: "f 1/2" },
      bytes: "words",
      contentType: "application/octet-stream",
    });
    expect(sent.data).toEqual({ text: "text" });
    expect(server.requests.at(-1)).toMatchObject({
      path: "/openai/v1/files/f%201%2F2",
      body: "words",
      headers: { "content-length": "5", "content-type": "application/octet-stream" },
    });
  });

  test("puts parameters where they belong; text and nothing come as such", async () => {
    const { embedded, acme } = await open();
    const input = { path: { id: "7" }, query: { part: ["a", "b&c"] }, headers: { "x-purpose": "test" } };
    const text = await acme.request("GET /files/{id}", input);
    expectTypeOf(text.data).toEqualTypeOf<string>();
    expect(text.data).toBe("words");
    expect(embedded.requests.at(-1)).toMatchObject({ headers: { "x-purpose": "test" } });
    const gone = await acme.request("DELETE /files/{id}", { path: { id: "7" } });
    expectTypeOf(gone.data).toEqualTypeOf<undefined>();
    expect([gone.status, gone.data]).toEqual([204, undefined]);
    const keys = await acme.request("GET /admin/keys", {});
    expect(keys.data).toEqual({ text: "text" });
  });

  test("types tell what an operation takes", async () => {
    const { acme } = await open();
    const calls = () => [
      // @ts-expect-error: no such operation.
      acme.request("POST /files/{id}", {}),
      // @ts-expect-error: the path needs an id.
      acme.request("DELETE /files/{id}", {}),
      // @ts-expect-error: a header is required.
      acme.request("GET /files/{id}", { path: { id: "1" } }),
      // @ts-expect-error: it takes a form.
      acme.request("POST /audio/transcriptions", { body: {} }),
      // @ts-expect-error: its form needs a model.
      acme.request("POST /audio/transcriptions", { form: { file: "x" } }),
      // @ts-expect-error: it takes no body.
      acme.request("GET /admin/keys", { body: {} }),
      acme.request("POST /audio/speech", {}),
    ];
    expect(calls).toBeTypeOf("function");
  });

  test("what an operation answers is held against the document", async () => {
    const { groq } = await open();
    const strict = withApi(groq, {
      ...api,
      checks: { "GET /admin/keys": () => ({ expected: "array", got: "string", place: ".text" }) },
    });
    const fault = await strict.request("GET /admin/keys", {}).catch(kindOf);
    expect(fault).toBe("InvalidResponse: The answer of GET /admin/keys: expected array at text, got string");
  });
});

describe("any operation", () => {
  test("by way of a provider that speaks a document, or two", async () => {
    const { acme } = await open();
    const file = { path: { id: 1 } };
    expect((await sendOperation(acme, "GET /files/{id}", file)).data).toBe("words");
    const both = withApi(acme, { chatRequestFields: [], checks: {} } as Api<Pick<Paths, "/admin/keys">>);
    expect((await sendOperation(both, "GET /files/{id}", file)).data).toBe("words");
    expect((await both.request("GET /admin/keys", {})).data).toEqual({ text: "text" });
    const router = { ...acme, send: undefined };
    // @ts-expect-error: it sends chats alone.
    const fault = await sendOperation(router, "GET /files/{id}", file).catch(kindOf);
    expect(fault).toBe("InvalidRequest: provider: expected a provider of this package, got object");
  });

  test.each([204, 205])(
    "an answer of %d is none, whatever the document and the headers say of it",
    async (status) => {
      const { acme } = await open({
        fault: { type: "answer", status, headers: { "content-type": "application/json" }, body: "" },
      });
      const { data, status: got } = await acme.request("GET /admin/keys", {});
      expect([got, data]).toEqual([status, undefined]);
    },
  );

  test("fails as any call does, and is tried again", async () => {
    let tries = 0;
    const { embedded, groq } = await open({
      fault: () =>
        ++tries === 1 ? { type: "answer", status: 503, headers: { "retry-after": "0" } } : undefined,
    });
    const { data } = await sendOperation(groq, "GET /files/{id}", { path: { id: 1 } });
    expect([data, embedded.requests.length]).toEqual(["words", 2]);
    const unknown = await sendOperation(groq, "GET /nowhere", {}).catch(kindOf);
    expect(unknown).toMatch(/^\w+: .*The document has no operation for GET/);
    const late = createGroq({ apiKey: "k", model: "m", fetch: () => new Promise(() => {}) });
    expect(await sendOperation(late, "GET /files", { deadlineMs: 5 }).catch(kindOf)).toMatch(/^Timeout: /);
  });

  test("the embedded Groq hears and speaks", async () => {
    await using server = await startEmbeddedGroq();
    const groq = createGroq({ apiKey: "any", model: "m", baseUrl: server.baseUrl });
    const form = { file: new Blob(["RIFF"]), model: "whisper-large-v3" };
    const heard = await sendOperation(groq, "POST /audio/transcriptions", { form });
    expect(heard.data).toMatchObject({ text: "Hello there." });
    const { data } = await sendOperation<Uint8Array>(groq, "POST /audio/speech", {
      body: { input: "Hello" },
    });
    expect([data.length, String.fromCharCode(...data.slice(0, 4))]).toEqual([44, "RIFF"]);
  });

  test("counts at the limits of the model that it names", async () => {
    const { embedded } = await open();
    const provider = createProvider({
      ...{ provider: "groq", apiKey: "k", model: "m", fetch: embedded.fetch },
      ...{ limit: { renewalPeriod: "minutes", calls: 1 }, onLimit: "error" },
    } as const);
    const form = { model: "ear", file: "x" };
    await sendOperation(provider, "POST /audio/transcriptions", { form });
    const second = sendOperation(provider, "POST /audio/transcriptions", { form });
    expect(await second.catch(kindOf)).toMatch(/^RateLimitExceeded: /);
    const other = { form: { ...form, model: "other" } };
    expect((await sendOperation(provider, "POST /audio/transcriptions", other)).status).toBe(200);
  });

  test("an answer that tells of a failure is one; a long one is not read to its end", async () => {
    const { groq } = await open({
      fault: {
        type: "answer",
        status: 200,
        headers: { "content-type": "application/json" },
        body: '{"error":{"message":"No"}}',
      },
    });
    expect(await sendOperation(groq, "GET /files", {}).catch(kindOf)).toMatch(/: .*No/);
    const { groq: long } = await open({ fault: { type: "hugeBody", bytes: 1 << 20 } });
    const fault = await sendOperation(long, "POST /audio/speech", {
      body: { input: "x" },
      maxBytes: 1000,
    }).catch(kindOf);
    expect(fault).toBe("InvalidResponse: Expected an answer of at most 1000 bytes, got more");
  });

  test.each<[string, Parameters<typeof sendOperation>[2], string]>([
    ["/files", {}, 'label: expected a method and a path, such as "GET /files", got "/files"'],
    ["GET /files/{id}", {}, "path.id: expected a text"],
    ["GET /files/{id}", { path: { id: ".." } }, 'path.id: expected a name, got ".."'],
    ["GET /files", { path: { id: "1" } }, "path.id: has no place in /files"],
    ["POST /files", { body: {}, form: {} }, "body and form: expected one of them"],
    ["POST /files", { bytes: "x" }, "contentType: expected the type of the bytes"],

    ["GET /files", { headers: { "x-a": {} } }, "headers.x-a: expected a text"],
    ["GET /files", { timeoutMS: 1 } as object, "timeoutMS: unknown option"],
  ])("%s is refused before it is sent: %o", async (label, input, message) => {
    const { groq, embedded } = await open();
    const fault = await sendOperation(groq, label, input).catch((error: unknown) => error);
    expect(LlmError.is(fault) && fault.kind).toBe("InvalidRequest");
    expect(String(fault)).toContain(message);
    expect(embedded.requests).toEqual([]);
  });
});
