/** What an answer's headers say: limits, waits, the request's id. */

import type { HeaderReader } from "../base/exchange.ts";
import type { RateLimitSnapshot } from "../base/limits.ts";

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
 * Milliseconds that the server asks to wait: `retry-after-ms`, or `retry-after` as seconds, HTTP date or Go duration.
 * Anything else is nonsense, and `undefined`.
 */
export function readRetryAfter(headers: HeaderReader, wallClock: () => number): number | undefined {
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

/** `x-ratelimit-*`: requests are per day, tokens per minute, `reset` the time until the bucket is full. */
export function readRateLimits(headers: HeaderReader): RateLimitSnapshot | undefined {
  const requests = readBucket(headers, "requests");
  const tokens = readBucket(headers, "tokens");
  if (!requests && !tokens) return undefined;
  return { ...(requests && { requests }), ...(tokens && { tokens }) };
}

type Bucket = NonNullable<RateLimitSnapshot["requests"]>;

function readBucket(headers: HeaderReader, name: "requests" | "tokens"): Bucket | undefined {
  const limit = nonNegative(headers.get(`x-ratelimit-limit-${name}`));
  const remaining = nonNegative(headers.get(`x-ratelimit-remaining-${name}`));
  if (limit === undefined && remaining === undefined) return undefined;
  const reset = headers.get(`x-ratelimit-reset-${name}`);
  const resetMs = reset === null ? undefined : parseDuration(reset);
  const bucket: Bucket = {};
  if (limit !== undefined) bucket.limit = limit;
  if (remaining !== undefined) bucket.remaining = remaining;
  if (resetMs !== undefined) bucket.resetMs = resetMs;
  return bucket;
}

export function readRequestId(headers: HeaderReader): string | undefined {
  return headers.get("x-request-id")?.slice(0, 200);
}
