/** From a request to its answer: what the plain `fetch` and the server share. */

import { requestSchemas } from "../generated/requests.ts";
import { unescapeUri } from "../openapi/json.ts";
import { type Answer, jsonAnswer, streamAnswer } from "./answer.ts";
import { checkFault, checkOptions, checkReply } from "./check-options.ts";
import { defaultReply } from "./default-reply.ts";
import type { DocumentAnswers } from "./described/types.ts";
import { errorAnswer, unknownModel } from "./error-answers.ts";
import { type Fault, spoil } from "./faults.ts";
import { Limits } from "./limits.ts";
import { defaultModels, type WireModel } from "./models.ts";
import type { EmbeddedGroqOptions } from "./options.ts";
import type { ReceivedRequest } from "./received.ts";
import { describeMisfit } from "./refused-request.ts";
import type { ChatRequest, ErrorReply, ModelReply, Reply } from "./reply.ts";
import { findUnsupported } from "./unsupported.ts";
import { countPromptTokens, countTokens, firstTokens, toCompletion, toEvents, toWireUsage } from "./wire.ts";

/** A request, its body still text. */
export interface RawRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export class GroqCore {
  readonly requests: ReceivedRequest[] = [];
  refusals = 0;
  readonly #options: EmbeddedGroqOptions;
  readonly #models: readonly WireModel[];
  readonly #limits: Limits | undefined;
  readonly #now: () => number;
  /** Instead of what is answered here. */
  readonly #described: DocumentAnswers | undefined;
  #received = 0;
  #chats = 0;

  constructor(options: EmbeddedGroqOptions) {
    checkOptions(options);
    this.#options = options;
    this.#models = options.models ?? defaultModels;
    this.#now = options.now ?? (() => performance.now());
    this.#limits = options.limits && new Limits(options.limits);
    const { document, bodies = "minimal", seed = 0 } = options;
    this.#described = document?.answers({ bodies, seed });
  }

