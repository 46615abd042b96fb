/** All calls at once by one process: through this library, and through others. */
import { CONTESTANTS } from "./contestants.js";
import { idealMs } from "./figures.js";
import { start, startServer } from "./processes.js";

const MINUTE_MS = 60_000;
const TOKENS_A_CALL = 100;
// A call reserves somewhat more than it uses. Without room for that, a window would take one call less than it could, and
// the last calls would wait for a whole further period: a property of figures that fit exactly, not of who makes the calls.
const RESERVE = 50;
// Between two beginnings, so that each opens its connections while no other does.
const STAGGER_MS = 2500;

export const SCENARIOS = {
  calls: (perMinute) => ({ server: { requestsPerMinute: perMinute }, client: { calls: perMinute } }),
  tokens: (perMinute) => {
    const tokens = perMinute * TOKENS_A_CALL + RESERVE;
    return { server: { tokensPerMinute: tokens }, client: { tokens } };
  },
};

/** Each contestant has a server of its own, so that all can run at the same time: they sleep for most of it. */
export function runScenario(scenario, { calls, perMinute, latencyMs, only, note }) {
  const { server: bounds, client: limit } = SCENARIOS[scenario](perMinute);
  const names = Object.keys(CONTESTANTS).filter((name) => !only || only.includes(name));
  return Promise.all(
    names.map(async (contestant, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * STAGGER_MS));
      const server = await startServer({ limits: { ...bounds, requestsPerDay: 100_000 }, latencyMs });
      try {
        const result = await start("worker.js", { contestant, limit, calls, baseUrl: server.baseUrl }).done;
        if (!result) throw new Error(`${contestant} ended without a result`);
        const { admitted, refusals } = await server.report();
        note(`${scenario}: ${contestant} is done`);
        const ideal = limit.tokens
          ? idealMs(calls * TOKENS_A_CALL, limit.tokens, MINUTE_MS)
          : idealMs(calls, perMinute, MINUTE_MS);
        return { scenario, contestant, ...result, idealMs: ideal, refusals, admitted: admitted.length };
      } finally {
        server.kill();
      }
    }),
  );
}
