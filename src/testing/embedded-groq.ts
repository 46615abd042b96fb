/** A Groq in this process: answers in the shapes of the wire, without a network. */
import { requestSchemas } from "../generated/requests.ts";
import { type Answer, jsonAnswer, streamAnswer } from "./answer.ts";
import { defaultReply } from "./default-reply.ts";
import { type Fault, spoil } from "./faults.ts";
import { answerToResponse, toHeaderRecord } from "./fetch.ts";
import { type LimitOptions, Limits } from "./limits.ts";
import { decommissioned, defaultModels, type WireModel } from "./models.ts";
import { describeRefusedRequest } from "./refused-request.ts";
import type { ChatRequest, ErrorReply, ModelReply, Reply } from "./reply.ts";
import { countPromptTokens, toCompletion, toEvents, toWireUsage } from "./wire.ts";

/** What was asked. */
export interface ReceivedRequest {
  method: string;
  /** Without the server's own part, for instance `/openai/v1/chat/completions`. */
  path: string;
  headers: Record<string, string>;
  /** Parsed where it was JSON, else its text. */
  body: unknown;
}

export interface EmbeddedGroqOptions {
  /** The only key that is accepted. Default: any. */
  apiKey?: string;
  /** By their wire names. Default: those of the real one, as of this version. */
  models?: readonly WireModel[];
  /**
   * What the model says: one reply for all, a list to be used up in order, or a function of the request (its second
   * argument counts chats from 1). Without one, and after the list: an answer that is always the same for the same
   * request, which calls the first tool offered, gives JSON where it is asked for, and else repeats the prompt.
   */
  reply?: Reply | readonly Reply[] | ((request: ChatRequest, count: number) => Reply | undefined);
  /** Spoils every answer, unless the reply has a fault of its own; a function decides for each request, counted from 1. */
  fault?: Fault | ((request: ReceivedRequest, count: number) => Fault | undefined);
  limits?: LimitOptions;
  /** Milliseconds before each answer's head. */
  latencyMs?: number;
  /** Milliseconds, for limits. Default: the process's clock. */
  now?: () => number;
}

/** A Groq to test against. */
export interface EmbeddedGroq {
  /** Answers as the server would, without a network: hand it to a provider as its `fetch`. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** All that was asked, oldest first; empty it by `requests.length = 0`. */
  readonly requests: ReceivedRequest[];
  /** Answers of 413 and 429 that its limits caused. */
  readonly refusals: number;
}

/** A Groq as a plain `fetch`: for tests in any runtime. */
export function createEmbeddedGroq(options: EmbeddedGroqOptions = {}): EmbeddedGroq {
  const groq = new GroqCore(options);
  return {
    fetch: async (input, init) => {
      const request = input instanceof Request ? input : undefined;
      const url = new URL(request ? request.url : String(input));
      const signal = init?.signal ?? request?.signal;
      signal?.throwIfAborted();
      const body = request ? await request.text() : typeof init?.body === "string" ? init.body : "";
      const answer = groq.answer({
        method: init?.method ?? request?.method ?? "GET",
        path: url.pathname,
        headers: toHeaderRecord(new Headers(init?.headers ?? request?.headers)),
        body,
      });
      return answerToResponse(answer, signal ?? undefined);
    },
    requests: groq.requests,
    get refusals() {
      return groq.refusals;
    },
  };
}

/** A request as text came in. */
export interface RawRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** What the plain `fetch` and the server share. */
export class GroqCore {
  readonly requests: ReceivedRequest[] = [];
  refusals = 0;
  readonly #options: EmbeddedGroqOptions;
  readonly #models: readonly WireModel[];
  readonly #limits: Limits | undefined;
  readonly #now: () => number;
  #received = 0;
  #chats = 0;

  constructor(options: EmbeddedGroqOptions) {
    this.#options = options;
    this.#models = options.models ?? defaultModels;
    this.#now = options.now ?? (() => performance.now());
    this.#limits = options.limits && new Limits(options.limits, this.#now());
  }

