/** `groq-provider drift --live`: real questions, and their answers against the document. */
import type { Exchange } from "../../drift/base/exchange.ts";
import { createDriftCheck } from "../../drift/check/check.ts";
import { openSchema } from "../../drift/check-files.ts";
import { type LiveProgress, runLive } from "../../drift/live/live.ts";
import { addLiveResult, formatLiveResult } from "../../drift/live/result.ts";
import { createLineFile } from "../../drift/record/file.ts";
import { plural } from "../../drift/report/words.ts";
import { findConnection } from "../connection.ts";
import { type Io, say, UsageError } from "../io.ts";
import { readReportOptions, reportDrift } from "./drift-files.ts";
import type { DriftOptions } from "./drift-options.ts";

/** The key comes from the environment, and is sent to no host but its own (see `findConnection`). */
export async function checkLive(rest: readonly string[], options: DriftOptions, io: Io): Promise<number> {
  if (rest.length > 0) throw new UsageError(`--live takes no files, found ${rest.length}`);
  readReportOptions(options);
  const { key, baseUrl } = findConnection(options, io);
  const document = await openSchema(options.schema);
  const result = await runLive({
    apiKey: key,
    baseUrl,
    model: options.model,
    signal: io.signal,
    onProgress: (progress) => tell(progress, io),
  });
  io.stderr.write(formatLiveResult(result));
  if (options.record !== undefined) await keep(result.exchanges, options.record, io);
  const check = createDriftCheck(document);
  addLiveResult(result, check);
  return reportDrift(check.report(), document, options, io);
}

/** Adds the exchanges to the file, as `createRecorder` does: one JSON object a line, for its owner alone to read. */
async function keep(exchanges: readonly Exchange[], file: string, io: Io): Promise<void> {
  const faults: string[] = [];
  const lines = createLineFile({
    file,
    maxBytes: Number.MAX_SAFE_INTEGER,
    whenFull: "stop",
    onEvent: (event) => {
      if (event.type === "error") faults.push(event.message);
    },
  });
  for (const exchange of exchanges) lines.write(JSON.stringify(exchange));
  await lines.close();
  const [fault] = faults;
  if (fault !== undefined) throw new UsageError(`--record: ${fault}`);
  say(io, `${file}: ${plural(exchanges.length, "exchange")}`);
}

/** On a terminal one line that changes; elsewhere only waits are worth a line. */
function tell(progress: LiveProgress, { stderr }: Io): void {
  const isTerminal = stderr.isTTY === true;
  if (progress.type === "waiting") {
    const seconds = Math.ceil(progress.waitMs / 1000);
    stderr.write(`${isTerminal ? "\r\u001b[K" : ""}${progress.name}: waiting ${seconds} s for the limit\n`);
  } else if (isTerminal && progress.type === "asking") {
    stderr.write(`\r\u001b[K${progress.name} (${progress.index} of ${progress.of})`);
  } else if (isTerminal) stderr.write("\r\u001b[K");
}
