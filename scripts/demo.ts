/**
 * `npm run demo`: what the library does, against the embedded Groq, or the real one when GROQ_API_KEY is set (at
 * GROQ_BASE_URL, should it stand behind a gateway).
 */
import {
  defineTool,
  GroqProvider,
  LlmError,
  type ModelConfig,
  type ProviderEvent,
  runTools,
} from "../src/provider/index.ts";
import { startEmbeddedGroq } from "../src/testing/index.ts";

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
const [bold, dim, green, red] = [paint(1), paint(2), paint(32), paint(31)];

const section = (title: string) => console.log(`\n${bold(title)}`);
const row = (name: string, value: unknown) => console.log(`  ${dim(name.padEnd(11))} ${String(value)}`);

const key = process.env.GROQ_API_KEY?.trim();
const embedded = key ? undefined : await startEmbeddedGroq();
const model = "openai/gpt-oss-20b";

const config: ModelConfig = {
  name: "demo",
  provider: "groq",
  model,
  config: {
    api_key: key ?? "gsk_embedded",
    base_url: embedded?.baseUrl ?? (process.env.GROQ_BASE_URL || undefined),
    max_tokens: 200,
    reasoning_effort: "low",
  },
};

console.log(
  key
    ? `Talking to ${bold("Groq")}, since GROQ_API_KEY is set. This costs about a thousand tokens.`
    : `Talking to ${bold("the Groq embedded in this package")}. Set GROQ_API_KEY to talk to the real one.`,
);

let failed = false;
try {
  await demo(new GroqProvider(config));
  console.log(`\n${green("Done.")}`);
} catch (error) {
  failed = true;
  console.error(
    `\n${red("Failed:")} ${LlmError.is(error) ? `${error.kind}: ${error.message}` : String(error)}`,
  );
} finally {
  await embedded?.close();
}
process.exitCode = failed ? 1 : 0;

async function demo(provider: GroqProvider): Promise<void> {
  section("A chat");
  const chat = await provider.chat([{ role: "user", content: "Say hello to the Alps in five words." }]);
  row("answer", chat.content);
  row("usage", `${chat.usage?.promptTokens} + ${chat.usage?.completionTokens} tokens`);
  row("timing", `${chat.timing?.totalMs.toFixed(1)} ms at the server`);
  row("request", chat.requestId);

  section("A stream");
  process.stdout.write(`  ${dim("answer".padEnd(11))} `);
  for await (const chunk of provider.chatStream([{ role: "user", content: "Count from one to five." }])) {
    if (chunk.type === "text") process.stdout.write(chunk.text);
    if (chunk.type === "finish") console.log(dim(`  [${chunk.finishReason}]`));
  }

  section("A completion");
  row("answer", (await provider.complete("The capital of Portugal is")).text);

  section("A tool conversation");
  const getWeather = defineTool({
    name: "get_weather",
    description: "The weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    execute: (city) => {
      row("tool", `get_weather(${JSON.stringify(city)})`);
      return { celsius: 17, sky: "clear" };
    },
  });
  const question = { role: "user" as const, content: "Do I need an umbrella in Lisbon?" };
  const { response, turns } = await runTools(provider, [question], { tools: [getWeather] });
  row("answer", response.content);
  row("turns", turns);

  section("The models");
  for (const { id, contextWindow, features } of (await provider.listModels()).slice(0, 6)) {
    row(String(contextWindow ?? ""), `${id}  ${dim(features?.join(", ") ?? "")}`);
  }

  section("An error");
  try {
    await provider.chat([question], { model: "gemma2-9b-it" });
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    row(error.kind, error.message);
  }

  section("A rate limit: two calls a second");
  const waits = (event: ProviderEvent) => {
    if (event.type === "limitWait") row("waited", `${Math.round(event.waitMs)} ms`);
  };
  const limit = { renewal_period: "seconds" as const, calls: 2 };
  const limited = new GroqProvider({ ...config, config: config.config, limit }, { onEvent: waits });
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: 5 }, () => limited.chat([{ role: "user", content: "Hi" }], { maxTokens: 40 })),
  );
  row("5 calls", `${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
