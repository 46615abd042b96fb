/** `groq-provider drift --live`: real questions, and their answers against the document. */
import type { Exchange } from "../../drift/base/exchange.ts";
import { type LiveProgress, runLive } from "../../drift/live/live.ts";
import { addLiveResult, formatLiveResult } from "../../drift/live/result.ts";
import { createLineFile } from "../../drift/record/file.ts";
import { plural } from "../../drift/report/words.ts";
import { findConnection } from "../connection.ts";
import { type Io, say, UsageError } from "../io.ts";
import { readPresence, readReportOptions, reportDrift } from "./drift-files.ts";
import type { DriftOptions } from "./drift-options.ts";
import { openCheck, serviceOf } from "./drift-service.ts";

/** The key comes from the environment, and is sent to no host but its own (see `findConnection`). */
export async function checkLive(rest: readonly string[], options: DriftOptions, io: Io): Promise<number> {
  if (rest.length > 0) throw new UsageError(`--live takes no files, found ${rest.length}`);
  readReportOptions(options);
  const { key, baseUrl, service } = findConnection({ ...options, provider: serviceOf(options) }, io);
  // Without an address the questions would go to Groq.
  if (baseUrl === undefined) throw new UsageError(`--service ${service.provider} needs --base-url URL`);
  const earlier = await readPresence(options, io);
  const check = await openCheck(options, earlier, io);
  const result = await runLive({
    apiKey: key,
    baseUrl,
    model: options.model,
    maxTokensField: service.maxTokensField,
    auth: service.auth,
    signal: io.signal,
    onProgress: (progress) => tell(progress, io),
  });
  io.stderr.write(formatLiveResult(result));
  if (options.record !== undefined) await keep(result.exchanges, options.record, io);
  addLiveResult(result, check.sink);
  return reportDrift(check, "--live", earlier, options, io);
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
