/** The period of a limit, computed from the figures of its headers. */
import type { RateLimitBucket } from "./limits.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const STANDARD_PERIODS_MS = [SECOND_MS, MINUTE_MS, 3_600_000, 86_400_000];
/** Servers round their figures. */
const TOLERANCE = 1.01;
/** No limit holds for longer. */
export const LONGEST_PERIOD_MS = 366 * 86_400_000;

/** What one answer's figures say of a period, in milliseconds. */
export interface PeriodBounds {
  atLeast: number;
  atMost: number;
  /** Right if nothing was rounded. */
  exact: number;
}

/**
 * A bucket refills evenly, so its period is `reset` × `limit` ÷ (`limit` − `remaining`). `remaining` is rounded down, so up to
 * one less is missing, and the period may be longer. `undefined` where the bucket is full, or the figures contradict each
 * other.
 */
export function periodBounds({ limit, remaining, resetMs }: RateLimitBucket): PeriodBounds | undefined {
  if (limit === undefined || remaining === undefined || !resetMs) return undefined;
  const missing = limit - remaining;
  if (missing <= 0) return undefined;
  const exact = (resetMs * limit) / missing;
  if (!(exact <= LONGEST_PERIOD_MS)) return undefined;
  // Whole seconds may have been rounded. Only for periods of a minute or more: a second more would be no small error else.
  const rounding = resetMs % SECOND_MS === 0 && exact >= MINUTE_MS / 2 ? SECOND_MS : 0;
  return {
    exact,
    atLeast: (Math.max(resetMs / 2, resetMs - rounding) * limit) / missing,
    atMost: missing > 1 ? ((resetMs + rounding) * limit) / (missing - 1) : Number.POSITIVE_INFINITY,
  };
}

/** The shortest of second, minute, hour and day that the bounds allow; else what the figures say. */
export function likelyPeriodMs({ atLeast, atMost, exact }: PeriodBounds): number {
  return (
    STANDARD_PERIODS_MS.find((period) => period >= atLeast / TOLERANCE && period <= atMost * TOLERANCE) ??
    exact
  );
}

/** What two answers say together; the newer one where they contradict each other. */
export function narrow(older: PeriodBounds | undefined, newer: PeriodBounds): PeriodBounds {
  if (!older) return newer;
  const atLeast = Math.max(older.atLeast, newer.atLeast);
  const atMost = Math.min(older.atMost, newer.atMost);
  return atLeast <= atMost * TOLERANCE ? { atLeast, atMost, exact: atLeast } : newer;
}
