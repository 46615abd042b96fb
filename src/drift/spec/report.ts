/** Changes between two documents as text for people, programs, workflow logs and test reports. */
import { escapeMarkup, plainJson, plainLog, workflowCommand } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import type { ChangeLevel, SpecChange } from "./change.ts";

/** The forms that `renderSpecChanges` writes. */
export type SpecFormat = "table" | "json" | "github" | "junit";

/** All of them. */
export const SPEC_FORMATS: readonly SpecFormat[] = ["table", "json", "github", "junit"];

export interface SpecReportOptions {
  /** Names of the documents, for the heading. */
  oldName?: string | undefined;
  newName?: string | undefined;
}

/** The report, with a line break at its end. */
export function renderSpecChanges(
  changes: readonly SpecChange[],
  format: SpecFormat,
  { oldName = "old", newName = "new" }: SpecReportOptions = {},
): string {
  switch (format) {
    case "json":
      return `${plainJson(JSON.stringify({ old: oldName, new: newName, counts: countLevels(changes), changes }, null, 2))}\n`;
    case "github":
      return changes.map((change) => `${annotation(change, newName)}\n`).join("") || "No change.\n";
    case "junit":
      return junit(changes, oldName, newName);
    case "table":
      return plainLog(table(changes, oldName, newName));
  }
}

const LEVELS: readonly ChangeLevel[] = ["breaking", "additive", "annotation"];

function countLevels(changes: readonly SpecChange[]): Record<ChangeLevel, number> {
  const counts = { breaking: 0, additive: 0, annotation: 0 };
  for (const { level } of changes) counts[level]++;
  return counts;
}

const alsoText = ({ also }: SpecChange): string =>
  also.length === 0 ? "" : `also ${also.map(({ subject, place }) => `${subject} ${place}`).join("; ")}`;

function table(changes: readonly SpecChange[], oldName: string, newName: string): string {
  if (changes.length === 0) return `No change: ${oldName} and ${newName} mean the same to a caller.\n`;
  const counts = countLevels(changes);
  const lines = [printable(`${oldName} -> ${newName}`)];
  for (const level of LEVELS) {
    const own = changes.filter((change) => change.level === level);
    if (own.length === 0) continue;
    lines.push("", `${level} (${counts[level]})`);
    const width = Math.min(48, Math.max(...own.map(({ place }) => place.length)));
    for (const subject of new Set(own.map((change) => change.subject))) {
      lines.push(`  ${printable(subject)}`);
      for (const change of own.filter((other) => other.subject === subject)) {
        lines.push(`    ${change.place.padEnd(width)}  ${printable(change.text)}`);
        const also = alsoText(change);
        if (also) lines.push(`    ${"".padEnd(width)}  ${printable(also)}`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

const WORKFLOW_COMMANDS = { breaking: "error", additive: "notice", annotation: "notice" } as const;

function annotation(change: SpecChange, file: string): string {
  const also = alsoText(change);
  const message = `${change.subject} ${change.place}: ${change.text}${also && ` (${also})`}`;
  // A URL is no file of the checkout, so there would be nowhere to show the note.
  const isUrl = /^[a-z]+:\/\//i.test(file);
  const properties = { file: isUrl ? undefined : file, title: `OpenAPI change, ${change.level}` };
  return workflowCommand(WORKFLOW_COMMANDS[change.level], properties, message);
}

/** One test case for each change; only breaking ones are failures. */
function junit(changes: readonly SpecChange[], oldName: string, newName: string): string {
  const cases = changes.map((change) => {
    const name = escapeMarkup(`${change.place}: ${change.text}`);
    const open = `    <testcase classname="${escapeMarkup(change.subject)}" name="${name}"`;
    if (change.level !== "breaking") return `${open}/>`;
    const message = escapeMarkup(change.text);
    const more = escapeMarkup([change.before, change.after, alsoText(change)].filter(Boolean).join("\n"));
    return `${open}>\n      <failure type="${change.kind}" message="${message}">${more}</failure>\n    </testcase>`;
  });
  // A suite without a case is taken for a run that did not happen.
  if (cases.length === 0) cases.push('    <testcase classname="openapi" name="no change"/>');
  const name = escapeMarkup(`${oldName} -> ${newName}`);
  const { breaking } = countLevels(changes);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="${name}" tests="${cases.length}" failures="${breaking}">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}
