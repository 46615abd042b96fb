/** The report as text for a terminal. */
import { styleText } from "node:util";
import { plainLog } from "../base/escape.ts";
import { printable } from "../base/json.ts";
import type { Finding } from "../check/findings.ts";
import { bySchema, detailedProblem, schemaTitle, summarise, whereSeen } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";
import { describeTwin, formatCount, formatPeriod, formatShare, severityWords } from "./words.ts";

export interface TableOptions {
  /** Colours for a terminal. Default false. */
  colour?: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** A table of findings for each schema of each host, under a summary. */
export function formatTable(report: JudgedReport, { colour = false }: TableOptions = {}): string {
  const paint = (style: Style, text: string) =>
    colour ? styleText(style, text, { validateStream: false } as Parameters<typeof styleText>[2]) : text;
  const { head, tail } = summarise(report);
  const lines: string[] = [...head, ""];
  const widths = widthsOf(report.findings.map(cellsOf));
  if (report.findings.length > 0) lines.push(paint("dim", `  ${padded(COLUMNS, widths)}`));
  for (const [schema, findings] of bySchema(report)) {
    const { samples, fitting } = schema;
    const fits = report.clientOnly ? "readable" : "fit";
    const fit = fitting === samples ? `all ${fits}` : `${formatCount(fitting)} ${fits}`;
    lines.push(
      `${paint("bold", printable(schemaTitle(schema)))}  ${paint("dim", `${formatCount(samples)} checked, ${fit}`)}`,
    );
    lines.push(...findings.flatMap((finding) => rowsOf(finding, widths, paint)));
  }
  const style: Style = report.verdict === "clean" ? "green" : "red";
  return plainLog([...lines, "", ...tail.slice(0, -1), paint(style, tail.at(-1) ?? ""), ""].join("\n"));
}

const COLUMNS = ["client", "document"];

function cellsOf(finding: Finding): string[] {
  return [
    ...severityCells(finding),
    finding.place,
    detailedProblem(finding),
    `${formatCount(finding.count)} (${formatShare(finding.share)})`,
    formatPeriod(finding),
  ];
}

function severityCells(finding: Finding): [client: string, document: string] {
  if (finding.accepted) return ["known", "known"];
  const { client, document } = severityWords(finding);
  return [client === "breaks" ? "BREAKS" : client, document === "breaking" ? "BREAKING" : document];
}

const widthsOf = (rows: readonly string[][]): number[] =>
  [0, 1, 2, 3, 4].map((column) =>
    Math.max(COLUMNS[column]?.length ?? 0, ...rows.map((row) => row[column]?.length ?? 0)),
  );

const padded = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join("  ")
    .trimEnd();

function rowsOf(
  finding: Finding,
  widths: readonly number[],
  paint: (style: Style, text: string) => string,
): string[] {
  const { accepted, breaking, breaksClient, example, also = [] } = finding;
  const style: Style = accepted ? "dim" : breaking || breaksClient ? "red" : "yellow";
  const indent = " ".repeat((widths[0] ?? 0) + (widths[1] ?? 0) + 6);
  const seen = [example && `e.g. ${example}`, whereSeen(finding)].filter(Boolean).join("  ");
  const details = [seen, ...also.map((one) => `also: ${describeTwin(one)}`)].filter(Boolean);
  return [
    `  ${paint(style, padded(cellsOf(finding), widths))}`,
    ...details.map((detail) => paint("dim", indent + detail)),
  ];
}
