/** The report as text for a terminal. */
import { styleText } from "node:util";
import { plainLog } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import type { Finding } from "../check/findings.ts";
import { detailedProblem, summarise, whereSeen } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";
import { formatCount, formatPeriod, formatShare } from "./words.ts";

export interface TableOptions {
  /** Colours for a terminal. Default false. */
  colour?: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** A table of findings for each schema, under a summary. */
export function formatTable(report: JudgedReport, { colour = false }: TableOptions = {}): string {
  const paint = (style: Style, text: string) =>
    colour ? styleText(style, text, { validateStream: false } as Parameters<typeof styleText>[2]) : text;
  const lines: string[] = [...summarise(report).head, ""];
  for (const { name, samples, fitting } of report.schemas) {
    const findings = report.findings.filter((finding) => finding.schema === name);
    const fit = fitting === samples ? "all fit" : `${formatCount(fitting)} fit`;
    lines.push(
      `${paint("bold", printable(name))}  ${paint("dim", `${formatCount(samples)} checked, ${fit}`)}`,
    );
    lines.push(...tabulate(findings, paint));
  }
  const { tail } = summarise(report);
  const style: Style = report.verdict === "clean" ? "green" : "red";
  return plainLog([...lines, "", ...tail.slice(0, -1), paint(style, tail.at(-1) ?? ""), ""].join("\n"));
}

function tabulate(findings: readonly Finding[], paint: (style: Style, text: string) => string): string[] {
  const rows = findings.map((finding) => [
    finding.accepted ? "known" : finding.breaking ? "BREAKING" : "additive",
    finding.place,
    detailedProblem(finding),
    `${formatCount(finding.count)} (${formatShare(finding.share)})`,
    formatPeriod(finding),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.flatMap((row, index) => {
    const finding = findings[index] as Finding;
    const cells = row.map((cell, column) => (column === 4 ? cell : cell.padEnd(widths[column] ?? 0)));
    const style: Style = finding.accepted ? "dim" : finding.breaking ? "red" : "yellow";
    const [severity = "", ...rest] = cells;
    const seen = [finding.example && `e.g. ${finding.example}`, whereSeen(finding)]
      .filter(Boolean)
      .join("  ");
    return [
      `  ${paint(style, severity)}  ${rest.join("  ").trimEnd()}`,
      paint("dim", `  ${" ".repeat(8)}  ${seen}`),
    ];
  });
}
