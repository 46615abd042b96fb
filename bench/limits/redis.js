/**
 * What limits in Redis cost: `node --import tsx/esm bench/limits/redis.js`
 *
 * Reservations a second over a connection with 5 ms of latency, bytes of a call in a day's window, and what one command takes
 * that has to look through a full day (Redis' own time, median of many).
 */
import { Redis } from "ioredis";
import { createRateLimiter } from "../../src/provider/index.ts";
import { createRedisLimitStore } from "../../src/provider/limits/redis/index.ts";
import { startRedis } from "./processes.js";

const LATENCY_MS = 5;
const DAY_MS = 86_400_000;
const SLOTS = 1024;
/** Every other command only takes a question back: the median of those that ask is the upper quartile of all. */
const medianOfAsking = (values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.75)];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const redis = await startRedis();
const client = new Redis(redis.port, "127.0.0.1");
const slow = {
  call: async (...args) => {
    await sleep(LATENCY_MS);
    return client.call(...args);
  },
};
const make = (key, windows, through = client) =>
  createRateLimiter({
    ...{ windows, model: "m", trustEstimates: true, maxQueue: 100_000 },
    store: createRedisLimitStore({ client: through, key }),
  });

try {
  const calls = 5000;
  const many = make("rate", [{ periodMs: 60_000, calls: 1e6 }], slow);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: calls }, async () => {
      const permit = await many.acquire({});
      permit.answered();
      permit.release();
    }),
  );
  const perSecond = (calls * 1000) / (performance.now() - start);
  console.log(`${Math.round(perSecond)} reservations a second at ${LATENCY_MS} ms latency (aim: 1000)`);

  // A day whose slots are all in use: written as the script writes them.
  const perSlot = 10;
  const used = SLOTS * perSlot;
  const day = make("day", [{ periodMs: DAY_MS, calls: used, tokens: 1e9 }]);
  const first = await day.acquire({ tokens: 1 });
  first.answered();
  first.release({ usedTokens: 1 });
  await sleep(200);
  const hash = "groq-provider:limits:2:{day:m}";
  const slots = Array.from({ length: SLOTS - 1 }, (_, slot) => [`1.${slot - SLOTS + 1}`, `${perSlot} 1000`]);
  await client.hset(hash, ...slots.flat());
  const sums = [DAY_MS, 1 - SLOTS, 0, used - perSlot + 1, (SLOTS - 1) * 1000 + 1, 0];
  await client.hset(hash, "w1", sums.join(" "));
  const bytes = Number(await client.call("MEMORY", "USAGE", hash, "SAMPLES", "0"));
  console.log(
    `${(bytes / SLOTS).toFixed(0)} bytes for one call in each slot of a day, ${(bytes / used).toFixed(1)} for each of ten (aim: 150)`,
  );

  await client.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
  await client.call("CONFIG", "SET", "slowlog-max-len", "1000");
  await client.call("SLOWLOG", "RESET");
  // So many tokens fit only when all of the day is over: each question looks through all slots.
  for (let question = 0; question < 200; question++) {
    await day.acquire({ tokens: 1e9 - 10 - question, maxQueueMs: 1 }).catch(() => undefined);
  }
  const entries = await client.call("SLOWLOG", "GET", "1000");
  const times = entries.filter((entry) => /^EVAL/i.test(entry[3][0])).map((entry) => entry[2] / 1000);
  console.log(
    `${medianOfAsking(times).toFixed(2)} ms for a scan of a full day, ${times.length} commands (aim: 5)`,
  );
} finally {
  client.disconnect();
  await redis.kill();
}
