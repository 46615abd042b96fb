/** The results as tables in Markdown. */
import { SCENARIOS } from "./plan.js";
import { SUBJECTS } from "./subjects.js";

const number = (value) =>
  value === undefined
    ? ""
    : Math.abs(value) >= 100
      ? value.toFixed(0)
      : Number(value.toPrecision(3)).toString();

export function table(head, rows) {
  const all = [head, ...rows].map((row) =>
    row.map((cell) => (typeof cell === "number" ? number(cell) : (cell ?? ""))),
  );
  const widths = head.map((_, column) => Math.max(...all.map((row) => String(row[column]).length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column ? String(cell).padStart(widths[column]) : String(cell).padEnd(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join("\n");
}

const label = (name) => SUBJECTS[name].label;

function scenarioTable({ id, base, figure }, rows) {
  const isCpu = figure === undefined;
  const head = [
    "",
    "median",
    "low",
    "high",
    ...(base ? ["× raw", "beyond raw"] : []),
    ...(isCpu ? ["wall"] : []),
  ];
  const body = Object.entries(rows).map(([name, row]) =>
    row.failed
      ? [label(name), "failed", ...head.slice(2).map(() => "")]
      : [
          label(name),
          ...[row.value, row.low, row.high],
          ...(base ? [row.ratio, row.beyond] : []),
          ...(isCpu ? [row.wall] : []),
        ],
  );
  return { id, text: table(head, body) };
}

export function report(results) {
  const parts = [
    `Node ${results.node}, ${results.cpu}, ${results.rounds} rounds${results.quick ? ", quick" : ""}`,
  ];
  for (const scenario of SCENARIOS) {
    const rows = results.scenarios[scenario.id];
    if (rows) parts.push(`## ${scenario.title}`, scenarioTable(scenario, rows).text);
  }
  const { imports, bundles, generator } = results;
  if (imports) {
    const rows = Object.entries(imports).map(([name, { wallMs, cpuMs }]) => [label(name), wallMs, cpuMs]);
    parts.push("## Import, beyond an empty process (ms)", table(["", "wall", "CPU"], rows));
  }
  if (bundles) {
    const rows = Object.entries(bundles).map(([name, size]) => [
      label(name),
      size.minified / 1000,
      size.gzip / 1000,
    ]);
    parts.push("## Hello-chat bundle (KB)", table(["", "minified", "gzipped"], rows));
  }
  if (generator) {
    const rows = generator.map(({ document, seconds }) => [document, seconds]);
    parts.push("## Generator (s, start of the process included)", table(["", "median"], rows));
  }
  const aims = results.aims.map(({ aim, limit, value, verdict }) => [aim, limit, value, verdict]);
  parts.push("## Aims", table(["", "at most", "is", "verdict"], aims));
  return parts.join("\n\n");
}
