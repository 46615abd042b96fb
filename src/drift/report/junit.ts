/** The report as JUnit XML, which most build servers show: a suite for each schema, a case for each finding. */

import { escapeMarkup } from "../base/escape.ts";
import type { Finding } from "../check/findings.ts";
import { formatPosition, whereSeen } from "./summary.ts";
import { isFailing, type JudgedReport } from "./verdict.ts";
import { describeEvidence } from "./words.ts";

interface Case {
  name: string;
  className: string;
  outcome?: { element: "failure" | "error" | "skipped"; message: string; text: string };
}

/** Findings that fail the check are failures; known and additive ones are skipped cases; unusable input is an error. */
export function formatJunit(report: JudgedReport): string {
  const suites = report.schemas.map(({ name }): [string, Case[]] => {
    const findings = report.findings.filter(({ schema }) => schema === name);
    const fits: Case = { name: "fits the document", className: name };
    return [name, findings.length === 0 ? [fits] : findings.map((finding) => caseOf(finding, report))];
  });
  const faults = report.unusable.map(({ source, line, message }): Case => {
    const position = formatPosition(source, line);
    return { name: position, className: "input", outcome: { element: "error", message, text: position } };
  });
  if (faults.length > 0 || report.samples === 0) {
    const nothing = { element: "error" as const, message: "No answers could be checked", text: "" };
    suites.push([
      "input",
      faults.length > 0 ? faults : [{ name: "answers", className: "input", outcome: nothing }],
    ]);
  }
  const all = suites.flatMap(([, cases]) => cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="drift" ${counts(all)}>`,
    ...suites.flatMap(([name, cases]) => [
      `  <testsuite name="${escapeMarkup(name)}" ${counts(cases)}>`,
      ...cases.map(formatCase),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

function caseOf(finding: Finding, report: JudgedReport): Case {
  const element = isFailing(finding, report.failOn) ? "failure" : "skipped";
  const text = `${describeEvidence(finding)}\n${whereSeen(finding)}`;
  const outcome = {
    element,
    message: finding.accepted ? `known: ${finding.problem}` : finding.problem,
    text,
  } as const;
  return { name: `${finding.place}: ${finding.problem}`, className: finding.schema, outcome };
}

function counts(cases: readonly Case[]): string {
  const of = (element: string) => cases.filter(({ outcome }) => outcome?.element === element).length;
  return `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}" skipped="${of("skipped")}"`;
}

function formatCase({ name, className, outcome }: Case): string {
  const open = `    <testcase name="${escapeMarkup(name)}" classname="${escapeMarkup(className)}"`;
  if (!outcome) return `${open}/>`;
  const { element, message, text } = outcome;
  return `${open}><${element} message="${escapeMarkup(message)}">${escapeMarkup(text)}</${element}></testcase>`;
}
