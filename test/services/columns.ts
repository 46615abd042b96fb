/** The columns of the table: what is tried of each service. Each fails where the service isn't served whole. */
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { LlmError } from "../../src/provider/base/error.ts";
import type { ModelConfig } from "../../src/provider/base/model-config.ts";
import type { ChatResponse, Message, Tool } from "../../src/provider/base/types.ts";
import type { ProviderDependencies } from "../../src/provider/call/dependencies.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { chatObject } from "../../src/provider/object/chat-object.ts";
import { services } from "../../src/provider/services/index.ts";
import { runTools, runToolsStream } from "../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../src/provider/tools/tools.ts";
import type { ServiceFixture } from "./fixtures/shapes.ts";

interface Sent {
  url: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

const question: Message[] = [{ role: "user", content: "Weather in Riga?" }];
const weather: Tool = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

/** What stands in the table where the service has no such thing. */
const NOTHING = "–";

/** A provider of the service, whose server answers from a list. */
function served({ service, baseUrl }: ServiceFixture, ...answers: Response[]) {
  const sent: Sent[] = [];
  const fetch: ProviderDependencies["fetch"] = async (url, { headers, body }) => {
    sent.push({ url, headers: { ...headers }, body: JSON.parse(body ?? "null") });
    const answer = answers.shift();
    if (!answer) throw new Error("no more answers");
    return answer;
  };
  const config: ModelConfig = {
    name: service,
    provider: service,
    model: "m/one",
    config: { api_key: "key-0123456789", max_retries: 0, ...(baseUrl && { base_url: baseUrl }) },
  };
  return { provider: createProvider(config, { fetch }), sent };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

const answer = (message: object, usage: object, finish = "stop") => ({
  id: "gen-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "m/one",
  choices: [{ index: 0, message, finish_reason: finish }],
  usage,
});

const callsAnswer = ({ toolCalls, besideCalls, usage }: ServiceFixture) =>
  answer({ role: "assistant", content: null, tool_calls: toolCalls, ...besideCalls }, usage, "tool_calls");

/** The deltas as events, with usage and end where the service has them. */
function events(fixture: ServiceFixture, deltas = fixture.deltas, reason = "stop"): Response {
  const { usage, streamUsage, preamble = "", noFinish } = fixture;
  const chunk = (choices: object[], more: object = {}) =>
    `data: ${JSON.stringify({ id: "gen-1", object: "chat.completion.chunk", created: 1, model: "m/one", choices, ...more })}\n\n`;
  const last = noFinish
    ? ""
    : chunk(
        [{ index: 0, delta: { content: "" }, finish_reason: reason }],
        streamUsage === "last chunk" ? { usage } : {},
      );
  const trailer = streamUsage === "last chunk" ? "" : chunk([], { usage });
  const body = [
    preamble,
    ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    last,
    trailer,
    "data: [DONE]\n\n",
  ];
  return new Response(body.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** The same calls as a stream that has reasoning and words first. */
const callsEvents = (fixture: ServiceFixture) =>
  events(
    fixture,
    [
      { role: "assistant", content: "", ...fixture.besideCalls },
      { tool_calls: fixture.toolCalls.map((call, index) => ({ ...call, index })) },
    ],
    "tool_calls",
  );

async function chat(fixture: ServiceFixture): Promise<void> {
  const { provider, sent } = served(fixture, json(answer(fixture.message, fixture.usage)));
  const response = await provider.chat(question, { maxTokens: 50 });
  equal(response.content, "It rains.");
  equal(response.finishReason, "stop");
  const [request] = sent;
  const base = fixture.baseUrl ?? services.get(fixture.service)?.baseUrl;
  equal(request?.url, `${base}/chat/completions`);
  equal(request.body[fixture.maxTokens], 50);
  const other = fixture.maxTokens === "max_tokens" ? "max_completion_tokens" : "max_tokens";
  ok(!(other in request.body));
}

async function stream(fixture: ServiceFixture): Promise<void> {
  const { provider, sent } = served(fixture, events(fixture));
  const chatStream = provider.chatStream(question);
  let text = "";
  for await (const chunk of chatStream) if (chunk.type === "text") text += chunk.text;
  const response = await chatStream.response;
  equal(text, "It rains.");
  equal(response.content, "It rains.");
  equal(response.reasoning, fixture.reasoning);
  deepStrictEqual(response.usage, fixture.usageRead);
  equal(response.finishReason, fixture.noFinish ? "other" : "stop");
  equal("stream_options" in (sent[0]?.body ?? {}), services.get(fixture.service)?.streamUsage);
}

async function tools(fixture: ServiceFixture): Promise<ChatResponse> {
  const { provider, sent } = served(fixture, json(callsAnswer(fixture)));
  const response = await provider.chat(question, { tools: [weather] });
  equal(response.finishReason, "tool_calls");
  equal(response.toolCalls.length, fixture.toolCalls.length);
  equal(response.toolCalls[0]?.function.name, "weather");
  deepStrictEqual(response.toolCalls[0]?.function.arguments, { city: "Riga" });
  const ids = response.toolCalls.map(({ id }) => id);
  equal(new Set(ids).size, ids.length);
  for (const id of ids) match(id, /\S/);
  deepStrictEqual(sent[0]?.body.tools, [weather]);
  return response;
}

type WireMessage = Record<string, unknown>;

/** Each way to go on after a call: the response pushed by hand, and the loop, whole and streamed. */
const ways: Record<string, (fixture: ServiceFixture) => Promise<readonly Sent[]>> = {
  async "by hand"(fixture) {
    const { provider, sent } = served(
      fixture,
      json(callsAnswer(fixture)),
      json(answer(fixture.message, fixture.usage)),
    );
    const first = await provider.chat(question, { tools: [weather] });
    // The response is a message.
    const messages: Message[] = [...question, first];
    for (const { id } of first.toolCalls) messages.push({ role: "tool", toolCallId: id, content: "rain" });
    equal((await provider.chat(messages, { tools: [weather] })).content, "It rains.");
    return sent;
  },
  async runTools(fixture) {
    const { provider, sent } = served(
      fixture,
      json(callsAnswer(fixture)),
      json(answer(fixture.message, fixture.usage)),
    );
    const { response } = await runTools(provider, question, { tools: [runnable] });
    equal(response.content, "It rains.");
    return sent;
  },
  async runToolsStream(fixture) {
    const { provider, sent } = served(fixture, callsEvents(fixture), events(fixture));
    const { response } = await runToolsStream(provider, question, { tools: [runnable] }).result;
    equal(response.content, "It rains.");
    return sent;
  },
};

const runnable = defineTool({ ...weather.function, execute: () => "rain" });

/** The assistant's message of the second request, the same in each way but for ids that were made up. */
async function conversation(fixture: ServiceFixture): Promise<WireMessage> {
  let assistant: WireMessage | undefined;
  for (const [way, go] of Object.entries(ways)) {
    const [first, second] = await go(fixture);
    deepStrictEqual(first?.body.tools, [weather]);
    const [, said, ...results] = (second?.body.messages ?? []) as WireMessage[];
    ok(said);
    equal(said.role, "assistant");
    const calls = (said.tool_calls ?? []) as WireMessage[];
    const ids = calls.map(({ id }) => id);
    const expected = fixture.toolCalls.map((call, at) => sentBack(call, ids[at], fixture));
    deepStrictEqual(calls, expected, way);
    deepStrictEqual(
      results.map(({ role, tool_call_id }) => [role, tool_call_id]),
      ids.map((id) => ["tool", id]),
    );
    const { tool_calls: _calls, ...rest } = said;
    assistant ??= rest;
    deepStrictEqual(rest, assistant, way);
  }
  ok(assistant);
  return assistant;
}

/** A call of the fixture as it must go back: under its own id, where it has one. */
function sentBack(call: object, id: unknown, { callsGoBack }: ServiceFixture): object {
  const own: unknown = Reflect.get(call, "id");
  ok(typeof id === "string" && id !== "");
  if (typeof own === "string" && own !== "") equal(id, own);
  const { name, arguments: args } = Reflect.get(call, "function") as { name: string; arguments: unknown };
  const text = typeof args === "string" ? args : JSON.stringify(args ?? {});
  return { id, type: "function", function: { name, arguments: text }, ...callsGoBack };
}

async function structured(fixture: ServiceFixture): Promise<string> {
  const message = { role: "assistant", content: '{"rain":true}' };
  const { provider, sent } = served(fixture, json(answer(message, fixture.usage)));
  const schema = {
    type: "object",
    properties: { rain: { type: "boolean" } },
    required: ["rain"],
    additionalProperties: false,
  };
  const { object } = await chatObject(provider, question, { schema });
  deepStrictEqual(object, { rain: true });
  const [request] = sent;
  const format = request?.body.response_format as { type: string; json_schema?: { schema: unknown } };
  equal(format.type, services.get(fixture.service)?.structuredOutput);
  const [first] = (request?.body.messages ?? []) as { role: string; content: string }[];
  if (format.type === "json_schema") ok(format.json_schema?.schema);
  // Such services ask for the word in the prompt, too.
  else match(first?.content ?? "", /JSON.*"rain":\{"type":"boolean"\}/s);
  return format.type === "json_schema" ? "yes" : "in words";
}

async function reasoningBack(fixture: ServiceFixture): Promise<void> {
  const { provider } = served(fixture, json(answer(fixture.message, fixture.usage)));
  equal((await provider.chat(question)).reasoning, fixture.reasoning);
  const assistant = await conversation(fixture);
  for (const [name, value] of Object.entries(fixture.goesBack)) deepStrictEqual(assistant[name], value, name);
}

async function usage(fixture: ServiceFixture): Promise<void> {
  const { provider } = served(fixture, json(answer(fixture.message, fixture.usage)));
  deepStrictEqual((await provider.chat(question)).usage, fixture.usageRead);
}

async function errors(fixture: ServiceFixture): Promise<void> {
  for (const { status, body, kind, says, code, retryable = false } of fixture.errors) {
    const { provider } = served(fixture, json(body, status));
    const error: unknown = await provider.chat(question).catch((error: unknown) => error);
    ok(LlmError.is(error), `expected an LlmError, got ${String(error)}`);
    equal(error.kind, kind);
    ok(error.message.includes(says), error.message);
    equal(error.retryable, retryable);
    deepStrictEqual(error.body, body);
    if (code) equal(error.code, code);
  }
}

async function limits({ limits, ...fixture }: ServiceFixture): Promise<unknown> {
  const { provider } = served(fixture, json(answer(fixture.message, fixture.usage), 200, limits?.headers));
  const { rateLimits } = await provider.chat(question);
  if (!limits) {
    equal(rateLimits, undefined);
    return NOTHING;
  }
  for (const [name, bucket] of Object.entries(limits.read)) {
    const read: unknown = Reflect.get(rateLimits ?? {}, name);
    deepStrictEqual({ ...(read as object), ...bucket }, read, name);
  }
  return undefined;
}

/** By their names in the table. What one gives stands there instead of "yes". */
export const columns: Record<string, (fixture: ServiceFixture) => Promise<unknown>> = {
  chat,
  stream,
  tools,
  "tool conversation": conversation,
  "structured output": structured,
  "reasoning back": reasoningBack,
  usage,
  errors,
  limits,
};
