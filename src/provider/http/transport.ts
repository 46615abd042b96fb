/** One HTTP exchange: openapi-fetch, key, base URL, timeouts. The only file that knows openapi-fetch. */
import createClient from "openapi-fetch";
import type { components, paths } from "../../generated/types.ts";
import { applicationFault, LlmError } from "../base/error.ts";
import type { AnswerBody, FetchAnswer, FetchInit, FetchLike, HeaderReader } from "../base/exchange.ts";
import type { AnswerHead, Call } from "../base/layer.ts";
import { keyProblem } from "../config/fields.ts";
import { errorFromAnswer, errorFromFault } from "../wire/errors.ts";
import { readRateLimits, readRequestId } from "../wire/headers.ts";
import { serialise } from "../wire/untyped-input.ts";

type Wire = components["schemas"];

/** The longest answer that is read. */
const MAX_BODY_BYTES = 32 << 20;

export interface TransportOptions {
  baseUrl: string;
  /** A text, or a function that is asked for one at each try. */
  apiKey: string | (() => string | Promise<string>);
  /** Default: the global one at the time of the call. */
  fetch?: FetchLike | undefined;
  /** Sent with every request, beside the key. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Sees the body of each failed answer, where it is JSON. */
  onErrorBody?: ((body: unknown) => void) | undefined;
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

/** What every request is sent with. */
interface Via {
  parseAs: "stream";
  fetch: (request: Request) => Promise<Response>;
}

type Send = (via: Via) => Promise<{ response: FetchAnswer }>;

/** Of keys that change, so many are removed from errors. */
const KEYS_KEPT = 4;
const MAX_ERROR_BYTES = 1 << 20;

/** Each method rejects with an `LlmError`, and with nothing else. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #client;
  readonly #headers: HeaderSets;
  /** The key, or those that were given last. */
  #keys: readonly string[];
  /** The server, as errors name it. */
  readonly host: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.host = new URL(options.baseUrl).host;
    this.#headers = headerSets(options);
    this.#keys = typeof options.apiKey === "string" ? [options.apiKey] : [];
    this.#client = createClient<paths>({
      baseUrl: options.baseUrl,
      bodySerializer: serialise,
      Request: PlainRequest as unknown as typeof Request,
    });
  }

  chat(body: Wire["CreateChatCompletionRequest"], call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) => this.#client.POST("/chat/completions", { body, ...via }));
  }

  /** Its body has no time limit of its own: whoever reads it has. `call.abort` ends it. */
  chatStream(body: Wire["CreateChatCompletionRequest"], call: ExchangeCall): Promise<StreamAnswer> {
    const send: Send = (via) => this.#client.POST("/chat/completions", { body, ...via });
    return this.#exchange(call, true, send, async ({ status, headers, body }, head) => {
      if (!body)
        throw new LlmError("InvalidResponse", "Expected an event stream, got an empty body", { status });
      return { head, headers, body };
    });
  }

  embed(body: Wire["CreateEmbeddingRequest"], call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) => this.#client.POST("/embeddings", { body, ...via }));
  }

  listModels(call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) => this.#client.GET("/models", { ...via }));
  }

  retrieveModel(model: string, call: ExchangeCall): Promise<JsonAnswer> {
    return this.#json(call, (via) =>
      this.#client.GET("/models/{model}", { params: { path: { model } }, ...via }),
    );
  }

  /** Text from outside without the key in it, should a server or a client repeat it. */
  readonly redact = (text: string): string => {
    let told = text;
    // A key of a few letters, as local servers take, would blot out ordinary words.
    for (const key of this.#keys) if (key.length >= 6) told = told.replaceAll(key, "[key]");
    return told;
  };

  /** The key of this try. `ConfigError` where the function that gives it fails, or gives none. */
  async #askKey(ask: () => string | Promise<string>): Promise<string> {
    let key: unknown;
    try {
      key = await ask();
    } catch (fault) {
      throw applicationFault("The function apiKey", fault, this.redact);
    }
    const problem = keyProblem(key);
    if (typeof key !== "string" || problem !== undefined)
      throw new LlmError("ConfigError", `apiKey: expected that its function gives ${problem}`);
    const trimmed = key.trim();
    // Errors of tries with the key before may still come.
    if (!this.#keys.includes(trimmed)) this.#keys = [trimmed, ...this.#keys].slice(0, KEYS_KEPT);
    return trimmed;
  }

  async #fetch({ url, init }: PlainRequest, call: ExchangeCall, asEvents: boolean): Promise<Response> {
    const fetch: FetchLike = this.#options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    const { method, body } = init;
    const { withoutBody, withBody, forEvents } = this.#headers;
    const { abort } = call;
    const { apiKey } = this.#options;
    const asked = typeof apiKey === "function" ? await this.#askKey(apiKey) : undefined;
    const own = asEvents ? forEvents : body === undefined ? withoutBody : withBody;
    const sent: FetchInit = {
      method,
      // The key goes before all that a layer may have put there.
      headers: { ...call.headers, ...own, ...(asked !== undefined && { authorization: `Bearer ${asked}` }) },
      // A redirect is an error: the key must not follow it to another host.
      redirect: "manual",
      get signal() {
        return abort.signal;
      },
    };
    if (body !== undefined) sent.body = body;
    const answer = await fetch(url, sent);
    // Thrown past openapi-fetch, which would read a failed answer's body without bound.
    if (!answer.ok) throw new NotOk(answer);
    return answer as unknown as Response;
  }

  #json(call: ExchangeCall, send: Send): Promise<JsonAnswer> {
    return this.#exchange(call, false, send, async (answer, head) => {
      const text = await readText(answer, MAX_BODY_BYTES);
      return { head, headers: answer.headers, body: this.#parse(text, answer) };
    });
  }

  async #exchange<T>(
    call: ExchangeCall,
    asEvents: boolean,
    send: Send,
    read: (answer: FetchAnswer, head: AnswerHead) => Promise<T>,
  ): Promise<T> {
    try {
      const received = await receive(send, {
        parseAs: "stream",
        fetch: (request) => this.#fetch(request as unknown as PlainRequest, call, asEvents),
      });
      const { ok, status, body } = received;
      // A server may repeat the key in a header that is told, as the request's id.
      const headers: HeaderReader = {
        get: (name) => {
          const value = received.headers.get(name);
          return value && this.redact(value);
        },
      };
      const head = { status, requestId: readRequestId(headers), rateLimits: readRateLimits(headers) };
      call.handler.onAnswer(head);
      const answer: FetchAnswer = { ok, status, headers, body };
      if (!ok) throw await this.#failure(answer, call.model);
      return await read(answer, head);
    } catch (fault) {
      throw errorFromFault(fault, this.host, this.redact);
    }
  }

  async #failure(answer: FetchAnswer, model: string | undefined): Promise<LlmError> {
    const text = await readText(answer, MAX_ERROR_BYTES).catch((): string => "");
    const body = tryParse(text);
    if (body !== undefined) this.#options.onErrorBody?.(body);
    return errorFromAnswer({
      // A browser hides the status of a redirect that it did not follow.
      status: answer.status === 0 ? 302 : answer.status,
      body: body ?? text,
      headers: answer.headers,
      model,
      redact: this.redact,
    });
  }

  #parse(text: string, { status, headers }: FetchAnswer): unknown {
    const value = tryParse(text);
    if (value !== undefined) return value;
    throw new LlmError("InvalidResponse", `Expected JSON from ${this.host}, got ${describeText(text)}`, {
      status,
      requestId: readRequestId(headers),
    });
  }
}

