/** What a parsed line or file is: a body, an exchange, a HAR file, a list of these; and the samples in it. */

import { expectObject } from "../../openapi/arguments.ts";
import type { JsonObject } from "../../openapi/json.ts";
import { isObject, parseJson } from "../../provider/base/values.ts";
import { EventLines, type LineEvent, splitLines } from "../base/event-lines.ts";
import type { Exchange } from "../base/exchange.ts";
import { type Sample, type SampleSink, SINK, type StreamState } from "../base/sample.ts";
import { quote, quoteUrl } from "../privacy/quote.ts";
import { reason } from "./json-text.ts";

/** Where a record came from. */
export interface Origin {
  source: string;
  line?: number;
}

export type Context = Omit<Sample, "kind" | "value" | "event" | "stream">;

// Lists of lists are taken apart; what is nested deeper is no list of answers.
const MAX_LISTS = 4;

/**
 * Gives the samples of a record to the sink. An exchange whose events stand in a file of their own comes back, for the
 * caller to read that file.
 */
export function addRecord(
  value: unknown,
  origin: Origin,
  sink: SampleSink,
  lists = MAX_LISTS,
): PendingStream[] {
  expectObject("addRecord", "origin", origin, { source: "text" });
  expectObject("addRecord", "sink", sink, SINK);
  if (Array.isArray(value) && lists > 0)
    return value.flatMap((item) => addRecord(item, origin, sink, lists - 1));
  if (!isObject(value)) {
    sink.unusable({
      ...origin,
      message: `expected a JSON object, found ${quote(value)}`,
    });
    return [];
  }
  const entries = harEntries(value);
  if (entries) for (const entry of entries) addHarEntry(entry, origin, sink);
  else if (isExchange(value)) return addExchange(value, origin, sink);
  else sink.add({ kind: "body", value, ...origin });
  return [];
}

/** An exchange whose event stream is in a file. */
export interface PendingStream {
  file: string;
  context: Context;
}

const isExchange = (value: JsonObject): value is JsonObject & Partial<Exchange> & { status: number } =>
  typeof value.status === "number" &&
  ["body", "events", "stream", "headers", "request"].some((name) => name in value);

function addExchange(
  exchange: Partial<Exchange> & { status: number },
  origin: Origin,
  sink: SampleSink,
): PendingStream[] {
  const { status, method, url, time, body, events, stream, truncated, request, headers } = exchange;
  const context: Context = {
    ...origin,
    status,
    ...(typeof method === "string"
      ? { method }
      : typeof url === "string" && "request" in exchange
        ? { method: "POST" }
        : {}),
    ...(typeof url === "string" ? { url } : {}),
    ...timeField(time),
    ...(truncated ? { truncated } : {}),
    ...(request === undefined ? {} : { request }),
    ...(isObject(headers) ? { headers } : {}),
  };
  if (typeof stream === "string") return [{ file: stream, context }];
  if (Array.isArray(events)) {
    const reader = startStream(context, sink);
    for (const event of events) {
      if (isObject(event))
        reader.add(event.data, typeof event.event === "string" ? event.event : undefined, origin.line);
    }
    reader.end();
  } else {
    addBody(body, context, exchange.headers?.["content-type"] ?? "", sink);
  }
  return [];
}

/** A body that is the text of an event stream is one, however it was recorded. */
function addBody(body: unknown, context: Context, contentType: string, sink: SampleSink): void {
  const isStream = typeof body === "string" && /^text\/event-stream/i.test(contentType);
  if (isStream) addStreamText(body, context, sink);
  else sink.add({ kind: "body", value: body, ...context });
}

/** Begins a stream: gives what adds its events, and tells its end. */
function startStream(context: Context, sink: SampleSink) {
  const stream: StreamState = {};
  const { request: _, headers: _headers, ...common } = context;
  sink.add({ kind: "stream", value: undefined, stream, ...context });
  return {
    add(data: unknown, event: string | undefined, line: number | undefined): void {
      if (typeof data === "string" && data.trim() === "[DONE]") {
        stream.isDone = true;
        return;
      }
      const named = event === undefined ? {} : { event };
      sink.add({
        kind: "event",
        value: data,
        stream,
        ...common,
        ...named,
        ...(line === undefined ? {} : { line }),
      });
    },
    end(): void {
      sink.add({ kind: "end", value: undefined, stream, ...common });
    },
  };
}

