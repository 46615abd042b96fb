/** What an answer's headers and a refusal's message say of limits, as figures that can be counted with. */
import { type LimitFeedback, type LimitMetric, metricPeriodMs } from "../base/limits.ts";

export interface HeaderFigures {
  metric: "requestsPerDay" | "tokensPerMinute";
  limit: number;
  left: { atLeast: number; atMost: number };
}

/**
 * Headers tell requests per day and tokens per minute. `remaining` is rounded down; `reset`, the time until the bucket is
 * full, may tell the fraction.
 */
export function readSnapshot({ snapshot }: LimitFeedback): HeaderFigures[] {
  const figures: HeaderFigures[] = [];
  for (const metric of ["requestsPerDay", "tokensPerMinute"] as const) {
    const { limit, remaining, resetMs } =
      snapshot?.[metric === "requestsPerDay" ? "requests" : "tokens"] ?? {};
    if (limit === undefined || limit <= 0 || remaining === undefined) continue;
    const exact = resetMs === undefined ? remaining : limit - (resetMs * limit) / metricPeriodMs(metric);
    const agrees = Math.abs(exact - remaining) <= 1;
    // Where `reset` gives a whole number too, it was rounded as well: the bucket may hold almost one more.
    const atMost = agrees && Math.abs(exact - remaining) > 0.01 ? Math.max(exact, remaining) : remaining + 1;
    figures.push({ metric, limit, left: { atLeast: remaining, atMost } });
  }
  return figures;
}

/** A refusal that tells which limit is used up. Input and output tokens alone are not estimated, so they can't be counted. */
export function readRefusal({
  refusal,
}: LimitFeedback): { metric: LimitMetric; limit: number; used: number } | undefined {
  if (!refusal || refusal.tooLarge) return undefined;
  const { metric, limit, used } = refusal;
  if (!metric || !limit || metric === "inputTokensPerMinute" || metric === "outputTokensPerMinute")
    return undefined;
  return { metric, limit, used: used ?? limit };
}
