/** What an answer's headers and a refusal's message say of limits, as figures that can be counted with. */
import {
  LONGEST_PERIOD_MS,
  likelyPeriodMs,
  narrow,
  type PeriodBounds,
  periodBounds,
} from "../base/limit-period.ts";
import {
  type LimitFeedback,
  type LimitMetric,
  metricPeriodMs,
  type RateLimitBucket,
  type RateLimitRefusal,
  type RateLimitSnapshot,
} from "../base/limits.ts";

export type Counted = "requests" | "tokens";

/** Larger figures are nonsense, and would lose precision in sums. */
const LARGEST = 1e12;
const SHORTEST_PERIOD_MS = 1;
/** No service has as many limits. */
const MOST_PERIODS = 100;

export function isFigure(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
}

/** What was said, without impossible numbers. */
export function onlyFigures<T extends object>(said: T): T {
  const isSound = (value: unknown) => typeof value !== "number" || (isFigure(value) && value <= LARGEST);
  if (Object.values(said).every(isSound)) return said;
  const sound = { ...said };
  for (const [name, value] of Object.entries(said)) if (!isSound(value)) Reflect.deleteProperty(sound, name);
  return sound;
}

export interface HeaderFigures {
  /** The same for the same header of all answers. */
  key: string;
  counts: Counted;
  periodMs: number;
  limit: number;
  /** `remaining` is rounded down; `reset` may tell the fraction. */
  left: { atLeast: number; atMost: number };
}

/** Reads headers, and remembers what earlier ones told of the periods. */
export class SnapshotReader {
  readonly #periods = new Map<string, PeriodBounds>();

  read(snapshot: RateLimitSnapshot | undefined): HeaderFigures[] {
    if (!snapshot) return [];
    const { requests, tokens, others = [] } = snapshot;
    return [
      ...this.#figures("requests", "requests", requests),
      ...this.#figures("tokens", "tokens", tokens),
      ...others.flatMap((other) => this.#figures(`${other.counts}:${other.periodMs}`, other.counts, other)),
    ];
  }

  #figures(key: string, counts: Counted, said: RateLimitBucket | undefined): HeaderFigures[] {
    if (!said) return [];
    const bucket = onlyFigures(said);
    const { limit = 0, remaining } = bucket;
    if (limit < 1 || remaining === undefined) return [];
    const periodMs = this.#periodMs(key, bucket);
    if (periodMs === undefined || periodMs < SHORTEST_PERIOD_MS || periodMs > LONGEST_PERIOD_MS) return [];
    return [
      { key, counts, periodMs, limit, left: leftIn(limit, Math.min(remaining, limit), bucket, periodMs) },
    ];
  }

  #periodMs(key: string, bucket: RateLimitBucket): number | undefined {
    const bounds = periodBounds(bucket);
    const { periodMs } = bucket;
    // A period that does not follow from the figures was declared by the header's name.
    if (bounds && periodMs !== undefined && likelyPeriodMs(bounds) !== periodMs) return periodMs;
    if (bounds && (this.#periods.has(key) || this.#periods.size < MOST_PERIODS))
      this.#periods.set(key, narrow(this.#periods.get(key), bounds));
    const known = this.#periods.get(key);
    // Where no answer's figures told it, what the header's name or the service's record says.
    return known ? likelyPeriodMs(known) : periodMs;
  }
}

function leftIn(limit: number, remaining: number, { resetMs }: RateLimitBucket, periodMs: number) {
  const exact = resetMs === undefined ? remaining : limit - (resetMs * limit) / periodMs;
  const difference = Math.abs(exact - remaining);
  // Where `reset` gives a whole number too, it was rounded as well: the bucket may hold almost one more.
  const atMost = difference > 0.01 && difference <= 1 ? Math.max(exact, remaining) : remaining + 1;
  return { atLeast: remaining, atMost };
}

export interface RefusalFigures {
  counts: Counted;
  periodMs: number;
  limit: number;
  /** What the bucket holds; below 0 where more was used than the limit. */
  left: number;
}

/** Limits that count calls or tokens. Input and output tokens alone are not estimated, so they can't be counted. */
const COUNTED = new Map<LimitMetric, Counted>([
  ["requestsPerMinute", "requests"],
  ["requestsPerDay", "requests"],
  ["tokensPerMinute", "tokens"],
  ["tokensPerDay", "tokens"],
]);

/** The limit that a refusal says is used up. */
export function readRefusal({ refusal }: LimitFeedback): RefusalFigures | undefined {
  const { metric, limit = 0, tooLarge } = refusal ?? {};
  const counts = metric && COUNTED.get(metric);
  if (!refusal || tooLarge || !metric || !counts || limit < 1) return undefined;
  const periodMs = Math.max(SHORTEST_PERIOD_MS, readPeriodMs(refusal, metric, limit));
  return { counts, periodMs, limit, left: leftAfter(refusal, limit, periodMs) };
}

/** What the bucket holds is best told by the wait: after it the request fits. */
function leftAfter(
  { used = Infinity, requested, waitMs }: RateLimitRefusal,
  limit: number,
  periodMs: number,
) {
  const left =
    requested !== undefined && waitMs !== undefined ? requested - (waitMs * limit) / periodMs : limit - used;
  // A nonsensical figure must not stop calls for longer than one period.
  return Math.min(limit, Math.max(Number.isFinite(used) || waitMs !== undefined ? -limit : 0, left));
}

/**
 * The metric's period, unless the wait is shorter than that would allow: then the bucket refills faster. `used` is rounded
 * up, so what is missing may be up to one less.
 */
function readPeriodMs(refusal: RateLimitRefusal, metric: LimitMetric, limit: number): number {
  const { used, requested, waitMs } = refusal;
  const named = refusal.periodMs ?? metricPeriodMs(metric);
  if (used === undefined || requested === undefined || !waitMs) return named;
  const missing = used + requested - limit - 1;
  if (missing <= 0) return named;
  const computed = (waitMs * limit) / missing;
  return computed < named * 0.95 ? computed : named;
}

/** The size that the server says the refused call has, in tokens. */
export function requestedTokens(refusal: RateLimitRefusal | undefined): number | undefined {
  const { metric, requested } = refusal ?? {};
  return metric !== undefined && COUNTED.get(metric) === "tokens" ? requested : undefined;
}
