/** The first call of a process, made at once: `tsx first-call.ts OPERATION` prints the spans and metrics that came of it. */
import { context, metrics as metricsApi, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { runTools } from "../../src/provider/tools/run-tools.ts";
import { defineTool } from "../../src/provider/tools/tools.ts";
import { createRouter, routeOf } from "../../src/router/index.ts";
import { createTelemetry } from "../../src/telemetry/index.ts";
import { finish, sse, text } from "../provider/stream/harness.ts";
import { completion, groqConfig, json, type Sent, stubbed } from "../provider/support.ts";
import { HELLO } from "../router/fake-provider.ts";
import { inMemory } from "./sdk.ts";

const sdk = inMemory();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(sdk.tracerProvider);
metricsApi.setGlobalMeterProvider(sdk.meterProvider);

const telemetry = createTelemetry();
const config = groqConfig(
  { base_url: "https://api.example.com/v1" },
  { provider: "openai-compatible", model: "m", supported_endpoints: ["chat", "completion", "embedding"] },
);
const { provider } = stubbed(answer, config, { layers: telemetry, onEvent: telemetry.onEvent });
const router = telemetry.provider(createRouter([provider], { onEvent: telemetry.onEvent }));
const add = telemetry.tool(defineTool({ name: "add", execute: () => "2" }));

function answer({ url, body }: Sent): Response {
  if (url.endsWith("/models")) return json({ object: "list", data: [] });
  if (url.endsWith("/embeddings"))
    return json({
      object: "list",
      model: "m",
      data: [{ object: "embedding", index: 0, embedding: [1] }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
  if (body?.stream === true) return new Response(sse(text("Hi"), finish()));
  if (!body?.tools || JSON.stringify(body).includes("tool_call_id")) return json(completion("Hi"));
  const call = { id: "call_1", type: "function", function: { name: "add", arguments: "{}" } };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  return json(completion("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] }));
}

const operations: Record<string, () => Promise<unknown>> = {
  chat: () => provider.chat(HELLO),
  stream: () => provider.chatStream(HELLO).text(),
  complete: () => provider.complete("Hello"),
  embed: () => provider.embed(["Hello"]),
  models: () => provider.listModels(),
  tool: async () => add.execute({}, {} as never),
  tools: () => runTools(provider, HELLO, { tools: [add] }),
  "router chat": () => router.chat(HELLO),
  "router stream": () => router.chatStream(HELLO).text(),
  "router route": async () => {
    const stream = router.chatStream(HELLO);
    await stream.text();
    return routeOf(stream)?.answeredBy;
  },
  "router loop": async () => {
    for await (const _ of router.chatStream(HELLO));
  },
  "router response": () => router.chatStream(HELLO).response,
  "router complete": () => router.complete("Hello"),
  "router embed": () => router.embed(["Hello"]),
};

const gave = await operations[process.argv[2] ?? ""]?.();
const spans = sdk.spans().map(({ name }) => name);
const parents = sdk.spans().filter((span) => span.parentSpanContext !== undefined).length;
const given = typeof gave === "string" ? gave : undefined;
console.log(JSON.stringify({ spans, parents, metrics: [...(await sdk.metrics()).keys()], given }));