/** What openapi-fetch makes of a call. A real `Request` costs more than all the rest of a call, and gives nothing here. */
class PlainRequest {
  readonly url: string;
  readonly init: Pick<FetchInit, "method" | "body">;

  constructor(url: string, init: Pick<FetchInit, "method" | "body">) {
    this.url = url;
    this.init = init;
  }
}

interface HeaderSets {
  withoutBody: FetchInit["headers"];
  withBody: FetchInit["headers"];
  forEvents: FetchInit["headers"];
}

/** What is sent with each call is made once: openapi-fetch would build it twice a call. The key goes before all. */
function headerSets({ headers, apiKey }: TransportOptions): HeaderSets {
  const key = typeof apiKey === "string" ? apiKey : "";
  const given = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const withoutBody = { ...given, authorization: `Bearer ${key}` };
  const withBody = { "content-type": "application/json", ...withoutBody };
  const forEvents = { ...withBody, accept: "text/event-stream" };
  return {
    withoutBody: Object.freeze(withoutBody),
    withBody: Object.freeze(withBody),
    forEvents: Object.freeze(forEvents),
  };
}

class NotOk {
  readonly answer: FetchAnswer;

  constructor(answer: FetchAnswer) {
    this.answer = answer;
  }
}

async function receive(send: Send, via: Via): Promise<FetchAnswer> {
  try {
    return (await send(via)).response;
  } catch (fault) {
    if (fault instanceof NotOk) return fault.answer;
    throw fault;
  }
}

const UTF_8 = new TextDecoder();

/** A whole body as text, decoded as UTF-8; `InvalidResponse` when it is longer than `maxBytes`. */
async function readText({ body, status, headers }: FetchAnswer, maxBytes: number): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  // Most answers come in one part, which is then decoded whole: a decoder for parts costs more than all the reading.
  let decoder: TextDecoder | undefined;
  let last: Uint8Array | undefined;
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || !value) return text + (decoder ?? UTF_8).decode(last);
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      // The connection is given up; what its end says no longer matters.
      reader.cancel().catch(() => {});
      const requestId = readRequestId(headers);
      const message = `Expected an answer of at most ${maxBytes} bytes, got more`;
      throw new LlmError("InvalidResponse", message, { status, requestId });
    }
    if (last) {
      decoder ??= new TextDecoder();
      text += decoder.decode(last, { stream: true });
    }
    last = value;
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What came, without any of its content: that may hold a prompt. */
function describeText(text: string): string {
  if (text.trim() === "") return "an empty body";
  if (/^\s*</.test(text)) return "an HTML page";
  if (/^\s*[{[]/.test(text)) return `broken JSON of ${text.length} characters`;
  return `other text of ${text.length} characters`;
}
