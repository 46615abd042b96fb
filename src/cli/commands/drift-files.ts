/** `groq-provider drift FILES`: recorded answers against the document. */
import { writeFile } from "node:fs/promises";
import type { AnswersCheck } from "../../drift/check-files.ts";
import { formatPresence, type PresenceProfile, parsePresence } from "../../drift/presence/profile.ts";
import { updatePresence } from "../../drift/presence/tell.ts";
import { readInputs } from "../../drift/read/input.ts";
import {
  applyBaseline,
  type Baseline,
  formatBaseline,
  parseBaseline,
  updateBaseline,
} from "../../drift/report/baseline.ts";
import { formatReport, REPORT_FORMATS } from "../../drift/report/index.ts";
import { type CalledAs, quoted, withNextSteps } from "../../drift/report/next.ts";
import { formatOverlay, suggestChanges } from "../../drift/report/suggest.ts";
import { EXIT_CODES, judge } from "../../drift/report/verdict.ts";
import { plural } from "../../drift/report/words.ts";
import { readIfThere } from "../../openapi/document.ts";
import { hasColour, type Io, oneOf, say, UsageError } from "../io.ts";
import { parseOutputs, writeOutputs } from "../outputs.ts";
import { createProgress } from "../progress.ts";
import type { DriftOptions } from "./drift-options.ts";
import { openCheck } from "./drift-service.ts";

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
  const earlier = await readPresence(options, io);
  const check = await openCheck(options, earlier, io);
  const progress = createProgress(io.stderr, () => check.sink.samples);
  const onBytes = (bytes: number) => progress.add(bytes);
  await readInputs(paths.length === 0 ? ["-"] : paths, check.sink, { onBytes, stdin: io.stdin });
  progress.end();
  return reportDrift(check, answersOf(paths), earlier, options, io);
}

// A longer list is not what anybody wants to read again.
const MAX_PATHS = 4;

const answersOf = (paths: readonly string[]): string =>
  paths.length === 0 || paths.length > MAX_PATHS ? "FILES" : paths.map(quoted).join(" ");

const calledAs = ({ schema, overlay, baseline, presence }: DriftOptions, answers: string): CalledAs => ({
  answers,
  schema,
  overlays: overlay,
  baseline,
  presence,
});

/** The options that matter at the end; read before the work begins, too. Throws `UsageError` for what can't be. */
export function readReportOptions(options: DriftOptions) {
  const isUpdate = options.updateBaseline ?? false;
  if (isUpdate && options.baseline === undefined)
    throw new UsageError("--update-baseline needs --baseline FILE");
  if (options.updatePresence && options.presence === undefined)
    throw new UsageError("--update-presence needs --presence FILE");
  return {
    failOn: oneOf("--fail-on", options.failOn ?? "breaking", ["client", "breaking", "any", "none"]),
    outputs: parseOutputs(options.format ?? (options.suggest ? [] : ["table"]), REPORT_FORMATS),
    file: options.baseline,
    isUpdate,
  };
}

/** What every check of answers ends with: baseline, verdict, output. Gives the exit code. */
export async function reportDrift(
  check: AnswersCheck,
  answers: string,
  earlier: PresenceProfile | undefined,
  options: DriftOptions,
  io: Io,
): Promise<number> {
  const { document } = check;
  const { report: found, notes, observer } = check.finish();
  const { failOn, outputs, file, isUpdate } = readReportOptions(options);
  const baseline = file === undefined ? { accepted: [] } : await readBaseline(file, isUpdate, io);
  const isUsable = judge(found, "none").verdict !== "unusable";
  const known = isUpdate && isUsable ? updateBaseline(found, baseline) : baseline;
  const { report, gone } = applyBaseline(found, known);
  const judged = withNextSteps(judge(report, failOn, gone), document, calledAs(options, answers));
  const write = async (to: string, text: string, what: string) => {
    if (isUsable) await writeFile(to, text);
    io.stderr.write(
      isUsable ? `${to}: ${what}\n` : `${to}: left as it was, for some input could not be used\n`,
    );
  };
  if (isUpdate && file !== undefined)
    await write(file, formatBaseline(known), plural(known.accepted.length, "known difference"));
  if (options.updatePresence && options.presence !== undefined && earlier) {
    const profile = updatePresence(earlier, observer, report.findings);
    await write(
      options.presence,
      formatPresence(profile),
      `${plural(profile.kinds.size, "kind")} of answers`,
    );
  } else for (const note of notes) say(io, note);
  if (options.suggest) {
    const fresh = { ...report, findings: report.findings.filter(({ accepted }) => !accepted) };
    io.stdout.write(formatOverlay(suggestChanges(document, fresh)));
  }
  const render = (format: (typeof REPORT_FORMATS)[number], isTerminal: boolean) =>
    formatReport(judged, format, { colour: isTerminal && hasColour(io.stdout, io) });
  await writeOutputs(outputs, render, io);
  if (judged.verdict === "unusable") {
    for (const { source, line, message } of judged.unusable) {
      say(io, `${source}${line === undefined ? "" : `:${line}`}: ${message}`);
    }
  }
  return EXIT_CODES[judged.verdict];
}

async function readBaseline(file: string, mayBeNew: boolean, io: Io): Promise<Baseline> {
  const text = await readIfThere(file);
  if (text !== undefined) return parseBaseline(text, file);
  if (!mayBeNew) say(io, `${file}: no such file, so nothing is known yet; --update-baseline makes it`);
  return { accepted: [] };
}

/** The profile that is named; an empty one where its file is still to be made; undefined where none is named. */
export async function readPresence(
  { presence: file, updatePresence: mayBeNew }: DriftOptions,
  io: Io,
): Promise<PresenceProfile | undefined> {
  if (file === undefined) return undefined;
  const text = await readIfThere(file);
  if (text !== undefined) return parsePresence(text, file);
  if (!mayBeNew) say(io, `${file}: no such file, so nothing is known yet; --update-presence makes it`);
  return { kinds: new Map() };
}
