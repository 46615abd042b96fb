/** What any HTTP client must give. */

/** The part of `Headers` that is read here, so that another HTTP client's headers serve as well. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** What is used of a `fetch`, so that any HTTP client can serve. The global one does. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  method: string;
  /** Their names are in lower case. */
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Made when it is first read. */
  readonly signal: AbortSignal;
  redirect: "manual";
}

export interface FetchAnswer {
  ok: boolean;
  status: number;
  headers: HeaderReader;
  body: AnswerBody | null;
}

/** The part of a `ReadableStream` of bytes that is used. */
export interface AnswerBody {
  getReader(): BodyReader;
}

export interface BodyReader {
  /** The next bytes; called again only once the last call has settled. */
  read(): Promise<BodyRead>;
  /** Ends the body, and closes its connection where it is not at its end. */
  cancel(reason?: unknown): Promise<void>;
}

export interface BodyRead {
  done: boolean;
  value?: Uint8Array | undefined;
}
