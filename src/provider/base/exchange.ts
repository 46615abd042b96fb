/** What any HTTP client must give. */
import type { Abort } from "./abort.ts";
import type { HeaderReader } from "./headers.ts";

/** What is used of a `fetch`, so that any HTTP client can serve. The global one does. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** What a `fetch` is given beside the URL. */
export interface FetchInit {
  /** Upper case. */
  method: string;
  /** Their names are in lower case. */
  headers: Readonly<Record<string, string>>;
  /** JSON text. Of a form or a file, which only `groq-provider/api` sends, it is a `Uint8Array`. */
  body?: string;
  /** Made when it is first read. */
  readonly signal: AbortSignal;
  redirect: "manual";
}

/** One request and its answer: the library's own way, or a `fetch` that is handed in. */
export type Exchange = (url: string, init: ExchangeInit) => Promise<FetchAnswer>;

export interface ExchangeInit extends Omit<FetchInit, "body"> {
  body?: string | Uint8Array<ArrayBuffer>;
  /** Ends the exchange, as `signal` does, at less cost. */
  readonly abort: Pick<Abort, "reason" | "onAbort">;
}

export interface ExchangeOptions {
  agent?: NodeAgent | undefined;
}

/**
 * An `http.Agent` or `https.Agent` of Node, or one that is made like them, as those for proxies are: opens and keeps
 * connections.
 */
export interface NodeAgent {
  readonly sockets: object;
  readonly freeSockets: object;
  destroy(): void;
}

/** What a `fetch` gives: of a `Response`, what is used. */
export interface FetchAnswer {
  /** The status is 200 to 299. */
  ok: boolean;
  /** HTTP status. */
  status: number;
  /** The answer's headers. */
  headers: HeaderReader;
  /** Null where there is none. */
  body: AnswerBody | null;
}

/** The part of a `ReadableStream` of bytes that is used. */
export interface AnswerBody {
  /** The one reader of the body. */
  getReader(): BodyReader;
}

/** Reads a body piece by piece. */
export interface BodyReader {
  /** The next bytes; called again only once the last call has settled. */
  read(): Promise<BodyRead>;
  /** Ends the body, and closes its connection where it is not at its end. */
  cancel(reason?: unknown): Promise<void>;
}

/** What one reading gave. */
export interface BodyRead {
  /** The body is at its end. */
  done: boolean;
  /** The bytes; absent at the end. */
  value?: Uint8Array | undefined;
}
