/** Recordings as samples: files, folders and streams of text, in any of the forms that answers are kept in. */

import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { expectList, expectObject, expectText, expectThat } from "../../openapi/arguments.ts";
import { readFault } from "../../openapi/document.ts";
import { type SampleSink, SINK } from "../base/sample.ts";
import { FormReader } from "./form.ts";
import type { PendingStream } from "./unpack.ts";

/** The name of standard input in reports. */
export const STANDARD_INPUT = "(standard input)";

const EXTENSIONS = new Set([".json", ".jsonl", ".ndjson", ".sse", ".har"]);
// A HAR file may be one line. V8's longest string has 512 Mi characters.
const MAX_LINE = 256 * 1024 * 1024;

/** How recordings are read. */
export interface ReadOptions {
  /** Called with the bytes of each piece that was read. */
  onBytes?: (bytes: number) => void;
  /** What `-` reads. Default: standard input. */
  stdin?: AsyncIterable<Uint8Array | string>;
}

/**
 * Reads files, folders (their `.json`, `.jsonl`, `.ndjson`, `.sse` and `.har` files, at any depth) and `-`, standard
 * input, into the sink. Each file is read once, though named twice or by a recording. Never rejects for bad input: the
 * sink is told.
 */
export async function readInputs(
  paths: readonly string[],
  sink: SampleSink,
  options: ReadOptions = {},
): Promise<void> {
  expectList("readInputs", "paths", paths, "text");
  expectObject("readInputs", "sink", sink, SINK);
  expectObject("readInputs", "options", options);
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === "-")
      await readText(options.stdin ?? process.stdin, STANDARD_INPUT, sink, options, process.cwd(), seen);
    else await readPath(path, sink, options, seen);
  }
}

async function readPath(
  path: string,
  sink: SampleSink,
  options: ReadOptions,
  seen: Set<string>,
): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) {
      await readFile(path, sink, options, seen);
      return;
    }
    const files = await listFolder(path);
    if (files.length === 0) {
      sink.unusable({ source: path, message: `holds no recordings (${[...EXTENSIONS].join(", ")})` });
    }
    for (const file of files) await readFile(file, sink, options, seen);
  } catch (error) {
    sink.unusable({ source: path, message: readFault(error) });
  }
}

async function listFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(folder, file)
          .split(sep)
          .some((part) => part.startsWith(".") || part === "node_modules"),
    )
    .sort();
}

async function readFile(
  path: string,
  sink: SampleSink,
  options: ReadOptions,
  seen: Set<string>,
  stream?: Context,
) {
  try {
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    await readText(createReadStream(path), path, sink, options, dirname(path), seen, stream);
  } catch (error) {
    sink.unusable({ source: path, message: readFault(error) });
  }
}

type Context = PendingStream["context"];

/** Reads one text in whatever form it turns out to be, in memory that does not grow with its length. */
export async function readText(
  text: AsyncIterable<Uint8Array | string>,
  source: string,
  sink: SampleSink,
  options: ReadOptions = {},
  folder = ".",
  seen: Set<string> = new Set(),
  stream?: Context,
): Promise<void> {
  const isText = typeof Object(text)[Symbol.asyncIterator] === "function";
  expectThat(isText, "readText", "text", "an async iterable of bytes or texts", text);
  expectText("readText", "source", source);
  expectObject("readText", "sink", sink, SINK);
  expectObject("readText", "options", options);
  const reader = new FormReader(source, sink, stream);
  const decoder = new TextDecoder();
  // A line may come in many pieces: they are joined once, at its end.
  let parts: string[] = [];
  let length = 0;
  const take = async (piece: string) => {
    const lines = piece.split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      const whole = parts.length === 0 ? line : parts.join("") + line;
      parts = [];
      length = 0;
      for (const item of reader.line(whole)) await readReferenced(item, folder, source, sink, options, seen);
    }
    parts.push(last);
    length += last.length;
    if (length > MAX_LINE) throw new Error(`line ${reader.lineNumber + 1} is longer than 256 Mi characters`);
  };
  for await (const chunk of text) {
    options.onBytes?.(chunk.length);
    await take(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
  }
  await take(`${decoder.decode()}\n`);
  for (const item of reader.end()) await readReferenced(item, folder, source, sink, options, seen);
}

/** Reads the event stream that a recording names, unless the name leads out of the recording's folder. */
async function readReferenced(
  { file, context }: PendingStream,
  folder: string,
  source: string,
  sink: SampleSink,
  options: ReadOptions,
  seen: Set<string>,
): Promise<void> {
  const base = resolve(folder);
  const candidates = [resolve(base, file), resolve(base, "streams", file)];
  for (const candidate of candidates) {
    if (!candidate.startsWith(base + sep)) continue;
    const isFile = await stat(candidate).then(
      (found) => found.isFile(),
      () => false,
    );
    if (!isFile) continue;
    const path = join(folder, relative(base, candidate));
    await readFile(path, sink, options, seen, { ...context, source: path });
    return;
  }
  const { line } = context;
  const message = `expected the event stream ${JSON.stringify(file)} in this folder, or in streams/ here: no such file`;
  sink.unusable({ source, ...(line === undefined ? {} : { line }), message });
}
