/** A `fetch` that writes down what goes over the wire, for the drift check. */
import { expectObject } from "../../openapi/arguments.ts";
import { memberOf } from "../../provider/base/error.ts";
import { hush } from "../../provider/base/events.ts";
import { kindOf } from "../../provider/base/values.ts";
import type { Exchange } from "../base/exchange.ts";
import { placeholder, withoutSecrets, withoutTexts } from "../privacy/redact.ts";
import {
  createScrub,
  headersWithoutSecrets,
  type Scrub,
  secretsOfHeaders,
  secretsOfUrl,
  urlWithoutSecrets,
} from "../privacy/secrets.ts";
import { type Cleaning, type Notes, passOn, takeNotes } from "./answer.ts";
import { createLineFile, type LineFileEvent } from "./file.ts";

export type RecorderFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What happens to the file: a fault, or that it is full. */
export type RecorderEvent = LineFileEvent;

/** Where exchanges are kept, and how many. */
export interface RecorderOptions {
  /** Where the exchanges go, one JSON object a line. Made when it is not there, else appended to. */
  file: string;
  /** The `fetch` to wrap. Default: the global one at the time of the call. */
  fetch?: RecorderFetch | undefined;
  /** Bound of the file, in bytes. Default 64 MiB. */
  maxBytes?: number | undefined;
  /**
   * `stop` (default): nothing more is written. `rotate`: the file becomes `<file>.1`, in place of an earlier one, and a
   * new one is begun, so that the two together stay under twice the bound.
   */
  whenFull?: "stop" | "rotate" | undefined;
  /** Bytes of one answer that are kept; the exchange of a longer one is marked as truncated. Default 1 MiB. */
  maxAnswerBytes?: number | undefined;
  /** True keeps prompts and answers as they are. Keys, cookies and organisations are removed all the same. Default false. */
  texts?: boolean | undefined;
  /** Told when lines are lost or the file is full. What it throws is ignored. */
  onEvent?: ((event: RecorderEvent) => void) | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  wallClock?: (() => number) | undefined;
}

/** What `createRecorder` gives. */
export interface Recorder {
  /** Hand it to a provider as its `fetch`. Answers and rejects as the wrapped one does, whatever becomes of the recording. */
  readonly fetch: RecorderFetch;
  /** Resolves when all exchanges that have ended are in the file. Never rejects. */
  flush(): Promise<void>;
  /** Writes also what came so far of answers that are still being read, and closes the file. `fetch` goes on, unrecorded. */
  close(): Promise<void>;
}

/** The rejection of an async clock is nobody's. */
function timeOf(now: number): string {
  hush(now);
  return new Date(now).toISOString();
}

interface Running {
  finish(isCut: boolean): void;
}

