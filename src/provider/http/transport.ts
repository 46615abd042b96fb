/** One HTTP exchange: openapi-fetch, key, base URL, timeouts. The only file that calls openapi-fetch. */

import createClient from "openapi-fetch";
import { createDefaultExchange } from "#default-exchange";
import type { ChatRequest, EmbeddingRequest, Paths } from "../../generated/wire.ts";
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type {
  AnswerBody,
  Exchange,
  ExchangeInit,
  FetchAnswer,
  FetchLike,
  NodeAgent,
} from "../base/exchange.ts";
import type { HeaderReader } from "../base/headers.ts";
import type { AnswerHead, Call } from "../base/layer.ts";
import type { Redact } from "../base/redact.ts";
import { parseJson } from "../base/values.ts";
import { modelsBase } from "../config/base-url.ts";
import { readErrorBody } from "../wire/error-body.ts";
import { errorFromAnswer, errorFromFault } from "../wire/errors.ts";
import { readRateLimits, readRequestId } from "../wire/headers.ts";
import { isPage } from "../wire/html-page.ts";
import { serialise } from "../wire/untyped-input.ts";
import { ApiKey, type ApiKeySource } from "./api-key.ts";
import { givenFetch } from "./given-fetch.ts";
import { LightRequest, LightResponse } from "./light-fetch.ts";
import { type RequestHeaders, requestHeaders } from "./request-headers.ts";

export interface TransportOptions {
  baseUrl: string;
  /** Goes behind the path of every request: "" or `?…`. */
  query?: string | undefined;
  apiKey: ApiKeySource;
  /** Default: `node:http` on Node, elsewhere the global `fetch` at the time of the call. */
  fetch?: FetchLike | undefined;
  /** Opens and keeps the connections of Node's exchange. */
  agent?: NodeAgent | undefined;
  /** Sent with every request, beside the key. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Which header has the key. Default `bearer`. */
  auth?: "bearer" | "api-key" | undefined;
  /** Milliseconds that the service's limits hold for, where its headers do not say it. */
  limitPeriods?: { requests?: number; tokens?: number } | undefined;
  /** Times how long a failure's body may say nothing. */
  clock: Clock;
  /** Sees the body of each failed answer, where it is JSON. */
  onErrorBody?: ((body: unknown) => void) | undefined;
}

/** What is sent. */
export interface PlainRequest {
  url: string;
  method: string;
  /** The body; none where there is nothing to send. */
  text(): Promise<string | undefined>;
  /** Instead of a body that is a text. */
  content?: Uint8Array<ArrayBuffer> | undefined;
}

/** What an exchange needs to know of its call. */
export type ExchangeCall = Pick<Call, "model" | "abort" | "headers" | "handler">;

/** An answer of success, its body parsed but not yet checked. */
export interface JsonAnswer {
  head: AnswerHead;
  headers: HeaderReader;
  body: unknown;
}

/** An answer of success whose body is still to come. */
export interface StreamAnswer {
  head: AnswerHead;
  headers: HeaderReader;
  body: AnswerBody;
}

/** What openapi-fetch is called with, beside what the request says. */
interface Via<P extends "text" | "stream"> {
  parseAs: P;
  fetch: (request: Request) => Promise<Response>;
}

/** A call of openapi-fetch. `data` is absent where the server sent an empty body. */
type Send<P extends "text" | "stream"> = (
  via: Via<P>,
) => Promise<{ data?: string | object | null; error?: unknown; response: Response }>;

