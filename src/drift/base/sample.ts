/** One answer, or one event of a streamed answer, on its way from a recording to the check. */

export interface Sample {
  /** A streamed answer is a `stream`, which has no value, then its events, then its `end`, which has none either. */
  kind: "body" | "stream" | "event" | "end";
  /** The parsed body, or the event's parsed data; a text where it is not JSON; undefined for an empty body. */
  value: unknown;
  /** The file, `(standard input)`, or whatever the caller names. */
  source: string;
  /** In the source, from 1. */
  line?: number;
  /** When it was recorded: milliseconds since 1970. */
  time?: number;
  /** Upper case. */
  method?: string;
  /** What was asked; tells the operation. */
  url?: string;
  /** HTTP status. */
  status?: number;
  /** The event's name; absent for an ordinary event. */
  event?: string;
  /** The stream that this belongs to; the same object for all that is of it. */
  stream?: StreamState;
  /** The request's JSON body, with an answer's body and with the beginning of a stream. */
  request?: unknown;
  /** Of the answer, names in lower case, where they are known. */
  headers?: Readonly<Record<string, unknown>>;
  /** May be of another service, as in a browser's HAR file: what fits nothing is skipped. */
  foreign?: boolean;
  /** Only a part of the answer was recorded. */
  truncated?: boolean;
}

/** What the events of one stream share. */
export interface StreamState {
  /** When its last event was made, as the event says: milliseconds since 1970. For events that don't say. */
  time?: number;
  /** `[DONE]` came. */
  isDone?: boolean;
}

/** What a reader of recordings gives its samples and complaints to. */
export interface SampleSink {
  /** Takes one answer, or one event. */
  add(sample: Sample): void;
  /** Something that is no answer at all: the source, the line if it is known, and what is wrong. */
  unusable(fault: UnusableInput): void;
  /** Something that is no answer of this service, as an image in a HAR file. */
  skip(): void;
}

/** What it must have at least. */
export const SINK = { add: "function", unusable: "function", skip: "function" } as const;

/** Input that could not be used. */
export interface UnusableInput {
  /** The file, or `(standard input)`. */
  source: string;
  /** From 1, where it is known. */
  line?: number;
  /** What is wrong, in one line. */
  message: string;
}

/** When an answer was made: `created` of completions, in milliseconds. A model's own `created` says nothing of it. */
export function madeAt(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { created, object } = value as { created?: unknown; object?: unknown };
  if (typeof created !== "number" || object === "model") return undefined;
  const isPlausible = created > 1e9 && created < 1e10;
  return isPlausible ? created * 1000 : undefined;
}

/** The host that a URL names, without its port; empty where it names none. */
export const hostOf = (url: string | undefined): string =>
  url !== undefined && URL.canParse(url) ? new URL(url).hostname : "";
