import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { LiveError, type LiveProgress, runLive } from "../../../src/drift/live/live.ts";
import { chooseModel } from "../../../src/drift/live/questions.ts";
import { addRecord } from "../../../src/drift/read/unpack.ts";
import { loadDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { json, serve } from "../record/server.ts";

const KEY = "gsk_livekeylivekeylivekey1234";
const NAMES = ["models", "chat", "tool call", "stream", "JSON", "a wrong model", "a wrong key"];

interface Asked {
  method: string;
  url: string;
  body: { [key: string]: unknown };
}

const completion = (message: object, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "openai/gpt-oss-20b",
  choices: [{ index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: "stop" }],
  usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
  usage_breakdown: null,
  x_groq: { id: "req_1" },
  ...more,
});

const toolCall = {
  id: "fc_1",
  type: "function",
  function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
};

const refusal = (response: ServerResponse, status: number, code: string, headers: object = {}) =>
  json(
    response,
    status,
    { error: { message: `no: ${code} in org_01abc234`, type: "invalid_request_error", code } },
    headers,
  );

/** A service that answers as Groq does, unless `special` does it. */
async function service(special: (asked: Asked, response: ServerResponse) => boolean = () => false) {
  const asked: Asked[] = [];
  const base = await serve((request: IncomingMessage, response, text) => {
    const one = {
      method: request.method ?? "",
      url: request.url ?? "",
      body: text === "" ? {} : JSON.parse(text),
    };
    asked.push(one);
    if (request.headers.authorization !== `Bearer ${KEY}`) refusal(response, 401, "invalid_api_key");
    else if (!special(one, response)) answer(one, response);
  });
  return { base, asked };
}

function answer({ url, body }: Asked, response: ServerResponse): void {
  if (url.endsWith("/models")) {
    const model = (id: string) => ({ id, object: "model", created: 1, owned_by: "x", active: true });
    json(response, 200, { object: "list", data: [model("whisper-large-v3"), model("openai/gpt-oss-20b")] });
  } else if (body.model !== "openai/gpt-oss-20b") refusal(response, 404, "model_not_found");
  else if (body.stream) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const { choices: _choices, ...head } = completion(
      {},
      { object: "chat.completion.chunk", usage: undefined },
    );
    const { usage_breakdown: _breakdown, ...chunk } = head;
    const choice = { index: 0, delta: { content: "one" }, finish_reason: null };
    response.write(`data: ${JSON.stringify({ ...chunk, choices: [choice] })}\n\n`);
    const usage = { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 };
    response.write(`data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\n`);
    response.end("data: [DONE]\n\n");
  } else json(response, 200, completion(body.tools ? { tool_calls: [toolCall] } : { content: "white" }));
}

const noWait = () => Promise.resolve();

test("asks each question once, in order, and the answers go through the drift check", async () => {
  const { base, asked } = await service();
  const progress: LiveProgress[] = [];
  const result = await runLive({
    apiKey: KEY,
    baseUrl: `${base}/`,
    onProgress: (step) => progress.push(step),
  });
  expect(result.questions.map(({ name, answered }) => [name, answered])).toEqual(
    NAMES.map((name) => [name, true]),
  );
  expect(result).toMatchObject({ model: "openai/gpt-oss-20b", baseUrl: base, tokens: 95 });
  expect(result.exchanges.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 404, 401]);
  expect(
    asked.filter(({ method }) => method === "POST").every(({ body }) => Number(body.max_tokens) <= 120),
  ).toBe(true);
  expect(asked[1]?.body).toMatchObject({ model: "openai/gpt-oss-20b", reasoning_effort: "low" });
  expect(progress[0]).toEqual({ type: "asking", name: "models", index: 1, of: 7 });
  expect(progress.at(-1)).toMatchObject({ type: "answered", question: { name: "a wrong key" } });
  expect(JSON.stringify(result)).not.toMatch(/gsk_|org_01/);

  const check = createDriftCheck(await loadDocument(await packagedDocument()));
  for (const exchange of result.exchanges) addRecord(exchange, { source: "live" }, check);
  const report = check.report();
  expect(report.findings.filter(({ breaking }) => breaking)).toEqual([]);
  expect(report.schemas.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "CreateChatCompletionResponse",
      "CreateChatCompletionStreamResponse",
      "ErrorResponse",
      "ListModelsResponse",
    ]),
  );
});