/** Takes the lines of one event stream. */
export interface StreamReader {
  /** A line without its line feed, and its number. */
  line(text: string, number: number): void;
  /** No more will come. */
  end(): void;
}

/**
 * A reader for the lines of an event stream; complains of data that is no JSON. `lineOf` gives the line of the source for
 * a line of the stream.
 */
export function streamReader(
  context: Context,
  sink: SampleSink,
  lineOf: (line: number) => number | undefined = (line) => line,
): StreamReader {
  const stream = startStream(context, sink);
  const lines = new EventLines(({ data, event, line }: LineEvent) => {
    const at = lineOf(line);
    try {
      stream.add(data.trim() === "[DONE]" ? data : JSON.parse(data), event, at);
    } catch (error) {
      // The last event of a recording that was cut is cut itself.
      if (context.truncated) return;
      const message = `expected JSON in the event's data: ${reason(error)}`;
      sink.unusable({ source: context.source, ...(at === undefined ? {} : { line: at }), message });
    }
  });
  return {
    line: (text, number) => lines.line(text, number),
    end() {
      lines.end();
      stream.end();
    },
  };
}

/** A stream that stands in a record as text: all of it is on the record's line. */
function addStreamText(text: string, context: Context, sink: SampleSink): void {
  const reader = streamReader(context, sink, () => context.line);
  for (const [index, line] of splitLines(text).entries()) reader.line(line, index + 1);
  reader.end();
}

// ---------------------------------------------------------------- HAR

const harEntries = (value: JsonObject): unknown[] | undefined =>
  isObject(value.log) && Array.isArray(value.log.entries) ? value.log.entries : undefined;

/** One entry of a HAR file. What is neither JSON nor an event stream, as pages and images are, is skipped. */
function addHarEntry(entry: unknown, origin: Origin, sink: SampleSink): void {
  const { request, response, startedDateTime } = isObject(entry) ? entry : {};
  if (!isObject(request) || !isObject(response) || !isObject(response.content)) {
    sink.unusable({ ...origin, message: "expected an entry with request, response and response.content" });
    return;
  }
  const { content, status } = response;
  const type = typeof content.mimeType === "string" ? content.mimeType : "";
  const text = harText(content);
  if (!/json|event-stream/i.test(type) || text === "" || typeof status !== "number" || status === 0) {
    sink.skip();
    return;
  }
  const context: Context = {
    ...origin,
    status,
    ...(typeof request.method === "string" ? { method: request.method } : {}),
    ...(typeof request.url === "string" ? { url: request.url } : {}),
    ...timeField(startedDateTime),
    ...harRequest(request),
    ...harHeaders(response),
  };
  if (/event-stream/i.test(type)) {
    addStreamText(text, context, sink);
    return;
  }
  try {
    sink.add({ kind: "body", value: JSON.parse(text), foreign: true, ...context });
  } catch (error) {
    sink.unusable({
      ...origin,
      message: `expected JSON in the answer from ${quoteUrl(context.url ?? "a URL that is not told")}: ${reason(error)}`,
    });
  }
}

function harText(content: JsonObject): string {
  if (typeof content.text !== "string") return "";
  return content.encoding === "base64" ? Buffer.from(content.text, "base64").toString("utf8") : content.text;
}

function harRequest({ postData }: JsonObject): { request?: unknown } {
  const text = isObject(postData) ? postData.text : undefined;
  const request = typeof text === "string" ? parseJson(text) : undefined;
  return request === undefined ? {} : { request };
}

function harHeaders({ headers }: JsonObject): { headers?: Record<string, unknown> } {
  if (!Array.isArray(headers)) return {};
  const named = headers.filter(isObject).map(({ name, value }) => [String(name).toLowerCase(), value]);
  return named.length === 0 ? {} : { headers: Object.fromEntries(named) };
}

function timeField(time: unknown): { time?: number } {
  const parsed = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) ? {} : { time: parsed };
}
