/** What an answer's headers say: limits, waits, the request's id. */

import { LONGEST_TIMER_MS } from "../base/clock.ts";
import type { HeaderReader } from "../base/headers.ts";
import { LONGEST_PERIOD_MS, likelyPeriodMs, periodBounds } from "../base/limit-period.ts";
import type { RateLimitBucket, RateLimitSnapshot } from "../base/limits.ts";

const DURATION_PART = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)/y;
const UNIT_MS = new Map([
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ns", 1e-6],
]);
/** No duration, number or date of a header is longer. */
const LONGEST = 100;

/** A wait that a server named, as one that a timer can keep: beyond that, `setTimeout` would fire at once. */
export function boundedWait<T extends number | undefined>(ms: T): T | number {
  return ms === undefined ? ms : Math.min(LONGEST_TIMER_MS, ms);
}

/** Milliseconds of a Go duration such as `1h15m4.753s`, `2m59.56s`, `577ms`; `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  const trimmed = text.trim();
  let ms = 0;
  let end = 0;
  // Every answer has two of these: `matchAll` would copy the expression each time, at ten times the cost.
  DURATION_PART.lastIndex = 0;
  for (let part = DURATION_PART.exec(trimmed); part; part = DURATION_PART.exec(trimmed)) {
    ms += Number(part[1]) * (UNIT_MS.get(part[2] ?? "") ?? Number.NaN);
    end = DURATION_PART.lastIndex;
  }
  if (end === 0 || end < trimmed.length) return undefined;
  return Math.round(ms * 1e6) / 1e6;
}

/**
 * Milliseconds that the server asks to wait, at most 2^31 - 1: `retry-after-ms`, or `retry-after` as seconds, HTTP date or
 * Go duration. Anything else is nonsense, and `undefined`.
 */
export function readRetryAfter(headers: HeaderReader, wallClock: () => number): number | undefined {
  return boundedWait(readAskedWait(headers, wallClock));
}

function readAskedWait(headers: HeaderReader, wallClock: () => number): number | undefined {
  const inMs = nonNegative(headers.get("retry-after-ms"));
  if (inMs !== undefined) return inMs;
  const text = headers.get("retry-after")?.slice(0, LONGEST).trim();
  if (!text) return undefined;
  const seconds = nonNegative(text);
  if (seconds !== undefined) return seconds * 1000;
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  // Only the date form of HTTP begins with a weekday; `Date.parse` alone takes "-5" for a year.
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallClock());
}

