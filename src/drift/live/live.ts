/** Asks a service a few real questions, and keeps the answers for the drift check. */

import { expectObject } from "../../openapi/arguments.ts";
import { guardListener } from "../../provider/base/events.ts";
import { isObject } from "../../provider/base/values.ts";
import type { Exchange } from "../base/exchange.ts";
import { withoutSecrets } from "../privacy/redact.ts";
import { createScrub, headersWithoutSecrets, urlWithoutSecrets } from "../privacy/secrets.ts";
import { takeNotes } from "../record/answer.ts";
import { chooseModel, DEFAULT_MODEL, MODELS_QUESTION, type Question, questionsFor } from "./questions.ts";

/** Whom to ask, and how long to wait. */
export interface LiveOptions {
  /** Sent to the service and nowhere else: neither errors nor exchanges have it. */
  apiKey: string;
  /** Default: Groq's. Plain http only for this machine itself. */
  baseUrl?: string | undefined;
  /** Default: gpt-oss-20b where it is listed, else the first listed model that can chat. */
  model?: string | undefined;
  /** What the service calls the bound of an answer. Default: `max_completion_tokens` for Groq, else `max_tokens`. */
  maxTokensField?: "max_completion_tokens" | "max_tokens" | undefined;
  /** Which header carries the key. Default: `bearer`. */
  auth?: "bearer" | "api-key" | undefined;
  /** Default: the global one. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Hears of each question, answer and wait. */
  onProgress?: ((progress: LiveProgress) => void) | undefined;
  /** Milliseconds that all questions together may wait for the limit. Default 120 000. */
  maxWaitMs?: number | undefined;
  /** Milliseconds for one answer. Default 60 000. */
  timeoutMs?: number | undefined;
  /** Ends it; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Waits so many milliseconds. Default: a timer. */
  wait?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  wallClock?: (() => number) | undefined;
}

export type LiveProgress =
  | { type: "asking"; name: string; index: number; of: number }
  | { type: "waiting"; name: string; waitMs: number }
  | { type: "answered"; question: LiveQuestion };

export interface LiveQuestion {
  name: string;
  /** Answered with a status and a kind of answer that were expected. */
  answered: boolean;
  /** A refusal was asked for, as of a wrong key. */
  asksRefusal: boolean;
  /** Of the last try; absent when none was answered at all. */
  status?: number;
  /** Why it is not answered. */
  problem?: string;
  /** Tokens that it cost, as the answer says. */
  tokens: number;
}

/** What a live check got. */
export interface LiveResult {
  /** Every answer, refusals that were waited for included, in order. */
  exchanges: Exchange[];
  /** How each question went. */
  questions: LiveQuestion[];
  /** The model that was asked. */
  model: string;
  /** The server that was asked. */
  baseUrl: string;
  /** Tokens that it cost in all. */
  tokens: number;
}

/** The service can't be asked: no key, a refused key, nothing there. The message is one line without the key. */
export class LiveError extends Error {
  /** Tells it from other errors. */
  override name = "LiveError";
}

export const GROQ_BASE_URL = "https://api.groq.com/openai/v1";
const WRONG_KEY = "gsk_00000000000000000000000000000000000000000000000000wrong";
const MAX_TRIES = 4;
const MAX_ANSWER_BYTES = 16 << 20;
const QUESTIONS = questionsFor({ model: DEFAULT_MODEL, maxTokensField: "max_tokens" }).length + 1;

/**
 * Asks the questions one after the other, a few hundred tokens in all, waiting where the service says so. A question
 * that is not answered is told in the result. Rejects with `LiveError` when the service can't be asked at all, and with
 * the signal's reason when it is aborted.
 */
export async function runLive(options: LiveOptions): Promise<LiveResult> {
  expectObject("runLive", "options", options, { apiKey: "text" });
  const baseUrl = checkBaseUrl(options.baseUrl ?? GROQ_BASE_URL);
  if (options.apiKey.trim() === "") throw new LiveError("expected a key, found none");
  const session = createSession(options, baseUrl);

  const first = await session.ask(MODELS_QUESTION, 1);
  const { status, problem } = session.questions[0] ?? {};
  if (status === undefined) throw new LiveError(`${baseUrl}: ${problem}`);
  if (status === 401 || status === 403)
    throw new LiveError(`${baseUrl} refused the key with status ${status}`);

  const model = options.model ?? chooseModel(first?.body) ?? DEFAULT_MODEL;
  const maxTokensField =
    options.maxTokensField ?? (baseUrl === GROQ_BASE_URL ? "max_completion_tokens" : "max_tokens");
  const questions = questionsFor({ model, maxTokensField });
  for (const [index, question] of questions.entries()) await session.ask(question, index + 2);
  return {
    exchanges: session.exchanges,
    questions: session.questions,
    model,
    baseUrl,
    tokens: session.questions.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

function checkBaseUrl(text: string): string {
  if (!URL.canParse(text)) throw new LiveError(`expected a base URL, found ${JSON.stringify(text)}`);
  const url = new URL(text);
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isHere)) {
    throw new LiveError(
      `expected https in the base URL, found ${url.protocol}//${url.host}: the key would be readable`,
    );
  }
  return `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, "")}`;
}