describe("the limit", () => {
  const limited = (times: number, headers: object) => {
    let left = times;
    return service(({ url }, response) => {
      if (!url.endsWith("/chat/completions") || left-- <= 0) return false;
      refusal(response, 429, "rate_limit_exceeded", headers);
      return true;
    });
  };

  test("is waited for as the service says, and the refusal is checked too", async () => {
    const { base } = await limited(2, { "retry-after": "3" });
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    const result = await runLive({ apiKey: KEY, baseUrl: base, wait });
    expect(waits).toEqual([3000, 3000]);
    expect(result.questions.every(({ answered }) => answered)).toBe(true);
    expect(result.exchanges.map(({ status }) => status).slice(0, 4)).toEqual([200, 429, 429, 200]);
  });

  test("is not waited for beyond the bound, nor when it is no use, nor for ever", async () => {
    const hours = await runLive({
      apiKey: KEY,
      baseUrl: (await limited(99, { "retry-after": "7200" })).base,
      wait: noWait,
    });
    expect(hours.questions[1]).toMatchObject({ name: "chat", answered: false, status: 429 });
    expect(hours.questions[1]?.problem).toMatch(
      /came 429: no: rate_limit_exceeded.*7200 s, which is longer than allowed/,
    );
    expect(hours.questions.at(-1)?.answered).toBe(true);

    const useless = await limited(99, { "x-should-retry": "false", "retry-after": "1" });
    await runLive({ apiKey: KEY, baseUrl: useless.base, wait: noWait });
    expect(useless.asked).toHaveLength(7);

    const endless = await limited(99, {});
    const result = await runLive({ apiKey: KEY, baseUrl: endless.base, wait: noWait });
    expect(result.questions[1]).toMatchObject({ answered: false });
    expect(endless.asked.filter(({ body }) => body.stream)).toHaveLength(4);
  });

  test("is waited for no longer than allowed in all", async () => {
    const { base } = await limited(99, { "retry-after": "50" });
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    await runLive({ apiKey: KEY, baseUrl: base, wait, maxWaitMs: 120_000 });
    expect(waits).toEqual([50_000, 50_000]);
  });

  test("can be left by aborting", async () => {
    const { base } = await limited(99, { "retry-after": "60" });
    const abort = new AbortController();
    const running = runLive({
      apiKey: KEY,
      baseUrl: base,
      signal: abort.signal,
      onProgress: ({ type }) => type === "waiting" && abort.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
  });
});

test("an answer of another kind than asked for is told", async () => {
  const { base } = await service(({ body }, response) => {
    if (body.stream) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('event: error\ndata: {"error":{"message":"no","type":"t"}}\n\n');
    } else if (body.tools) json(response, 200, completion({ content: "It rains." }));
    else return false;
    return true;
  });
  const { questions } = await runLive({ apiKey: KEY, baseUrl: base });
  expect(questions.filter(({ answered }) => !answered)).toMatchObject([
    { name: "tool call", status: 200, problem: "expected a tool call, came an answer without one" },
    { name: "stream", status: 200, problem: "an error came inside the stream" },
  ]);
});

test("the key follows no redirect", async () => {
  const other = await service();
  const { base } = await service((_asked, response) => {
    response.writeHead(307, { location: `${other.base}/models` });
    response.end();
    return true;
  });
  const result = await runLive({ apiKey: KEY, baseUrl: base });
  expect(other.asked).toEqual([]);
  expect(result.questions[0]).toMatchObject({ name: "models", answered: false, status: 307 });
});

test("a service that can't be asked is an error of one line, without the key", async () => {
  const { base } = await service();
  const fault = async (options: Partial<Parameters<typeof runLive>[0]>) => {
    const error = await runLive({ apiKey: KEY, baseUrl: base, ...options }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LiveError);
    expect((error as Error).message).not.toMatch(/\n|gsk_/);
    return (error as Error).message;
  };
  expect(await fault({ apiKey: "gsk_anotherkey" })).toMatch(/refused the key with status 401/);
  expect(await fault({ apiKey: " " })).toMatch(/expected a key/);
  expect(await fault({ baseUrl: "http://127.0.0.1:1/v1" })).toMatch(/^http:\/\/127\.0\.0\.1:1\/v1: /);
  expect(await fault({ baseUrl: "http://llm.example/v1" })).toMatch(/expected https/);
  expect(await fault({ baseUrl: "nowhere" })).toMatch(/expected a base URL/);
  expect(await fault({ fetch: () => Promise.reject(new Error(`bad ${KEY}`)) })).toMatch(/bad \[key\]$/);
});

test("without the default model, the first that can chat is asked, tools before none", () => {
  const list = (...data: object[]) => ({ object: "list", data });
  const speech = { id: "voice-1", output_modalities: ["speech"] };
  const off = { id: "old-1", active: false };
  const plain = { id: "plain-1", output_modalities: ["text"] };
  const tools = { id: "tools-1", supported_features: ["tools"] };
  expect(chooseModel(list({ id: "whisper-x" }, speech, off, plain, tools))).toBe("tools-1");
  expect(chooseModel(list(off, plain))).toBe("plain-1");
  expect(chooseModel(list(plain, tools, { id: "openai/gpt-oss-20b" }))).toBe("openai/gpt-oss-20b");
  expect(chooseModel(list(off, speech))).toBeUndefined();
  expect(chooseModel("<html>")).toBeUndefined();
});

test("another model is asked without what only gpt-oss knows", async () => {
  const { base, asked } = await service();
  const result = await runLive({ apiKey: KEY, baseUrl: base, model: "llama-x" });
  expect(result.model).toBe("llama-x");
  expect(asked[1]?.body).not.toHaveProperty("reasoning_effort");
  expect(result.questions[1]).toMatchObject({ answered: false, status: 404 });
});
