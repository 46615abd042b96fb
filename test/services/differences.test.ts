/** Each difference that services are known for, one by one. */
import { describe, expect, test } from "vitest";
import type { ConnectionConfig } from "../../src/provider/base/model-config.ts";
import type { AssistantMessage, ChatOptions, Message } from "../../src/provider/base/types.ts";
import { completion, json, stubbed } from "../provider/support.ts";

const question: Message[] = [{ role: "user", content: "Hi" }];

const configured = (provider: string, config: Partial<ConnectionConfig> = {}) => ({
  name: "t",
  provider,
  model: "m/one",
  supported_endpoints: ["chat", "completion", "embedding"] as const,
  config: { api_key: "key-0123456789", max_retries: 0, ...config },
});

/** What a call sends to a service. */
async function sentTo(
  provider: string,
  config: Partial<ConnectionConfig>,
  options: ChatOptions = {},
  messages: Message[] = question,
) {
  const made = stubbed(() => json(completion("Hi")), configured(provider, config));
  await made.provider.chat(messages, options);
  const [request] = made.sent;
  if (!request?.body) throw new Error("nothing was sent");
  return { ...request, body: request.body };
}

/** What comes of an answer. */
const answered = (body: unknown, provider = "openai-compatible", status = 200) =>
  stubbed(() => json(body, status), configured(provider, { base_url: "https://llm.example/v1" })).provider;

describe("a service is recognised by its base URL", () => {
  test.each<[string, string]>([
    ["https://api.groq.com/openai/v1", "max_completion_tokens"],
    ["https://api.openai.com/v1", "max_completion_tokens"],
    ["https://openrouter.ai/api/v1", "max_tokens"],
    ["https://api.mistral.ai/v1/", "max_tokens"],
    ["https://api.deepseek.com", "max_tokens"],
    ["https://api.deepseek.com/v1", "max_tokens"],
    ["https://api.cerebras.ai/v1", "max_completion_tokens"],
    ["https://api.together.xyz/v1", "max_tokens"],
    ["https://api.x.ai/v1", "max_completion_tokens"],
    ["https://eu-west-1.api.x.ai/v1", "max_completion_tokens"],
    ["https://generativelanguage.googleapis.com/v1beta/openai", "max_tokens"],
    ["https://acme.openai.azure.com/openai/v1", "max_completion_tokens"],
    ["https://acme.services.ai.azure.com/models", "max_completion_tokens"],
    ["http://localhost:11434/v1", "max_tokens"],
    ["http://127.0.0.1:1234/v1", "max_tokens"],
    ["https://api.z.ai/api/paas/v4", "max_tokens"],
    ["https://router.huggingface.co/together/v1", "max_tokens"],
    ["https://acme.snowflakecomputing.com/api/v2/cortex/v1", "max_tokens"],
    ["https://api.deepseek.com.evil.example/v1", "max_completion_tokens"],
    ["http://localhost:4000/v1", "max_completion_tokens"],
  ])("%s: %s", async (base_url, field) => {
    const { body, url } = await sentTo("openai-compatible", { base_url }, { maxTokens: 7 });
    expect(body[field]).toBe(7);
    expect(url).toBe(`${base_url.replace(/\/$/, "")}/chat/completions`);
  });

  test("a name says more than an address", async () => {
    const { body } = await sentTo("ollama", { base_url: "https://api.openai.com/v1" }, { maxTokens: 7 });
    expect(body).toHaveProperty("max_tokens", 7);
  });
});

