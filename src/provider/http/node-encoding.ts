/** Undoes what a server encoded a body with. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from "node:zlib";

// As fetch does: what was decoded is given out at once, and a body that lacks its end is not an error here. What it says
// lacks its end too, and that is told.
const FLUSH = { flush: zlib.Z_SYNC_FLUSH, finishFlush: zlib.Z_SYNC_FLUSH };
const BROTLI_FLUSH = { flush: zlib.BROTLI_OPERATION_FLUSH, finishFlush: zlib.BROTLI_OPERATION_FLUSH };

type Decoder = Readable & NodeJS.WritableStream;

// A map, as the names are the server's words: in an object, `constructor` would be found.
const DECODERS: ReadonlyMap<string, () => Decoder> = new Map([
  ["gzip", () => createGunzip(FLUSH)],
  ["x-gzip", () => createGunzip(FLUSH)],
  ["deflate", () => createInflate(FLUSH)],
  ["br", () => createBrotliDecompress(BROTLI_FLUSH)],
]);

/** Encodings of one body. Each may make a thousand bytes of one, so that a chain of them could keep a process busy. */
const MOST_ENCODINGS = 2;

/** The body as it was before it was encoded. One in an encoding that is not known is left as it came. */
export function decoded(response: IncomingMessage): Readable {
  const { "content-encoding": header } = response.headers;
  if (header === undefined) return response;
  const names = header.split(",", MOST_ENCODINGS + 1).map((name) => name.trim().toLowerCase());
  if (names.length > MOST_ENCODINGS || !names.every((name) => DECODERS.has(name))) return response;
  // The last one was laid on last.
  return names.reduceRight<Readable>((body, name) => through(body, DECODERS.get(name)), response);
}

function through(source: Readable, createDecoder: (() => Decoder) | undefined): Readable {
  if (!createDecoder) return source;
  const decoder = createDecoder();
  source.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => source.destroy());
  return source.pipe(decoder);
}
