/** `groq-provider drift --live`: real questions, and their answers against the document. */
import { createDriftCheck } from "../drift/check/check.ts";
import { openSchema } from "../drift/check-files.ts";
import { type LiveProgress, runLive } from "../drift/live/live.ts";
import { addLiveResult, formatLiveResult } from "../drift/live/result.ts";
import { readReportOptions, reportDrift } from "./drift-files.ts";
import type { DriftOptions } from "./drift-options.ts";
import { type Io, UsageError } from "./io.ts";

/** Asks with the key of `GROQ_API_KEY`: a key in an argument would be in every list of processes. */
export async function checkLive(rest: readonly string[], options: DriftOptions, io: Io): Promise<number> {
  if (rest.length > 0) throw new UsageError(`--live takes no files, found ${rest.length}`);
  readReportOptions(options);
  const apiKey = io.env.GROQ_API_KEY?.trim();
  if (!apiKey) throw new UsageError("--live needs a key in the environment variable GROQ_API_KEY");
  const document = await openSchema(options.schema);
  const result = await runLive({
    apiKey,
    baseUrl: options["base-url"],
    model: options.model,
    onProgress: (progress) => tell(progress, io),
  });
  io.stderr.write(formatLiveResult(result));
  const check = createDriftCheck(document);
  addLiveResult(result, check);
  return reportDrift(check.report(), document, options, io);
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
