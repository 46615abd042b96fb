/**
 * What applications do with `ai`, each with its real functions; for every major alike. Plain assertions, since one runs in
 * vitest, and the other where vitest is not.
 */
import assert from "node:assert/strict";
import type * as Ai from "ai";
import * as z from "zod";
import type * as AiSdk from "../../src/ai-sdk/index.ts";
import type * as Groq from "../../src/provider/index.ts";
import {
  type Answer,
  answer,
  call,
  chunk,
  chunks,
  type FakeGroq,
  fakeGroq,
  json,
  PDF,
  PNG,
  stream,
  USAGE,
  WAV,
} from "./wire.ts";

/** One major of `ai`, and this package beside it. */
export interface World {
  ai: typeof Ai;
  sdk: typeof AiSdk;
  groq: typeof Groq;
}

export interface Scenario {
  name: string;
  run(world: World): Promise<void>;
}

interface Set {
  model: Ai.LanguageModel & object;
  fake: FakeGroq;
}

const setUp = ({ sdk, groq }: World, answers: readonly Answer[], options: Partial<Groq.GroqOptions> = {}) => {
  const fake = fakeGroq(...answers);
  const provider = groq.createGroq({
    apiKey: "gsk_test",
    model: "openai/gpt-oss-20b",
    maxRetries: 0,
    fetch: fake.fetch,
    ...options,
  });
  return { model: sdk.toLanguageModel(provider), fake } satisfies Set;
};

const weather = ({ ai }: World) =>
  ai.tool({
    description: "The weather in a city",
    inputSchema: ai.jsonSchema<{ city: string }>({
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    }),
    execute: async ({ city }) => ({ city, celsius: 17 }),
  });

const booking = ({ ai }: World, required = ["city", "people"]) =>
  ai.jsonSchema<{ city: string; people: number }>({
    type: "object",
    properties: { city: { type: "string" }, people: { type: "integer" } },
    required,
    additionalProperties: false,
  });

async function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail("expected it to fail");
}

