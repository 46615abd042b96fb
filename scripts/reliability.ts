/**
 * `npm run reliability -- [--quick] [--seconds N] [--seed N] [--family NAME] [--operation NAME] [--case N]`
 *
 * A server that does all that a broken or hostile one may do, over real sockets, to every kind of call, by chance: prints
 * for each promise of the README how often it was tried and how often broken, and each kind of break with the number of a
 * case that shows it. `--case` plays one case of a seed again, and tells all of it.
 */
import { parseArgs } from "node:util";
import { attackOf } from "./reliability/attack.ts";
import { type LimitFigures, playLimits } from "./reliability/limits.ts";
import { type Played, playAll, Server } from "./reliability/player.ts";
import { printReport } from "./reliability/report.ts";
import { scanCost } from "./reliability/scan.ts";
import { breaksOf } from "./reliability/verdict.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    seconds: { type: "string" },
    seed: { type: "string" },
    family: { type: "string" },
    operation: { type: "string" },
    case: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
const seconds = Number(values.seconds ?? (values.quick ? 10 : 60));
const choice = { family: values.family, operation: values.operation };
const only = values.case === undefined ? undefined : Number(values.case);

const scanNs = scanCost();
const server = await Server.start(seed, choice);
const all: Played[] = [];
let limits: LimitFigures[] = [];
console.log(`Seed ${seed}`);
try {
  // By themselves, so that a busy process doesn't spoil the times.
  if (only === undefined && !choice.family) limits = await playLimits(server, values.quick ? 4 : 10);
  await playAll(server, {
    seed,
    choice,
    seconds,
    only,
    onPlayed: (played) => {
      all.push(played);
      if (process.stderr.isTTY) process.stderr.write(`\r${all.length} cases`);
    },
  });
} finally {
  server.stop();
}
if (only === undefined) {
  const broken = printReport(all, limits, scanNs);
  process.exitCode = broken > 0 ? 1 : 0;
} else {
  for (const played of all) {
    console.dir({ ...played, attack: attackOf(seed, only, choice) }, { depth: 8 });
    console.dir(breaksOf(played, scanNs), { depth: 8 });
  }
}