describe("compat overrides a single difference", () => {
  const base_url = "https://llm.example/v1";
  const thought: Message[] = [
    {
      role: "assistant",
      content: "a",
      reasoning: "hm",
      reasoningField: "reasoning",
      extra: { reasoning_details: [{ type: "reasoning.text", text: "hm" }] },
    },
  ];
  const sent = (compat: ConnectionConfig["compat"], options: ChatOptions = {}, messages?: Message[]) =>
    sentTo("openai-compatible", { base_url, compat }, options, messages).then(({ body }) => body);

  test("max_tokens_field", async () =>
    expect(await sent({ max_tokens_field: "max_tokens" }, { maxTokens: 3 })).toHaveProperty("max_tokens", 3));

  test.each(["reasoning", "reasoning_content"] as const)("reasoning_field: %s", async (reasoning_field) => {
    const body = await sent({ reasoning_field, vendor_fields: [] }, {}, thought);
    expect(body.messages).toEqual([{ role: "assistant", content: "a", [reasoning_field]: "hm" }]);
  });

  test("reasoning_field: thinking", async () => {
    const body = await sent({ reasoning_field: "thinking", vendor_fields: [] }, {}, thought);
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "hm" }] };
    expect(body.messages).toEqual([{ role: "assistant", content: [thinking, { type: "text", text: "a" }] }]);
  });

  test("reasoning_field: none, and no vendor_fields", async () => {
    const body = await sent({ reasoning_field: "none", vendor_fields: [] }, {}, thought);
    expect(body.messages).toEqual([{ role: "assistant", content: "a" }]);
  });

  test("refused_fields fail before the call, by the name of the option", async () => {
    await expect(
      sent({ refused_fields: "reasoning_effort" }, { reasoningEffort: "low" }),
    ).rejects.toMatchObject({
      kind: "InvalidRequest",
      message: expect.stringMatching(/^reasoningEffort: expected nothing, since The service refuses/),
    });
  });

  test("renamed_fields", async () => {
    const body = await sent({ renamed_fields: { seed: "random_seed" } }, { seed: 5 });
    expect(body).toMatchObject({ random_seed: 5 });
    expect(body).not.toHaveProperty("seed");
  });

  test("closed_requests, and unknownFields all the same", async () => {
    const compat = { closed_requests: true };
    await expect(sent(compat, { extra: { top_k: 5 } })).rejects.toMatchObject({ kind: "InvalidRequest" });
    expect(await sent(compat, { extra: { top_k: 5 }, unknownFields: "send" })).toHaveProperty("top_k", 5);
  });

  test("max_choices", async () =>
    await expect(sent({ max_choices: 2 }, { n: 3 })).rejects.toMatchObject({ param: "n" }));

  test("schema_beside_tools", async () => {
    const options: ChatOptions = {
      tools: [{ type: "function", function: { name: "f" } }],
      responseFormat: { type: "json_schema", jsonSchema: { name: "s", schema: {} } },
    };
    expect(await sent({}, options)).toHaveProperty("response_format");
    await expect(sent({ schema_beside_tools: false }, options)).rejects.toMatchObject({
      kind: "InvalidRequest",
    });
  });

  test("endpoints and label", () => {
    const { provider } = stubbed(
      () => json({}),
      configured("openai-compatible", { base_url, compat: { endpoints: ["chat"], label: "Acme" } }),
    );
    expect(provider.supportsEndpoint("embedding")).toBe(false);
    return expect(provider.embed(["a"])).rejects.toThrow("Acme has no embedding endpoint");
  });

  test("stream_usage and finish_reason", async () => {
    const chunk = { choices: [{ index: 0, delta: { content: "Hi" } }] };
    const body = `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
    const streamed = (compat: ConnectionConfig["compat"]) =>
      stubbed(() => new Response(body), configured("openai-compatible", { base_url, compat }));
    const lenient = streamed({ stream_usage: false, finish_reason: "optional" });
    expect(await lenient.provider.chatStream(question).response).toMatchObject({
      content: "Hi",
      finishReason: "other",
      rawFinishReason: null,
    });
    expect(lenient.sent[0]?.body).not.toHaveProperty("stream_options");
    const strict = streamed({});
    await expect(strict.provider.chatStream(question).text()).rejects.toMatchObject({
      kind: "InvalidResponse",
    });
    expect(strict.sent[0]?.body).toHaveProperty("stream_options");
  });

  test.each<[unknown, RegExp]>([
    [
      { max_token_field: "max_tokens" },
      /^config\.compat\.max_token_field: unknown key; did you mean "max_tokens_field"\?$/,
    ],
    [{ max_tokens_field: "tokens" }, /^config\.compat\.max_tokens_field: expected one of/],
    [{ renamed_fields: { seed: 5 } }, /^config\.compat\.renamed_fields: expected a mapping of names/],
    [
      { limit_periods: { requests: 0 } },
      /^config\.compat\.limit_periods\.requests: expected a number of milliseconds/,
    ],
    ["ollama", /^config\.compat: expected a mapping/],
  ])("%j is a ConfigError", (compat, message) => {
    const config = configured("openai-compatible", { base_url, compat: compat as never });
    expect(() => stubbed(() => json({}), config)).toThrow(expect.objectContaining({ kind: "ConfigError" }));
    expect(() => stubbed(() => json({}), config)).toThrow(message);
  });
});

describe("fields that a service refuses or renames", () => {
  test.each<[string, ChatOptions, string]>([
    ["openai", { reasoningFormat: "parsed" }, "reasoningFormat"],
    ["openai", { includeReasoning: false }, "includeReasoning"],
    ["mistral", { user: "ann" }, "user"],
    ["mistral", { serviceTier: "auto" }, "serviceTier"],
    ["groq", { extra: { top_k: 4 } }, "extra.top_k"],
  ])("%s refuses %j", async (provider, options, param) => {
    await expect(sentTo(provider, {}, options)).rejects.toMatchObject({ kind: "InvalidRequest", param });
  });

  test("Mistral's seed has a name of its own", async () => {
    const { body } = await sentTo("mistral", {}, { seed: 1 });
    expect(body).toMatchObject({ random_seed: 1 });
    expect(body).not.toHaveProperty("seed");
  });
});

describe("a conversation may go on at another service", () => {
  const response: AssistantMessage = {
    role: "assistant",
    content: "a",
    reasoning: "hm",
    reasoningField: "reasoning_content",
    extra: { reasoning_details: [{ type: "x" }], extra_content: { google: {} }, prefix: true },
    toolCalls: [
      {
        id: "1",
        type: "function",
        function: { name: "f", arguments: {}, rawArguments: "{}" },
        extra: { extra_content: { google: { thought_signature: "s" } } },
      },
    ],
  };
  const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
  const signed = { ...call, extra_content: { google: { thought_signature: "s" } } };

  test.each<[string, object]>([
    ["groq", { content: "a", reasoning: "hm", tool_calls: [call] }],
    ["openai", { content: "a", tool_calls: [call] }],
    ["openrouter", { content: "a", reasoning_details: [{ type: "x" }], tool_calls: [call] }],
    ["deepseek", { content: "a", reasoning_content: "hm", tool_calls: [call] }],
    ["gemini", { content: "a", extra_content: { google: {} }, tool_calls: [signed] }],
    ["vllm", { content: "a", reasoning_content: "hm", tool_calls: [call] }],
  ])("%s gets only what it takes; members that nobody knows go along", async (provider, expected) => {
    const { body } = await sentTo(provider, {}, {}, [response]);
    expect(body.messages).toEqual([{ role: "assistant", prefix: true, ...expected }]);
  });
});

describe("lists of models", () => {
  test.each<[string, unknown, object]>([
    ["a bare list", [{ id: "a", context_length: 8192 }], { id: "a", contextWindow: 8192 }],
    [
      "OpenRouter's",
      {
        data: [
          {
            id: "a/b",
            context_length: 4096,
            architecture: { input_modalities: ["text", "image"] },
            pricing: { prompt: "0.000001", completion: "0.000002" },
            top_provider: { max_completion_tokens: 512 },
          },
        ],
      },
      {
        id: "a/b",
        contextWindow: 4096,
        maxOutputTokens: 512,
        inputModalities: ["text", "image"],
        pricing: { prompt: 1e-6, completion: 2e-6 },
      },
    ],
    ["Mistral's", { data: [{ id: "a", max_context_length: 32_768 }] }, { id: "a", contextWindow: 32_768 }],
    ["vLLM's", { data: [{ id: "a", max_model_len: 4096 }] }, { id: "a", contextWindow: 4096 }],
    ["llama.cpp's", { data: [{ id: "a", meta: { n_ctx_train: 2048 } }] }, { id: "a", contextWindow: 2048 }],
    [
      "Together's, with prices of another kind",
      [{ id: "a", created: 5, pricing: { input: 0.2, output: 0.2 } }],
      { id: "a", created: 5 },
    ],
    ["members of other types", { data: [{ id: "a", created: "now", owned_by: 5 }] }, { id: "a" }],
    [
      "Ollama's own",
      { models: [{ name: "a:latest", size: 1000, modified_at: "2026-11-24T00:00:00Z" }] },
      { id: "a:latest", name: "a:latest", sizeBytes: 1000, created: 1_795_478_400 },
    ],
  ])("%s", async (_, body, expected) => {
    expect(await answered(body).listModels()).toEqual([expected]);
  });
});

describe("embeddings", () => {
  test.each<[string, object, object]>([
    ["Voyage's usage", { usage: { total_tokens: 4 } }, { totalTokens: 4 }],
    ["a usage that is none", { usage: "4" }, {}],
  ])("%s", async (_, more, usage) => {
    const { usage: read } = await answered({ data: [{ embedding: [1, 2] }], ...more }).embed(["a"]);
    expect(read ?? {}).toEqual(usage);
  });
});

describe("an error in an answer of success", () => {
  const error = { error: { code: 429, message: "slow down, please" } };
  test.each<[string, (provider: ReturnType<typeof answered>) => Promise<unknown>]>([
    ["chat", (provider) => provider.chat(question)],
    ["chatStream", (provider) => provider.chatStream(question).text()],
    ["complete", (provider) => provider.complete("Hi")],
    ["embed", (provider) => provider.embed(["a"])],
    ["listModels", (provider) => provider.listModels()],
    ["retrieveModel", (provider) => provider.retrieveModel("m")],
  ])("of %s", async (operation, ask) => {
    const body = operation === "chatStream" ? `data: ${JSON.stringify(error)}\n\n` : JSON.stringify(error);
    const config = configured("openai-compatible", { base_url: "https://llm.example/v1" });
    const { provider } = stubbed(() => new Response(body), config);
    await expect(ask(provider)).rejects.toMatchObject({
      kind: "RateLimitExceeded",
      status: 429,
      retryable: true,
      message: expect.stringContaining("slow down, please"),
      body: error,
    });
  });

  test("choices: [] is no answer", async () => {
    await expect(answered({ id: "x", choices: [] }).chat(question)).rejects.toMatchObject({
      kind: "InvalidResponse",
      message: expect.stringContaining("choices"),
    });
  });
});

describe("what came is there, with a name or without", () => {
  const body = {
    ...completion("It rains.", {
      citations: ["https://a.example/1"],
      search_results: [{ title: "One", url: "https://a.example/1" }],
    }),
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost: 0.5 },
  };

  test("raw, headers, citations, cost", async () => {
    const { provider } = stubbed(() => json(body, 200, { "x-generation": "g1" }));
    const response = await provider.chat(question);
    expect(response.raw).toEqual(body);
    expect(response.headers?.get("x-generation")).toBe("g1");
    expect(response.citations).toEqual([{ url: "https://a.example/1", title: "One" }]);
    expect(response.cost).toBe(0.5);
    const { raw, headers } = await provider.complete("Hi");
    expect(raw).toEqual(body);
    expect(headers?.get("x-generation")).toBe("g1");
  });

  test("the same of embeddings, lists of models, and one model", async () => {
    const entry = { id: "a", capabilities: { vision: true } };
    const bodies: object[] = [
      { data: [{ embedding: [1] }], meta: "m" },
      { data: [entry], next: "n" },
      [entry],
      entry,
    ];
    const { provider } = stubbed(
      ({ url }) => json(bodies.shift(), 200, { "x-asked": new URL(url).pathname }),
      configured("openai-compatible", { base_url: "https://llm.example/v1" }),
    );
    const embedded = await provider.embed(["a"]);
    expect(embedded.raw).toEqual({ data: [{ embedding: [1] }], meta: "m" });
    expect(embedded.headers?.get("x-asked")).toBe("/v1/embeddings");
    const models = await provider.listModels();
    expect(models.raw).toEqual({ data: [entry], next: "n" });
    expect(models.headers?.get("x-asked")).toBe("/v1/models");
    expect(models[0]?.raw).toEqual(entry);
    expect((await provider.listModels()).raw).toEqual([entry]);
    const model = await provider.retrieveModel("a");
    expect(model.raw).toEqual(entry);
    expect(model.headers?.get("x-asked")).toBe("/v1/models/a");
    expect(JSON.stringify([embedded, models, model])).not.toMatch(/vision|meta|x-asked/);
  });

  test("raw and headers are not in JSON or a spread", async () => {
    const { provider } = stubbed(() => json(body));
    const response = await provider.chat(question);
    expect(JSON.stringify(response)).not.toContain("search_results");
    expect(Object.keys({ ...response })).not.toContain("headers");
  });

  test("annotations and logprobs", async () => {
    const { provider } = stubbed(() =>
      json({
        choices: [
          {
            message: {
              content: "It rains.",
              annotations: [
                {
                  type: "url_citation",
                  url_citation: { url: "https://a.example", title: "A", start_index: 0, end_index: 2 },
                },
                { type: "file" },
              ],
            },
            logprobs: {
              content: [
                {
                  token: "It",
                  logprob: -0.1,
                  bytes: null,
                  top_logprobs: [{ token: "It", logprob: -0.1, bytes: null }],
                },
                { token: " rains" },
              ],
            },
            finish_reason: "stop",
          },
        ],
      }),
    );
    expect(await provider.chat(question)).toMatchObject({
      citations: [{ url: "https://a.example", title: "A", start: 0, end: 2 }],
      logprobs: [{ token: "It", logprob: -0.1, topLogprobs: [{ token: "It", logprob: -0.1 }] }],
    });
  });

  test("the same of a stream, whose events are given where includeRaw asks for them", async () => {
    const chunks = [
      {
        choices: [{ delta: { content: "It" }, logprobs: { content: [{ token: "It", logprob: -1 }] } }],
        citations: ["https://a.example"],
      },
      {
        choices: [{ delta: { content: " rains." }, finish_reason: "stop" }],
        citations: ["https://a.example"],
      },
    ];
    const sse = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
    const { provider } = stubbed(() => new Response(`${sse}data: [DONE]\n\n`));
    const raw = [];
    const stream = provider.chatStream(question, { includeRaw: true });
    for await (const chunk of stream) if (chunk.type === "raw") raw.push(chunk.data);
    const response = await stream.response;
    expect(raw).toEqual(chunks);
    expect(response.raw).toEqual(chunks);
    expect(response.citations).toEqual([{ url: "https://a.example" }]);
    expect(response.logprobs).toEqual([{ token: "It", logprob: -1 }]);
    expect(response.headers?.get("content-type")).toMatch(/text/);
    expect((await provider.chatStream(question).response).raw).toBeUndefined();
  });
});

describe("calls", () => {
  test("ids that were made up are unique over a conversation", async () => {
    const call = { function: { name: "f", arguments: "{}" } };
    const body = {
      choices: [{ message: { tool_calls: [call, { ...call, id: "" }] }, finish_reason: "tool_calls" }],
    };
    const provider = answered(body);
    const ids = [];
    for (let turn = 0; turn < 3; turn++) {
      const { toolCalls } = await provider.chat(question);
      ids.push(...toolCalls.map(({ id }) => id));
    }
    expect(new Set(ids).size).toBe(6);
  });

  test.each<[unknown, object, string]>([
    [{ city: "Riga" }, { city: "Riga" }, '{"city":"Riga"}'],
    [null, {}, ""],
    ["", {}, ""],
  ])("arguments %j", async (args, parsed, raw) => {
    const call = { id: "1", function: { name: "f", arguments: args } };
    const whole = answered({ choices: [{ message: { tool_calls: [call] }, finish_reason: "stop" }] });
    const { toolCalls, finishReason } = await whole.chat(question);
    expect(toolCalls[0]?.function).toEqual({ name: "f", arguments: parsed, rawArguments: raw });
    expect(finishReason).toBe("tool_calls");
    const chunk = { choices: [{ delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: "stop" }] };
    const { provider } = stubbed(() => new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`));
    const streamed = await provider.chatStream(question).response;
    expect(streamed.toolCalls[0]?.function).toEqual({ name: "f", arguments: parsed, rawArguments: raw });
  });
});

