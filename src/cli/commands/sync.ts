/** `groq-provider sync`: the loop from a changed document or answer to types, and one page that tells of it. */
import { open, writeFile } from "node:fs/promises";
import type { DriftCheck } from "../../drift/check/check.ts";
import { runLive } from "../../drift/live/live.ts";
import { addLiveResult } from "../../drift/live/result.ts";
import { readInputs } from "../../drift/read/input.ts";
import { readFault } from "../../openapi/document.ts";
import { findConnection } from "../connection.ts";
import { EXIT, type Io, say, UsageError } from "../io.ts";

export interface SyncCommandOptions {
  vendor: string;
  overlay: string;
  out: string;
  state?: string | undefined;
  presence?: string | undefined;
  /** Files or folders of recorded answers. */
  answers?: string[] | undefined;
  live?: boolean | undefined;
  write?: boolean | undefined;
  prBody?: string | undefined;
  complete?: boolean | undefined;
  operations?: string[] | undefined;
  all?: boolean | undefined;
  schemas?: boolean | undefined;
  /** `false`: `--no-typecheck`. */
  typecheck?: string | boolean | undefined;
  test?: string | undefined;
  baseUrl?: string | undefined;
  keyEnv?: string | undefined;
  model?: string | undefined;
}

/** Gives the exit code: 0 all is as it was, 1 something changed. What can't be used is thrown. */
export async function syncCommand(options: SyncCommandOptions, io: Io): Promise<number> {
  const live = ["baseUrl", "keyEnv", "model"] as const;
  if (!options.live && live.some((name) => options[name] !== undefined))
    throw new UsageError("--base-url, --key-env and --model need --live");
  if (options.live && options.answers)
    throw new UsageError(
      "expected --answers or --live, found both: record with drift --live --record FILE first",
    );
  if (options.prBody !== undefined) await mayWrite(options.prBody);
  // Loaded when it is asked for: the generator is large.
  const { isSame, sync } = await import("../../sync/sync.ts");
  const { formatPage } = await import("../../sync/page.ts");
  const { tryClient } = await import("../../sync/try-client.ts");
  const { serveDocument } = await import("../../testing/described/served-document.ts");
  const { startEmbeddedGroq } = await import("../../testing/server.ts");
  const { vendor, overlay, out, state, presence, write, complete, schemas, typecheck, test } = options;
  const result = await sync({
    ...{ vendor, overlay, out, state, presence, write, complete, schemas, test },
    operations: options.all
      ? "all"
      : options.operations?.flatMap((list) => list.split(",").map((one) => one.trim())),
    typecheck: typecheck === true ? undefined : typecheck,
    answers: await answersOf(options, io),
    tryClient: (document, folder) => tryClient(document, folder, { signal: io.signal }),
    serve: (document) => startEmbeddedGroq({ document: serveDocument(document), bodies: "maximal" }),
    day: new Date().toISOString().slice(0, 10),
    onStep: (step) => say(io, step),
    signal: io.signal,
  });
  const page = formatPage(result);
  io.stdout.write(page);
  if (options.prBody !== undefined) await writeFile(options.prBody, page);
  if (result.unusable.length > 0) return EXIT.unusable;
  return isSame(result) ? EXIT.ok : EXIT.no;
}

/** Before anything is changed: a page that could not be written would be told to nobody. */
async function mayWrite(file: string): Promise<void> {
  try {
    await (await open(file, "a")).close();
  } catch (error) {
    throw new UsageError(`--pr-body: ${file}: ${readFault(error)}`);
  }
}

/** What feeds the check. Real questions are asked once, whatever the number of rounds. */
async function answersOf(options: SyncCommandOptions, io: Io) {
  const { answers, live, model } = options;
  if (answers) return (check: DriftCheck) => readInputs(answers, check);
  if (!live) return undefined;
  const { key, baseUrl } = findConnection(options, io);
  const result = await runLive({ apiKey: key, baseUrl, model, signal: io.signal });
  return async (check: DriftCheck) => addLiveResult(result, check);
}
