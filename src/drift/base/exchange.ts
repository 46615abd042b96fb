/**
 * One request and its answer, as `createRecorder` writes it and the drift check reads it: one JSON object a line.
 *
 * A line of a recording is an `Exchange`. The check is more lenient with lines from elsewhere: of the fields
 * below it needs `status` and one of `body`, `events` and `stream`.
 */
export interface Exchange {
  /** When the request went out: ISO 8601, UTC. */
  time?: string;
  /** Upper case: `POST`. */
  method: string;
  /** The whole URL, with secrets in its query removed. */
  url: string;
  /** HTTP status of the answer. */
  status: number;
  /** Of the answer, names in lower case, without cookies. */
  headers: Record<string, string>;
  /**
   * The request's JSON body. Where a recorder removes a text it writes another string in its place, never null and
   * never nothing, so that the shape stays what it was; the same holds for `body` and `events`.
   */
  request?: unknown;
  /** The answer's body: parsed when it is JSON, otherwise its text. Absent for an event stream, or an empty body. */
  body?: unknown;
  /** The events of an event stream, in their order; its closing `[DONE]` included when it came. */
  events?: ExchangeEvent[];
  /** Instead of `events`: the name of a file with the event stream, beside the recording or in `streams/` there. */
  stream?: string;
  /** The answer was cut: it was longer than the recorder keeps, was aborted, or the connection broke. */
  truncated?: true;
}

/** One event of an event stream. */
export interface ExchangeEvent {
  /** The `event:` field; absent for an ordinary (`message`) event. */
  event?: string;
  /** The `data:` field: parsed when it is JSON, otherwise its text, as `[DONE]`. */
  data: unknown;
}