function nonNegative(text: string | null): number | undefined {
  if (text === null || text.length > LONGEST || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Number(text);
}

type Counts = "requests" | "tokens";
type Named = RateLimitBucket & { counts: Counts };

const KINDS: readonly Counts[] = ["requests", "tokens"];
const PERIODS_MS = new Map([
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);
/** Larger figures are nonsense, and would lose precision in sums. */
const LARGEST = 1e12;

/**
 * What headers say of limits: `x-ratelimit-*` as Groq and OpenAI send them, and with a period in the name, as Cerebras does
 * (`requests-day`) and Mistral (`req-minute`);
 * else `ratelimit` and `ratelimit-policy` of the IETF's draft, or its earlier form with a header for each figure. A figure
 * that can't be read is left out. `periods`: what the service's limits are known to hold for, in milliseconds; taken where a
 * bucket's own figures do not tell it.
 */
export function readRateLimits(
  headers: HeaderReader,
  periods: { requests?: number; tokens?: number } = {},
): RateLimitSnapshot | undefined {
  const buckets = readBuckets(headers);
  for (const bucket of buckets) {
    const known = periods[bucket.counts];
    if (bucket.periodMs === undefined && known !== undefined) bucket.periodMs = known;
  }
  return buckets.length > 0 ? toSnapshot(buckets) : undefined;
}

function readBuckets(headers: HeaderReader): Named[] {
  const plain = KINDS.flatMap((counts) => readBucket(headers, counts, counts) ?? []);
  const named = KINDS.flatMap((counts) =>
    [...PERIODS_MS].flatMap(([period, periodMs]) => {
      const bucket =
        readBucket(headers, counts, `${counts}-${period}`) ??
        (counts === "requests" ? readBucket(headers, counts, `req-${period}`) : undefined);
      const isTold = plain.some((one) => one.counts === counts && one.periodMs === periodMs);
      return bucket && !isTold ? { ...bucket, periodMs } : [];
    }),
  );
  if (plain.length + named.length > 0) return [...plain, ...named];
  const draft = readDraft(headers);
  return draft.length > 0
    ? draft
    : (readSingle(headers, "ratelimit") ?? readSingle(headers, "x-ratelimit") ?? []);
}

/** `ratelimit-limit: 100, 100;w=60`, `ratelimit-remaining: 50`, `ratelimit-reset: 5`. */
function readSingle(headers: HeaderReader, prefix: string): Named[] | undefined {
  const [first, ...policy] = headers.get(`${prefix}-limit`)?.slice(0, LONGEST).split(/[,;]/) ?? [];
  const limit = figure(first);
  const remaining = left(headers.get(`${prefix}-remaining`));
  if (limit === undefined && remaining === undefined) return undefined;
  const seconds = figure(
    policy
      .find((word) => word.trim().startsWith("w="))
      ?.trim()
      .slice(2),
  );
  const resetMs = readReset(headers.get(`${prefix}-reset`));
  return [withPeriod({ counts: "requests", limit, remaining, resetMs, periodMs: seconds && seconds * 1000 })];
}

function readBucket(headers: HeaderReader, counts: Counts, name: string): Named | undefined {
  const limit = figure(headers.get(`x-ratelimit-limit-${name}`));
  const remaining = left(headers.get(`x-ratelimit-remaining-${name}`));
  if (limit === undefined && remaining === undefined) return undefined;
  const bucket = { counts, limit, remaining, resetMs: readReset(headers.get(`x-ratelimit-reset-${name}`)) };
  return withPeriod(bucket);
}

/** The draft names each policy: `"burst";q=100;w=60` limits, `"burst";r=12;t=30` tells what is left, and for how long. */
function readDraft(headers: HeaderReader): Named[] {
  const policies = readItems(headers.get("ratelimit-policy"));
  return [...readItems(headers.get("ratelimit"))].flatMap(([name, state]) => {
    const policy = policies.get(name) ?? (policies.size === 1 ? [...policies.values()][0] : undefined);
    const limit = figure(policy?.get("q") ?? state.get("limit"));
    const remaining = left(state.get("r") ?? state.get("remaining"));
    if (remaining === undefined) return [];
    const seconds = figure(policy?.get("w"));
    const counts = policy?.get("qu")?.includes("token") ? "tokens" : "requests";
    const resetMs = readReset(state.get("t") ?? state.get("reset"));
    const periodMs = seconds ? seconds * 1000 : undefined;
    return withPeriod({ counts, limit, remaining, resetMs, periodMs });
  });
}

/** Parameters by item. An item without a name, as earlier drafts have it, is called "". */
function readItems(text: string | null): Map<string, Map<string, string>> {
  const items = new Map<string, Map<string, string>>();
  for (const item of text?.slice(0, 1000).split(",") ?? []) {
    const words = item.split(";").map((word) => word.trim());
    // Earlier drafts: `limit=100, remaining=50, reset=5`, and the policy `100;w=60`.
    const [first = ""] = words;
    const name = first.includes("=") || /^\d+$/.test(first) ? "" : first;
    const known = items.get(name) ?? new Map<string, string>();
    if (/^\d+$/.test(first)) known.set("q", first);
    for (const word of words) {
      const at = word.indexOf("=");
      if (at > 0) known.set(word.slice(0, at).toLowerCase(), word.slice(at + 1).replaceAll('"', ""));
    }
    items.set(name, known);
  }
  return items;
}

type Figures = { [K in keyof Named]: Named[K] | undefined } & { counts: Counts };

function withPeriod({ counts, limit, remaining, resetMs, periodMs }: Figures): Named {
  const bucket: Named = { counts };
  if (limit !== undefined) bucket.limit = limit;
  if (remaining !== undefined)
    bucket.remaining = limit === undefined ? remaining : Math.min(remaining, limit);
  if (resetMs !== undefined) bucket.resetMs = resetMs;
  const bounds = periodMs === undefined ? periodBounds(bucket) : undefined;
  const period = periodMs ?? (bounds && likelyPeriodMs(bounds));
  if (period !== undefined) bucket.periodMs = period;
  return bucket;
}

function toSnapshot(buckets: Named[]): RateLimitSnapshot {
  const snapshot: RateLimitSnapshot = {};
  const byPeriod = buckets.sort((a, b) => (a.periodMs ?? 0) - (b.periodMs ?? 0));
  for (const { counts, ...bucket } of byPeriod) {
    if (!snapshot[counts]) snapshot[counts] = bucket;
    else snapshot.others = [...(snapshot.others ?? []), { counts, ...bucket }];
  }
  return snapshot;
}

/** A Go duration, or seconds. Some gateways give a point in time: a far larger number, which is left out. */
function readReset(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  const seconds = nonNegative(text);
  const ms = seconds === undefined ? parseDuration(text) : Math.round(seconds * 1e9) / 1e6;
  return ms !== undefined && ms < LONGEST_PERIOD_MS ? ms : undefined;
}

function figure(text: string | null | undefined): number | undefined {
  const value = nonNegative(text ?? null);
  return value !== undefined && value <= LARGEST ? value : undefined;
}

/** Some servers count on below nothing. */
function left(text: string | null | undefined): number | undefined {
  return text && /^\s*-\d{1,20}(?:\.\d{1,20})?\s*$/.test(text) ? 0 : figure(text);
}

export function readRequestId(headers: HeaderReader): string | undefined {
  return headers.get("x-request-id")?.slice(0, 200);
}