interface Session {
  exchanges: Exchange[];
  questions: LiveQuestion[];
  /** The last answer to the question, if there was one. Adds to `exchanges` and `questions`. */
  ask(question: Question, index: number): Promise<Exchange | undefined>;
}

function createSession(options: LiveOptions, baseUrl: string): Session {
  const { signal, wait = timer, maxWaitMs = 120_000 } = options;
  const onProgress = guardListener(options.onProgress);
  const exchanges: Exchange[] = [];
  const questions: LiveQuestion[] = [];
  let waitLeftMs = maxWaitMs;

  const tryUntilAnswered = async (question: Question): Promise<{ exchange?: Exchange; problem?: string }> => {
    for (let attempt = 1; ; attempt++) {
      let exchange: Exchange;
      try {
        exchange = await exchangeOf(question, options, baseUrl);
      } catch (error) {
        signal?.throwIfAborted();
        return { problem: faultText(error, options.apiKey) };
      }
      exchanges.push(exchange);
      const { status } = exchange;
      if (question.expects.includes(status)) {
        const lack = question.lack?.(exchange);
        return lack === undefined ? { exchange } : { exchange, problem: lack };
      }
      const problem = `expected status ${question.expects.join(" or ")}, came ${status}${errorText(exchange.body)}`;
      const waitMs = waitOf(exchange, attempt);
      if (waitMs === undefined || attempt === MAX_TRIES) return { exchange, problem };
      if (waitMs > waitLeftMs) {
        const seconds = Math.ceil(waitMs / 1000);
        return {
          exchange,
          problem: `${problem}; it asks to wait ${seconds} s, which is longer than allowed`,
        };
      }
      waitLeftMs -= waitMs;
      onProgress({ type: "waiting", name: question.name, waitMs });
      await wait(waitMs, signal);
    }
  };

  return {
    exchanges,
    questions,
    async ask(question, index) {
      signal?.throwIfAborted();
      onProgress({ type: "asking", name: question.name, index, of: QUESTIONS });
      const { exchange, problem } = await tryUntilAnswered(question);
      const result: LiveQuestion = {
        name: question.name,
        answered: problem === undefined,
        asksRefusal: !question.expects.includes(200),
        tokens: exchange ? tokensOf(exchange) : 0,
        ...(exchange && { status: exchange.status }),
        ...(problem !== undefined && { problem }),
      };
      questions.push(result);
      onProgress({ type: "answered", question: result });
      return exchange;
    },
  };
}

async function exchangeOf(question: Question, options: LiveOptions, baseUrl: string): Promise<Exchange> {
  const { apiKey, fetch: send = globalThis.fetch, timeoutMs = 60_000, wallClock = Date.now } = options;
  const url = `${baseUrl}${question.path}`;
  const scrub = createScrub([apiKey]);
  const shownKey = question.wrongKey ? WRONG_KEY : apiKey;
  const time = new Date(wallClock()).toISOString();
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await send(url, {
    method: question.method,
    headers: {
      ...(options.auth === "api-key" ? { "api-key": shownKey } : { authorization: `Bearer ${shownKey}` }),
      ...(question.body && { "content-type": "application/json" }),
    },
    ...(question.body && { body: JSON.stringify(question.body) }),
    // The key must not follow a redirect to another host.
    redirect: "manual",
    signal: options.signal ? AbortSignal.any([limit, options.signal]) : limit,
  });
  const cleaning = { value: (value: unknown) => withoutSecrets(value, scrub), text: scrub };
  const notes = takeNotes(response.headers.get("content-type") ?? "", MAX_ANSWER_BYTES, cleaning);
  if (response.body) for await (const chunk of response.body) notes.bytes(chunk);
  return {
    time,
    method: question.method,
    url: urlWithoutSecrets(url, scrub),
    status: response.status,
    headers: headersWithoutSecrets(response.headers, scrub, false),
    ...(question.body && { request: question.body }),
    ...(await notes.result(false)),
  };
}

/** Milliseconds to wait before the next try; undefined when another try is no use. */
function waitOf({ status, headers }: Exchange, attempt: number): number | undefined {
  if (![429, 498, 500, 502, 503].includes(status) || headers["x-should-retry"] === "false") return undefined;
  const seconds = headers["retry-after"] ?? "";
  return /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : 2_000 * attempt;
}

function tokensOf({ body, events }: Exchange): number {
  const bodies = events ? events.map(({ data }) => data) : [body];
  const usages = bodies.map((item) => (isObject(item) && isObject(item.usage) ? item.usage.total_tokens : 0));
  // A stream tells its usage more than once; it is the same.
  return Math.max(0, ...usages.filter((tokens) => typeof tokens === "number"));
}

function errorText(body: unknown): string {
  const message = isObject(body) && isObject(body.error) ? body.error.message : undefined;
  return typeof message === "string" ? `: ${message.slice(0, 200)}` : "";
}

function faultText(error: unknown, apiKey: string): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return "no answer in time";
  const text = cause instanceof Error && cause.message ? `${message}: ${cause.message}` : message;
  return text.replaceAll(apiKey, "[key]");
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
  });
}
