/** Four processes on one Redis, undisturbed and disturbed. */
import { idealWindowMs, mostWithin, sum } from "./figures.js";
import { start, startRedis, startServer } from "./processes.js";

const PROCESSES = 4;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What happens half way through. */
export const DISTURBANCES = {
  undisturbed: { label: "undisturbed", disturb: async () => {} },
  killed: { label: "one process killed in the middle", disturb: async ({ workers }) => workers[0].kill() },
  restarted: {
    label: "Redis killed in the middle, back empty after 1 s",
    disturb: async ({ redis }) => {
      await redis.kill();
      await sleep(1000);
      await redis.begin();
    },
  },
  clock: { label: "one process's clock 2 s off", clockOffMs: 2000, disturb: async () => {} },
};

export async function runShared(name, { calls, perPeriod, periodMs, latencyMs }) {
  const { disturb, clockOffMs = 0 } = DISTURBANCES[name];
  const redis = await startRedis();
  const server = await startServer({
    limits: { requestsPerMinute: perPeriod, minuteMs: periodMs },
    latencyMs,
  });
  try {
    const windows = [{ periodMs, calls: perPeriod }];
    const workers = Array.from({ length: PROCESSES }, (_, index) =>
      start("shared-worker.js", {
        ...{ windows, calls: calls / PROCESSES, baseUrl: server.baseUrl, redisPort: redis.port },
        clockOffMs: index === 1 ? clockOffMs : 0,
      }),
    );
    const finished = Promise.all(workers.map(({ done }) => done));
    await sleep(idealWindowMs(calls, perPeriod, periodMs) / 2);
    await disturb({ workers, redis });
    const results = await finished;
    const { admitted, refusals } = await server.report();
    return {
      disturbance: name,
      ms: admitted.at(-1) - admitted[0],
      idealMs: idealWindowMs(admitted.length, perPeriod, periodMs),
      admitted: admitted.length,
      failed: results.reduce((total, result) => total + (result ? sum(result.failures) : 0), 0),
      failures: results.map((result) => result?.failures),
      died: results.filter((result) => !result).length,
      refusals,
      limit: perPeriod,
      mostInAnyPeriod: mostWithin(admitted, periodMs),
      events: results.flatMap((result) => result?.events ?? []),
    };
  } finally {
    server.kill();
    await redis.kill();
  }
}
