/** A budget that many processes hold together in Redis. */
import { LlmError, memberOf } from "../provider/base/error.ts";
import { demandObject, kindOf, reading } from "../provider/base/values.ts";
import type { BudgetStore, BudgetSum } from "./budget-types.ts";

/** The part of a client of `ioredis` that is used here. */
export interface IoRedisClient {
  /** Sends a command. */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** The part of a client of `redis` (node-redis) that is used here: of `createClient` or `createCluster`. */
export interface NodeRedisClient {
  /** Runs a script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** How a budget is held in Redis. */
export interface RedisBudgetStoreOptions {
  /**
   * A connected client of `ioredis` or of `redis` (node-redis), also of a cluster. It stays the application's own: nothing
   * here closes it.
   */
  client: IoRedisClient | NodeRedisClient;
  /** Begins the names of all keys in Redis. Default `groq-provider:budget`. */
  prefix?: string | undefined;
}

// One script, so that a sum is read and changed in one step. The period is the key's own lifetime, so only Redis' clock counts.
const SCRIPT = `
local key, usd, periodMs, maxUsd, period, fresh = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('EXISTS', key) == 0 then
  if period ~= '' then return { 0, '0', 0, '' } end
  redis.call('HSET', key, 'period', fresh, 'usd', '0')
end
if periodMs ~= '' and redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, periodMs) end
local running = redis.call('HGET', key, 'period')
local sum = tonumber(redis.call('HGET', key, 'usd'))
local added = 0
if (period == '' or period == running) and (maxUsd == '' or sum + usd <= tonumber(maxUsd)) then
  sum = math.max(0, sum + usd)
  redis.call('HSET', key, 'usd', string.format('%.12f', sum))
  added = 1
end
return { added, string.format('%.12f', sum), redis.call('PTTL', key), running }
`;

/** A store for `budget.store`. Routers that give the same `key` share one sum, in whatever process they are. */
export function createRedisBudgetStore(options: RedisBudgetStoreOptions): BudgetStore {
  demandObject("options", options);
  const { client, prefix } = reading("options", () => readOptions(options), "ConfigError");
  const run = (key: string, args: string[]) =>
    // ioredis has a method `eval` too, of another kind.
    "call" in client
      ? client.call("EVAL", SCRIPT, "1", key, ...args)
      : client.eval(SCRIPT, { keys: [key], arguments: args });
  return {
    async add({ key, usd, periodMs, maxUsd, period }) {
      const reply = await run(`${prefix}:${key}`, [
        ...[String(usd), lifetime(periodMs), maxUsd === undefined ? "" : String(maxUsd)],
        ...[period ?? "", crypto.randomUUID()],
      ]);
      return readReply(reply);
    },
  };
}

function readOptions({ client, prefix = "groq-provider:budget" }: RedisBudgetStoreOptions) {
  if (!["call", "eval"].some((method) => typeof memberOf(client, method) === "function"))
    throw new LlmError("ConfigError", `client: expected a client of ioredis or redis, got ${kindOf(client)}`);
  if (typeof prefix !== "string")
    throw new LlmError("ConfigError", `prefix: expected a text, got ${kindOf(prefix)}`);
  return { client, prefix };
}

/** As Redis takes it; a period without end has none. */
function lifetime(periodMs: number): string {
  return Number.isFinite(periodMs) ? String(Math.min(Math.ceil(periodMs), Number.MAX_SAFE_INTEGER)) : "";
}

function readReply(reply: unknown): BudgetSum {
  if (!Array.isArray(reply) || reply.length < 4) throw new Error("Redis answered with an unexpected reply");
  const [added, spentUsd, resetMs, period] = reply.map(String);
  return {
    added: added === "1",
    spentUsd: Number(spentUsd),
    // -1: the sum has no end.
    resetMs: resetMs === "-1" ? Number.POSITIVE_INFINITY : Math.max(0, Number(resetMs)),
    period: period ?? "",
  };
}