  answer(raw: RawRequest): Answer {
    const request: ReceivedRequest = { ...raw, body: parse(raw.body) };
    this.requests.push(request);
    const number = ++this.#received;
    const requestId = `req_${number.toString(32).padStart(26, "0")}`;
    const { fault: faults, latencyMs } = this.#options;
    const { answer, fault = typeof faults === "function" ? faults(request, number) : faults } = this.#route(
      request,
      requestId,
    );
    const whole: Answer = { ...answer, headers: { "x-request-id": requestId, ...answer.headers } };
    const delayMs = (whole.delayMs ?? 0) + (latencyMs ?? 0);
    if (delayMs > 0) whole.delayMs = delayMs;
    return fault ? spoil(whole, fault) : whole;
  }

  #route(request: ReceivedRequest, requestId: string): { answer: Answer; fault?: Fault | undefined } {
    const path = request.path.replace(/^.*\/v1(?=\/)/, "");
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const { apiKey } = this.#options;
    if (!key?.trim() || (apiKey !== undefined && key !== apiKey)) {
      return { answer: errorAnswer({ status: 401, message: "Invalid API Key", code: "invalid_api_key" }) };
    }
    if (request.method === "POST" && path === "/chat/completions") return this.#chat(request.body, requestId);
    if (request.method === "GET" && path === "/models") {
      return { answer: jsonAnswer(200, { object: "list", data: this.#models }) };
    }
    if (request.method === "GET" && path.startsWith("/models/")) {
      const id = decodeURIComponent(path.slice("/models/".length));
      const found = this.#models.find((model) => model.id === id);
      return { answer: found ? jsonAnswer(200, found) : unknownModel(id) };
    }
    const message = `Unknown request URL: ${request.method} ${request.path}`;
    return { answer: errorAnswer({ status: 404, message, code: "unknown_url" }) };
  }

  #chat(body: unknown, requestId: string): { answer: Answer; fault?: Fault | undefined } {
    const checked = requestSchemas.CreateChatCompletionRequest().safeParse(body);
    if (!checked.success) {
      return {
        answer: errorAnswer({ status: 400, message: describeRefusedRequest(checked.error.issues, body) }),
      };
    }
    const request: ChatRequest = { ...checked.data };
    if (request.include_reasoning != null && request.reasoning_format != null) {
      const message = "cannot specify both include_reasoning and reasoning_format";
      return { answer: errorAnswer({ status: 400, message }) };
    }
    if (!this.#models.some(({ id }) => id === request.model)) return { answer: unknownModel(request.model) };
    const now = this.#now();
    const reserved = countPromptTokens(request) + (request.max_completion_tokens ?? request.max_tokens ?? 0);
    const refusal = this.#limits?.admit(request.model, reserved, now);
    if (refusal) {
      this.refusals++;
      const { status, message, type, retryAfter } = refusal;
      const headers = {
        ...this.#limits?.headers(now),
        ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      };
      return { answer: errorAnswer({ status, message, type, code: "rate_limit_exceeded", headers }) };
    }
    const reply = this.#nextReply(request);
    if ("error" in reply) {
      const { error } = reply;
      return {
        answer: errorAnswer({ ...error, headers: { ...this.#limits?.headers(now), ...error.headers } }),
      };
    }
    const used = toWireUsage({ request, reply }).total_tokens;
    this.#limits?.settle(reserved, used, now);
    return { answer: this.#write(request, reply, requestId), fault: reply.fault };
  }

  #write(request: ChatRequest, reply: ModelReply, requestId: string): Answer {
    const context = {
      request,
      reply,
      requestId,
      number: this.#chats,
      created: Math.floor(Date.now() / 1000),
    };
    const headers = { "x-groq-region": "embedded", ...this.#limits?.headers(this.#now()) };
    const answer = request.stream
      ? streamAnswer(toEvents(context), headers)
      : jsonAnswer(200, toCompletion(context), headers);
    const { delayMs, eventDelayMs } = reply;
    if (delayMs !== undefined) answer.delayMs = delayMs;
    return eventDelayMs === undefined ? answer : spoil(answer, { type: "slow", ms: eventDelayMs });
  }

  #nextReply(request: ChatRequest): ModelReply | ErrorReply {
    const { reply } = this.#options;
    const count = ++this.#chats;
    const chosen =
      typeof reply === "function" ? reply(request, count) : isList(reply) ? reply[count - 1] : reply;
    if (chosen === undefined) return defaultReply(request);
    return typeof chosen === "string" ? { text: chosen } : chosen;
  }
}

const isList = (reply: unknown): reply is readonly Reply[] => Array.isArray(reply);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function unknownModel(id: string): Answer {
  return decommissioned.has(id)
    ? errorAnswer({
        status: 400,
        message: `The model \`${id}\` has been decommissioned and is no longer supported.`,
        code: "model_decommissioned",
      })
    : errorAnswer({
        status: 404,
        message: `The model \`${id}\` does not exist or you do not have access to it.`,
        code: "model_not_found",
      });
}

function errorAnswer(error: ErrorReply["error"]): Answer {
  const { status, message, type = "invalid_request_error", code, param, failedGeneration, headers } = error;
  const body = {
    error: {
      message,
      type,
      ...(code !== undefined && { code }),
      ...(param !== undefined && { param }),
      ...(failedGeneration !== undefined && { failed_generation: failedGeneration }),
    },
  };
  return jsonAnswer(status, body, headers);
}
