import { type Clock, systemClock } from "../provider/base/clock.ts";
import { LlmError, memberOf } from "../provider/base/error.ts";
import { kindOf } from "../provider/base/values.ts";
import type { BudgetStore } from "./budget-types.ts";

/** Sums of this process alone. Hand the same store to several routers, and they share a budget by their `key`. */
export function createMemoryBudgetStore(clock: Clock = systemClock): BudgetStore {
  if (["now", "setTimer"].some((method) => typeof memberOf(clock, method) !== "function"))
    throw new LlmError(
      "ConfigError",
      `clock: expected an object with now and setTimer, got ${kindOf(clock)}`,
    );
  const periods = new Map<string, { id: number; spentUsd: number; endsAt: number }>();
  let lastId = 0;
  return {
    add({ key, usd, periodMs, maxUsd = Number.POSITIVE_INFINITY, period }) {
      const now = clock.now();
      let running = periods.get(key);
      if (!running || running.endsAt <= now) {
        // What an earlier period set aside begins none.
        if (period !== undefined) return { added: false, spentUsd: 0, resetMs: 0, period: "" };
        running = { id: ++lastId, spentUsd: 0, endsAt: now + periodMs };
        periods.set(key, running);
      }
      // Begun without end, before the setting was changed.
      if (running.endsAt === Number.POSITIVE_INFINITY) running.endsAt = now + periodMs;
      const added =
        (period === undefined || period === String(running.id)) && running.spentUsd + usd <= maxUsd;
      if (added) running.spentUsd = Math.max(0, running.spentUsd + usd);
      return {
        added,
        spentUsd: running.spentUsd,
        resetMs: running.endsAt - now,
        period: String(running.id),
      };
    },
  };
}