  answer(raw: RawRequest): Answer {
    const request: ReceivedRequest = { ...raw, body: parse(raw.body) };
    this.#keep(request);
    const number = ++this.#received;
    const requestId = `req_${number.toString(16).padStart(26, "0")}`;
    const { fault: faults, latencyMs } = this.#options;
    const { answer, fault = typeof faults === "function" ? faults(request, number) : faults } = this.#route(
      request,
      requestId,
    );
    if (typeof faults === "function") checkFault(fault, "fault()");
    const whole: Answer = { ...answer, headers: { "x-request-id": requestId, ...answer.headers } };
    const delayMs = (whole.delayMs ?? 0) + (latencyMs ?? 0);
    if (delayMs > 0) whole.delayMs = delayMs;
    return fault ? spoil(whole, fault) : whole;
  }

  #keep(request: ReceivedRequest): void {
    const { keepRequests = Number.POSITIVE_INFINITY } = this.#options;
    if (keepRequests === 0) return;
    this.requests.push(request);
    if (this.requests.length > keepRequests) this.requests.shift();
  }

  #route(request: ReceivedRequest, requestId: string): { answer: Answer; fault?: Fault | undefined } {
    const path = request.path.replace(/^.*\/v1(?=\/)/, "");
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const { apiKey } = this.#options;
    if (!key?.trim() || (apiKey !== undefined && key !== apiKey)) {
      const refusal = { status: 401, message: "Invalid API Key", code: "invalid_api_key" };
      return { answer: this.#described?.answer(request, refusal) ?? errorAnswer(refusal) };
    }
    if (this.#described) return this.#byDocument(this.#described, request);
    if (request.method === "POST" && path === "/chat/completions") return this.#chat(request.body, requestId);
    const audio = request.method === "POST" ? audioAnswer(path, requestId) : undefined;
    if (audio) return { answer: audio };
    if (request.method === "GET" && path === "/models") {
      return { answer: jsonAnswer(200, { object: "list", data: this.#models }) };
    }
    if (request.method === "GET" && path.startsWith("/models/")) {
      const id = unescapeUri(path.slice("/models/".length));
      const found = this.#models.find((model) => model.id === id);
      return { answer: found ? jsonAnswer(200, found) : unknownModel(id) };
    }
    const message = `Unknown request URL: ${request.method} ${request.path}`;
    return { answer: errorAnswer({ status: 404, message, code: "unknown_url" }) };
  }

  #byDocument(described: DocumentAnswers, request: ReceivedRequest) {
    const isScripted = /\/chat\/completions\/?$/.test(request.path) && this.#options.reply !== undefined;
    const reply = isScripted ? this.#nextReply({ model: "", messages: [], ...Object(request.body) }) : {};
    const answer = described.answer(request, "error" in reply ? reply.error : undefined);
    return { answer: delayed(answer, reply.delayMs), fault: reply.fault };
  }

  #chat(body: unknown, requestId: string): { answer: Answer; fault?: Fault | undefined } {
    const checked = requestSchemas.ChatRequest().safeParse(body);
    if (!checked.success) {
      return { answer: errorAnswer({ status: 400, message: describeMisfit(checked.error.issues, body) }) };
    }
    const request: ChatRequest = { ...checked.data };
    const model = this.#models.find(({ id }) => id === request.model);
    if (!model) return { answer: unknownModel(request.model) };
    const unsupported = findUnsupported(request, model);
    if (unsupported) return { answer: errorAnswer({ status: 400, ...unsupported }) };
    const now = this.#now();
    const reserved = {
      input: countPromptTokens(request),
      output: request.max_completion_tokens ?? request.max_tokens ?? 0,
    };
    const refusal = this.#limits?.admit(model.id, reserved, now);
    if (refusal) {
      this.refusals++;
      const headers = { ...this.#limits?.headers(model.id, now), ...refusal.headers };
      return { answer: errorAnswer({ ...refusal, code: "rate_limit_exceeded", headers }) };
    }
    const reply = bounded(this.#nextReply(request), request);
    if ("error" in reply) {
      const { error, delayMs, fault } = reply;
      const headers = { ...this.#limits?.headers(model.id, now), ...error.headers };
      return { answer: delayed(errorAnswer({ ...error, headers }), delayMs), fault };
    }
    const { prompt_tokens: input, completion_tokens: output } = toWireUsage({ request, reply });
    this.#limits?.settle(model.id, reserved, { input, output }, now);
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
    const headers = { "x-groq-region": "embedded", ...this.#limits?.headers(request.model, this.#now()) };
    const answer = request.stream
      ? streamAnswer(toEvents(context), headers)
      : jsonAnswer(200, toCompletion(context), headers);
    const { delayMs, eventDelayMs } = reply;
    const whole = delayed(answer, delayMs);
    return eventDelayMs === undefined ? whole : spoil(whole, { type: "slow", ms: eventDelayMs });
  }

  #nextReply(request: ChatRequest): ModelReply | ErrorReply {
    const { reply } = this.#options;
    const count = ++this.#chats;
    const chosen =
      typeof reply === "function" ? reply(request, count) : isList(reply) ? reply[count - 1] : reply;
    if (chosen === undefined) return defaultReply(request);
    if (typeof reply === "function") checkReply(chosen, "reply()");
    return typeof chosen === "string" ? { text: chosen } : chosen;
  }
}

/** What is said and heard is not looked at: it is always the same. */
function audioAnswer(path: string, requestId: string): Answer | undefined {
  switch (path) {
    case "/audio/transcriptions":
    case "/audio/translations":
      return jsonAnswer(200, { text: "Hello there.", x_groq: { id: requestId } });
    case "/audio/speech":
      return {
        status: 200,
        headers: { "content-type": "audio/wav" },
        steps: [{ type: "send", bytes: SILENCE }],
      };
    default:
      return undefined;
  }
}

/** A sound of no samples: the head of a WAV file. */
const SILENCE = new Uint8Array([
  ...new TextEncoder().encode("RIFF$\0\0\0WAVEfmt "),
  ...[16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0],
  ...new TextEncoder().encode("data\0\0\0\0"),
]);

const delayed = (answer: Answer, delayMs: number | undefined): Answer =>
  delayMs === undefined ? answer : { ...answer, delayMs };

/** An answer longer than the request allows is cut, its reasoning first, as what was written first. A reply that tells its end or usage is left. */
function bounded(reply: ModelReply | ErrorReply, request: ChatRequest): ModelReply | ErrorReply {
  const most = request.max_completion_tokens ?? request.max_tokens;
  if (most == null || "error" in reply || reply.finishReason !== undefined || reply.usage) return reply;
  if (toWireUsage({ request, reply }).completion_tokens <= most) return reply;
  const { toolCalls: _, pieces: __, reasoning, text, ...rest } = reply;
  // One token begins an answer.
  const thought = reasoning === undefined ? undefined : firstTokens(reasoning, most - 1);
  const said = firstTokens(text ?? "", most - 1 - countTokens(thought ?? ""));
  return {
    ...rest,
    ...(thought !== undefined && { reasoning: thought }),
    text: said,
    finishReason: "length",
  };
}

const isList = (reply: unknown): reply is readonly Reply[] => Array.isArray(reply);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
