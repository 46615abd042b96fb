/**
 * Where the time of a scenario goes: `node bench/profile.js SUBJECT SCENARIO [COUNT]`, after `npm run bench` has installed
 * the package. Prints the functions that take most CPU, in µs for each call or chunk, and the files that they stand in.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SCENARIOS } from "./lib/plan.js";
import { table } from "./lib/print.js";
import { node, startServer } from "./lib/process.js";

const [subject = "ours", id = "chatStub", count] = process.argv.slice(2);
const scenario = SCENARIOS.find((known) => known.id === id);
if (!scenario)
  throw new Error(`Expected a scenario of ${SCENARIOS.map(({ id }) => id).join(", ")}, got ${id}`);

const server = await startServer();
const folder = mkdtempSync(join(tmpdir(), "groq-provider-profile-"));
try {
  const options = { ...scenario.full, ...(count && { count: Number(count) }), server: server.url };
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=200"];
  await node([...flags, ...(scenario.flags ?? []), "worker.js", subject, id, JSON.stringify(options)]);
  const [file] = readdirSync(folder);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  // Warm-up and start are the first part, and not of interest.
  const share = options.count / (options.count + (options.warmup ?? 0));
  const from = Math.ceil(samples.length * (1 - share * 0.9));
  const units = options.count * 0.9 * (scenario.id.startsWith("stream") ? options.chunks : 1);
  const own = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map();
  const byFile = new Map();
  const add = (map, key, us) => map.set(key, (map.get(key) ?? 0) + us / units);
  for (let index = from; index < samples.length; index++) {
    const { functionName, url, lineNumber } = own.get(samples[index]);
    if (functionName === "(idle)") continue;
    const place = url ? `${basename(url)}:${lineNumber + 1}` : "";
    add(byFunction, `${functionName || "(anonymous)"} ${place}`.trim(), timeDeltas[index]);
    add(byFile, url ? basename(url) : functionName || "native", timeDeltas[index]);
  }
  const top = (map, rows) => [...map].sort(([, a], [, b]) => b - a).slice(0, rows);
  console.log(`${subject}, ${id}, µs for each ${units === options.count * 0.9 ? "call" : "chunk"}\n`);
  console.log(table(["file", "µs"], top(byFile, 25)), "\n");
  console.log(table(["function", "µs"], top(byFunction, 45)));
} finally {
  server.stop();
  rmSync(folder, { recursive: true });
}
