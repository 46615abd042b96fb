/**
 * Whether limits are kept, and what that costs: `npm run bench:limits -- [--quick] [--only PART,…]`
 *
 * Parts are `calls`, `tokens` (one process, this library and others) and `shared` (four processes on one Redis). Time is not
 * scaled: a minute is a minute, and all parts together take about ten. Prints tables, and writes all figures to
 * bench/limits/results.json.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(`${BENCH}/node_modules/p-limit`))
  execFileSync("npm", ["ci"], { cwd: BENCH, stdio: "inherit" });

const { table } = await import("./table.js");
const { CONTESTANTS } = await import("./contestants.js");
const { percent, seconds, sum } = await import("./figures.js");
const { runScenario } = await import("./one-process.js");
const { DISTURBANCES, runShared } = await import("./many-processes.js");

const PARTS = ["calls", "tokens", "shared"];
const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    contestants: { type: "string" },
  },
});
const only = flags.only?.split(",") ?? PARTS;
const unknown = only.filter((part) => !PARTS.includes(part));
if (unknown.length) throw new Error(`Expected parts of ${PARTS.join(", ")}; got ${unknown.join(", ")}`);

const size = flags.quick
  ? { calls: 60, perMinute: 30, periodMs: 6000 }
  : { calls: 500, perMinute: 125, periodMs: 60_000 };
const latencyMs = 150;
const note = (text) => process.stderr.write(`${text}\n`);
const results = { ...size, latencyMs, node: process.version, onePerProcess: [], shared: [] };

for (const scenario of ["calls", "tokens"].filter((part) => only.includes(part))) {
  const rows = await runScenario(scenario, {
    ...size,
    latencyMs,
    note,
    only: flags.contestants?.split(","),
  });
  results.onePerProcess.push(...rows);
  console.log(
    `\n${size.calls} calls at once, ${size.perMinute} ${scenario === "calls" ? "calls" : "calls' worth of tokens"} a minute: at least ${seconds(rows[0].idealMs)}\n`,
  );
  console.log(
    table(
      ["", "time", "beyond ideal", "calls failed", "refusals sent"],
      rows.map(({ contestant, ms, idealMs, failures, refusals }) => {
        const failed = sum(failures);
        // Who loses calls is soon done: its time says nothing.
        const beyond = failed > 0 ? "" : percent(ms / idealMs);
        return [CONTESTANTS[contestant].label, seconds(ms), beyond, failed, refusals];
      }),
    ),
  );
}

if (only.includes("shared")) {
  const options = { calls: size.calls, perPeriod: size.perMinute, periodMs: size.periodMs, latencyMs };
  // All at the same time, each with a Redis and a server of its own; one after the other at the start.
  const runs = Object.keys(DISTURBANCES).map(async (name, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 5000));
    const result = await runShared(name, options);
    note(`shared: ${name} is done`);
    return result;
  });
  results.shared.push(...(await Promise.all(runs)));
  console.log(
    `\n${size.calls} calls at once by four processes on one Redis, ${size.perMinute} calls in ${seconds(size.periodMs)}\n`,
  );
  console.log(
    table(
      ["", "let in", "time", "beyond ideal", "failed", "refusals sent", "most in any period"],
      results.shared.map(({ disturbance, admitted, ms, idealMs, failed, refusals, mostInAnyPeriod }) => [
        ...[DISTURBANCES[disturbance].label, admitted, seconds(ms), percent(ms / idealMs)],
        ...[failed, refusals, mostInAnyPeriod],
      ]),
    ),
  );
}
if (!flags.quick && !flags.only && !flags.contestants) {
  writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
}
