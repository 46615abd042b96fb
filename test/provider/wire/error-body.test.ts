/** Nothing that a server says of an error is lost, whatever shape it has. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createRedact } from "../../../src/provider/base/redact.ts";
import { findError } from "../../../src/provider/wire/error-body.ts";
import { errorFromAnswer } from "../../../src/provider/wire/errors.ts";
import { failure } from "../stream/harness.ts";
import { json, KEY, stubbed } from "../support.ts";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorFromAnswer({ status, body, headers: new Headers(headers) });

interface Row {
  what: string;
  status?: number;
  body: unknown;
  says: string;
  has?: object;
}

const shapes: Row[] = [
  {
    what: "FastAPI's 422",
    status: 422,
    body: {
      detail: [
        { type: "missing", loc: ["body", "messages", 0, "role"], msg: "Field required", input: {} },
        { type: "extra_forbidden", loc: ["body", "seed"], msg: "Extra inputs are not permitted" },
      ],
    },
    says: "messages.0.role: Field required; seed: Extra inputs are not permitted",
    has: { kind: "InvalidRequest", param: "messages.0.role" },
  },
  { what: "a detail that is text", status: 404, body: { detail: "Not Found" }, says: "Not Found" },
  {
    what: "a detail that is an object",
    body: { detail: { error: { message: "no such deployment" } } },
    says: "no such deployment",
  },
  {
    what: "a message that is FastAPI's",
    status: 422,
    body: { object: "error", message: { detail: [{ loc: ["body", "n"], msg: "too many" }] } },
    says: "n: too many",
  },
  { what: "only a message", body: { message: "out of cheese" }, says: "out of cheese" },
  { what: "only an error's text", body: { error: "out of cheese" }, says: "out of cheese" },
  {
    what: "an error's name beside its message",
    body: { statusCode: 400, error: "Bad Request", message: "n is too large" },
    says: "n is too large",
  },
  {
    what: "a list of one error",
    status: 429,
    body: [
      {
        error: {
          code: 429,
          message: "Resource has been exhausted",
          status: "RESOURCE_EXHAUSTED",
          details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.5s" }],
        },
      },
    ],
    says: "RESOURCE_EXHAUSTED: Resource has been exhausted",
    has: { kind: "RateLimitExceeded", type: "RESOURCE_EXHAUSTED", retryAfterMs: 34_500, retryable: true },
  },
  { what: "a list of errors", body: { errors: [{ message: "one" }, { message: "two" }] }, says: "one; two" },
  {
    what: "what the server behind a gateway said",
    status: 429,
    body: {
      error: {
        code: 429,
        message: "Provider returned error",
        metadata: { provider_name: "Upstream", raw: "model-x is limited upstream" },
      },
    },
    says: "(429 Provider returned error (model-x is limited upstream))",
    has: { kind: "RateLimitExceeded", code: "429" },
  },
  {
    what: "JSON inside a message",
    body: { error: { message: '{"error":{"message":"deep down"}}' } },
    says: "deep down",
  },
  {
    what: "a problem document",
    body: { type: "about:blank", title: "Forbidden", detail: "this key has no project" },
    says: "this key has no project",
  },
  {
    what: "plain text",
    status: 400,
    body: "upstream connect error: reset\n",
    says: "(400 upstream connect error: reset)",
  },
  {
    what: "an error's name beside its description",
    body: { error: "invalid_scope", error_description: "the key may not chat" },
    says: "invalid_scope; the key may not chat",
  },
  {
    what: "a message beside a detail",
    body: { message: "Request failed", detail: "the model is loading" },
    says: "Request failed; the model is loading",
  },
  {
    what: "a sentence that is told twice",
    body: { message: "it is too long", error: { message: "it is too long" }, detail: "too long" },
    says: "(500 it is too long)",
  },
  {
    what: "a list of errors with a member each",
    body: [{ error: { message: "one failed" } }, { error: { message: "two failed" } }],
    says: "one failed; two failed",
  },
  {
    what: "a hint beside the sentence",
    body: { error: { message: "no such model", hint: "pull it first" } },
    says: "no such model; pull it first",
  },
  { what: "only an info", body: { status: "failed", info: "the disk is full" }, says: "the disk is full" },
  { what: "a list of texts", body: ["one failed", "two failed"], says: "one failed; two failed" },
  {
    what: "a message that is a list",
    body: { message: ["a is short", "b is long"] },
    says: "a is short; b is long",
  },
  {
    what: "more errors than are told",
    body: { errors: Array.from({ length: 8 }, (_, index) => ({ message: `error ${index}` })) },
    says: "error 4; … and 3 more",
  },
  { what: "a shape that nobody knows", body: { oops: { reasonCode: 7 } }, says: '{"oops":{"reasonCode":7}}' },
  { what: "a bare text", body: "no", says: "(500 no)" },
];

describe("the server's sentence is in the message, and the body in error.body", () => {
  test.each(shapes)("$what", ({ status = 500, body, says, has }) => {
    const error = answer(status, body);
    expect(error.message).toContain(says);
    expect(error.body).toEqual(body);
    expect(error).toMatchObject({ status, ...has });
  });

  test("a page's title, and the text that it shows", () => {
    const page = `<!doctype html><html><head><title>Bad gateway</title><style>p { color: red }</style>
      <script>const a = "<p>not shown</p>";</script></head>
      <body><h1>The old gate <b>81</b>85</h1><p>is &quot;shut&quot; until&nbsp;5 &lt;am&gt;</p></body></html>`;
    const error = answer(502, page);
    const text = 'The old gate 8185 is "shut" until 5 <am>';
    expect(error.message).toContain(`(502 an HTML page titled "Bad gateway" instead of JSON: ${text})`);
    expect(error.body).toBe(text);
  });

  test("a page that shows something only where there is no script", () => {
    const page = `<html><head><title>Checking</title></head><body><script>go()</script>
      <noscript><p>Enable JavaScript to continue</p></noscript></body></html>`;
    const error = answer(403, page);
    expect(error.message).toContain("Enable JavaScript to continue");
    expect(error.body).toBe("Enable JavaScript to continue");
  });

  test.each([
    [{ id: "c1", choices: null, detail: "The model is loading" }, "The model is loading"],
    [{ id: "c1", choices: [], message: "No worker is free" }, "No worker is free"],
    [{ id: "c1", object: "chat.completion", detail: [{ msg: "one" }, { msg: "two" }] }, "one; two"],
    [{ choices: [], error_description: "the plan ended" }, "the plan ended"],
    ["Sorry, we are closed", "Sorry, we are closed"],
    [["first one", "second one"], "first one; second one"],
  ])("an answer of success that is none says what came: %j", async (body, says) => {
    const secret = KEY;
    const sent = typeof body === "string" || Array.isArray(body) ? body : { ...body, echo: `key ${secret}` };
    const { provider } = stubbed(() => json(sent));
    const error = await failure(provider.chat([{ role: "user", content: "Hi" }]));
    expect(error.message).toContain(says);
    expect(JSON.stringify(error.body)).toContain(says.split("; ")[0]);
    expect(inspect(error.body)).not.toContain(secret);
  });

  test("a page that came with success says what it shows", async () => {
    const page = `<html><head><title>Sign in</title></head><body>Your session ended. ${KEY}</body></html>`;
    const { provider } = stubbed(() => new Response(page, { headers: { "content-type": "text/html" } }));
    const error = await failure(provider.chat([{ role: "user", content: "Hi" }]));
    expect(error.kind).toBe("InvalidResponse");
    expect(error.message).toContain('an HTML page titled "Sign in" instead of JSON: Your session ended.');
    expect(inspect(error)).not.toContain(KEY);
  });

  test.each([
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Too fast.</Message></Error>',
    "<Error><Code>SlowDown</Code><Message>Too fast.</Message></Error>",
  ])("XML is not called a page: %s", (body) => {
    expect(answer(503, body).message).toContain("(503 XML instead of JSON: SlowDown Too fast.)");
  });

  test("XHTML is a page", () => {
    const body = '<?xml version="1.0"?><!DOCTYPE html><html><title>Down</title><p>Later.</p></html>';
    expect(answer(503, body).message).toContain('an HTML page titled "Down" instead of JSON: Later.');
  });

  test.each([
    ["text/html; charset=iso-8859-1", "Zug\xe4nglich"],
    ['text/html;charset="windows-1252"', "Zug\xe4nglich"],
    ["text/html; charset=klingon", "Zug\ufffdnglich"],
    ["text/html", "Zug\ufffdnglich"],
  ])("a failure's body has the charset that it says: %s", async (type, shown) => {
    const body = new Uint8Array([..."<p>Zug\xe4nglich ab 8 Uhr</p>"].map((one) => one.charCodeAt(0)));
    const { provider } = stubbed(
      () => new Response(body, { status: 404, headers: { "content-type": type } }),
    );
    const error = await failure(provider.chat([{ role: "user", content: "Hi" }]));
    expect(error.message).toContain(`: ${shown} ab 8 Uhr`);
  });

  test("a page that shows its title alone says it once, and one that shows nothing has no body", () => {
    const nginx =
      "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    expect(answer(502, nginx).message).toContain(
      '(502 an HTML page titled "502 Bad Gateway" instead of JSON)',
    );
    expect(answer(502, "<html><script>1</script>").message).toContain("(502 an HTML page instead of JSON)");
    expect(answer(502, "<html><script>1</script>").body).toBeUndefined();
  });

  test("a secret in a page is told in neither, nor is half of one", () => {
    const redact = createRedact("gsk_0123456789", {});
    const page = `<title>gsk_0123456789</title><p>${"x".repeat(293)} gsk_0123<b>456789</b></p>${"gsk_0123456789 ".repeat(400)}`;
    const error = errorFromAnswer({ status: 502, body: page, headers: new Headers(), redact });
    expect(inspect(error, { depth: 9, maxStringLength: 1e6 })).not.toContain("gsk_0123456789");
    expect(error.message).not.toMatch(/gsk_\S*…/);
    for (let cut = 1; cut < 14; cut++) {
      const long = `<p>${" ".repeat(64_000 - 3 - cut)}gsk_0123456789</p>`;
      const { body } = errorFromAnswer({ status: 502, body: long, headers: new Headers(), redact });
      expect(String(body)).not.toContain("gsk_");
    }
  });

  test.each([
    ["an answer of success", 200, { error: { code: 429, message: "slow" } }, 429, "RateLimitExceeded"],
    ["its text", 200, { error: { code: "503", message: "full" } }, 503, "ServiceUnavailable"],
    ["a failure keeps its own", 500, { error: { message: "no", status_code: 200 } }, 500, "ProviderError"],
    ["also beside another", 500, { error: { message: "no", status_code: 400 } }, 500, "ProviderError"],
    ["a code that is no status", 200, { error: { code: 7, message: "no" } }, 200, "ProviderError"],
  ])("the body's status counts where the answer has none: %s", (_, status, body, expected, kind) => {
    expect(answer(status, body)).toMatchObject({ status: expected, kind });
  });

  test("a 500 whose body says status 200 may be tried again", () => {
    expect(answer(500, { error: { message: "no", status_code: 200 } }).retryable).toBe(true);
  });
});

test.each([
  ["in its sentence", "Rate limit reached. Please try again in 99999999999s."],
  ["in details", { error: { message: "no", details: [{ retryDelay: "99999999999s" }] } }],
])("a wait that a body names %s is one that a timer can keep", (_, body) => {
  const error = answer(429, body);
  const longest = 2 ** 31 - 1;
  expect(error.retryAfterMs).toBe(longest);
  expect(error.refusal?.waitMs ?? longest).toBe(longest);
});

test("figures of a refusal ask for no longer wait than its period: then the whole limit is there again", () => {
  const figures = "(TPD): Limit 1, Used 999999999, Requested 1. Please slow down.";
  expect(answer(429, `Rate limit reached on tokens per day ${figures}`).retryAfterMs).toBe(86_400_000);
});

describe("a body is kept small, and without secrets", () => {
  test("long texts, long lists and deep levels are cut", () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 5000; level++) deep = { deep };
    const error = answer(400, {
      error: {
        message: "m".repeat(100_000),
        list: Array.from({ length: 10_000 }, () => "x".repeat(500)),
        deep,
      },
    });
    expect(JSON.stringify(error.body).length).toBeLessThan(40_000);
    expect(error.message.length).toBeLessThan(3000);
    expect(answer(400, deep).message).toBeTypeOf("string");
  });

  test("a member called __proto__ is a member", () => {
    const { body } = answer(400, JSON.parse('{"error":{"message":"no","__proto__":{"polluted":1}}}'));
    expect(JSON.stringify(body)).toContain("polluted");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  const headers = {
    "x-gateway-token": 'quo"ted token/with=signs',
    authorization: "Basic dXNlcjpwYXNz",
    accept: "application/json",
  };
  const redact = createRedact("gsk_secret", headers);

  test.each(["gsk_secret", 'quo"ted token/with=signs', "dXNlcjpwYXNz", "token/with=signs"])(
    "%s is not repeated, in any form",
    (secret) => {
      for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
        const error = errorFromAnswer({
          status: 400,
          headers: new Headers(),
          redact,
          body: { error: { message: form, code: form, param: form, [form]: { deep: [form] } }, also: form },
        });
        const told = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
        expect(told).not.toContain(secret);
        expect(told).not.toContain(form);
      }
    },
  );

  test("what the protocol itself says stays", () => {
    expect(redact("expected application/json")).toBe("expected application/json");
    expect(redact("Basic dXNlcjpwYXNz")).toBe("[authorization]");
  });

  test("logs and JSON get the message and the facts, but nobody's words", () => {
    const error = errorFromAnswer({
      status: 400,
      headers: new Headers({ "x-request-id": "req_1" }),
      partial: "words so far",
      body: { error: { message: "no", code: "tool_use_failed", failed_generation: "words" } },
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "LlmError",
      kind: "GenerationFailed",
      message: error.message,
      retryable: false,
      status: 400,
      code: "tool_use_failed",
      requestId: "req_1",
    });
  });
});

describe("errors in an answer of success", () => {
  test.each<[string, unknown]>([
    ["error", { error: { message: "no" } }],
    ["error beside an empty list", { choices: [], error: { message: "no" } }],
    ["error as text", { error: "no" }],
    ["a list", [{ error: { message: "no" } }]],
    ["an object that is an error", { object: "error", message: "no" }],
    ["x_groq", { x_groq: { error: "no" }, choices: [] }],
    ["a choice", { choices: [{ error: { code: 502, message: "no" }, finish_reason: "error" }] }],
    ["only a message", { message: "no", code: 401 }],
    ["data that has one", { data: { error: { message: "no" } }, choices: null }],
    ["a status of that name, and a text as result", { status: "error", result: "no" }],
    [
      "a status of that name, and an object as result",
      { status: "error", result: { detail: "no" }, data: null },
    ],
    ["only a detail", { detail: [{ msg: "no" }] }],
  ])("%s", (_, body) => {
    const found = findError(body);
    expect(answer(200, found).message).toContain("no");
  });

  test.each<[string, unknown]>([
    ["an answer", { id: "x", choices: [{ message: { content: "no" } }] }],
    ["error: null", { id: "x", choices: [{}], error: null }],
    ["a usage trailer", { choices: [], usage: {}, message: "note" }],
    ["a list of models", [{ id: "m", description: "x" }]],
    ["a list of models in data", { data: [], message: "x" }],
    ["a job that failed, in data", { data: { id: "job_1", error: { message: "no" } } }],
    ["a result", { status: "done", result: "no" }],
    ["an answer that calls itself so", { status: "error", result: "no", choices: [{}] }],
    ["a model", { id: "m", description: "x" }],
    ["a heartbeat", { type: "ping" }],
    ["null", null],
    ["a text", "error"],
  ])("none: %s", (_, body) => expect(findError(body)).toBeUndefined());
});

describe("nothing to wait for", () => {
  test.each<[string, number, object, Record<string, string>?]>([
    ["402", 402, { error: { message: "Insufficient Balance" } }],
    [
      "insufficient_quota",
      429,
      { error: { code: "insufficient_quota", message: "You exceeded your quota" } },
    ],
    [
      "insufficient_quota that says not to retry",
      429,
      { error: { code: "insufficient_quota", message: "quota" } },
      { "x-should-retry": "false", "retry-after": "3" },
    ],
    [
      "insufficient_quota that says to retry",
      429,
      { error: { type: "insufficient_quota", message: "quota" } },
      { "x-should-retry": "true" },
    ],
    [
      "its own code",
      429,
      { error: { code: "1113", message: "Insufficient balance or no resource package" } },
    ],
    ["402 in a 200", 200, { error: { code: 402, message: "Requires more credits" } }],
  ])("%s is QuotaExceeded", (_, status, body, headers) => {
    const error = answer(status, body, headers);
    expect(error).toMatchObject({ kind: "QuotaExceeded", retryable: false });
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).not.toContain("shorten messages");
  });
});

describe("a context that is too long, as each service says it", () => {
  test.each<[string, object]>([
    ["Groq", { message: "Please reduce the length of the messages or completion." }],
    ["OpenAI", { code: "context_length_exceeded", message: "x" }],
    ["OpenAI, newer", { message: "Your input exceeds the context window of this model." }],
    ["llama.cpp", { type: "exceed_context_size_error", message: "x", code: 400 }],
    ["llama.cpp, in words", { message: "the request exceeds the available context size, try increasing it" }],
    ["vLLM", { message: "This model's maximum context length is 4096 tokens. However, you requested 9000." }],
    [
      "Gemini",
      { message: "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)." },
    ],
    [
      "xAI",
      { message: "This model's maximum prompt length is 131072 but the request contains 537812 tokens." },
    ],
    [
      "Mistral",
      {
        message:
          "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      },
    ],
    ["Anthropic", { message: "prompt is too long: 213462 tokens > 200000 maximum" }],
    [
      "Together",
      { message: "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000" },
    ],
    ["Moonshot", { message: "Invalid request: Your request exceeded model token limit: 8192" }],
    [
      "Alibaba",
      { message: "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]" },
    ],
    ["Z.AI", { code: "1261", message: "Prompt exceeds max length" }],
    [
      "LM Studio",
      { message: "The number of tokens to keep from the initial prompt is greater than the context length" },
    ],
    ["Ollama", { message: "prompt too long; exceeded max context length by 100 tokens" }],
  ])("%s", (_, error) => {
    expect(answer(400, { error })).toMatchObject({ kind: "ContextLengthExceeded", retryable: false });
  });
});
