/** What applications import as `groq-provider/undici`: a transport for Node at a part of the global fetch's cost. */
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from "node:zlib";
import { type Dispatcher, request } from "undici";
import type { AnswerBody, BodyRead, BodyReader, FetchAnswer, FetchLike } from "../base/exchange.ts";

export interface UndiciFetchOptions {
  /**
   * Where requests go: a pool, a proxy (`ProxyAgent`, `EnvHttpProxyAgent`), connections and TLS with settings of one's
   * own. Its time limits then hold beside the call's. Default: undici's global one, without limits of its own.
   */
  dispatcher?: Dispatcher | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * A `fetch` for `dependencies.fetch` on undici's `request`. Rejects with undici's errors, which carry their codes, or with
 * the signal's reason. Follows no redirect; decodes gzip, deflate and Brotli.
 */
export function createUndiciFetch({ dispatcher }: UndiciFetchOptions = {}): FetchLike {
  // undici's own limits of five minutes would cut a call that was given longer.
  const where = dispatcher ? { dispatcher } : { headersTimeout: 0, bodyTimeout: 0 };
  return async (url, { method, headers, body, signal }) => {
    // undici looks at it only once it has opened a connection.
    signal.throwIfAborted();
    const answer = await request(url, {
      ...where,
      method: method as Dispatcher.HttpMethod,
      headers: { "accept-encoding": "gzip, deflate, br", ...headers },
      body: body ?? null,
      signal,
    });
    return toAnswer(answer.statusCode, answer.headers, answer.body);
  };
}

function toAnswer(status: number, headers: Headers, body: Readable): FetchAnswer {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: {
      get(name) {
        const value = headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(", ") : (value ?? null);
      },
    },
    body: new NodeBody(decoded(body, headers["content-encoding"])),
  };
}

// As fetch does: what was decoded of a body is given out at once, and one that lacks its end is not an error here.
const FLUSH = { flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH };
const BROTLI_FLUSH = {
  flush: zlib.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.BROTLI_OPERATION_FLUSH,
};

const DECODERS: Readonly<Record<string, (() => Readable & NodeJS.WritableStream) | undefined>> = {
  gzip: () => createGunzip(FLUSH),
  "x-gzip": () => createGunzip(FLUSH),
  deflate: () => createInflate(FLUSH),
  br: () => createBrotliDecompress(BROTLI_FLUSH),
};

/** The body as it was before the server encoded it; one in an encoding that is not known is left as it came. */
function decoded(body: Readable, encoding: string | string[] | undefined): Readable {
  const decoder = typeof encoding === "string" ? DECODERS[encoding.trim().toLowerCase()]?.() : undefined;
  if (!decoder) return body;
  body.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => body.destroy());
  return body.pipe(decoder);
}

// Bytes that may wait to be read. A whole answer is mostly shorter, and comes without a pause then.
const READ_AHEAD = 1 << 16;

/** A body to be read without a web stream, which would cost as much as the rest of the exchange. */
class NodeBody implements AnswerBody, BodyReader {
  readonly #source: Readable;
  #ahead: Uint8Array[] = [];
  #aheadBytes = 0;
  #end: "open" | "ended" | "failed" = "open";
  #error: Error | undefined;
  #waiting: { resolve(read: BodyRead): void; reject(error: unknown): void } | undefined;

  constructor(source: Readable) {
    this.#source = source;
    // At once: an error that nobody listens to would end the process.
    source.on("data", (bytes: Uint8Array) => this.#onData(bytes));
    source.on("end", () => this.#stop("ended"));
    // Once destroyed, a body says so by an error of its own, or by its close alone.
    source.on("error", (error) => this.#stop("failed", error));
    source.on("close", () => this.#stop("failed", new Error("The connection was closed within the body")));
  }

  getReader(): BodyReader {
    return this;
  }

  read(): Promise<BodyRead> {
    const value = this.#ahead.shift();
    if (value) {
      this.#aheadBytes -= value.byteLength;
      if (this.#ahead.length === 0 && this.#source.isPaused()) this.#source.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end === "ended") return Promise.resolve({ done: true });
    if (this.#end === "failed") return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  async cancel(): Promise<void> {
    this.#ahead = [];
    this.#stop("ended");
    this.#source.destroy();
  }

  #onData(value: Uint8Array): void {
    if (this.#end !== "open") return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value });
      return;
    }
    this.#ahead.push(value);
    this.#aheadBytes += value.byteLength;
    if (this.#aheadBytes >= READ_AHEAD) this.#source.pause();
  }

  /** What was read ahead is still given out, unless the body failed: as fetch does. */
  #stop(end: "ended" | "failed", error?: Error): void {
    if (this.#end !== "open") return;
    this.#end = end;
    this.#error = error;
    if (end === "failed") this.#ahead = [];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (end === "ended") waiting?.resolve({ done: true });
    else waiting?.reject(error);
  }
}
