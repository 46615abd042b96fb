/** What applications import as `groq-provider/undici`: a transport for Node at a part of the global fetch's cost. */
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from "node:zlib";
import { type Dispatcher, request } from "undici";
import type { FetchAnswer, FetchLike } from "./transport.ts";

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
    body: toWebStream(decoded(body, headers["content-encoding"])),
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

/** As `Readable.toWeb`, which costs several times more. Reads ahead no more than the socket's own buffers. */
function toWebStream(body: Readable): ReadableStream<Uint8Array> {
  let ended = false;
  const fail = (controller: ReadableStreamDefaultController, error: Error) => {
    if (!ended) controller.error(error);
    ended = true;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      body.on("data", (bytes: Uint8Array) => {
        if (ended) return;
        controller.enqueue(bytes);
        if ((controller.desiredSize ?? 0) <= 0) body.pause();
      });
      body.on("end", () => {
        ended = true;
        controller.close();
      });
      // Once destroyed, a body says so by an error of its own, or by its close alone.
      body.on("error", (error) => fail(controller, error));
      body.on("close", () => fail(controller, new Error("The connection was closed within the body")));
      body.pause();
    },
    pull() {
      body.resume();
    },
    cancel() {
      ended = true;
      body.destroy();
    },
  });
}
