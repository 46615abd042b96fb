/** One case as an application lives through it: the call, how it ends, what it leaves, and a call after it. */
import { getEventListeners } from "node:events";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { LlmError, type OpenAiCompatibleProvider } from "../../src/provider/index.ts";
import type { Attack } from "./attack.ts";
import { CALLS, type Call, createClient, MAX_WAIT_MS } from "./calls.ts";
import { judge, tells } from "./judge.ts";
import { isPlain } from "./plain.ts";

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

async function attempt(call: Call): Promise<Ending> {
  const { attack } = call;
  const startedAt = performance.now();
  const seen = { text: "" };
  const broken: string[] = [];
  try {
    const { value, text } = await CALLS[attack.operation](call, seen);
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

export async function play(place: string, attack: Attack, onNext = () => {}): Promise<Outcome> {
  const { provider, clock } = createClient(place, attack);
  const controller = new AbortController();
  const { signal } = controller;
  const { abortAfterMs, deadlineMs } = attack;
  const options = { signal, ...(deadlineMs !== undefined && { deadlineMs }) };
  const call: Call = { provider, options, attack, abort: () => controller.abort() };
  const timer = abortAfterMs === undefined ? undefined : setTimeout(call.abort, abortAfterMs);
  const ending = await attempt(call);
  clearTimeout(timer);
  if ("polluted" in {}) ending.broken.push("Object.prototype was polluted");
  if (abortAfterMs !== undefined && ending.ms > abortAfterMs + OBEYS_WITHIN_MS)
    ending.broken.push(`went on ${Math.round(ending.ms - abortAfterMs)} ms after it was aborted`);
  if (deadlineMs !== undefined && ending.ms > deadlineMs + OBEYS_WITHIN_MS)
    ending.broken.push(`went on ${Math.round(ending.ms - deadlineMs)} ms after its deadline`);
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

/** Tells the server to answer this case well from now on. */
async function heal(place: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = get(`${place}/heal`, { agent: false }, (answer) => answer.resume().on("end", resolve));
    request.on("error", reject);
  });
}

/** The call after the attack: to the same provider, so that what the attack taught it is still there. */
async function playNext(provider: OpenAiCompatibleProvider, attack: Attack): Promise<Ending> {
  const { says: _says, text: _text, abortAfterMs: _abort, deadlineMs: _deadline, ...rest } = attack;
  const calm: Attack = { ...rest, operation: "chat", reader: "all", limit: "none" };
  // Nothing is wrong now but, perhaps, that the machine is busy.
  const options = { signal: new AbortController().signal, timeoutMs: 10_000 };
  const ending = await attempt({ provider, options, attack: calm, abort: () => {} });
  const { kind, retryAfterMs } = ending;
  const waits = kind === "RateLimitExceeded" || (kind === "ServiceUnavailable" && retryAfterMs !== undefined);
  if (kind !== undefined && !waits) ending.broken.push(`the next call fails: ${kind}, ${ending.message}`);
  if (kind === "RateLimitExceeded" && retryAfterMs === undefined)
    ending.broken.push("the next call is refused, and nothing says until when");
  if (!waits) return ending;
  // However long the server said: after the longest wait a call is to try it.
  let again = ending;
  for (let waited = 0; again.kind !== undefined && waited < 3 * MAX_WAIT_MS; waited += 500) {
    await sleep(500);
    again = await attempt({ provider, options, attack: calm, abort: () => {} });
  }
  if (again.kind !== undefined)
    ending.broken.push(
      `refused for ${retryAfterMs} ms, and still after the longest wait: ${again.kind}, ${again.message}`,
    );
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