/** Each method rejects with an `LlmError`, and with nothing else. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #client;
  readonly #key: ApiKey;
  readonly #headers: RequestHeaders;
  readonly #exchange: Exchange;
  readonly #modelsBase: string;
  /** The server, as errors name it. */
  readonly host: string;
  readonly port: number;
  /** Text from outside without the key and the application's headers in it, should a server or a client repeat them. */
  readonly redact: Redact;

  /** Throws `ConfigError` for headers, an agent or a `fetch` that can't be used. */
  constructor(options: TransportOptions) {
    const { baseUrl, apiKey, headers, fetch, agent } = options;
    if (fetch !== undefined && agent !== undefined)
      throw new LlmError("ConfigError", "agent: is of no use beside a fetch that is handed in");
    this.#options = options;
    const { host, port, protocol } = new URL(baseUrl);
    this.host = host;
    this.port = Number(port) || (protocol === "http:" ? 80 : 443);
    this.#key = new ApiKey(apiKey, { ...secretsOf(options.query), ...headers });
    this.redact = this.#key.redact;
    this.#headers = requestHeaders(headers, options.auth);
    this.#exchange = fetch === undefined ? createDefaultExchange({ agent }) : givenFetch(fetch, this.redact);
    this.#modelsBase = modelsBase(baseUrl);
    this.#client = createClient<Paths>({ baseUrl, bodySerializer: serialise, Request: LightRequest });
  }

  chat(body: ChatRequest, call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, ({ parseAs, fetch }) =>
      this.#client.POST("/chat/completions", { body, parseAs, fetch }),
    );
  }

  /** Its body has no time limit of its own: whoever reads it has. `call.abort` ends it. */
  async chatStream(body: ChatRequest, call: ExchangeCall): Promise<StreamAnswer> {
    const { answer, head } = await this.#ask(call, "stream", ({ parseAs, fetch }) =>
      this.#client.POST("/chat/completions", { body, parseAs, fetch }),
    );
    const { status, headers, body: bytes } = answer;
    if (!bytes)
      throw new LlmError("InvalidResponse", "Expected an event stream, got an empty body", { status });
    return { head, headers, body: bytes };
  }

  embed(body: EmbeddingRequest, call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) => this.#client.POST("/embeddings", { body, ...via }));
  }

  listModels(call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) => this.#client.GET("/models", { baseUrl: this.#modelsBase, ...via }));
  }

  retrieveModel(model: string, call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) =>
      this.#client.GET("/models/{model}", { baseUrl: this.#modelsBase, params: { path: { model } }, ...via }),
    );
  }

  async #json(call: ExchangeCall, send: Send<"text">): Promise<JsonAnswer> {
    const { answer, head, data } = await this.#ask(call, "text", send);
    const body = this.parse(typeof data === "string" ? data : "", answer);
    return { head, headers: answer.headers, body };
  }

  /** What the server has beside the document, at an address of its own: a list, say. */
  other(url: string, body: object | undefined, call: ExchangeCall): Promise<JsonAnswer> {
    return this.exchange(otherRequest(url, body), call, async ({ answer, head }) => {
      const text = await new LightResponse(answer, this.#options.clock).text();
      return { head, headers: answer.headers, body: this.parse(text, answer) };
    });
  }

  /** The same for an answer that comes bit by bit. */
  otherStream(url: string, body: object, call: ExchangeCall): Promise<StreamAnswer> {
    return this.exchange(
      otherRequest(url, body),
      call,
      ({ answer: { status, headers, body: bytes }, head }) => {
        if (!bytes)
          throw new LlmError("InvalidResponse", "Expected lines of JSON, got an empty body", { status });
        return { head, headers, body: bytes };
      },
    );
  }

  /** Any request; `read` reads an answer of success to its end. */
  async exchange<T>(
    request: PlainRequest,
    call: ExchangeCall,
    read: (received: Received) => T | Promise<T>,
  ): Promise<T> {
    try {
      const received = await this.#receive(request, call, false);
      const { answer } = received;
      if (answer.ok) return await read(received);
      const text = await new LightResponse(answer, this.#options.clock).text();
      throw this.#failure(answer, parseJson(text) ?? text, call.model);
    } catch (fault) {
      throw errorFromFault(fault, this.host, this.redact);
    }
  }

  async #ask<P extends "text" | "stream">(call: ExchangeCall, parseAs: P, send: Send<P>) {
    let received: Received | undefined;
    const fetch = async (request: Request) => {
      received = await this.#receive(request, call, parseAs === "stream");
      return new LightResponse(received.answer, this.#options.clock);
    };
    try {
      const { data, error, response } = await send({ parseAs, fetch });
      if (!received) throw new LlmError("ProviderError", "The request was not sent");
      if (!response.ok) throw this.#failure(received.answer, error, call.model);
      const { answer, head } = received;
      return { answer, head, data };
    } catch (fault) {
      throw errorFromFault(fault, this.host, this.redact);
    }
  }

  async #receive(request: PlainRequest, call: ExchangeCall, asEvents: boolean): Promise<Received> {
    const raw = await this.#send(request, call, asEvents);
    const answer = this.#withoutSecrets(raw);
    const { status, headers } = answer;
    // Of limits only figures are read: no secret is in them, and looking for one would double their cost.
    const rateLimits = readRateLimits(raw.headers, this.#options.limitPeriods);
    const head = { status, requestId: readRequestId(headers), rateLimits };
    call.handler.onAnswer(head);
    return { answer, head };
  }

  async #send(request: PlainRequest, call: ExchangeCall, asEvents: boolean): Promise<FetchAnswer> {
    const { url, method } = request;
    const { abort } = call;
    const body = request.content ?? (method === "GET" ? undefined : await request.text());
    const hasBody = body !== undefined;
    const kind = asEvents ? "events" : hasBody ? "body" : "nothing";
    const init: ExchangeInit = {
      method,
      headers: this.#headers(kind, await this.#key.current(), call.headers),
      // A redirect is an error: the key must not follow it to another host.
      redirect: "manual",
      abort,
      get signal() {
        return abort.signal;
      },
    };
    if (hasBody) init.body = body;
    const { query = "" } = this.#options;
    return this.#exchange(url + (url.includes("?") ? query.replace("?", "&") : query), init);
  }

  /** A server may repeat them in a header that is told, as the request's id. */
  #withoutSecrets({ status, headers: raw, body }: FetchAnswer): FetchAnswer {
    const headers: HeaderReader = {
      get: (name) => {
        const value = raw.get(name);
        return value && this.redact(value);
      },
      entries: () => [...(raw.entries?.() ?? [])].map(([name, value]) => [name, this.redact(value)]),
    };
    return { ok: status >= 200 && status < 300, status, headers, body };
  }

  #failure({ status, headers }: FetchAnswer, body: unknown, model: string | undefined): LlmError {
    if (typeof body === "object" && body !== null) this.#options.onErrorBody?.(body);
    return errorFromAnswer({
      // A browser hides the status of a redirect that it did not follow.
      status: status === 0 ? 302 : status,
      body: body ?? "",
      headers,
      model,
      redact: this.redact,
    });
  }

  /** JSON that came; `InvalidResponse` for what is none. */
  parse(text: string, { status, headers }: Pick<FetchAnswer, "status" | "headers">): unknown {
    const value = parseJson(text) ?? parseJson(withoutComments(text));
    if (value !== undefined) return value;
    const got = describeText(text, this.redact);
    throw new LlmError("InvalidResponse", `Expected JSON from ${this.host}, got ${got}`, {
      status,
      requestId: readRequestId(headers),
    });
  }
}