describe("limits that headers do not date", () => {
  const full = (limit: string, remaining = limit) => ({
    "x-ratelimit-limit-requests": limit,
    "x-ratelimit-remaining-requests": remaining,
    "x-ratelimit-limit-tokens": "8000",
    "x-ratelimit-remaining-tokens": "8000",
  });
  const learning = (provider: string, config: Partial<ConnectionConfig>, headers: Record<string, string>) =>
    stubbed(() => json(completion("Hi"), 200, headers), {
      ...configured(provider, config),
      limit: "auto",
      on_limit: "error",
    }).provider;

  test.each<[string, Partial<ConnectionConfig>, number | undefined, number | undefined]>([
    ["groq", {}, 86_400_000, 60_000],
    ["openai", {}, 60_000, 60_000],
    ["groq", { compat: { limit_periods: { requests: 5000 } } }, 5000, 60_000],
    [
      "openai-compatible",
      { base_url: "https://llm.example/v1", compat: { limit_periods: { requests: "3600000" } } },
      3_600_000,
      undefined,
    ],
    ["openai-compatible", { base_url: "https://llm.example/v1" }, undefined, undefined],
  ])("%s %j", async (provider, config, requests, tokens) => {
    const { rateLimits } = await learning(provider, config, full("10")).chat(question);
    expect(rateLimits?.requests?.periodMs).toBe(requests);
    expect(rateLimits?.tokens?.periodMs).toBe(tokens);
  });

  test("the limiter keeps to it", async () => {
    const compat = { limit_periods: { requests: 20_000 } };
    const provider = learning(
      "openai-compatible",
      { base_url: "https://llm.example/v1", compat },
      full("10", "0"),
    );
    await provider.chat(question);
    expect(provider.rateLimitState.windows).toMatchObject([{ periodMs: 20_000, calls: { limit: 10 } }]);
    await expect(provider.chat(question)).rejects.toMatchObject({ kind: "RateLimitExceeded" });
  });

  test("figures that tell another period have the last word, also for later answers that tell none", async () => {
    const told = { ...full("1000", "989"), "x-ratelimit-reset-requests": "15m50.4s" };
    const answers = [told, full("1000", "988")];
    const { provider } = stubbed(() => json(completion("Hi"), 200, answers.shift()), {
      ...configured("openai"),
      limit: "auto",
    });
    await provider.chat(question);
    await provider.chat(question);
    const windows = provider.rateLimitState.windows.filter(({ calls }) => calls);
    expect(windows.map(({ periodMs }) => periodMs)).toEqual([86_400_000]);
  });
});

