/** The report as JUnit XML, which most build servers show: a suite for each schema, a case for each finding. */

import { escapeMarkup } from "../base/escape.ts";
import type { Finding } from "../check/findings.ts";
import { bySchema, groupUnusable, nextLines, schemaTitle, whereSeen } from "./summary.ts";
import { isFailing, type JudgedReport } from "./verdict.ts";
import { describeEvidence, severityWords } from "./words.ts";

interface Case {
  name: string;
  className: string;
  outcome?: { element: "failure" | "error" | "skipped"; message: string; text: string };
}

/** Findings that fail the check are failures; known and additive ones are skipped cases; unusable input is an error. */
export function formatJunit(report: JudgedReport): string {
  const twins = report.findings.flatMap(({ also = [] }) => also);
  const suites = bySchema(report).map(([schema, findings]): [string, Case[]] => {
    const title = schemaTitle(schema);
    const isElsewhere = twins.some((one) => one.schema === schema.name && one.host === schema.host);
    const fits: Case = { name: isElsewhere ? FITS_OTHERWISE : "fits the document", className: title };
    return [
      title,
      findings.length === 0 ? [fits] : findings.map((finding) => caseOf(finding, title, report)),
    ];
  });
  const faults = groupUnusable(report.unusable).map(({ message, positions, more }): Case => {
    const text = `${positions.join("\n")}${more > 0 ? `\nand ${more} more` : ""}`;
    const [position = ""] = positions;
    return { name: position, className: "input", outcome: { element: "error", message, text } };
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
    ...suites.flatMap(([name, cases], index) => [
      `  <testsuite name="${escapeMarkup(name)}" ${counts(cases)}>`,
      ...cases.map(formatCase),
      ...(index === 0 ? whatNow(report) : []),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

const FITS_OTHERWISE = "fits but for what is told of the whole answer";

function whatNow(report: JudgedReport): string[] {
  const lines = nextLines(report);
  return lines.length === 0 ? [] : [`    <system-out>${escapeMarkup(lines.join("\n"))}</system-out>`];
}

function caseOf(finding: Finding, title: string, report: JudgedReport): Case {
  const element = isFailing(finding, report.failOn) ? "failure" : "skipped";
  const { client, document } = severityWords(finding);
  const text = [
    describeEvidence(finding),
    `client: ${client}, document: ${document}`,
    whereSeen(finding),
    ...(finding.correction === undefined ? [] : ["overlay:", finding.correction.trimEnd()]),
  ].join("\n");
  const outcome = {
    element,
    message: finding.accepted ? `known: ${finding.problem}` : finding.problem,
    text,
  } as const;
  return { name: `${finding.place}: ${finding.problem}`, className: title, outcome };
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
