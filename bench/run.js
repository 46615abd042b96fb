/**
 * What the package costs beside other clients: `npm run bench -- [--quick] [--rounds N] [--only PART,…] [--spec FILE]…`
 *
 * Parts are the scenarios of lib/plan.js, `imports`, `bundles` and `generator`. `--spec` names further documents for the
 * generator. Prints tables, and writes all figures to bench/results.json.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { judge } from "./lib/aims.js";
import { install } from "./lib/install.js";
import { ROUNDS, SCENARIOS } from "./lib/plan.js";
import { report } from "./lib/print.js";
import { startServer } from "./lib/process.js";
import { runScenario } from "./lib/scenarios.js";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
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
// Needs esbuild, which the line above may just have installed.
const { measureBundles, measureGenerator, measureImports } = await import("./lib/static.js");

const results = {
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown CPU",
  rounds,
  quick: flags.quick,
  scenarios: {},
  paired: {},
};
const server = await startServer();
try {
  for (const scenario of SCENARIOS) {
    if (!only.includes(scenario.id)) continue;
    const options = { ...scenario[size], ...(scenario.loopback && { server: server.url }) };
    const times = Math.min(rounds, scenario.rounds ?? rounds);
    const { rows, against } = await runScenario(scenario, { rounds: times, options, note });
    results.scenarios[scenario.id] = rows;
    results.paired[scenario.id] = against;
  }
} finally {
  server.stop();
}
if (only.includes("imports")) results.imports = await measureImports(flags.quick ? 3 : rounds * 3, note);
if (only.includes("bundles")) results.bundles = await measureBundles();
if (only.includes("generator")) {
  results.generator = await measureGenerator(flags.spec, flags.quick ? 1 : 3, note);
}
note("");
results.aims = judge(results);

writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
console.log(report(results));
const failed = Object.entries(results.scenarios).flatMap(([id, rows]) =>
  Object.entries(rows).flatMap(([name, row]) => (row.failed ? [`${id}, ${name}: ${row.failed}`] : [])),
);
if (failed.length) {
  console.error(`\nFailed:\n${failed.join("\n")}`);
  process.exitCode = 1;
}
