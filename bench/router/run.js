/**
 * Fail-over beside other libraries: `npm run bench:router -- [--only SCENARIO,…] [--runs 3]`
 *
 * Two embedded Groqs, of which at least one could answer, and for each contestant a process of its own that has both. Prints
 * for each scenario the calls that were lost and the time of all, against the same calls to the second server alone; under
 * limits against what both servers together allow. All run on the same Node. The last scenario takes two minutes.
 */
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
if (!existsSync(`${HERE}/node_modules/ai-retry`)) {
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
}
const { SCENARIOS } = await import("./scenarios.js");
const { CONTESTANTS } = await import("./contestants.js");
const { idealMs, percent, seconds, sum } = await import("../limits/figures.js");
const { table } = await import("../limits/table.js");

const { values: flags } = parseArgs({
  options: { only: { type: "string" }, runs: { type: "string", default: "3" } },
});
const names = flags.only?.split(",") ?? Object.keys(SCENARIOS);
const unknown = names.filter((name) => !(name in SCENARIOS));
if (unknown.length > 0) {
  throw new Error(`Expected scenarios of ${Object.keys(SCENARIOS).join(", ")}; got ${unknown.join(", ")}`);
}

const node = `${HERE}node_modules/node22/bin/node`;
const child = (script, ...args) =>
  fork(`${HERE}${script}`, args, { cwd: ROOT, execPath: node, execArgv: ["--import", "tsx/esm"] });

/** The next message; rejects where the process ends without one. */
async function next(process) {
  const ended = new AbortController();
  try {
    const [message] = await Promise.race([
      once(process, "message", { signal: ended.signal }),
      once(process, "exit", { signal: ended.signal }).then(() => {
        throw new Error(`${process.spawnargs.slice(3, 5).join(" ")} ended without a word`);
      }),
    ]);
    return message;
  } finally {
    ended.abort();
  }
}

async function play(scenario, contestant) {
  const server = child("server.js", scenario);
  try {
    const { baseUrls } = await next(server);
    const worker = child("worker.js", contestant, scenario, JSON.stringify(baseUrls));
    await next(worker);
    server.send("begin");
    await next(server);
    worker.send("go");
    const result = await next(worker);
    server.send("report");
    const { asked } = await next(server);
    return { ...result, asked };
  } finally {
    server.kill("SIGKILL");
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The middle of several runs by time, with all calls that any of them lost. */
async function playAll(scenario, contestant, runs) {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await play(scenario, contestant));
  const ms = median(results.map((result) => result.ms));
  const lost = {};
  for (const result of results) {
    for (const [word, count] of Object.entries(result.lost)) lost[word] = (lost[word] ?? 0) + count;
  }
  return {
    ...results.find((result) => result.ms === ms),
    slowest: Math.max(...results.map(({ slowest }) => slowest)),
    lost,
    calls: runs * SCENARIOS[scenario].calls,
  };
}

const words = (lost) =>
  Object.entries(lost)
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");

for (const name of names) {
  const { label, limits, calls } = SCENARIOS[name];
  const contestants = Object.keys(CONTESTANTS).filter((contestant) => !limits || contestant !== "best");
  const results = {};
  if (limits) {
    // They sleep for most of the time, so all run at once.
    await Promise.all(
      contestants.map(async (contestant, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 1500));
        results[contestant] = await playAll(name, contestant, 1);
      }),
    );
  } else {
    for (const contestant of contestants) {
      results[contestant] = await playAll(name, contestant, Number(flags.runs));
    }
  }
  const best = limits ? idealMs(calls, limits[0] + limits[1], 60_000) : results.best.ms;
  const rows = contestants.map((contestant) => {
    const { ms, lost, asked, slowest, calls } = results[contestant];
    const count = sum(lost);
    return [
      CONTESTANTS[contestant].label,
      count === 0 ? `0 of ${calls}` : `**${count}** of ${calls} (${words(lost)})`,
      seconds(ms),
      // Who loses calls is soon done: its time says nothing.
      count === 0 ? percent(ms / best) : "",
      seconds(slowest),
      `${asked[0]} + ${asked[1]}`,
    ];
  });
  console.log(`\n**${label}**${limits ? `: at least ${seconds(best)}` : ""}\n`);
  console.log(
    table(["", "calls lost", "time", "beyond the best", "slowest call", "requests to first + second"], rows),
  );
}