/**
 * Records exchanges: method, URL, status, the answer's headers, the JSON bodies of both, and of an event stream each
 * event. A call that is refused by the network leaves none, and an answer that is never read is written by `close`.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  expectObject("createRecorder", "options", options, { file: "text" });
  const { file, texts = false, maxBytes = 64 << 20, maxAnswerBytes = 1 << 20, whenFull = "stop" } = options;
  for (const [name, value] of Object.entries({ maxBytes, maxAnswerBytes })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`createRecorder: expected ${name} to be a positive integer, got ${value}`);
  }
  const wallClock = options.wallClock ?? Date.now;
  const running = new Set<Running>();
  const ended: (() => Promise<void>)[] = [];
  const writing = new Set<Promise<void>>();
  let isClosed = false;

  const tell = quietly(options.onEvent);
  const lines = createLineFile({ file, maxBytes, whenFull, onEvent: tell });
  /** What can't be recorded is told, and never the caller's concern. */
  const lost = (fault: unknown): undefined => {
    const message = memberOf(fault, "message");
    const reason = `an exchange can't be written: ${typeof message === "string" ? message : kindOf(fault)}`;
    tell({ type: "dropped", file, reason });
  };

  // After the caller's own work: parsing and cleaning an answer can take milliseconds.
  const writeEnded = () => {
    for (const write of ended.splice(0)) {
      const done = write().catch(lost);
      writing.add(done);
      void done.then(() => writing.delete(done));
    }
  };

  const record: RecorderFetch = async (input, init) => {
    const send: RecorderFetch = options.fetch ?? globalThis.fetch;
    if (isClosed) return send(input, init);
    const time = attempt(() => timeOf(wallClock()), lost);
    const request = time && attempt(() => readRequest(input, init), lost);
    const answer = await send(input, init);
    return attempt(() => time && request && listen(time, request, answer), lost) || answer;
  };

  const listen = (time: string, request: SentRequest, answer: Response): Response => {
    const scrub = createScrub(request.secrets);
    const cleaning = cleaningOf(texts, scrub);
    const notes: Notes = takeNotes(answer.headers.get("content-type") ?? "", maxAnswerBytes, cleaning);
    const head = {
      time,
      method: request.method,
      url: urlWithoutSecrets(request.url, scrub),
      status: answer.status,
      headers: headersWithoutSecrets(answer.headers, scrub, texts),
    };
    const exchange: Running = {
      finish(isCut) {
        if (!running.delete(exchange)) return;
        if (ended.push(() => write(head, request, notes, isCut, cleaning)) === 1) setImmediate(writeEnded);
      },
    };
    running.add(exchange);
    return passOn(answer, notes, exchange.finish);
  };

  const write = async (
    head: Pick<Exchange, "time" | "method" | "url" | "status" | "headers">,
    request: SentRequest,
    notes: Notes,
    isCut: boolean,
    cleaning: Cleaning,
  ): Promise<void> => {
    const sent = await request.body;
    const parsed = sent === undefined ? undefined : attempt((): unknown => JSON.parse(sent));
    const exchange: Exchange = {
      ...head,
      ...(parsed !== undefined && { request: cleaning.value(parsed) }),
      ...(await notes.result(isCut)),
    };
    lines.write(JSON.stringify(exchange));
  };

  const flush = async () => {
    writeEnded();
    await Promise.all(writing);
    await lines.flush();
  };

  return {
    fetch: record,
    flush,
    async close() {
      isClosed = true;
      for (const exchange of [...running]) exchange.finish(true);
      await flush();
      await lines.close();
    },
  };
}

interface SentRequest {
  method: string;
  url: string;
  /** The JSON text of the body; undefined when there is none, or when it is no text. */
  body: Promise<string | undefined>;
  secrets: string[];
}

function readRequest(input: string | URL | Request, init: RequestInit | undefined): SentRequest {
  const request = input instanceof Request ? input : undefined;
  const url = request ? request.url : String(input);
  const headers = new Headers(init?.headers ?? request?.headers);
  const body = init?.body ?? undefined;
  const sentText = typeof body === "string" ? Promise.resolve(body) : undefined;
  return {
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    url,
    body: sentText ?? (body === undefined && request ? textOf(request) : Promise.resolve(undefined)),
    secrets: [...secretsOfHeaders(headers), ...secretsOfUrl(url)],
  };
}

/** The body of a request that is about to be sent; only JSON is read, as others may be large or endless. */
function textOf(request: Request): Promise<string | undefined> {
  const isJson = /\bjson\b/i.test(request.headers.get("content-type") ?? "");
  if (!isJson || !request.body || request.bodyUsed) return Promise.resolve(undefined);
  return request
    .clone()
    .text()
    .catch(() => undefined);
}

const cleaningOf = (texts: boolean, scrub: Scrub): Cleaning =>
  texts
    ? { value: (value) => withoutSecrets(value, scrub), text: scrub }
    : { value: (value) => withoutTexts(value, scrub), text: placeholder };

/** The recording must not fail a call. */
function attempt<T>(run: () => T, failed?: (fault: unknown) => void): T | undefined {
  try {
    return run();
  } catch (fault) {
    failed?.(fault);
    return undefined;
  }
}

const quietly =
  (onEvent: RecorderOptions["onEvent"]) =>
  (event: RecorderEvent): void => {
    attempt(() => hush(onEvent?.(event)));
  };
