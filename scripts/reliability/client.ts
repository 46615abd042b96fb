/** One case as an application lives through it: the call, how it ends, what it leaves, and a call after it. */
import { getEventListeners } from "node:events";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import * as z from "zod";
import { type Clock, systemClock } from "../../src/provider/base/clock.ts";
import {
  type ChatChunk,
  chatObject,
  chatObjectStream,
  defineTool,
  LLM_ERROR_KINDS,
  LlmError,
  type ModelConfig,
  OpenAiCompatibleProvider,
  type ProviderDependencies,
  runTools,
  runToolsStream,
} from "../../src/provider/index.ts";
import type { Attack, Operation } from "./attack.ts";
import { isPlain } from "./plain.ts";

export const KEY = "gsk_reliability_0123456789abcdef";
export const HEADER_SECRET = "gateway-secret-9f8e7d6c";

export interface Ending {
  /** Milliseconds. */
  ms: number;
  /** The error's kind; absent where the call succeeded. */
  kind?: string;
  message?: string;
  retryAfterMs?: number;
  /** Promises that the ending itself breaks. */
  broken: string[];
}

export interface Outcome extends Ending {
  /** The call after the attack, to the same provider: answered well. */
  next: Ending;
  left: { timers: number; listeners: number; active: number; waiting: number };
}

class CountingClock implements Clock {
  readonly now = systemClock.now;
  readonly #timers = new Set<object>();

  get timers(): number {
    return this.#timers.size;
  }

  setTimer(fn: () => void, ms: number, background?: boolean): () => void {
    const timer = {};
    this.#timers.add(timer);
    const fire = () => {
      this.#timers.delete(timer);
      fn();
    };
    const cancel = systemClock.setTimer(fire, ms, background);
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }
}

const LIMIT_CONFIGS: Record<Attack["limit"], Partial<ModelConfig>> = {
  none: {},
  calls: { limit: { renewal_period: "minutes", calls: 1000 } },
  tokens: { limit: { renewal_period: "minutes", calls: 1000, tokens: 1_000_000 } },
  auto: { limit: "auto" },
  error: { limit: { renewal_period: "seconds", calls: 100 }, on_limit: "error" },
  one: {},
};

const MAX_WAIT_MS = 1000;

