/** "Never more than": calls under limits, counted at the server, while some of its answers are spoilt and some callers leave. */
import { GroqProvider, LlmError, type ModelConfig } from "../../src/provider/index.ts";
import type { Server } from "./player.ts";

interface Plan {
  name: string;
  limit: NonNullable<ModelConfig["limit"]>;
  calls: number;
  periodMs: number;
  latencyMs: number;
  spoilOneIn: number;
  /** Share of callers that abort while they wait. */
  leave: number;
}

export interface LimitFigures {
  name: string;
  allowed: number;
  /** Most arrivals in any period. */
  most: number;
  arrivals: number;
  /** Share of what the limit allows that was used. */
  used: number;
  /** What callers were told that were not answered. */
  failures: Record<string, number>;
}

const perSecond = (calls: number) => ({ renewal_period: "seconds" as const, calls });
const PLANS: readonly Plan[] = [
  {
    name: "20 a second",
    limit: perSecond(20),
    calls: 20,
    periodMs: 1000,
    latencyMs: 20,
    spoilOneIn: 0,
    leave: 0,
  },
  {
    name: "20 a second, one answer in 10 lost",
    limit: perSecond(20),
    calls: 20,
    periodMs: 1000,
    latencyMs: 20,
    spoilOneIn: 10,
    leave: 0,
  },
  {
    name: "20 a second, one caller in 4 leaves",
    limit: perSecond(20),
    calls: 20,
    periodMs: 1000,
    latencyMs: 20,
    spoilOneIn: 25,
    leave: 0.25,
  },
  {
    name: "5 a second, answers take 0.5 s",
    limit: perSecond(5),
    calls: 5,
    periodMs: 1000,
    latencyMs: 500,
    spoilOneIn: 0,
    leave: 0,
  },
  {
    name: "10 a second and 60 a minute",
    limit: [perSecond(10), { renewal_period: "minutes", calls: 60 }],
    calls: 10,
    periodMs: 1000,
    latencyMs: 20,
    spoilOneIn: 20,
    leave: 0.1,
  },
];
const AT_ONCE = 24;

/** All at the same time. */
export function playLimits(server: Server, seconds: number): Promise<LimitFigures[]> {
  return Promise.all(PLANS.map((plan, index) => playOne(server, plan, String(index), seconds)));
}

async function playOne(server: Server, plan: Plan, id: string, seconds: number): Promise<LimitFigures> {
  const { name, limit, calls, periodMs, latencyMs, spoilOneIn, leave } = plan;
  await server.ask({ ask: "limit", name: id, latencyMs, spoilOneIn });
  const provider = new GroqProvider({
    name: "limits",
    provider: "groq",
    model: "openai/gpt-oss-20b",
    config: { api_key: "gsk_limits_0123456789", base_url: `${server.origin}/limit/${id}/openai/v1` },
    limit,
  });
  const failures: Record<string, number> = {};
  const over = AbortSignal.timeout(seconds * 1000);
  let made = 0;
  const caller = async () => {
    while (!over.aborted) {
      const leaves = (++made * leave) % 1 < leave ? AbortSignal.timeout(made % 300) : over;
      try {
        const options = { signal: AbortSignal.any([over, leaves]) };
        const messages = [{ role: "user" as const, content: `question ${made}` }];
        if (made % 3 === 0) await provider.chatStream(messages, options).text();
        else await provider.chat(messages, options);
      } catch (error) {
        const kind = LlmError.is(error) ? error.kind : "no LlmError";
        if (!over.aborted) failures[kind] = (failures[kind] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  const arrivals = await server.ask<number[]>({ ask: "arrivals", name: id });
  const allowedInAll = Math.max(1, (seconds * 1000) / periodMs) * calls;
  return {
    name,
    allowed: calls,
    most: mostWithin(arrivals, periodMs),
    arrivals: arrivals.length,
    used: arrivals.length / allowedInAll,
    failures,
  };
}

/** Most of the times that fall into any period of this length. */
export function mostWithin(times: readonly number[], periodMs: number): number {
  let most = 0;
  let from = 0;
  for (let to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= periodMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
