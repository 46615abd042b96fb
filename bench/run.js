/**
 * What the package costs beside other clients: `npm run bench -- [--quick] [--rounds N] [--only PART,…] [--spec FILE]…`
 *
 * Parts are the scenarios of lib/plan.js, `imports`, `bundles` and `generator`. `--spec` names further documents for the
 * generator; `--node now` or `--node newest` takes one Node alone. Prints tables, and writes all figures to
 * bench/results.json.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { install } from "./lib/install.js";
import { LINEUPS, ROUNDS, SCENARIOS } from "./lib/plan.js";
import { node, startServer } from "./lib/process.js";
import { runScenario } from "./lib/scenarios.js";
import { SUBJECTS } from "./lib/subjects.js";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    node: { type: "string" },
    spec: { type: "string", multiple: true, default: [] },
  },
});
const PARTS = [...SCENARIOS.map(({ id }) => id), "imports", "bundles", "generator"];
const only = flags.only?.split(",") ?? PARTS;
const unknown = only.filter((part) => !PARTS.includes(part));
if (unknown.length) throw new Error(`Expected parts of ${PARTS.join(", ")}; got ${unknown.join(", ")}`);
const size = flags.quick ? "quick" : "full";
const rounds = Number(flags.rounds ?? ROUNDS[size]);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`Expected --rounds N from 1, got ${flags.rounds}`);

const note = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);

install();
// These need packages that the line above may just have installed.
const { judge } = await import("./lib/aims.js");
const { measureBundles } = await import("./lib/bundles.js");
const { report } = await import("./lib/print.js");
const { measureGenerator, measureImports } = await import("./lib/static.js");

const lineups = [];
for (const lineup of LINEUPS) {
  if (flags.node && flags.node !== lineup.id) continue;
  lineups.push({ ...lineup, version: (await node(["--version"], lineup)).trim().slice(1) });
}
const results = {
  date: new Date().toISOString().slice(0, 10),
  nodes: Object.fromEntries(lineups.map(({ id, version }) => [id, version])),
  cpu: cpus()[0]?.model ?? "unknown CPU",
  cores: cpus().length,
  rounds,
  quick: flags.quick,
  scenarios: {},
};
const server = await startServer();
try {
  for (const scenario of SCENARIOS) {
    if (!only.includes(scenario.id)) continue;
    const options = { ...scenario[size], ...(scenario.loopback && { server: server.url }) };
    const times = Math.min(rounds, scenario.rounds ?? rounds);
    results.scenarios[scenario.id] = {};
    for (const lineup of lineups) {
      const rows = await runScenario(scenario, lineup, { rounds: times, options, note });
      results.scenarios[scenario.id][lineup.id] = rows;
    }
  }
} finally {
  server.stop();
}
if (only.includes("imports")) {
  results.imports = {};
  for (const lineup of lineups)
    results.imports[lineup.id] = await measureImports(lineup, flags.quick ? 3 : rounds * 4, note);
}
if (only.includes("bundles")) results.bundles = await measureBundles(Object.keys(SUBJECTS), note);
if (only.includes("generator")) {
  results.generator = await measureGenerator(flags.spec, flags.quick ? 1 : 3, note);
}
note("");
results.aims = judge(results);

writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
console.log(report(results));
const failed = Object.entries(results.scenarios).flatMap(([id, tables]) =>
  Object.values(tables).flatMap((rows) =>
    Object.entries(rows).flatMap(([name, row]) => (row.failed ? [`${id}, ${name}: ${row.failed}`] : [])),
  ),
);
if (failed.length) {
  console.error(`\nFailed:\n${failed.join("\n")}`);
  process.exitCode = 1;
}
