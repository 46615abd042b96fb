/** One contestant in a process of its own: at a word makes the scenario's calls, and tells which were lost and how long all took. */
import { once } from "node:events";
import { CONTESTANTS } from "./contestants.js";
import { SCENARIOS } from "./scenarios.js";

const [name, scenarioName, baseUrls] = [process.argv[2], process.argv[3], JSON.parse(process.argv[4])];
const { calls, atOnce, everyMs, limits, stream, tryMs = 30_000 } = SCENARIOS[scenarioName];
// Code that has not run yet is slow, and no scenario is about that.
if (!limits) {
  const [, second] = baseUrls;
  const warm = await CONTESTANTS[name].make({ baseUrls: [second, second], stream, tryMs });
  for (let index = 0; index < 20; index++) await warm().catch(() => {});
}
const call = await CONTESTANTS[name].make({ baseUrls, limits, stream, tryMs });
process.on("disconnect", () => process.exit());
process.send("ready");
await once(process, "message");

const lost = {};
const times = [];
async function one() {
  const from = performance.now();
  try {
    const text = await call();
    if (!text) throw new Error("no text");
  } catch (error) {
    const cause = error?.lastError ?? error;
    const word = cause?.kind ?? cause?.statusCode ?? cause?.name ?? String(cause);
    lost[word] = (lost[word] ?? 0) + 1;
  }
  times.push(performance.now() - from);
}

const start = performance.now();
if (everyMs) {
  const all = [];
  for (let index = 0; index < calls; index++) {
    await new Promise((resolve) => setTimeout(resolve, start + index * everyMs - performance.now()));
    all.push(one());
  }
  await Promise.all(all);
} else {
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
const ms = performance.now() - start;
times.sort((a, b) => a - b);
process.send({ ms, lost, median: times[Math.floor(times.length / 2)], slowest: times.at(-1) });
process.disconnect();