describe("headers", () => {
  const sentHeaders = async (provider: string, config: Partial<ConnectionConfig> = {}) => {
    const { headers } = await sentTo(provider, config);
    return { authorization: headers.get("authorization"), key: headers.get("api-key") };
  };

  test("most take a bearer, Azure its own header, and compat has the last word", async () => {
    const base_url = "https://acme.openai.azure.com/openai/v1";
    const bearer = { authorization: "Bearer key-0123456789", key: null };
    const own = { authorization: null, key: "key-0123456789" };
    expect(await sentHeaders("openai")).toEqual(bearer);
    expect(await sentHeaders("azure", { base_url })).toEqual(own);
    expect(await sentHeaders("openai-compatible", { base_url })).toEqual(own);
    expect(await sentHeaders("azure", { base_url, compat: { auth: "bearer" } })).toEqual(bearer);
    const proxy = { base_url: "https://llm.example/v1", compat: { auth: "api-key" as const } };
    expect(await sentHeaders("openai-compatible", proxy)).toEqual(own);
  });

  test("a stream takes a whole answer too", async () => {
    const { provider, sent } = stubbed(() => new Response("data: [DONE]\n\n"));
    await provider
      .chatStream(question)
      .text()
      .catch(() => {});
    expect(sent[0]?.headers.get("accept")).toBe("text/event-stream, application/json");
  });
});