const scenarios: Record<string, Scenario["run"]> = {
  async "generateText: text, reasoning, usage, finish reason, metadata, response"(world) {
    const { model, fake } = setUp(world, [
      answer({ content: "A river.", reasoning: "They ask of a river." }),
    ]);
    const result = await world.ai.generateText({
      model,
      system: "Be short.",
      prompt: "What is the Seine?",
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ["END"],
      seed: 7,
      maxRetries: 0,
      providerOptions: { groq: { reasoningEffort: "low", serviceTier: "flex", user: "u1" } },
    });
    assert.equal(result.text, "A river.");
    assert.equal(result.reasoningText, "They ask of a river.");
    assert.equal(result.finishReason, "stop");
    assert.equal(result.usage.inputTokens, 30);
    assert.equal(result.usage.outputTokens, 12);
    assert.equal(result.usage.inputTokenDetails.cacheReadTokens, 10);
    assert.equal(result.usage.inputTokenDetails.noCacheTokens, 20);
    assert.equal(result.usage.outputTokenDetails.reasoningTokens, 5);
    assert.equal(result.usage.outputTokenDetails.textTokens, 7);
    const told = result.providerMetadata?.groq;
    assert.equal(told?.requestId, "req_1");
    assert.deepEqual(told?.timing, { queueMs: 5, promptMs: 1, completionMs: 20, totalMs: 21 });
    assert.equal(told?.serviceTier, "on_demand");
    assert.deepEqual(told?.rateLimits, {
      tokens: { limit: 8000, remaining: 7990, resetMs: 75, periodMs: 60_000 },
    });
    assert.equal(result.response.id, "chatcmpl-1");
    assert.equal(result.response.modelId, "openai/gpt-oss-20b");
    assert.equal(result.response.timestamp.getTime(), 1_790_000_000_000);
    assert.equal(result.response.headers?.["x-request-id"], "req_1");
    assert.deepEqual(result.warnings ?? [], []);
    assert.deepEqual(fake.sent[0], {
      model: "openai/gpt-oss-20b",
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "What is the Seine?" },
      ],
      max_completion_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
      seed: 7,
      reasoning_effort: "low",
      service_tier: "flex",
      user: "u1",
    });
  },

  async "streamText: parts in order, with ids"(world) {
    const deltas = [{ reasoning: "They " }, { reasoning: "ask." }, { content: "A " }, { content: "river." }];
    const { model } = setUp(world, [chunks(deltas)]);
    const result = world.ai.streamText({ model, prompt: "What is the Seine?", maxRetries: 0 });
    const seen: string[] = [];
    for await (const part of result.fullStream) {
      const text = "text" in part && typeof part.text === "string" ? `:${part.text}` : "";
      seen.push(`${part.type}${"id" in part && text ? `(${part.id})` : ""}${text}`);
    }
    assert.deepEqual(
      seen.filter((type) => !/^(start|finish|start-step|finish-step)$/.test(type)),
      [
        "reasoning-start",
        "reasoning-delta(reasoning-0):They ",
        "reasoning-delta(reasoning-0):ask.",
        "reasoning-end",
        "text-start",
        "text-delta(text-1):A ",
        "text-delta(text-1):river.",
        "text-end",
      ],
    );
    assert.equal(await result.finishReason, "stop");
    assert.equal((await result.usage).inputTokenDetails.cacheReadTokens, 10);
    assert.equal((await result.providerMetadata)?.groq?.requestId, "req_1");
    assert.equal((await result.response).id, "chatcmpl-1");
  },

  async "streamText: raw chunks where they are asked for"(world) {
    const { model } = setUp(world, [chunks([{ content: "Hi" }])]);
    const result = world.ai.streamText({ model, prompt: "Hi", includeRawChunks: true });
    let raw = 0;
    for await (const part of result.fullStream) if (part.type === "raw") raw++;
    assert.equal(raw, 3);
  },

  async "a tool loop: calls and their results go back, with the reasoning"(world) {
    const { model, fake } = setUp(world, [
      answer({ reasoning: "I need it.", tool_calls: [call("weather", '{"city":"Lisbon"}')] }, "tool_calls"),
      answer({ content: "17 degrees." }),
    ]);
    const result = await world.ai.generateText({
      model,
      prompt: "Lisbon?",
      tools: { weather: weather(world) },
      stopWhen: world.ai.stepCountIs(3),
    });
    assert.equal(result.text, "17 degrees.");
    assert.deepEqual(
      result.steps.map(({ finishReason }) => finishReason),
      ["tool-calls", "stop"],
    );
    assert.deepEqual(fake.sent[0]?.tools, [
      {
        type: "function",
        function: {
          name: "weather",
          description: "The weather in a city",
          parameters: {
            type: "object",
            properties: { city: { type: "string" } },
            required: ["city"],
            additionalProperties: false,
          },
        },
      },
    ]);
    assert.equal(fake.sent[0]?.tool_choice, "auto");
    assert.deepEqual(fake.sent[1]?.messages, [
      { role: "user", content: "Lisbon?" },
      { role: "assistant", tool_calls: [call("weather", '{"city":"Lisbon"}')], reasoning: "I need it." },
      { role: "tool", content: '{"city":"Lisbon","celsius":17}', tool_call_id: "call_1" },
    ]);
  },

  async "a streamed tool loop: the input grows, then the call runs"(world) {
    const piece = (part: object) => ({ tool_calls: [{ index: 0, ...part }] });
    const { model, fake } = setUp(world, [
      chunks(
        [
          piece({ id: "call_1", type: "function", function: { name: "weather", arguments: "" } }),
          piece({ function: { arguments: '{"city":' } }),
          piece({ function: { arguments: '"Lisbon"}' } }),
        ],
        "tool_calls",
      ),
      chunks([{ content: "17." }]),
    ]);
    const result = world.ai.streamText({
      model,
      prompt: "Lisbon?",
      tools: { weather: weather(world) },
      stopWhen: world.ai.stepCountIs(3),
    });
    const seen: string[] = [];
    for await (const part of result.fullStream) if (part.type.startsWith("tool-")) seen.push(part.type);
    assert.deepEqual(seen, [
      "tool-input-start",
      "tool-input-delta",
      "tool-input-delta",
      "tool-input-end",
      "tool-call",
      "tool-result",
    ]);
    assert.equal(await result.text, "17.");
    assert.equal(fake.sent[0]?.stream, true);
  },

  async "two calls without ids or indexes, streamed"(world) {
    const { model } = setUp(world, [
      chunks([
        { tool_calls: [{ type: "function", function: { name: "weather", arguments: '{"city":"A"}' } }] },
        { tool_calls: [{ type: "function", function: { name: "weather", arguments: '{"city":"B"}' } }] },
      ]),
    ]);
    const result = world.ai.streamText({ model, prompt: "?", tools: { weather: weather(world) } });
    const calls = await result.toolCalls;
    assert.deepEqual(
      calls.map(({ input }) => input),
      [{ city: "A" }, { city: "B" }],
    );
    assert.notEqual(calls[0]?.toolCallId, calls[1]?.toolCallId);
    assert.equal(await result.finishReason, "tool-calls");
  },

  async "arguments that are no JSON reach the application's repair"(world) {
    const { model } = setUp(world, [
      answer({ tool_calls: [call("weather", "{city: Lisbon}")] }, "tool_calls"),
    ]);
    const result = await world.ai.generateText({
      model,
      prompt: "?",
      tools: { weather: weather(world) },
      experimental_repairToolCall: async ({ toolCall }) => ({ ...toolCall, input: '{"city":"Lisbon"}' }),
    });
    assert.deepEqual(result.toolResults[0]?.output, { city: "Lisbon", celsius: 17 });
  },

  async "blank arguments are an empty object"(world) {
    const { model } = setUp(world, [answer({ tool_calls: [call("now", "")] }, "tool_calls")]);
    const now = world.ai.tool({
      inputSchema: world.ai.jsonSchema<object>({ type: "object", properties: {} }),
      execute: async () => "noon",
    });
    const result = await world.ai.generateText({ model, prompt: "?", tools: { now } });
    assert.equal(result.toolResults[0]?.output, "noon");
  },

  async "generateObject and Output.object: the schema, strict where it allows"(world) {
    const text = '{"city":"Lisbon","people":2}';
    const { model, fake } = setUp(world, [answer({ content: text })]);
    const { object } = await world.ai.generateObject({
      model,
      schema: booking(world),
      schemaName: "booking",
      prompt: "?",
    });
    assert.deepEqual(object, { city: "Lisbon", people: 2 });
    const { output } = await world.ai.generateText({
      model,
      output: world.ai.Output.object({ schema: booking(world, ["city"]) }),
      prompt: "?",
    });
    assert.deepEqual(output, { city: "Lisbon", people: 2 });
    const formats = fake.sent.map(({ response_format }) => response_format);
    const schema = (required: string[]) => ({
      type: "object",
      properties: { city: { type: "string" }, people: { type: "integer" } },
      required,
      additionalProperties: false,
    });
    assert.deepEqual(formats, [
      {
        type: "json_schema",
        json_schema: { name: "booking", schema: schema(["city", "people"]), strict: true },
      },
      { type: "json_schema", json_schema: { name: "response", schema: schema(["city"]), strict: false } },
    ]);
  },

  async "Output.object, streamed: partial objects"(world) {
    const { model } = setUp(world, [chunks([{ content: '{"city":"Lis' }, { content: 'bon","people":2}' }])]);
    const result = world.ai.streamText({
      model,
      output: world.ai.Output.object({ schema: booking(world) }),
      prompt: "?",
    });
    const partial: unknown[] = [];
    for await (const object of result.partialOutputStream) partial.push(object);
    assert.deepEqual(partial.at(-1), { city: "Lisbon", people: 2 });
    assert.ok(partial.length > 1);
  },

  async "Output.object beside tools, which Groq can't combine: a tool takes the answer"(world) {
    const answers = (streamed: boolean) => {
      const first = call("weather", '{"city":"Lisbon"}');
      const last = call("json", '{"city":"Lisbon","people":2}', "call_2");
      return streamed
        ? [first, last].map((one) => chunks([{ tool_calls: [{ index: 0, ...one }] }], "tool_calls"))
        : [first, last].map((one) => answer({ tool_calls: [one] }, "tool_calls"));
    };
    const options = (model: Ai.LanguageModel) => ({
      model,
      prompt: "?",
      tools: { weather: weather(world) },
      stopWhen: world.ai.stepCountIs(4),
      output: world.ai.Output.object({ schema: booking(world) }),
    });
    const whole = setUp(world, answers(false));
    const result = await world.ai.generateText(options(whole.model));
    assert.deepEqual(result.output, { city: "Lisbon", people: 2 });
    assert.equal(result.finishReason, "stop");
    assert.equal(whole.fake.sent[0]?.response_format, undefined);
    assert.equal(whole.fake.sent[0]?.tool_choice, "required");
    const streamed = setUp(world, answers(true));
    const { output } = world.ai.streamText(options(streamed.model));
    assert.deepEqual(await output, { city: "Lisbon", people: 2 });
  },

  async "a schema of zod: whole, streamed, by generateObject, of a tool, and beside a tool"(world) {
    const { ai } = world;
    const schema = z.object({ city: z.string() });
    const weather = ai.tool({ inputSchema: schema, execute: async ({ city }) => `17 in ${city}` });
    const content = '{"city":"Lisbon"}';
    const output = () => ai.Output.object({ schema });
    const { model, fake } = setUp(world, [
      answer({ content }),
      chunks([{ content }]),
      answer({ content }),
      answer({ tool_calls: [call("weather", content)] }, "tool_calls"),
      answer({ tool_calls: [call("json", content, "call_2")] }, "tool_calls"),
    ]);
    const whole = await ai.generateText({ model, prompt: "?", output: output() });
    assert.deepEqual(whole.output, { city: "Lisbon" });
    const streamed = ai.streamText({ model, prompt: "?", output: output() });
    assert.deepEqual(await streamed.output, { city: "Lisbon" });
    const { object } = await ai.generateObject({ model, prompt: "?", schema });
    assert.deepEqual(object, { city: "Lisbon" });
    const stopWhen = ai.stepCountIs(3);
    const beside = await ai.generateText({
      ...{ model, prompt: "?", stopWhen, output: output() },
      tools: { weather },
    });
    assert.deepEqual(beside.output, { city: "Lisbon" });
    const sent = JSON.stringify(fake.sent);
    assert.equal(sent.split('"properties":{"city":{"type":"string"}}').length - 1, 3 + 2 * 2);
  },

  async "a text beside the tool that takes the answer does not spoil it"(world) {
    const content = "Sure.";
    const object = { city: "Lisbon", people: 2 };
    const json = (id: string) => call("json", JSON.stringify(object), id);
    const options = (model: Ai.LanguageModel) => ({
      ...{ model, prompt: "?", tools: { weather: weather(world) } },
      output: world.ai.Output.object({ schema: booking(world) }),
    });
    const tool_calls = [json("call_1"), json("call_2")];
    const whole = setUp(world, [answer({ content, tool_calls }, "tool_calls")]);
    assert.deepEqual((await world.ai.generateText(options(whole.model))).output, object);
    const pieces = tool_calls.map((one, index) => ({ index, ...one }));
    for (const deltas of [
      [{ content }, { tool_calls: pieces }],
      [{ tool_calls: pieces }, { content }],
    ]) {
      const { model } = setUp(world, [chunks(deltas, "tool_calls")]);
      assert.deepEqual(await world.ai.streamText(options(model)).output, object);
    }
  },

  async "where no tool takes the answer, the text is it"(world) {
    const content = '{"city":"Lisbon","people":2}';
    const { model } = setUp(world, [chunks([{ content }]), answer({ content })]);
    const options = {
      ...{ model, prompt: "?", tools: { weather: weather(world) } },
      output: world.ai.Output.object({ schema: booking(world) }),
    };
    assert.deepEqual(await world.ai.streamText(options).output, { city: "Lisbon", people: 2 });
    assert.deepEqual((await world.ai.generateText(options)).output, { city: "Lisbon", people: 2 });
  },

  async "JSON for models without structured outputs"(world) {
    const { model, fake } = setUp(world, [answer({ content: '{"city":"Lisbon","people":2}' })]);
    const result = await world.ai.generateObject({
      model,
      schema: booking(world),
      prompt: "?",
      providerOptions: { groq: { structuredOutputs: false } },
    });
    assert.deepEqual(result.object, { city: "Lisbon", people: 2 });
    assert.deepEqual(fake.sent[0]?.response_format, { type: "json_object" });
    assert.match(JSON.stringify(fake.sent[0]?.messages), /JSON Schema: .*people/);
    assert.equal(result.warnings?.[0]?.type, "compatibility");
  },

  async "embedMany: long lists in several calls, usage added up"(world) {
    const fake = fakeGroq((body) => {
      const input = Array.isArray(body.input) ? body.input : [];
      const data = input.map((text: string, index) => ({
        object: "embedding",
        index,
        embedding: [text.length, 1],
      }));
      return { object: "list", model: "embed", data, usage: { prompt_tokens: 2, total_tokens: 2 } };
    });
    const provider = world.groq.createProvider({
      provider: "openai-compatible",
      baseUrl: "https://llm.example/v1",
      apiKey: "k",
      model: "embed",
      supportedEndpoints: ["chat", "embedding"],
      fetch: fake.fetch,
    });
    const model = world.sdk.toEmbeddingModel(provider, { maxEmbeddingsPerCall: 2 });
    const providerOptions = { groq: { dimensions: 2 } };
    const result = await world.ai.embedMany({ model, values: ["a", "bb", "ccc"], providerOptions });
    assert.deepEqual(result.embeddings, [
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    assert.equal(result.usage.tokens, 4);
    assert.equal(fake.sent[0]?.dimensions, 2);
  },

  async "an agent, over several steps"(world) {
    const { model } = setUp(world, [
      answer({ tool_calls: [call("weather", '{"city":"Lisbon"}')] }, "tool_calls"),
      answer({ tool_calls: [call("weather", '{"city":"Porto"}', "call_2")] }, "tool_calls"),
      answer({ content: "Both 17." }),
    ]);
    const agent = new world.ai.ToolLoopAgent({
      model,
      instructions: "Be short.",
      tools: { weather: weather(world) },
    });
    const result = await agent.generate({ prompt: "Lisbon and Porto?" });
    assert.equal(result.text, "Both 17.");
    assert.equal(result.steps.length, 3);
  },

  async "useChat's stream, from the server's response to the client's messages, and back"(world) {
    const { model, fake } = setUp(world, [
      chunks(
        [{ reasoning: "Hm." }, { tool_calls: [{ index: 0, ...call("weather", '{"city":"Lisbon"}') }] }],
        "tool_calls",
      ),
      chunks([{ content: "17 " }, { content: "degrees." }]),
      chunks([{ content: "Bye." }]),
    ]);
    const serve = async (_: unknown, init?: RequestInit) => {
      const { messages } = JSON.parse(String(init?.body));
      const result = world.ai.streamText({
        model,
        messages: await world.ai.convertToModelMessages(messages),
        tools: { weather: weather(world) },
        stopWhen: world.ai.stepCountIs(3),
      });
      return result.toUIMessageStreamResponse({ sendReasoning: true, sendSources: true });
    };
    const transport = new world.ai.DefaultChatTransport({ api: "http://app.test/chat", fetch: serve });
    const ask = async (messages: Ai.UIMessage[]) => {
      const chatId = "1";
      const options = {
        chatId,
        messages,
        messageId: undefined,
        trigger: "submit-message",
        abortSignal: undefined,
      } as const;
      let last: Ai.UIMessage | undefined;
      for await (const message of world.ai.readUIMessageStream({
        stream: await transport.sendMessages(options),
      }))
        last = message;
      assert.ok(last);
      return last;
    };
    const question: Ai.UIMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "Lisbon?" }] };
    const reply = await ask([question]);
    assert.deepEqual(
      reply.parts.map(({ type }) => type),
      ["step-start", "reasoning", "tool-weather", "step-start", "text"],
    );
    const goodbye: Ai.UIMessage = { id: "m3", role: "user", parts: [{ type: "text", text: "Thanks" }] };
    await ask([question, { ...reply, id: "m2" }, goodbye]);
    const messages = fake.sent[2]?.messages;
    assert.ok(Array.isArray(messages));
    assert.deepEqual(
      messages.map(({ role }) => role),
      ["user", "assistant", "tool", "assistant", "user"],
    );
    assert.equal(messages[1].reasoning, "Hm.");
  },

  async "abort: a waiting call, and a stream that flows; the connection is closed"(world) {
    const never = () =>
      new Response(new ReadableStream({}), { headers: { "content-type": "application/json" } });
    const waiting = setUp(world, [never]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    const error = await failure(
      world.ai.generateText({ model: waiting.model, prompt: "?", abortSignal: stop.signal }),
    );
    assert.equal(error instanceof Error && error.name, "AbortError");
    assert.equal(waiting.fake.signals[0]?.aborted, true);

    const flowing = setUp(world, [() => stream([chunk({ content: "one" })], "open")]);
    const end = new AbortController();
    const result = world.ai.streamText({ model: flowing.model, prompt: "?", abortSignal: end.signal });
    const seen: string[] = [];
    for await (const part of result.fullStream) {
      seen.push(part.type);
      if (part.type === "text-delta") end.abort();
    }
    assert.ok(seen.includes("abort"), seen.join());
    assert.ok(!seen.includes("error"));
    assert.equal(flowing.fake.signals[0]?.aborted, true);
  },

  async "errors: APICallError with status, headers, body and whether to try again"(world) {
    const body = {
      error: { message: "Rate limit reached. Please try again in 20ms.", code: "rate_limit_exceeded" },
    };
    const refused = () => json(body, 429, { "retry-after": "0.02", "x-request-id": "req_2" });
    const { model } = setUp(world, [refused]);
    const error = await failure(world.ai.generateText({ model, prompt: "?", maxRetries: 0 }));
    assert.ok(world.ai.APICallError.isInstance(error));
    assert.equal(error.statusCode, 429);
    assert.equal(error.isRetryable, true);
    assert.equal(error.responseHeaders?.["x-request-id"], "req_2");
    assert.equal(error.responseHeaders?.["retry-after"], "0.02");
    assert.equal(error.responseHeaders?.["retry-after-ms"], "20");
    assert.match(error.responseBody ?? "", /Rate limit reached/);
    assert.equal(error.url, "https://api.groq.com/openai/v1/chat/completions");
    assert.ok(world.groq.LlmError.is(error.cause));
    assert.equal(error.cause.kind, "RateLimitExceeded");
    assert.doesNotMatch(JSON.stringify(error), /gsk_test/);

    const again = setUp(world, [refused, answer({ content: "Yes." })]);
    assert.equal((await world.ai.generateText({ model: again.model, prompt: "?" })).text, "Yes.");
    const key = setUp(world, [() => json({ error: { message: "Invalid API Key" } }, 401)]);
    const final = await failure(world.ai.generateText({ model: key.model, prompt: "?" }));
    assert.ok(world.ai.APICallError.isInstance(final));
    assert.equal(final.isRetryable, false);
    assert.equal(key.fake.sent.length, 1);
  },

  async "errors of a stream: before the first chunk the call's, after it a part"(world) {
    const early = setUp(world, [
      () => json({ error: { message: "over capacity" } }, 503),
      chunks([{ content: "Yes." }]),
    ]);
    assert.equal(await world.ai.streamText({ model: early.model, prompt: "?" }).text, "Yes.");

    const error = { error: { message: "over capacity", type: "internal_server_error", status_code: 503 } };
    const late = setUp(world, [() => stream([chunk({ content: "Half" }), error])]);
    const seen: string[] = [];
    let fault: unknown;
    const result = world.ai.streamText({ model: late.model, prompt: "?", onError: () => {} });
    for await (const part of result.fullStream) {
      seen.push(part.type);
      if (part.type === "error") fault = part.error;
    }
    assert.ok(world.ai.APICallError.isInstance(fault));
    assert.equal(fault.isRetryable, true);
    assert.ok(seen.indexOf("text-end") > 0 && seen.indexOf("text-end") < seen.indexOf("error"), seen.join());
    assert.equal(await result.finishReason, "error");

    const cut = setUp(world, [() => stream([chunk({ content: "Half" })])]);
    const parts: string[] = [];
    const broken = world.ai.streamText({ model: cut.model, prompt: "?", onError: () => {} });
    for await (const part of broken.fullStream) parts.push(part.type);
    assert.ok(parts.includes("error"), "a stream without its end is a failure");
  },

  async "tools that the server runs: calls, results and sources"(world) {
    const page = { title: "Seine", url: "https://example.org/seine", content: "A river", score: 0.9 };
    const executed = {
      index: 0,
      type: "browser_search",
      name: "browser.search",
      arguments: '{"query":"Seine"}',
      output: "A river",
      search_results: { results: [page, page] },
    };
    const declared = { search: world.sdk.groqTools.browserSearch() };
    const python = { index: 1, type: "python", arguments: "print(1)", output: "1" };
    const whole = setUp(world, [answer({ content: "A river.", executed_tools: [executed, python] })]);
    const result = await world.ai.generateText({ model: whole.model, prompt: "?", tools: declared });
    assert.deepEqual(whole.fake.sent[0]?.tools, [{ type: "browser_search" }]);
    assert.deepEqual(
      result.content.map((part) => ("toolName" in part ? `${part.type} ${part.toolName}` : part.type)),
      ["tool-call search", "tool-result search", "source", "tool-call python", "tool-result python", "text"],
    );
    const [first, second] = result.toolCalls;
    assert.deepEqual(first?.input, { query: "Seine" });
    assert.equal(first?.providerExecuted, true);
    assert.deepEqual(second?.input, { input: "print(1)" });
    assert.equal(result.sources.length, 1);
    assert.equal(result.steps.length, 1);

    const { output: _, ...begun } = executed;
    const streamed = setUp(world, [
      chunks([
        { content: "Let me see. " },
        { executed_tools: [begun] },
        { executed_tools: [executed] },
        { content: "A river." },
      ]),
    ]);
    const flow = world.ai.streamText({ model: streamed.model, prompt: "?", tools: declared });
    const seen: string[] = [];
    for await (const { type } of flow.fullStream) seen.push(type);
    assert.deepEqual(
      seen.filter((type) => !/start$|finish|step/.test(type)),
      ["text-delta", "text-end", "tool-call", "tool-result", "source", "text-delta", "text-end"],
    );
    assert.deepEqual(
      (await flow.sources).map((source) => source.sourceType === "url" && source.url),
      ["https://example.org/seine"],
    );
  },

  async "what the server ran in each step of a loop stands apart in the client's message, and does not go back"(
    world,
  ) {
    const executed = { index: 0, type: "browser_search", arguments: "{}", output: "found" };
    const python = { index: 1, type: "python", arguments: "print(1)", output: "1" };
    const { model, fake } = setUp(world, [
      chunks(
        [
          { executed_tools: [executed] },
          { tool_calls: [{ index: 0, ...call("weather", '{"city":"Lisbon"}') }] },
        ],
        "tool_calls",
      ),
      chunks([{ executed_tools: [{ ...executed, output: "more" }, python] }, { content: "17." }]),
      answer({ content: "Bye." }),
    ]);
    const { ai } = world;
    const result = ai.streamText({
      ...{ model, prompt: "?", stopWhen: ai.stepCountIs(3) },
      tools: { weather: weather(world), search: world.sdk.groqTools.browserSearch() },
    });
    let message: Ai.UIMessage | undefined;
    for await (const next of ai.readUIMessageStream({ stream: result.toUIMessageStream() })) message = next;
    const outputs = (message?.parts ?? []).flatMap((part) =>
      part.type === "tool-search" && "output" in part ? [part.output] : [],
    );
    assert.deepEqual(outputs, [{ output: "found" }, { output: "more" }]);
    assert.ok(message);
    const messages = await ai.convertToModelMessages([message]);
    await ai.generateText({ model, messages: [...messages, { role: "user", content: "Thanks" }] });
    const weatherCall = call("weather", '{"city":"Lisbon"}');
    assert.deepEqual(fake.sent[2]?.messages, [
      { role: "assistant", tool_calls: [weatherCall] },
      { role: "tool", content: '{"city":"Lisbon","celsius":17}', tool_call_id: "call_1" },
      { role: "assistant", content: "17." },
      { role: "user", content: "Thanks" },
    ]);
  },

  async "Output.json, array and choice, and streamObject"(world) {
    const { ai } = world;
    const element = ai.jsonSchema<{ a: number }>({
      ...{ type: "object", properties: { a: { type: "number" } }, required: ["a"] },
      additionalProperties: false,
    });
    const { model, fake } = setUp(world, [
      answer({ content: '{"a":1}' }),
      answer({ tool_calls: [call("json", '{"a":1}')] }, "tool_calls"),
      chunks([{ content: '{"elements":[{"a":1}' }, { content: ',{"a":2}]}' }]),
      answer({ content: '{"result":"b"}' }),
      chunks([{ content: '{"a":' }, { content: "1}" }]),
    ]);
    const json = await ai.generateText({ model, prompt: "?", output: ai.Output.json() });
    assert.deepEqual(json.output, { a: 1 });
    assert.match(JSON.stringify(fake.sent[0]?.messages), /JSON/);
    const beside = await ai.generateText({
      ...{ model, prompt: "?", output: ai.Output.json() },
      tools: { weather: weather(world) },
    });
    assert.deepEqual(beside.output, { a: 1 });
    const array = ai.streamText({ model, prompt: "?", output: ai.Output.array({ element }) });
    assert.deepEqual(await array.output, [{ a: 1 }, { a: 2 }]);
    const output = ai.Output.choice({ options: ["a", "b"] });
    assert.equal((await ai.generateText({ model, prompt: "?", output })).output, "b");
    const object = ai.streamObject({ model, prompt: "?", schema: element });
    for await (const _ of object.partialObjectStream);
    assert.deepEqual(await object.object, { a: 1 });
  },

  async "a call that a person denies, and one that a person allows"(world) {
    const { ai } = world;
    const asked = answer({ tool_calls: [call("book", "{}")] }, "tool_calls");
    const book = ai.tool({
      inputSchema: ai.jsonSchema<object>({ type: "object", properties: {} }),
      needsApproval: true,
      execute: async () => "booked",
    });
    for (const [approved, content] of [
      [false, "too dear"],
      [true, "booked"],
    ] as const) {
      const { model, fake } = setUp(world, [asked, answer({ content: "Well." })]);
      const first = await ai.generateText({ model, prompt: "?", tools: { book } });
      const request = first.content.find(({ type }) => type === "tool-approval-request");
      const approvalId = request && "approvalId" in request ? request.approvalId : "";
      const response = { type: "tool-approval-response" as const, approvalId, approved, reason: "too dear" };
      const messages: Ai.ModelMessage[] = [
        { role: "user", content: "?" },
        ...first.response.messages,
        { role: "tool", content: [response] },
      ];
      const second = await ai.generateText({ model, messages, tools: { book } });
      assert.equal(second.text, "Well.");
      assert.deepEqual(second.warnings ?? [], []);
      const sent = fake.sent[1]?.messages;
      assert.ok(Array.isArray(sent));
      assert.deepEqual(sent[2], { role: "tool", content, tool_call_id: "call_1" });
    }
  },

  async "behind a registry and middleware of ai"(world) {
    const { ai } = world;
    const { model, fake } = setUp(world, [answer({ content: "<think>Hm.</think>Yes." })]);
    const middleware = [
      ai.extractReasoningMiddleware({ tagName: "think" }),
      ai.defaultSettingsMiddleware({ settings: { temperature: 0.3 } }),
    ];
    const fast = ai.wrapLanguageModel({ model: Object(model), middleware });
    const registry = ai.createProviderRegistry({ own: ai.customProvider({ languageModels: { fast } }) });
    const result = await ai.generateText({ model: registry.languageModel("own:fast"), prompt: "?" });
    assert.equal(result.text, "Yes.");
    assert.equal(result.reasoningText, "Hm.");
    assert.equal(fake.sent[0]?.temperature, 0.3);
  },

  async "what the server ran itself does not go back, its text does"(world) {
    const executed = { index: 0, type: "search", arguments: "{}", output: "found" };
    const { model, fake } = setUp(world, [
      answer({ content: "A river.", executed_tools: [executed] }),
      answer({ content: "Yes." }),
    ]);
    const first = await world.ai.generateText({ model, prompt: "?" });
    const messages: Ai.ModelMessage[] = [
      { role: "user", content: "?" },
      ...first.response.messages,
      { role: "user", content: "Sure?" },
    ];
    await world.ai.generateText({ model, messages });
    assert.deepEqual(fake.sent[1]?.messages, [
      { role: "user", content: "?" },
      { role: "assistant", content: "A river." },
      { role: "user", content: "Sure?" },
    ]);
  },

  async "images and files, in every form of an application"(world) {
    const { model, fake } = setUp(world, [answer({ content: "A logo." })]);
    const url = "https://example.org/logo.png";
    const base64 = btoa(String.fromCharCode(...PNG));
    await world.ai.generateText({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image", image: PNG },
            { type: "image", image: base64, mediaType: "image/png" },
            { type: "image", image: new URL(url), providerOptions: { groq: { detail: "low" } } },
            { type: "file", data: new TextEncoder().encode("a,b"), mediaType: "text/csv", filename: "a.csv" },
            { type: "file", data: WAV, mediaType: "audio/wav" },
            { type: "file", data: PDF, mediaType: "application/pdf", filename: "a.pdf" },
          ],
        },
      ],
    });
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } };
    assert.deepEqual(fake.sent[0]?.messages, [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          image,
          image,
          { type: "image_url", image_url: { url, detail: "low" } },
          { type: "text", text: "a,b" },
          { type: "input_audio", input_audio: { data: btoa(String.fromCharCode(...WAV)), format: "wav" } },
          {
            type: "file",
            file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${btoa("%PDF-1.7")}` },
          },
        ],
      },
    ]);
  },

  async "results of tools: texts, images, errors, and calls that were not allowed"(world) {
    const { model, fake } = setUp(world, [answer({ content: "Yes." })]);
    const base64 = btoa(String.fromCharCode(...PNG));
    const toolCall = (toolCallId: string) => ({
      type: "tool-call" as const,
      toolCallId,
      toolName: "t",
      input: {},
    });
    const result = (toolCallId: string, output: Ai.ToolResultPart["output"]) => ({
      ...{ type: "tool-result" as const, toolCallId, toolName: "t" },
      output,
    });
    await world.ai.generateText({
      model,
      messages: [
        { role: "user", content: "?" },
        { role: "assistant", content: [1, 2, 3, 4].map((id) => toolCall(String(id))) },
        {
          role: "tool",
          content: [
            result("1", { type: "text", value: "one" }),
            result("2", { type: "error-json", value: { code: 2 } }),
            result("3", { type: "execution-denied", reason: "no" }),
            result("4", {
              type: "content",
              value: [
                { type: "text", text: "see" },
                { type: "image-data", data: base64, mediaType: "image/png" },
                { type: "file-url", url: "https://example.org/logo.png", mediaType: "image/png" },
              ],
            }),
          ],
        },
      ],
    });
    const messages = fake.sent[0]?.messages;
    assert.ok(Array.isArray(messages));
    assert.deepEqual(
      messages.slice(2).map(({ content }) => content),
      [
        "one",
        '{"code":2}',
        "no",
        [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } },
          { type: "image_url", image_url: { url: "https://example.org/logo.png" } },
        ],
      ],
    );
  },

  async "what can't be honoured is a warning"(world) {
    const { model, fake } = setUp(world, [answer({ content: "Yes." })]);
    const { warnings } = await world.ai.generateText({
      model,
      prompt: "?",
      topK: 5,
      presencePenalty: 0.5,
      frequencyPenalty: 0.5,
      headers: { "x-trace": "1" },
      providerOptions: { groq: { temperature: 1 } },
    });
    const features = (warnings ?? []).map((warning) =>
      "feature" in warning ? warning.feature : warning.type,
    );
    assert.deepEqual(features.sort(), [
      "frequencyPenalty",
      "headers (x-trace)",
      "presencePenalty",
      "providerOptions.groq.temperature",
      "topK",
    ]);
    const { messages: _, model: __, ...fields } = fake.sent[0] ?? {};
    assert.deepEqual(fields, {});
    const error = await failure(
      world.ai.generateText({ model, prompt: "?", providerOptions: { groq: { reasoningEfort: "low" } } }),
    );
    assert.match(String(error), /reasoningEffort/);
  },

  async "other services take settings that Groq does not, and their reasoning goes back where it came from"(
    world,
  ) {
    const details = [{ type: "reasoning.encrypted", data: "xyz" }];
    const fake = fakeGroq(
      chunks([{ reasoning_content: "Hm.", reasoning_details: details }, { content: "Yes." }]),
      answer({ content: "Bye." }),
    );
    const provider = world.groq.createProvider({
      provider: "openai-compatible",
      baseUrl: "https://llm.example/v1",
      apiKey: "k",
      model: "m",
      fetch: fake.fetch,
    });
    const model = world.sdk.toLanguageModel(provider, { model: "other" });
    const first = world.ai.streamText({ model, prompt: "?", topK: 5, presencePenalty: 0.5 });
    const { messages } = await first.response;
    assert.equal(fake.sent[0]?.model, "other");
    assert.equal(fake.sent[0]?.top_k, 5);
    assert.equal(fake.sent[0]?.presence_penalty, 0.5);
    await world.ai.generateText({
      model,
      messages: [{ role: "user", content: "?" }, ...messages, { role: "user", content: "Bye" }],
    });
    const sent = fake.sent[1]?.messages;
    assert.ok(Array.isArray(sent));
    assert.deepEqual(sent[1], { role: "assistant", content: "Yes.", reasoning_details: details });
  },

  async "the usage that a server leaves out is unknown, not zero"(world) {
    const { usage: _, ...without } = answer({ content: "Yes." });
    const { model } = setUp(world, [without]);
    const { usage } = await world.ai.generateText({ model, prompt: "?" });
    assert.equal(usage.inputTokens, undefined);
    assert.equal(USAGE.prompt_tokens, 30);
  },
};

export const SCENARIOS: Scenario[] = Object.entries(scenarios).map(([name, run]) => ({ name, run }));
