/**
 * `npm run soak`: 200,000 chats and 2,000 streams against the embedded Groq in another process, which spoils one answer
 * in twenty; the limiter is on. Prints what became of every call, what is left, and the heap's slope; fails if calls are
 * missing, something is left open, or the heap grows. `-- --quick` makes a twentieth of the calls.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { AT_ONCE, CALLS_PER_SECOND, Load, type Tally } from "./soak/load.ts";
import type { ServerCounts } from "./soak/server.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const CHATS = values.quick ? 10_000 : 200_000;
const STREAMS = values.quick ? 100 : 2_000;
const ROUNDS = values.quick ? 10 : 40;
// Until then code is compiled, and pools and tables reach their sizes.
const WARM_UP = Math.ceil(ROUNDS / 4);
// A short run is mostly warm-up: its slope only shows a gross leak.
const MAX_BYTES_PER_CALL = values.quick ? 300 : 8;
const SOCKETS_CLOSE_WITHIN_MS = 15_000;

const gc = globalThis.gc;
if (!gc) throw new Error("Expected node to run with --expose-gc, as `npm run soak` does");

const child = fork(fileURLToPath(new URL("./soak/server.ts", import.meta.url)));
const [{ baseUrl }] = (await once(child, "message")) as [{ baseUrl: string }];
const askServer = async (): Promise<ServerCounts> => {
  child.send("counts");
  const [counts] = (await once(child, "message")) as [ServerCounts];
  return counts;
};

const load = new Load(baseUrl);
const start = performance.now();
const heap: { calls: number; bytes: number }[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  await load.round(CHATS / ROUNDS, STREAMS / ROUNDS);
  // Between rounds nothing is under way, so what is on the heap is held.
  await sleep(50);
  gc();
  gc();
  const calls = load.chats.sent + load.streams.sent;
  heap.push({ calls, bytes: process.memoryUsage().heapUsed });
  const mb = (process.memoryUsage().heapUsed / 1e6).toFixed(2);
  if (round % (ROUNDS / 10) === 0) console.log(`${calls} calls, ${seconds()} s, heap ${mb} MB`);
}
const took = seconds();
const left = load.left;
const sockets = await untilClosed();
const server = await askServer();
child.disconnect();

const slope = slopeOf(heap.slice(WARM_UP));
const { tries } = load;
// A kept-alive socket that the server closes takes along what was just written to it.
const unseen = tries.chat + tries.chatStream - server.chats - server.streams;
print("What became of the calls", [
  ["chats", describe(load.chats)],
  ["streams", describe(load.streams)],
  ["tries of chats", `${tries.chat}; the server's count: ${server.chats}`],
  ["tries of streams", `${tries.chatStream}; the server's count: ${server.streams}`],
  ["tries without an answer's head", `${load.unanswered}; ${unseen} of them the server did not see`],
  ["retries", String(load.retries)],
  ["waits for the limit", `${load.limitWaits} (${CALLS_PER_SECOND} calls a second, ${AT_ONCE} at once)`],
  [
    "answers spoilt",
    Object.entries(server.spoilt)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  ],
  ["time", `${took} s`],
]);
print("What is left", [
  ["timers, abort listeners", `${left.timers}, ${left.listeners}`],
  ["calls active, waiting", `${left.active}, ${left.waiting}`],
  ["answers open at the server", String(server.openAnswers)],
  ["sockets, ours and the server's", `${sockets.ours}, ${sockets.servers} (of ${server.connections} opened)`],
  ["heap after warm-up", `${megabytes(WARM_UP)} MB, at the end ${megabytes(heap.length - 1)} MB`],
  ["slope", `${slope.toFixed(2)} bytes a call`],
]);

const total = (tally: Tally) => tally.succeeded + Object.values(tally.failed).reduce((sum, n) => sum + n, 0);
const faults = [
  total(load.chats) !== CHATS || total(load.streams) !== STREAMS ? "calls are missing" : "",
  [load.chats, load.streams].some(({ failed }) => failed["wrong answer"] || failed["no LlmError"])
    ? "a wrong answer, or an error that is no LlmError"
    : "",
  unseen < 0 || unseen > load.unanswered ? "the server counted otherwise" : "",
  Object.values(left).some((count) => count > 0) || server.openAnswers > 0 ? "something is left" : "",
  sockets.ours > 0 || sockets.servers > 0 ? "sockets are left" : "",
  slope > MAX_BYTES_PER_CALL ? `the heap grows by more than ${MAX_BYTES_PER_CALL} bytes a call` : "",
].filter(Boolean);
console.log(faults.length > 0 ? `Failed: ${faults.join("; ")}` : "All accounted for, nothing left.");
process.exitCode = faults.length > 0 ? 1 : 0;

function seconds(): string {
  return ((performance.now() - start) / 1000).toFixed(0);
}

/** Kept-alive sockets close some seconds after their last call; what is open after that leaks. */
async function untilClosed(): Promise<{ ours: number; servers: number }> {
  const deadline = performance.now() + SOCKETS_CLOSE_WITHIN_MS;
  for (;;) {
    const ours = process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const { openSockets: servers } = await askServer();
    if (ours + servers === 0 || performance.now() > deadline) return { ours, servers };
    await sleep(200);
  }
}

/** Least squares. */
function slopeOf(points: readonly { calls: number; bytes: number }[]): number {
  const mean = (pick: (point: { calls: number; bytes: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(({ calls }) => calls), mean(({ bytes }) => bytes)];
  const along = points.reduce((sum, { calls, bytes }) => sum + (calls - x) * (bytes - y), 0);
  return along / points.reduce((sum, { calls }) => sum + (calls - x) ** 2, 0);
}

function megabytes(round: number): string {
  return ((heap[round]?.bytes ?? 0) / 1e6).toFixed(2);
}

function describe({ sent, succeeded, failed }: Tally): string {
  const kinds = Object.entries(failed).map(([kind, count]) => `${kind} ${count}`);
  return `${sent} sent = ${succeeded} succeeded + ${kinds.length > 0 ? kinds.join(" + ") : "0 failed"}`;
}

function print(title: string, rows: readonly (readonly [string, string])[]): void {
  console.log(`\n${title}`);
  for (const [name, value] of rows) console.log(`  ${name.padEnd(32)}${value}`);
}
