/** Known drift: what was accepted before, and so does not fail a check. */

import { expectObject, expectText } from "../../openapi/arguments.ts";
import { isObject } from "../../provider/base/values.ts";
import type { DriftReport } from "../check/check.ts";
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
  /** The finding in words, for whoever reads the file. */
  finding: string;
  /** Whether it can break a caller. */
  breaking: boolean;
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
  const keys = new Set(baseline.accepted.map(({ key }) => key));
  const present = new Set(report.findings.map(({ key }) => key));
  const findings = report.findings.map((finding) =>
    keys.has(finding.key) ? { ...finding, accepted: true as const } : finding,
  );
  const gone = baseline.accepted.filter(({ key, schema }) => !present.has(key) && wasSampled(report, schema));
  return { report: { ...report, findings }, gone };
}

/** A baseline of all present findings. Old entries stay when no answer of their schema was checked this time. */
export function updateBaseline(report: DriftReport, old: Baseline = { accepted: [] }): Baseline {
  expectObject("updateBaseline", "report", report, REPORT);
  expectObject("updateBaseline", "old", old, { accepted: "list" });
  const before = new Map(old.accepted.map((entry) => [entry.key, entry]));
  const current = report.findings.map((finding): BaselineEntry => {
    const { key, schema, breaking } = finding;
    const note = before.get(key)?.note;
    return {
      key,
      schema,
      finding: describeFinding(finding),
      breaking,
      ...(note === undefined ? {} : { note }),
    };
  });
  const keys = new Set(current.map(({ key }) => key));
  const untested = old.accepted.filter(({ key, schema }) => !keys.has(key) && !wasSampled(report, schema));
  return { accepted: [...current, ...untested].sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

/** The baseline as the text of its file. */
export function formatBaseline(baseline: Baseline): string {
  expectObject("formatBaseline", "baseline", baseline, { accepted: "list" });
  return `${JSON.stringify(baseline, undefined, 2)}\n`;
}

const REPORT = { findings: "list", schemas: "list" } as const;

const wasSampled = (report: DriftReport, schema: string) =>
  report.schemas.some(({ name }) => name === schema);
