/**
 * A `Request` and a `Response` for openapi-fetch: the platform's cost more than all the rest of a call. Anything
 * but text is left to the platform's own.
 */
import type { Clock } from "../base/clock.ts";
import { LlmError } from "../base/error.ts";
import type { FetchAnswer } from "../base/exchange.ts";
import { readRequestId } from "../wire/headers.ts";

export class LightRequest implements Request {
  readonly url: string;
  readonly method: string;
  readonly #init: RequestInit;

  constructor(input: RequestInfo | URL, init: RequestInit = {}) {
    this.url = typeof input === "object" && "url" in input ? input.url : String(input);
    this.method = init.method ?? "GET";
    this.#init = init;
  }

  async text() {
    const { body } = this.#init;
    return typeof body === "string" ? body : this.clone().text();
  }

  clone() {
    return new Request(this.url, this.#init);
  }

  readonly bodyUsed = false;
  get body() {
    return this.clone().body;
  }
  get cache() {
    return this.clone().cache;
  }
  get credentials() {
    return this.clone().credentials;
  }
  get destination() {
    return this.clone().destination;
  }
  get headers() {
    return this.clone().headers;
  }
  get integrity() {
    return this.clone().integrity;
  }
  get keepalive() {
    return this.clone().keepalive;
  }
  get mode() {
    return this.clone().mode;
  }
  get redirect() {
    return this.clone().redirect;
  }
  get referrer() {
    return this.clone().referrer;
  }
  get referrerPolicy() {
    return this.clone().referrerPolicy;
  }
  get signal() {
    return this.clone().signal;
  }
  arrayBuffer() {
    return this.clone().arrayBuffer();
  }
  blob() {
    return this.clone().blob();
  }
  bytes() {
    return this.clone().bytes();
  }
  formData() {
    return this.clone().formData();
  }
  json() {
    return this.clone().json();
  }
}

/** The longest body of a success that is read; longer ones reject with `InvalidResponse`. */
const MAX_BYTES = 32 << 20;
/** Of a failure's body no more is read: its status tells more. */
const MAX_ERROR_BYTES = 1 << 20;

export class LightResponse implements Response {
  readonly ok: boolean;
  readonly status: number;
  /** None: openapi-fetch would look there only for what `text` tells as well. */
  readonly headers = noHeaders();
  /** None: a web stream costs as much as the rest of a call. Bytes are read of the answer itself. */
  readonly body = null;
  readonly bodyUsed = false;
  readonly redirected = false;
  readonly statusText = "";
  readonly type = "default";
  readonly url = "";
  readonly #answer: FetchAnswer;
  readonly #clock: Clock;

  constructor(answer: FetchAnswer, clock: Clock) {
    this.#clock = clock;
    this.ok = answer.ok;
    this.status = answer.status;
    this.#answer = answer;
  }

  text(): Promise<string> {
    return this.ok ? readText(this.#answer, MAX_BYTES) : readSome(this.#answer, this.#clock);
  }

  async json() {
    return JSON.parse(await this.text());
  }

  clone(): Response {
    throw new TypeError("An answer can be read only once");
  }

  async arrayBuffer() {
    return new Response(await this.text()).arrayBuffer();
  }
  async blob() {
    return new Response(await this.text()).blob();
  }
  async bytes() {
    return new Response(await this.text()).bytes();
  }
  async formData() {
    return new Response(await this.text()).formData();
  }
}

let none: Headers | undefined;
/** Made with the first answer: on Node it is what loads the platform's fetch. */
const noHeaders = () => (none ??= new Headers());

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
      // The connection is given up, so how it ends no longer matters.
      reader.cancel().catch(() => {});
      const message = `Expected an answer of at most ${maxBytes} bytes, got more`;
      throw new LlmError("InvalidResponse", message, { status, requestId: readRequestId(headers) });
    }
    if (last) {
      decoder ??= new TextDecoder();
      text += decoder.decode(last, { stream: true });
    }
    last = value;
  }
}

/** A failure's body that says no more for so long has said enough: its status must not be lost to a time-out. */
const ERROR_STALL_MS = 1000;

/** What was received of a body until it ended, failed, stalled, or reached `MAX_ERROR_BYTES`. Never rejects. */
async function readSome({ body, headers }: FetchAnswer, clock: Clock): Promise<string> {
  if (!body) return "";
  const decoder = decoderOf(headers.get("content-type") ?? "");
  let text = "";
  let left = MAX_ERROR_BYTES;
  try {
    const reader = body.getReader();
    for (;;) {
      const part = await unlessStalled(reader.read(), clock);
      if (part && (part.done || !part.value)) return text + decoder.decode();
      if (part?.value) {
        text += decoder.decode(part.value.subarray(0, left), { stream: true });
        left -= part.value.byteLength;
        if (left > 0) continue;
      }
      reader.cancel().catch(() => {});
      return text;
    }
  } catch {
    return text;
  }
}

/** Gateways' pages may have another charset than JSON has. One that nobody knows is read as UTF-8. */
function decoderOf(contentType: string): TextDecoder {
  try {
    return new TextDecoder(/;\s*charset="?([\w:.-]+)/i.exec(contentType.slice(0, 200))?.[1]);
  } catch {
    return new TextDecoder();
  }
}

/** `undefined` where nothing came in time. */
function unlessStalled<T>(reading: Promise<T>, clock: Clock): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => resolve(undefined), ERROR_STALL_MS);
    reading.finally(stop).then(resolve, reject);
  });
}
