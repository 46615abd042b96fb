/** Known drift: what was accepted before, and so does not fail a check. */

import { expectObject, expectText } from "../../openapi/arguments.ts";
import { isObject } from "../../provider/base/values.ts";
import type { DriftReport } from "../check/check.ts";
import type { Finding } from "../check/findings.ts";
import { describeFinding } from "./words.ts";

/** What is known and accepted, as the file has it. */
export interface Baseline {
  /** One entry for each finding. */
  accepted: BaselineEntry[];
}

/** A finding that is accepted. */
export interface BaselineEntry {
  /** The finding's key. */
  key: string;
  /** The schema's name in the document. */
  schema: string;
  /** Of answers of this host alone; absent: of every host. */
  host?: string;
  /** The finding in words, for whoever reads the file. */
  finding: string;
  /** Whether it can break whoever trusts the document. */
  breaking: boolean;
  /** It breaks this client. */
  breaksClient?: boolean;
  /** Free for a reason; kept when the baseline is updated. */
  note?: string;
}

/** A baseline that can't be read. The message names the file. */
export class BaselineError extends Error {
  /** Tells it from other errors. */
  override name = "BaselineError";
}

/** Reads a baseline from its text. Throws `BaselineError`. */
export function parseBaseline(text: string, source: string): Baseline {
  expectText("parseBaseline", "text", text);
  expectText("parseBaseline", "source", source);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new BaselineError(`${source}: expected a baseline in JSON; write one with --update-baseline`);
  }
  const accepted = isObject(content) ? content.accepted : undefined;
  if (!Array.isArray(accepted))
    throw new BaselineError(`${source}: expected a baseline with a list "accepted"`);
  const isEntry = (entry: unknown): entry is BaselineEntry =>
    isObject(entry) && typeof entry.key === "string" && typeof entry.schema === "string";
  const index = accepted.findIndex((entry) => !isEntry(entry));
  if (index >= 0) throw new BaselineError(`${source}: expected "key" and "schema" in accepted[${index}]`);
  return { accepted: accepted.filter(isEntry) };
}

/** A report beside its baseline. */
export interface BaselineResult {
  /** The report with what is accepted marked. */
  report: DriftReport;
  /** Entries that no longer occur, though there were answers of their schema: the drift was mended. */
  gone: BaselineEntry[];
}

/** The report with the known findings marked. */
export function applyBaseline(report: DriftReport, baseline: Baseline): BaselineResult {
  expectObject("applyBaseline", "report", report, REPORT);
  expectObject("applyBaseline", "baseline", baseline, { accepted: "list" });
  // An entry without a host is for all hosts.
  const known = new Set(baseline.accepted.map(({ key, host = ANY_HOST }) => nameOf(key, host)));
  const isKnown = (key: string, host = NO_HOST) =>
    known.has(nameOf(key, ANY_HOST)) || known.has(nameOf(key, host));
  const findings = report.findings.map((finding) =>
    keysOf(finding).every((key) => isKnown(key, finding.host))
      ? { ...finding, accepted: true as const }
      : finding,
  );
  const present = presentNames(report);
  const gone = baseline.accepted.filter(
    ({ key, schema, host }) =>
      !present.has(nameOf(key, host ?? ANY_HOST)) && wasSampled(report, schema, host),
  );
  return { report: { ...report, findings }, gone };
}

const ANY_HOST = "*";
const NO_HOST = "";
const nameOf = (key: string, host: string): string => `${host}\n${key}`;
const keysOf = ({ key, also = [] }: Finding): string[] => [key, ...also.flatMap(keysOf)];

/** What occurs, each with its host, and for any host. */
const presentNames = (report: DriftReport): Set<string> =>
  new Set(
    report.findings.flatMap((finding) =>
      keysOf(finding).flatMap((key) => [nameOf(key, ANY_HOST), nameOf(key, finding.host ?? NO_HOST)]),
    ),
  );

/** A baseline of all present findings. Old entries stay when no answer of their schema was checked this time. */
export function updateBaseline(report: DriftReport, old: Baseline = { accepted: [] }): Baseline {
  expectObject("updateBaseline", "report", report, REPORT);
  expectObject("updateBaseline", "old", old, { accepted: "list" });
  const notes = new Map(old.accepted.map(({ key, host = ANY_HOST, note }) => [nameOf(key, host), note]));
  const current = report.findings.flatMap((finding) => entriesOf(finding, notes));
  const present = presentNames(report);
  const untested = old.accepted.filter(
    ({ key, schema, host }) =>
      !present.has(nameOf(key, host ?? ANY_HOST)) && !wasSampled(report, schema, host),
  );
  return { accepted: [...current, ...untested].sort(byKey) };
}

/** One entry for each key that is told in the finding, so that each of them is known by itself, too. */
function entriesOf(finding: Finding, notes: ReadonlyMap<string, string | undefined>): BaselineEntry[] {
  const { schema, host, breaking, breaksClient } = finding;
  return keysOf(finding).map((key) => {
    const note = notes.get(nameOf(key, host ?? ANY_HOST)) ?? notes.get(nameOf(key, ANY_HOST));
    return {
      key,
      schema,
      ...(host !== undefined && { host }),
      finding: describeFinding(finding),
      breaking,
      ...(breaksClient && { breaksClient }),
      ...(note === undefined ? {} : { note }),
    };
  });
}

const byKey = (a: BaselineEntry, b: BaselineEntry): number => {
  const [left, right] = [nameOf(a.host ?? "", a.key), nameOf(b.host ?? "", b.key)];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** The baseline as the text of its file. */
export function formatBaseline(baseline: Baseline): string {
  expectObject("formatBaseline", "baseline", baseline, { accepted: "list" });
  return `${JSON.stringify(baseline, undefined, 2)}\n`;
}

const REPORT = { findings: "list", schemas: "list" } as const;

const wasSampled = (report: DriftReport, schema: string, host: string | undefined) =>
  report.schemas.some((one) => one.name === schema && (host === undefined || one.host === host));
