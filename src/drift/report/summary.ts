/** The beginning and the end of a report, in words. */

import { printable } from "../base/json.ts";
import type { UnusableInput } from "../base/sample.ts";
import type { SchemaSummary } from "../check/check.ts";
import type { Finding } from "../check/findings.ts";
import { isFailing, type JudgedReport } from "./verdict.ts";
import { formatPeriod, plural } from "./words.ts";

/** What was checked, and what came of it; the last line of `tail` is the verdict. */
export function summarise(report: JudgedReport): { head: string[]; tail: string[] } {
  const { findings, gone, unusable, unusableCount, skipped, crowded, undescribed } = report;
  const period = formatPeriod({
    ...(report.from ? { firstSeen: report.from } : {}),
    ...(report.to ? { lastSeen: report.to } : {}),
  });
  const head = [
    `${plural(report.samples, "answer")} against ${printable(report.document)}${period && `, ${period}`}`,
    ...(report.clientOnly
      ? [
          "The document is of another service, so only what breaks this client is told; name its own with --schema",
        ]
      : []),
  ];
  const tail: string[] = [];
  if (skipped > 0)
    tail.push(
      `${plural(skipped, "entry").replace("entrys", "entries")} skipped: no answers that the document describes`,
    );
  for (const { asked, lacks, count } of undescribed)
    tail.push(
      `skipped: ${plural(count, UNDESCRIBED[lacks].one)} of ${printable(asked)}: ${UNDESCRIBED[lacks].why}`,
    );
  if (crowded > 0)
    tail.push(
      `${plural(crowded, "problem")} of too many kinds to list share the rows marked * or (other values)`,
    );
  for (const { schema, finding } of gone)
    tail.push(`no longer seen: ${schema} ${finding}; remove it with --update-baseline`);
  for (const { message, positions, more } of groupUnusable(unusable))
    tail.push(
      positions.length === 1
        ? `unusable: ${positions[0]}: ${printable(message)}`
        : `unusable, ${positions.length + more} times: ${printable(message)} (${positions.join(", ")}${more > 0 ? `, and ${more} more` : ""})`,
    );
  if (unusableCount > unusable.length) tail.push(`unusable: and ${unusableCount - unusable.length} more`);
  const fresh = findings.filter(({ accepted }) => !accepted);
  const client = fresh.filter(({ breaksClient }) => breaksClient).length;
  const breaking = fresh.filter((finding) => finding.breaking || finding.breaksClient).length;
  const known = findings.length - fresh.length;
  const counts = [
    `${breaking} breaking`,
    ...(breaking > 0 ? [`${client} of them to this client`] : []),
    `${fresh.length - breaking} additive`,
    ...(known > 0 ? [`${known} known`] : []),
  ].join(", ");
  return { head, tail: [...tail, ...nextLines(report), `${verdictWords(report)} (${counts})`] };
}

/** What now, as lines: each thing with the commands that do it. */
export function nextLines({ next = [] }: JudgedReport): string[] {
  if (next.length === 0) return [];
  const steps = next.flatMap(({ text, commands }, index) => [
    `  ${index + 1}. ${printable(text)}`,
    ...commands.map((command) => `     ${printable(command)}`),
  ]);
  return ["What now", ...steps, ""];
}

/** What the document lacks, in words. */
export const UNDESCRIBED = {
  url: { one: "answer", why: "the document has no such operation" },
  events: { one: "event", why: "the document does not say what its events are" },
} as const;

/** Inputs that can't be used for the same reason. */
export interface UnusableGroup {
  message: string;
  /** The first three. */
  positions: string[];
  more: number;
  first: UnusableInput;
}

const MAX_POSITIONS = 3;

/** The inputs that could not be used, those with the same fault together. */
export function groupUnusable(unusable: readonly UnusableInput[]): UnusableGroup[] {
  const groups = new Map<string, UnusableGroup>();
  for (const input of unusable) {
    const { source, line, message } = input;
    // What was found differs from line to line, and is not the reason.
    const reason = message.replace(/, found .*/s, "");
    const position = formatPosition(source, line);
    const group = groups.get(reason);
    if (!group) groups.set(reason, { message, positions: [position], more: 0, first: input });
    else {
      group.message = reason;
      if (group.positions.length < MAX_POSITIONS) group.positions.push(position);
      else group.more++;
    }
  }
  return [...groups.values()];
}

/** Each kind of answer with its findings: what breaks first. */
export function bySchema({ schemas, findings }: JudgedReport): [SchemaSummary, Finding[]][] {
  return schemas.map((schema) => [
    schema,
    findings.filter((finding) => finding.schema === schema.name && finding.host === schema.host),
  ]);
}

/** `ChatAnswer, api.example.com`; of what was sent, that it is a request. */
export const schemaTitle = ({ name, host, side }: Pick<SchemaSummary, "name" | "host" | "side">): string =>
  `${name}${side === "request" ? " (sent)" : ""}${host === undefined ? "" : `, ${host}`}`;

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
    return `Drift: ${plural(failing, failOn === "any" ? "difference" : "breaking difference")}`;
  }
  if (findings.length === 0)
    return report.clientOnly
      ? "Clean: this client reads every answer"
      : "Clean: every answer fits the document";
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
    client: `expected ${expected}, found ${found}`,
    vanished: `${found}, before ${expected}`,
    renamed: `${found}, before ${expected}`,
    appeared: `${found}, before ${expected}`,
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
