/** In which form a text holds its answers: an event stream, JSON lines, or one JSON document. */

import { parseJson } from "../../provider/base/values.ts";
import { isEventLine } from "../base/event-lines.ts";
import type { SampleSink } from "../base/sample.ts";
import { brokenLine, canGoOn, reason } from "./json-text.ts";
import { addRecord, type PendingStream, type StreamReader, streamReader } from "./unpack.ts";

// V8's longest string has 512 Mi characters.
const MAX_WHOLE = 256 * 1024 * 1024;

// A document over several lines may have lines that look like JSON lines; then its end decides.
const MAX_DOUBTS = 8;

/**
 * Takes a text line by line. The first line tells the form; where that one is broken, the lines after it do. Gives back
 * the exchanges whose events stand in files of their own.
 */
export class FormReader {
  readonly #source: string;
  readonly #sink: SampleSink;
  readonly #stream: PendingStream["context"] | undefined;
  #form: "unknown" | "events" | "lines" | "whole" = "unknown";
  #events: StreamReader | undefined;
  /** Of a `whole` document, which may still turn out to be lines. */
  #kept: string[] = [];
  #keptLength = 0;
  #doubts = 0;
  lineNumber = 0;

  /** `stream`: the text is the event stream of this exchange. */
  constructor(source: string, sink: SampleSink, stream: PendingStream["context"] | undefined) {
    this.#source = source;
    this.#sink = sink;
    this.#stream = stream;
  }

  line(text: string): PendingStream[] {
    this.lineNumber++;
    switch (this.#form) {
      case "events":
        this.#events?.line(text, this.lineNumber);
        return [];
      case "lines":
        return text.trim() === "" ? [] : this.#addLine(text, this.lineNumber);
      case "whole":
        this.#keep(text);
        return this.#doubts < MAX_DOUBTS ? this.#reconsider(text) : [];
      case "unknown":
        return text.trim() === "" ? [] : this.#begin(text);
    }
  }

  end(): PendingStream[] {
    this.#events?.end();
    if (this.#form === "unknown") this.#sink.unusable({ source: this.#source, message: "is empty" });
    return this.#form === "whole" ? this.#addWhole() : [];
  }

  #begin(text: string): PendingStream[] {
    if (this.#stream || isEventLine(text)) {
      this.#beginEvents();
      this.#events?.line(text, this.lineNumber);
      return [];
    }
    const value = parseJson(text);
    this.#form = value === undefined ? "whole" : "lines";
    if (value !== undefined)
      return addRecord(value, { source: this.#source, line: this.lineNumber }, this.#sink);
    this.#kept = Array.from({ length: this.lineNumber - 1 }, () => "");
    this.#keep(text);
    return [];
  }

  #beginEvents(): void {
    this.#form = "events";
    this.#events = streamReader(this.#stream ?? { source: this.#source }, this.#sink);
  }

  /** A line that would be one of many, after text that is the beginning of no document: the text before it is broken. */
  #reconsider(text: string): PendingStream[] {
    if (!isRecordLine(text)) return [];
    this.#doubts++;
    return canGoOn(this.#kept.join("\n")) ? [] : this.#takeAsLines();
  }

  #takeAsLines(): PendingStream[] {
    const lines = this.#kept;
    this.#kept = [];
    const first = lines.findIndex(isRecordLine);
    const begin = lines[first] ?? "";
    if (!isEventLine(begin)) {
      this.#form = "lines";
      return lines.flatMap((line, index) => (line.trim() === "" ? [] : this.#addLine(line, index + 1)));
    }
    const line = lines.findIndex((text) => text.trim() !== "") + 1;
    this.#sink.unusable({
      source: this.#source,
      line,
      message: "expected an event stream from its first line",
    });
    this.#beginEvents();
    for (const [index, text] of lines.entries()) if (index >= first) this.#events?.line(text, index + 1);
    return [];
  }

  #addLine(text: string, line: number): PendingStream[] {
    const origin = { source: this.#source, line };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.#sink.unusable({ ...origin, message: `expected JSON: ${reason(error)}` });
      return [];
    }
    return addRecord(value, origin, this.#sink);
  }

  #keep(text: string): void {
    this.#keptLength += text.length + 1;
    if (this.#keptLength > MAX_WHOLE)
      throw new Error("is one JSON document of over 256 Mi characters; use JSON lines");
    this.#kept.push(text);
  }

  #addWhole(): PendingStream[] {
    const lines = this.#kept;
    while (lines.at(-1)?.trim() === "") lines.pop();
    let value: unknown;
    try {
      value = JSON.parse(lines.join("\n"));
    } catch (error) {
      if (lines.some(isRecordLine)) return this.#takeAsLines();
      const line = brokenLine(lines);
      this.#sink.unusable({ source: this.#source, line, message: `expected JSON: ${reason(error)}` });
      return [];
    }
    return addRecord(value, { source: this.#source }, this.#sink);
  }
}

/** Whether the line is by itself what a line of a recording is: an object with members, or data of an event. */
function isRecordLine(line: string): boolean {
  if (/^data: ?[[{]/.test(line)) return true;
  return line.startsWith('{"') && parseJson(line) !== undefined;
}
