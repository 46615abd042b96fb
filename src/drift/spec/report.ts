/** Changes between two documents as text for people, programs, workflow logs and test reports. */
import { expectList, expectObject, expectWord } from "../../openapi/arguments.ts";
import { escapeMarkup, plainJson, plainLog, workflowCommand } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import type { SpecChange } from "./change.ts";
import type { ChangeLevel, SpecScope } from "./rules.ts";

/** The forms that `renderSpecChanges` writes. */
export type SpecFormat = "table" | "json" | "github" | "junit";

/** All of them. */
export const SPEC_FORMATS: readonly SpecFormat[] = ["table", "json", "github", "junit"];

export interface SpecReportOptions {
  /** Names of the documents, for the heading. */
  oldName?: string | undefined;
  newName?: string | undefined;
  /** What was compared. Absent: nothing is said of it. */
  scope?: SpecScope | undefined;
}

/** The report, with a line break at its end. */
export function renderSpecChanges(
  changes: readonly SpecChange[],
  format: SpecFormat,
  options: SpecReportOptions = {},
): string {
  expectList("renderSpecChanges", "changes", changes, "object");
  expectWord("renderSpecChanges", "format", format, SPEC_FORMATS);
  expectObject("renderSpecChanges", "options", options);
  const { oldName = "old", newName = "new", scope } = options;
  switch (format) {
    case "json":
      return `${plainJson(JSON.stringify({ old: oldName, new: newName, scope, counts: countLevels(changes), changes }, null, 2))}\n`;
    case "github":
      return changes.map((change) => `${annotation(change, newName)}\n`).join("") || "No change.\n";
    case "junit":
      return junit(changes, oldName, newName);
    case "table":
      return plainLog(table(changes, oldName, newName, scope));
  }
}

const LEVELS: readonly ChangeLevel[] = ["breaking", "additive", "annotation"];

function countLevels(changes: readonly SpecChange[]): Record<ChangeLevel, number> {
  const counts = { breaking: 0, additive: 0, annotation: 0 };
  for (const { level } of changes) counts[level]++;
  return counts;
}

/** As many places as one reads; JSON has more of them. */
const SHOWN_PLACES = 3;

/** `also GET /models response data[].id; … and 34 more places`. */
function alsoText({ also, places }: SpecChange): string {
  if (also.length === 0) return "";
  const shown = also.slice(0, SHOWN_PLACES);
  const rest = places - 1 - shown.length;
  const more = rest > 0 ? `, and ${plural(rest)}` : "";
  return `also ${shown.map(({ subject, place }) => `${subject} ${place}`).join("; ")}${more}`;
}

const plural = (count: number): string => `${count} more place${count === 1 ? "" : "s"}`;

/** The subject, with the direction where it is not in its words. A whole operation is both. */
const directed = ({ subject, direction, rule }: SpecChange): string =>
  rule.startsWith("operation-") || subject.split(" ").includes(direction)
    ? subject
    : `${subject} (${direction})`;

function table(
  changes: readonly SpecChange[],
  oldName: string,
  newName: string,
  scope: SpecScope | undefined,
): string {
  if (changes.length === 0) {
    const whom = scope === "adapter" ? "the adapter; --scope all compares the rest too" : "a caller";
    return printable(`No change: ${oldName} and ${newName} mean the same to ${whom}.`).concat("\n");
  }
  const counts = countLevels(changes);
  const lines = [printable(`${oldName} -> ${newName}`)];
  for (const level of LEVELS) {
    const own = changes.filter((change) => change.level === level);
    if (own.length === 0) continue;
    lines.push("", `${level} (${counts[level]})`);
    const width = Math.min(48, Math.max(...own.map(({ place }) => place.length)));
    for (const [subject, group] of groupBySubject(own)) {
      const [first] = group;
      if (first && group.length === 1 && first.place === "(root)" && first.also.length === 0) {
        lines.push(`  ${printable(`${subject}: ${first.text}`)}  [${first.rule}]`);
        continue;
      }
      lines.push(`  ${printable(subject)}`);
      for (const change of group) {
        lines.push(`    ${change.place.padEnd(width)}  ${printable(change.text)}  [${change.rule}]`);
        const also = alsoText(change);
        if (also) lines.push(`    ${"".padEnd(width)}  ${printable(also)}`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

function groupBySubject(changes: readonly SpecChange[]): Map<string, SpecChange[]> {
  const groups = new Map<string, SpecChange[]>();
  for (const change of changes) {
    const subject = directed(change);
    const group = groups.get(subject) ?? [];
    groups.set(subject, group);
    group.push(change);
  }
  return groups;
}

const WORKFLOW_COMMANDS = { breaking: "error", additive: "notice", annotation: "notice" } as const;

function annotation(change: SpecChange, file: string): string {
  const also = alsoText(change);
  const message = `${directed(change)} ${change.place}: ${change.text}${also && ` (${also})`}`;
  // A URL is no file of the checkout, so there would be nowhere to show the note.
  const isUrl = /^[a-z]+:\/\//i.test(file);
  const properties = {
    file: isUrl ? undefined : file,
    title: `OpenAPI change, ${change.level}: ${change.rule}`,
  };
  return workflowCommand(WORKFLOW_COMMANDS[change.level], properties, message);
}

/** One test case for each change; only breaking ones are failures. */
function junit(changes: readonly SpecChange[], oldName: string, newName: string): string {
  const cases = changes.map((change) => {
    const name = escapeMarkup(`${change.place}: ${change.text} [${change.rule}]`);
    const open = `    <testcase classname="${escapeMarkup(directed(change))}" name="${name}"`;
    if (change.level !== "breaking") return `${open}/>`;
    const message = escapeMarkup(change.text);
    const more = escapeMarkup([change.before, change.after, alsoText(change)].filter(Boolean).join("\n"));
    return `${open}>\n      <failure type="${change.rule}" message="${message}">${more}</failure>\n    </testcase>`;
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
