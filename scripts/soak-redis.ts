/**
 * `npm run soak:redis`: six processes' worth of calls on one Redis that is disturbed all the time: connections killed, the
 * hash evicted, Redis restarted without its data, and a deployment that adds a window. Fails if a period ever saw more than a
 * limit, or if a call was stuck. Needs `redis-server`. Two minutes; `-- --quick` takes twenty seconds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { LlmError } from "../src/provider/base/error.ts";
import type { LimitWindow } from "../src/provider/base/limits.ts";
import { createRateLimiter } from "../src/provider/limits/create-rate-limiter.ts";
import { createRedisLimitStore } from "../src/provider/limits/redis/index.ts";
import { startRedis } from "../test/provider/limits/redis/redis-server.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const DURATION_MS = values.quick ? 20_000 : 120_000;
const PROCESSES = 6;
const LINES = 6;
const DISTURB_EVERY_MS = 1500;
const STUCK_AFTER_MS = 30_000;
const FIRST = { periodMs: 1000, calls: 60, tokens: 3000 };
/** What the deployment adds. */
const SECOND = { periodMs: 4000, calls: 200 };

const redis = await startRedis();
const arrivals: { at: number; tokens: number }[] = [];
const errors = new Map<string, number>();
let isOver = false;
let deployedAt = Number.POSITIVE_INFINITY;
let longestMs = 0;

/** A process: its own connection and store; `renew` is its restart with other windows. */
function createProcess() {
  const open = (windows: LimitWindow[]) => {
    const client = new Redis(redis.port, "127.0.0.1", { retryStrategy: () => 50 });
    client.on("error", () => {});
    const store = createRedisLimitStore({ client, key: "soak", recoveryMs: 1000, commandTimeoutMs: 500 });
    const limiter = createRateLimiter({ store, model: "m", windows, trustEstimates: true });
    return { client, store, limiter };
  };
  let current = open([FIRST]);
  const line = async () => {
    while (!isOver) {
      const { limiter } = current;
      const start = performance.now();
      try {
        const tokens = 10 + Math.floor(Math.random() * 90);
        const permit = await limiter.acquire({ tokens, maxQueueMs: STUCK_AFTER_MS });
        longestMs = Math.max(longestMs, performance.now() - start);
        await sleep(Math.random() * 20);
        arrivals.push({ at: performance.now(), tokens });
        await sleep(Math.random() * 20);
        permit.answered();
        permit.release({ usedTokens: tokens });
      } catch (error) {
        const kind = LlmError.is(error) ? error.kind : String(error);
        errors.set(kind, (errors.get(kind) ?? 0) + 1);
        await sleep(100);
      }
    }
  };
  return {
    lines: Promise.all(Array.from({ length: LINES }, line)),
    /** Calls under way end with the old limiter, as in a deployment that drains. */
    renew: () => {
      current = open([FIRST, SECOND]);
    },
    end: () => {
      current.store.close();
      current.client.disconnect();
    },
  };
}

const processes = Array.from({ length: PROCESSES }, createProcess);
const admin = new Redis(redis.port, "127.0.0.1", { retryStrategy: () => 50 });
admin.on("error", () => {});
const disturbances = new Map<string, number>();
const disturb = {
  "connections killed": () => admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
  "hash evicted": () => admin.del("groq-provider:limits:2:{soak:m}"),
  "Redis restarted": async () => {
    await redis.stop();
    await sleep(300);
    await redis.start();
  },
};
const start = performance.now();
for (let turn = 0; performance.now() - start < DURATION_MS; turn++) {
  await sleep(DISTURB_EVERY_MS);
  if (turn === 2) {
    for (const one of processes) {
      one.renew();
      await sleep(100);
    }
    // From here on a whole period of the new window has passed with all of them.
    deployedAt = performance.now() + SECOND.periodMs;
  }
  const names = Object.keys(disturb) as (keyof typeof disturb)[];
  const name = names[Math.floor(Math.random() * names.length)] ?? "connections killed";
  disturbances.set(name, (disturbances.get(name) ?? 0) + 1);
  await disturb[name]();
}
isOver = true;
const ended = await Promise.race([
  Promise.all(processes.map(({ lines }) => lines)),
  sleep(STUCK_AFTER_MS + 5000),
]);
for (const one of processes) one.end();
admin.disconnect();
await redis.stop();

function mostWithin({ periodMs }: LimitWindow, from: number) {
  const seen = arrivals.filter(({ at }) => at >= from).sort((a, b) => a.at - b.at);
  let [first, tokens, mostCalls, mostTokens] = [0, 0, 0, 0];
  seen.forEach((call, index) => {
    tokens += call.tokens;
    for (let old = seen[first]; old && old.at <= call.at - periodMs; old = seen[first]) {
      tokens -= old.tokens;
      first += 1;
    }
    mostCalls = Math.max(mostCalls, index - first + 1);
    mostTokens = Math.max(mostTokens, tokens);
  });
  return { mostCalls, mostTokens };
}

const short = mostWithin(FIRST, 0);
const long = mostWithin(SECOND, deployedAt);
console.log(
  `${arrivals.length} calls; ${[...disturbances].map(([name, count]) => `${count} × ${name}`).join(", ")}`,
);
console.log(
  `most in any second: ${short.mostCalls} of ${FIRST.calls} calls, ${short.mostTokens} of ${FIRST.tokens} tokens`,
);
console.log(`most in any four seconds, after the deployment: ${long.mostCalls} of ${SECOND.calls} calls`);
console.log(
  `longest wait ${(longestMs / 1000).toFixed(1)} s; errors: ${JSON.stringify(Object.fromEntries(errors))}`,
);
const isWithin =
  short.mostCalls <= FIRST.calls && short.mostTokens <= FIRST.tokens && long.mostCalls <= SECOND.calls;
if (!isWithin || !ended || arrivals.length === 0) {
  console.error(ended ? "soak:redis: more than a limit" : "soak:redis: a call was stuck");
  process.exit(1);
}
process.exit(0);
