/** What the conventions name, and how they count. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { ModelConfig } from "../../src/provider/base/model-config.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { ATTR, METRICS, OWN, TOKENS_1_41, TOKENS_LATEST } from "../../src/telemetry/names.ts";
import { Body, event, failure, finish, sse, text, usage } from "../provider/stream/harness.ts";
import { completion, type Handler, json, stubbed } from "../provider/support.ts";
import { HELLO } from "../router/fake-provider.ts";
import { inMemory } from "./sdk.ts";

const answer = () => json(completion("Hi"));

function told(config: Partial<ModelConfig> = {}, handler: Handler = answer, options: TelemetryOptions = {}) {
  const sdk = inMemory();
  const { tracerProvider, meterProvider } = sdk;
  const telemetry = createTelemetry({ tracerProvider, meterProvider, ...options });
  const given = { name: "t", provider: "groq", model: "m", ...config };
  const { provider } = stubbed(
    handler,
    { ...given, config: { api_key: "gsk_0123456789abcdef", ...config.config } },
    { layers: telemetry, onEvent: telemetry.onEvent },
  );
  return { ...sdk, provider, telemetry, call: () => sdk.spans().at(-1) };
}

test.each([
  ["groq", "groq"],
  ["azure", "azure.ai.openai"],
  ["gemini", "gcp.gemini"],
  ["mistral", "mistral_ai"],
  ["moonshot", "moonshot_ai"],
  ["xai", "x_ai"],
  ["openai", "openai"],
  ["deepseek", "deepseek"],
  ["perplexity", "perplexity"],
  ["openrouter", "openrouter"],
])("the service %s is %s", async (provider, name) => {
  const config = provider === "azure" ? { base_url: "https://x.openai.azure.com/openai/v1" } : {};
  const { provider: asked, call, metrics } = told({ provider, config });
  await asked.chat(HELLO);
  expect(call()?.attributes["gen_ai.provider.name"]).toBe(name);
  const [point] = (await metrics()).get("gen_ai.client.inference.duration") ?? [];
  expect(point?.attributes["gen_ai.provider.name"]).toBe(name);
});

test.each([
  ["https://api.example.com/v1", "api.example.com", 443],
  ["http://localhost/v1", "localhost", 80],
  ["http://127.0.0.1:8080/v1", "127.0.0.1", 8080],
  ["http://[::1]:8080/v1", "::1", 8080],
])("of the server %s host and port are told", async (base_url, address, port) => {
  const { provider, call } = told({ provider: "openai-compatible", config: { base_url } });
  await provider.chat(HELLO);
  expect(call()?.attributes).toMatchObject({ "server.address": address, "server.port": port });
});

test("of a request what is sent is told, be it of the call or of the configuration", async () => {
  const { provider, call } = told({ provider: "openai", config: { temperature: 0.25, max_tokens: 70 } });
  await provider.chat(HELLO, {
    ...{ topP: 0.5, seed: 7, stop: "END", n: 2, reasoningEffort: "low" },
    responseFormat: { type: "json_object" },
    extra: { frequency_penalty: 0.1, presence_penalty: 0.2 },
  });
  expect(call()?.attributes).toMatchObject({
    "gen_ai.request.temperature": 0.25,
    "gen_ai.request.max_tokens": 70,
    "gen_ai.request.top_p": 0.5,
    "gen_ai.request.seed": 7,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.request.choice.count": 2,
    "gen_ai.request.reasoning.level": "low",
    "gen_ai.request.frequency_penalty": 0.1,
    "gen_ai.request.presence_penalty": 0.2,
    "gen_ai.output.type": "json",
  });
});

test("the model that answered is in the measures too, and their buckets are the conventions'", async () => {
  const { provider, metrics } = told();
  await provider.chat(HELLO);
  const found = await metrics();
  const [size] = found.get("gen_ai.client.inference.operation.input_tokens") ?? [];
  expect(size?.attributes["gen_ai.response.model"]).toBe("openai/gpt-oss-20b");
  expect(Object(size?.value).buckets.boundaries).toEqual(Array.from({ length: 14 }, (_, i) => 4 ** i));
});

test("tokens are counted of every call, those that failed too, and of no modality that is told", async () => {
  const { provider, metrics } = told({ config: { max_retries: 0 } }, (_, count) =>
    count === 1 ? answer() : new Response("{}", { status: 400 }),
  );
  const counted = async () => {
    const points = (await metrics()).get("gen_ai.client.inference.usage.input_tokens") ?? [];
    expect(points.every(({ attributes }) => attributes["gen_ai.token.modality"] === "unknown")).toBe(true);
    return points.map(({ value }) => value);
  };
  await provider.chat(HELLO);
  expect(await counted()).toEqual([3]);
  await failure(provider.chat(HELLO));
  expect(await counted()).toEqual([3, 0]);
  const sizes = (await metrics()).get("gen_ai.client.inference.operation.input_tokens");
  expect(sizes?.[0]?.value).toMatchObject({ count: 1 });
});

test.each([
  ["latest", ["gen_ai.client.embeddings.duration", "gen_ai.client.embeddings.operation.input_tokens"]],
  ["1.41", ["gen_ai.client.operation.duration", "gen_ai.client.token.usage"]],
] as const)("embeddings are no inference, and write nothing: %s", async (semconv, names) => {
  const body = {
    object: "list",
    model: "m",
    data: [{ object: "embedding", index: 0, embedding: [1] }],
    usage: { prompt_tokens: 5, total_tokens: 5 },
  };
  const { provider, call, metrics } = told(
    { provider: "openai", supported_endpoints: ["embedding"] },
    () => json(body),
    { semconv },
  );
  await provider.embed(["Hello"], { dimensions: 1 });
  expect(call()?.attributes).toMatchObject({
    "gen_ai.operation.name": "embeddings",
    "gen_ai.embeddings.dimension.count": 1,
    "gen_ai.usage.input_tokens": 5,
  });
  expect(call()?.attributes).not.toHaveProperty("gen_ai.usage.output_tokens");
  const found = await metrics();
  expect([...found.keys()]).toEqual(names);
  expect(found.get(names[1])).toHaveLength(1);
  expect(found.get(names[1])?.[0]?.value).toMatchObject({ sum: 5, count: 1 });
});

test("a stream tells its time to the first chunk, and one that breaks off that it has no reason to end", async () => {
  const { provider, call } = told({}, (_, count) =>
    count === 1
      ? new Response(sse(text("Hi"), finish("stop", { usage: usage(2) })))
      : new Response(new Body([event(text("Hi"))], new TypeError("terminated")).stream),
  );
  await provider.chatStream(HELLO).text();
  expect(call()?.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThanOrEqual(0);
  expect(call()?.attributes["gen_ai.response.finish_reasons"]).toEqual(["stop"]);
  await failure(provider.chatStream(HELLO).response);
  expect(call()?.attributes["gen_ai.response.finish_reasons"]).toEqual(["error"]);
  expect(call()?.attributes["error.type"]).toBeDefined();
});

test.each([
  ["latest", 2],
  ["1.41", 0],
] as const)("runs of tools are measured since there is a name for it: %s", async (semconv, points) => {
  const { telemetry, metrics, spans } = told({}, answer, { semconv });
  const tool = telemetry.tool({
    name: "add",
    execute: async (works: boolean) => {
      if (!works) throw new RangeError("too far");
    },
  });
  await tool.execute(true);
  await tool.execute(false).catch(() => {});
  expect(spans().map(({ attributes }) => attributes["gen_ai.tool.type"])).toEqual(["function", "function"]);
  const found = (await metrics()).get("gen_ai.execute_tool.duration") ?? [];
  expect(found).toHaveLength(points);
  expect(found.map(({ attributes }) => attributes["error.type"])).toEqual(
    [undefined, "RangeError"].slice(0, points),
  );
});

test("the page has each metric, and each attribute of our own", async () => {
  const page = await readFile(new URL("../../docs/telemetry.md", import.meta.url), "utf8");
  const { inputSize, outputSize, embedded } = TOKENS_LATEST;
  expect(page).toContain(inputSize.replace("input", "{input,output}"));
  expect(outputSize).toBe(inputSize.replace("input", "output"));
  const names = [
    ...Object.values(METRICS).flatMap((one) => Object.values(one)),
    ...Object.values(OWN),
    ...Object.values(ATTR).filter((name) => name.startsWith("groq_provider.")),
    ...[TOKENS_1_41, embedded],
  ];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