/** What stands in the query may be a key, and clients tell a URL that failed. Versions are words that errors need. */
function secretsOf(query = ""): Record<string, string> {
  const members = [...new URLSearchParams(query)];
  return Object.fromEntries(members.filter(([name]) => !name.endsWith("version")));
}

/** An answer whose body has not been read. */
export interface Received {
  answer: FetchAnswer;
  head: AnswerHead;
}

const otherRequest = (url: string, body: object | undefined): Request =>
  new LightRequest(url, body ? { method: "POST", body: serialise(body) } : { method: "GET" });

const LONGEST_SENTENCE = 200;

/** Servers keep a connection open by comments of event streams, also before an answer that is whole. */
function withoutComments(text: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "" && !line.startsWith(":"));
  return lines.slice(Math.max(0, first)).join("\n");
}

/** What came. Of its content a gateway's sentence alone: what is longer may hold a prompt. */
function describeText(text: string, redact: Redact): string {
  if (text.trim() === "") return "an empty body";
  if (isPage(text)) return readErrorBody(text, redact).message ?? "an HTML page";
  if (/^\s*[{[]/.test(text)) return `broken JSON of ${text.length} characters`;
  const words = text.length <= LONGEST_SENTENCE ? ` (${redact(text.trim())})` : "";
  return `other text of ${text.length} characters${words}`;
}