function createClient(place: string, attack: Attack) {
  const clock = new CountingClock();
  const dependencies: ProviderDependencies = { clock, headers: { "x-gateway": HEADER_SECRET } };
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

interface Call {
  provider: Provider;
  signal: AbortSignal;
  attack: Attack;
  abort: () => void;
}

/** What came, and for streams the text that came before. */
interface Result {
  value: unknown;
  text?: string;
}

const OPERATIONS: Record<Operation, (call: Call, seen: { text: string }) => Promise<Result>> = {
  async chat({ provider, signal }) {
    const value = await provider.chat(messages, { signal });
    return { value, text: value.content };
  },
  async complete({ provider, signal }) {
    const value = await provider.complete("What is it like there?", { signal });
    return { value, text: value.text };
  },
  async chatStream({ provider, signal, attack, abort }, seen) {
    const stream = provider.chatStream(messages, { signal });
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
  embed: async ({ provider, signal }) => ({ value: await provider.embed(["one", "two"], { signal }) }),
  listModels: async ({ provider, signal }) => ({ value: await provider.listModels({ signal }) }),
  retrieveModel: async ({ provider, signal }) => ({
    value: await provider.retrieveModel("openai/gpt-oss-20b", { signal }),
  }),
  runTools: async ({ provider, signal }) => ({
    value: await runTools(provider, messages, { tools: [weather], maxTurns: 3, signal }),
  }),
  async runToolsStream({ provider, signal, attack, abort }) {
    const stream = runToolsStream(provider, messages, { tools: [weather], maxTurns: 3, signal });
    if (attack.reader === "response") return { value: await stream.result };
    await read(stream, attack, abort, () => stream.cancel());
    if (attack.reader === "break" || attack.reader === "cancel") return { value: null };
    return { value: await stream.result };
  },
  chatObject: async ({ provider, signal }) => ({
    value: await chatObject(provider, messages, { schema, name: "booking", signal }),
  }),
  async chatObjectStream({ provider, signal, attack, abort }) {
    const stream = chatObjectStream(provider, messages, { schema, name: "booking", signal });
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

async function attempt(call: Call): Promise<Ending> {
  const { attack } = call;
  const startedAt = performance.now();
  const seen = { text: "" };
  const broken: string[] = [];
  try {
    const { value, text } = await OPERATIONS[attack.operation](call, seen);
    const ms = performance.now() - startedAt;
    const odd = isPlain(value);
    if (odd) broken.push(`a value of another kind: ${odd}`);
    if (text !== undefined && seen.text !== "" && text !== seen.text)
      broken.push("the text is not that of the chunks");
    if (attack.text !== undefined && text !== undefined && text !== attack.text)
      broken.push(`the text is another: ${JSON.stringify(text.slice(0, 80))}`);
    if (tells(inspect(value, { depth: 8 }))) broken.push("a secret in the value");
    return { ms, broken };
  } catch (error) {
    const ms = performance.now() - startedAt;
    if (!LlmError.is(error))
      return { ms, kind: "none", message: inspect(error).slice(0, 600), broken: ["no LlmError"] };
    const { kind, message, retryAfterMs } = error;
    return {
      ms,
      kind,
      message: message.slice(0, 300),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      broken: [...broken, ...judge(error, attack, seen.text)],
    };
  }
}

const tells = (text: string) => text.includes(KEY) || text.includes(HEADER_SECRET);
const LONGEST_MESSAGE = 4000;

/** What an error breaks of what is promised of errors. */
function judge(error: LlmError, attack: Attack, seen: string): string[] {
  const broken: string[] = [];
  if (!LLM_ERROR_KINDS.includes(error.kind)) broken.push(`an unknown kind, ${error.kind}`);
  if (error.message.trim() === "") broken.push("an empty message");
  if (error.message.length > LONGEST_MESSAGE) broken.push(`a message of ${error.message.length} characters`);
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && !(Number.isFinite(retryAfterMs) && retryAfterMs >= 0))
    broken.push(`retryAfterMs is ${retryAfterMs}`);
  let shown = "";
  try {
    shown = `${inspect(error, { depth: 8, maxStringLength: 1e6 })}${JSON.stringify(error)}`;
  } catch (fault) {
    broken.push(`the error can't be shown: ${fault}`);
  }
  if (tells(shown)) broken.push("a secret in the error");
  if (shown.length > 3e6) broken.push(`shown, the error has ${shown.length} characters`);
  const isEnded = ["break", "cancel", "abort", "response"].includes(attack.reader);
  if (attack.operation === "chatStream" && !isEnded && error.partial !== undefined && error.partial !== seen)
    broken.push(
      `partial is ${JSON.stringify(error.partial.slice(0, 60))}, seen was ${JSON.stringify(seen.slice(0, 60))}`,
    );
  if (
    attack.operation === "chatStream" &&
    !isEnded &&
    seen !== "" &&
    error.partial === undefined &&
    error.kind !== "Cancelled"
  )
    broken.push("partial is absent");
  const own = ["Timeout", "Cancelled"].includes(error.kind);
  if (attack.says !== undefined && !own && attack.skip === 0 && !isEnded) {
    if (!error.message.includes(attack.says))
      broken.push(
        shown.includes(attack.says)
          ? "the server's sentence is not in the message"
          : "the server's sentence is lost",
      );
  }
  if (attack.text !== undefined && !own) broken.push(`${error.kind} where nothing was wrong`);
  return broken;
}

export async function play(place: string, attack: Attack, onNext = () => {}): Promise<Outcome> {
  const { provider, clock } = createClient(place, attack);
  const controller = new AbortController();
  const { signal } = controller;
  const call: Call = { provider, signal, attack, abort: () => controller.abort() };
  const { abortAfterMs } = attack;
  const timer = abortAfterMs === undefined ? undefined : setTimeout(call.abort, abortAfterMs);
  const ending = await attempt(call);
  clearTimeout(timer);
  if ("polluted" in {}) ending.broken.push("Object.prototype was polluted");
  if (abortAfterMs !== undefined && ending.ms > abortAfterMs + OBEYS_WITHIN_MS)
    ending.broken.push(`went on ${Math.round(ending.ms - abortAfterMs)} ms after it was aborted`);
  const left = await untilNothingLeft(() => ({
    timers: clock.timers,
    listeners: getEventListeners(signal, "abort").length,
    active: provider.rateLimitState.active,
    waiting: provider.rateLimitState.waiting,
  }));
  await heal(place);
  onNext();
  return { ...ending, left, next: await playNext(provider, attack) };
}

// A busy machine is late by itself.
const OBEYS_WITHIN_MS = 2000;
const LONGEST_PAUSE_MS = 25 * 3_600_000;

/** Tells the server to answer this case well from now on. */
async function heal(place: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = get(`${place}/heal`, { agent: false }, (answer) => answer.resume().on("end", resolve));
    request.on("error", reject);
  });
}

/** The call after the attack: to the same provider, so that what the attack taught it is still there. */
async function playNext(provider: OpenAiCompatibleProvider, attack: Attack): Promise<Ending> {
  const { says: _says, text: _text, abortAfterMs: _abort, ...rest } = attack;
  const calm: Attack = { ...rest, operation: "chat", reader: "all", limit: "none" };
  const ending = await attempt({
    provider,
    signal: new AbortController().signal,
    attack: calm,
    abort: () => {},
  });
  const { kind, retryAfterMs } = ending;
  const waits = kind === "RateLimitExceeded" || (kind === "ServiceUnavailable" && retryAfterMs !== undefined);
  if (kind !== undefined && !waits) ending.broken.push(`the next call fails: ${kind}, ${ending.message}`);
  if (kind === "RateLimitExceeded" && retryAfterMs === undefined)
    ending.broken.push("the next call is refused, and nothing says until when");
  if (retryAfterMs !== undefined && retryAfterMs > LONGEST_PAUSE_MS)
    ending.broken.push(`the next call is refused for ${retryAfterMs} ms`);
  return ending;
}

const LEFT_WITHIN_MS = 1500;

async function untilNothingLeft<T extends Record<string, number>>(left: () => T): Promise<T> {
  const until = performance.now() + LEFT_WITHIN_MS;
  for (;;) {
    const now = left();
    if (Object.values(now).every((count) => count === 0) || performance.now() > until) return now;
    await sleep(10);
  }
}
