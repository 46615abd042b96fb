/** The beginning and the end of a report, in words. */

import { printable } from "../base/json.ts";
import type { Finding } from "../check/findings.ts";
import { isFailing, type JudgedReport } from "./verdict.ts";
import { formatPeriod, plural } from "./words.ts";

/** What was checked, and what came of it; the last line of `tail` is the verdict. */
export function summarise(report: JudgedReport): { head: string[]; tail: string[] } {
  const { findings, gone, unusable, unusableCount, skipped, crowded } = report;
  const period = formatPeriod({
    ...(report.from ? { firstSeen: report.from } : {}),
    ...(report.to ? { lastSeen: report.to } : {}),
  });
  const head = [
    `${plural(report.samples, "answer")} against ${printable(report.document)}${period && `, ${period}`}`,
  ];
  const tail: string[] = [];
  if (skipped > 0)
    tail.push(
      `${plural(skipped, "entry").replace("entrys", "entries")} skipped: neither JSON nor an event stream`,
    );
  if (crowded > 0)
    tail.push(
      `${plural(crowded, "problem")} of too many kinds to list share the rows marked * or (other values)`,
    );
  for (const { schema, finding } of gone)
    tail.push(`no longer seen: ${schema} ${finding}; remove it with --update-baseline`);
  for (const { source, line, message } of unusable)
    tail.push(`unusable: ${formatPosition(source, line)}: ${printable(message)}`);
  if (unusableCount > unusable.length) tail.push(`unusable: and ${unusableCount - unusable.length} more`);
  const breaking = findings.filter((finding) => finding.breaking && !finding.accepted).length;
  const additive = findings.filter((finding) => !finding.breaking && !finding.accepted).length;
  const known = findings.length - breaking - additive;
  const counts = [
    `${breaking} breaking`,
    `${additive} additive`,
    ...(known > 0 ? [`${known} known`] : []),
  ].join(", ");
  return { head, tail: [...tail, `${verdictWords(report)} (${counts})`] };
}

/** The verdict as a sentence. */
export function verdictWords(report: JudgedReport): string {
  const { verdict, findings, failOn, samples, unusableCount } = report;
  if (verdict === "unusable") {
    return samples === 0
      ? "No answers could be checked"
      : `Unusable input: ${plural(unusableCount, "fault")}`;
  }
  if (verdict === "drift") {
    const failing = findings.filter((finding) => isFailing(finding, failOn)).length;
    return `Drift: ${plural(failing, failOn === "breaking" ? "breaking difference" : "difference")}`;
  }
  if (findings.length === 0) return "Clean: every answer fits the document";
  return "Clean: no drift that fails this check";
}

/** The problem with what tells it from others of its kind: `other type: string, not integer`. */
export function detailedProblem({ kind, problem, expected, found }: Finding): string {
  const details: Record<Finding["kind"], string> = {
    missing: "",
    null: `not ${expected}`,
    type: `${found}, not ${expected}`,
    enum: found,
    unknown: found,
    event: found,
    status: found,
  };
  return printable(details[kind] ? `${problem}: ${details[kind]}` : problem);
}

/** `file:line` of the first sample. */
export function whereSeen({ samples }: Finding): string {
  const [first] = samples;
  return first ? formatPosition(first.source, first.line) : "";
}

export const formatPosition = (source: string, line: number | undefined): string =>
  printable(line === undefined ? source : `${source}:${line}`);
