/** Plays cases in a process that may hang, run out of memory or die, and tells what it sees of itself. */

import { attackOf, type Choice } from "./attack.ts";
import { type Outcome, play } from "./client.ts";

/** What a worker is told. The server takes each run of a case as a case of its own. */
export interface Task {
  number: number;
  run: number;
}

/** What a worker says. */
export type Report =
  | { type: "ready" }
  | { type: "alive" }
  /** The call has ended, and the one after it begins. */
  | { type: "next"; number: number }
  | { type: "done"; number: number; outcome: Outcome; blockMs: number; heapMb: number }
  /** The event loop stood still for so many ms of CPU while these cases ran. */
  | { type: "blocked"; numbers: number[]; blockMs: number }
  /** Something escaped while these cases ran. */
  | { type: "escaped"; numbers: number[]; error: string };

const [, , seedText = "1", choiceText = "{}", origin = ""] = process.argv;
const seed = Number(seedText);
const choice = JSON.parse(choiceText) as Choice;
const BEAT_MS = 10;
const BLOCK_MS = 150;

const running = new Map<number, { blockMs: number; heapMb: number; heapBefore: number }>();
const tell = (report: Report) => process.send?.(report);
const heap = () => {
  // `external` has the array buffers in it.
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};

let cpu = process.cpuUsage();
let beats = 0;
setInterval(() => {
  const used = process.cpuUsage(cpu);
  cpu = process.cpuUsage();
  const blockMs = (used.user + used.system) / 1000;
  const heapMb = heap();
  for (const figures of running.values()) {
    figures.blockMs = Math.max(figures.blockMs, blockMs);
    figures.heapMb = Math.max(figures.heapMb, heapMb - figures.heapBefore);
  }
  if (blockMs > BLOCK_MS) tell({ type: "blocked", numbers: [...running.keys()], blockMs });
  if (++beats % 50 === 0) tell({ type: "alive" });
}, BEAT_MS);

for (const kind of ["uncaughtException", "unhandledRejection"] as const)
  process.on(kind, (error) =>
    tell({ type: "escaped", numbers: [...running.keys()], error: `${kind}: ${describe(error)}` }),
  );
process.on("warning", (warning) => {
  if (warning.name === "MaxListenersExceededWarning")
    tell({ type: "escaped", numbers: [...running.keys()], error: `a warning: ${warning.message}` });
});
const describe = (error: unknown) =>
  error instanceof Error ? (error.stack ?? String(error)).slice(0, 500) : String(error);

process.on("message", async ({ number, run }: Task) => {
  if (running.size === 0) globalThis.gc?.();
  const figures = { blockMs: 0, heapMb: 0, heapBefore: heap() };
  running.set(number, figures);
  cpu = process.cpuUsage();
  const outcome = await play(`${origin}/case/${number}-${run}`, attackOf(seed, number, choice), () =>
    tell({ type: "next", number }),
  );
  // One more beat, so that a block at the very end is seen.
  await new Promise((resolve) => setTimeout(resolve, 2 * BEAT_MS));
  running.delete(number);
  const { blockMs, heapMb } = figures;
  tell({ type: "done", number, outcome, blockMs, heapMb });
});
process.on("disconnect", () => process.exit());
tell({ type: "ready" });