describe("a whole answer where a stream was asked for", () => {
  const streamed = (body: unknown, type = "application/json") =>
    stubbed(
      () => new Response(JSON.stringify(body, null, 2), { headers: { "content-type": type } }),
    ).provider.chatStream(question);

  test.each(["application/json", "application/json; charset=utf-8", "application/problem+json"])(
    "%s",
    async (type) => {
      const body = completion("It rains.", {});
      const stream = streamed(body, type);
      const types = [];
      for await (const chunk of stream) types.push(chunk.type);
      expect(types).toEqual(["text", "finish", "usage"]);
      expect(await stream.response).toMatchObject({
        content: "It rains.",
        finishReason: "stop",
        usage: { totalTokens: 7 },
      });
    },
  );

  test("with calls", async () => {
    const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
    const body = {
      choices: [
        {
          index: 0,
          message: { content: null, tool_calls: [call, { ...call, id: "2" }] },
          finish_reason: "tool_calls",
        },
      ],
    };
    const { toolCalls } = await streamed(body).response;
    expect(toolCalls.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test.each<[string, unknown, string]>([
    ["an error", { error: { code: 429, message: "slow" } }, "RateLimitExceeded"],
    ["no answer", { hello: 1 }, "InvalidResponse"],
    ["nothing chosen", { choices: [] }, "InvalidResponse"],
  ])("%s", async (_, body, kind) => {
    await expect(streamed(body).text()).rejects.toMatchObject({ kind });
  });
});
