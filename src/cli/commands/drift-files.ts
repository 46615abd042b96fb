/** `groq-provider drift FILES`: recorded answers against the document. */
import { readFile, writeFile } from "node:fs/promises";
import { createDriftCheck, type DriftReport } from "../../drift/check/check.ts";
import { openSchema } from "../../drift/check-files.ts";
import { readInputs } from "../../drift/read/input.ts";
import {
  applyBaseline,
  type Baseline,
  formatBaseline,
  parseBaseline,
  updateBaseline,
} from "../../drift/report/baseline.ts";
import { formatReport, REPORT_FORMATS } from "../../drift/report/index.ts";
import { formatOverlay, suggestChanges } from "../../drift/report/suggest.ts";
import { EXIT_CODES, judge } from "../../drift/report/verdict.ts";
import { plural } from "../../drift/report/words.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import { readFault } from "../../openapi/document.ts";
import { hasColour, type Io, oneOf, say, UsageError } from "../io.ts";
import { parseOutputs, writeOutputs } from "../outputs.ts";
import { createProgress } from "../progress.ts";
import type { DriftOptions } from "./drift-options.ts";

export async function checkRecordings(
  paths: readonly string[],
  options: DriftOptions,
  io: Io,
): Promise<number> {
  readReportOptions(options);
  if (paths.length === 0 && io.stdin.isTTY) {
    throw new UsageError(
      "expected files or folders of recorded answers, or - (see groq-provider drift --help)",
    );
  }
  const document = await openSchema(options.schema);
  const check = createDriftCheck(document);
  const progress = createProgress(io.stderr, () => check.samples);
  const onBytes = (bytes: number) => progress.add(bytes);
  await readInputs(paths.length === 0 ? ["-"] : paths, check, { onBytes, stdin: io.stdin });
  progress.end();
  return reportDrift(check.report(), document, options, io);
}

/** The options that matter at the end; read before the work begins, too. Throws `UsageError` for what can't be. */
export function readReportOptions(options: DriftOptions) {
  const isUpdate = options.updateBaseline ?? false;
  if (isUpdate && options.baseline === undefined)
    throw new UsageError("--update-baseline needs --baseline FILE");
  return {
    failOn: oneOf("--fail-on", options.failOn ?? "breaking", ["breaking", "any", "none"]),
    outputs: parseOutputs(options.format ?? (options.suggest ? [] : ["table"]), REPORT_FORMATS),
    file: options.baseline,
    isUpdate,
  };
}

/** What every check of answers ends with: baseline, verdict, output. Gives the exit code. */
export async function reportDrift(
  found: DriftReport,
  document: OpenApiDocument,
  options: DriftOptions,
  io: Io,
): Promise<number> {
  const { failOn, outputs, file, isUpdate } = readReportOptions(options);
  const baseline = file === undefined ? { accepted: [] } : await readBaseline(file, isUpdate);
  const isUsable = judge(found, "none").verdict !== "unusable";
  const known = isUpdate && isUsable ? updateBaseline(found, baseline) : baseline;
  const { report, gone } = applyBaseline(found, known);
  const judged = judge(report, failOn, gone);
  if (isUpdate && file !== undefined) {
    if (isUsable) await writeFile(file, formatBaseline(known));
    const count = plural(known.accepted.length, "known difference");
    io.stderr.write(
      isUsable ? `${file}: ${count}\n` : `${file}: left as it was, for some input could not be used\n`,
    );
  }
  if (options.suggest) {
    const fresh = { ...report, findings: report.findings.filter(({ accepted }) => !accepted) };
    io.stdout.write(formatOverlay(suggestChanges(document, fresh)));
  }
  const render = (format: (typeof REPORT_FORMATS)[number], isTerminal: boolean) =>
    formatReport(judged, format, { colour: isTerminal && hasColour(io.stdout, io) });
  await writeOutputs(outputs, render, io);
  if (
    judged.verdict === "unusable" &&
    !outputs.some(({ format: name, file: to }) => name === "table" && !to)
  ) {
    for (const { source, line, message } of judged.unusable) {
      say(io, `${source}${line === undefined ? "" : `:${line}`}: ${message}`);
    }
  }
  return EXIT_CODES[judged.verdict];
}

async function readBaseline(file: string, mayBeNew: boolean): Promise<Baseline> {
  try {
    return parseBaseline(await readFile(file, "utf8"), file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && mayBeNew) return { accepted: [] };
    if (code) throw new UsageError(`${file}: ${readFault(error)}`);
    throw error;
  }
}
