/** The results as tables in Markdown. */
import { readFileSync } from "node:fs";
import { BUNDLER_NAMES } from "./bundles.js";
import { LINEUPS, SCENARIOS } from "./plan.js";
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

function label(name) {
  const { label, versionOf } = SUBJECTS[name];
  if (!versionOf) return label;
  const path = new URL(`../node_modules/${versionOf}/package.json`, import.meta.url);
  return `${label} ${JSON.parse(readFileSync(path, "utf8")).version}`;
}

// Short names for the columns.
const BASES = { raw: "fetch", "raw-http": "node:http" };

function scenarioTable({ bases, figure }, rows) {
  const isCpu = figure === undefined;
  const against = bases.flatMap((base) => [`× ${BASES[base]}`, `beyond ${BASES[base]}`]);
  const head = ["", "median", "low", "high", ...against, ...(isCpu ? ["wall"] : [])];
  const body = Object.entries(rows).map(([name, row]) =>
    row.failed
      ? [label(name), "failed", ...head.slice(2).map(() => "")]
      : [
          label(name),
          ...[row.value, row.low, row.high],
          ...bases.flatMap((base) => [row.against[base]?.ratio, row.against[base]?.beyond]),
          ...(isCpu ? [row.wall] : []),
        ],
  );
  return table(head, body);
}

export function report(results) {
  const parts = [
    `${results.date}, ${results.cpu}, ${results.cores} cores, ${results.rounds} rounds${results.quick ? ", quick" : ""}. Medians; ratios and differences are medians of what each round gave.`,
  ];
  const versions = LINEUPS.map(({ id }) => [id, results.nodes[id]]);
  for (const scenario of SCENARIOS) {
    const tables = results.scenarios[scenario.id];
    if (!tables) continue;
    parts.push(`## ${scenario.title}`);
    for (const [id, version] of versions)
      if (tables[id]) parts.push(`Node ${version}`, scenarioTable(scenario, tables[id]));
  }
  const { imports, bundles, generator } = results;
  if (imports) {
    parts.push("## Import, beyond an empty process (ms)");
    for (const [id, version] of versions) {
      if (!imports[id]) continue;
      const rows = Object.entries(imports[id]).map(([name, { wallMs, cpuMs }]) => [
        label(name),
        wallMs,
        cpuMs,
      ]);
      parts.push(`Node ${version}`, table(["", "wall", "CPU"], rows));
    }
  }
  if (bundles) {
    const rows = Object.entries(bundles).map(([name, sizes]) => [
      label(name),
      ...BUNDLER_NAMES.map((bundler) => (sizes[bundler].failed ? "fails" : sizes[bundler].gzip / 1000)),
    ]);
    const failures = Object.entries(bundles).flatMap(([name, sizes]) =>
      BUNDLER_NAMES.filter((bundler) => sizes[bundler].failed).map(
        (bundler) => `- ${label(name)}, ${bundler}: ${sizes[bundler].failed}`,
      ),
    );
    parts.push("## A program of one chat, for a browser, without a flag (KB, minified and gzipped)");
    parts.push(table(["", ...BUNDLER_NAMES], rows));
    if (failures.length > 0) parts.push(failures.join("\n"));
  }
  if (generator) {
    const rows = generator.map(({ document, seconds }) => [document, seconds]);
    parts.push("## Generator (s, start of the process included)", table(["", "median"], rows));
  }
  const aims = results.aims
    .filter(({ value }) => value !== undefined)
    .map(({ aim, limit, value, verdict }) => [aim, limit, value, verdict]);
  if (aims.length > 0) parts.push("## Aims", table(["", "at most", "is", "verdict"], aims));
  return parts.join("\n\n");
}
