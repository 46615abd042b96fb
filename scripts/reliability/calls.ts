/** The calls of an application: each operation of the library, read in each way. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import {
  type ChatChunk,
  chatObject,
  chatObjectStream,
  defineTool,
  type ModelConfig,
  OpenAiCompatibleProvider,
  type ProviderDependencies,
  runTools,
  runToolsStream,
} from "../../src/provider/index.ts";
import { CountingClock } from "../counting-clock.ts";
import type { Operation } from "./assault.ts";
import type { Attack } from "./attack.ts";

/** What must never be told. */
export const KEY = "gsk_reliability_0123456789abcdef";
export const HEADER_SECRET = "gateway-secret-9f8e7d6c";

const LIMIT_CONFIGS: Record<Attack["limit"], Partial<ModelConfig>> = {
  none: {},
  calls: { limit: { renewal_period: "minutes", calls: 1000 } },
  tokens: { limit: { renewal_period: "minutes", calls: 1000, tokens: 1_000_000 } },
  auto: { limit: "auto" },
  error: { limit: { renewal_period: "seconds", calls: 100 }, on_limit: "error" },
  one: {},
};

/** The longest that a call waits because a server asked for it. */
export const MAX_WAIT_MS = 1000;
const MAX_QUEUE_MS = 1500;

export function createClient(place: string, attack: Attack) {
  const clock = new CountingClock();
  const dependencies: ProviderDependencies = {
    clock,
    headers: { "x-gateway": HEADER_SECRET },
    // As everywhere but on Node, where `node:http` is the default.
    ...(attack.exchange === "fetch" && { fetch: (url, init) => globalThis.fetch(url, init) }),
  };
  const config: ModelConfig = {
    name: "reliability",
    provider: "openai-compatible",
    model: "openai/gpt-oss-20b",
    supported_endpoints: ["chat", "completion", "embedding"],
    config: {
      api_key: KEY,
      base_url: `${place}/openai/v1`,
      timeout_ms: attack.timeoutMs,
      stall_timeout_ms: 400,
      max_wait_ms: MAX_WAIT_MS,
      max_queue_ms: MAX_QUEUE_MS,
      ...(attack.limit === "one" && { max_concurrent: 1 }),
    },
    ...LIMIT_CONFIGS[attack.limit],
  };
  return { clock, provider: new OpenAiCompatibleProvider(config, dependencies) };
}

type Provider = OpenAiCompatibleProvider;
const messages = [{ role: "user" as const, content: "What is it like there?" }];
const weather = defineTool({
  name: "get_weather",
  description: "The weather",
  parameters: z.object({ city: z.string(), days: z.number() }),
  execute: ({ city, days }) => ({ city, days, sky: "clear" }),
});
const schema = z.object({
  city: z.string(),
  people: z.number(),
  tags: z.array(z.string()),
  outside: z.boolean(),
});

export interface Call {
  provider: Provider;
  options: { signal: AbortSignal; timeoutMs?: number; deadlineMs?: number };
  attack: Attack;
  abort: () => void;
}

/** What came, and for streams the text that came before. */
export interface Result {
  value: unknown;
  text?: string;
}

export const CALLS: Record<Operation, (call: Call, seen: { text: string }) => Promise<Result>> = {
  async chat({ provider, options }) {
    const value = await provider.chat(messages, options);
    return { value, text: value.content };
  },
  async complete({ provider, options }) {
    const value = await provider.complete("What is it like there?", options);
    return { value, text: value.text };
  },
  async chatStream({ provider, options, attack, abort }, seen) {
    const stream = provider.chatStream(messages, options);
    if (attack.reader === "response") return { value: await stream.response };
    await read(
      stream,
      attack,
      abort,
      () => stream.cancel(),
      (chunk: ChatChunk) => {
        if (chunk.type === "text") seen.text += chunk.text;
      },
    );
    if (attack.reader === "break" || attack.reader === "cancel") return { value: null };
    const value = await stream.response;
    return { value, text: value.content };
  },
  embed: async ({ provider, options }) => ({ value: await provider.embed(["one", "two"], options) }),
  listModels: async ({ provider, options }) => ({ value: await provider.listModels(options) }),
  retrieveModel: async ({ provider, options }) => ({
    value: await provider.retrieveModel("openai/gpt-oss-20b", options),
  }),
  runTools: async ({ provider, options }) => ({
    value: await runTools(provider, messages, { tools: [weather], maxTurns: 3, ...options }),
  }),
  async runToolsStream({ provider, options, attack, abort }) {
    const stream = runToolsStream(provider, messages, { tools: [weather], maxTurns: 3, ...options });
    if (attack.reader === "response") return { value: await stream.result };
    await read(stream, attack, abort, () => stream.cancel());
    if (attack.reader === "break" || attack.reader === "cancel") return { value: null };
    return { value: await stream.result };
  },
  chatObject: async ({ provider, options }) => ({
    value: await chatObject(provider, messages, { schema, name: "booking", ...options }),
  }),
  async chatObjectStream({ provider, options, attack, abort }) {
    const stream = chatObjectStream(provider, messages, { schema, name: "booking", ...options });
    if (attack.reader === "response") return { value: await stream.object };
    await read(stream, attack, abort, () => stream.cancel());
    if (attack.reader === "break" || attack.reader === "cancel") return { value: null };
    return { value: await stream.object };
  },
};

/** Reads as the case says: all, slowly, or only the beginning. */
async function read<T>(
  stream: AsyncIterable<T>,
  { reader }: Attack,
  abort: () => void,
  cancel: () => void,
  see: (item: T) => void = () => {},
): Promise<void> {
  let count = 0;
  for await (const item of stream) {
    see(item);
    count++;
    if (reader === "slow" && count < 8) await sleep(60);
    if (reader === "break" && count === 2) return;
    if (reader === "cancel" && count === 2) {
      cancel();
      return;
    }
    if (reader === "abort" && count === 2) abort();
  }
}
