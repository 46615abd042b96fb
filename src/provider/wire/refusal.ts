/** What a 429's or 413's message says: which limit, how full, how long to wait. */

import { type LimitMetric, metricPeriodMs, type RateLimitRefusal } from "../base/limits.ts";
import { boundedWait, parseDuration } from "./headers.ts";

const METRICS = new Map<string, LimitMetric>([
  ["RPM", "requestsPerMinute"],
  ["RPD", "requestsPerDay"],
  ["TPM", "tokensPerMinute"],
  ["TPD", "tokensPerDay"],
  ["ITPM", "inputTokensPerMinute"],
  ["OTPM", "outputTokensPerMinute"],
]);

/** Real refusals have some 400 characters. */
const LONGEST_MESSAGE = 4000;

/** Words after "per" where a message names its period without an abbreviation, or another than the abbreviation says. */
const PERIODS_MS = new Map([
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

/**
 * Reads "Rate limit reached … on tokens per minute (TPM): Limit 8000, Used 7000, Requested ~2000. Please try again in
 * 7.5s." and "Request too large …". Each part is found by itself, so that a changed sentence costs only its part. Words
 * of the advice that follows ("billing" among them) mean nothing here.
 */
export function parseRefusal(text: string): RateLimitRefusal | undefined {
  const message = text.slice(0, LONGEST_MESSAGE);
  const refusal: RateLimitRefusal = {};
  const [, words, abbreviation] = /\bon ([a-z0-9. ]{1,60}) \((\w{1,20})\)/i.exec(message) ?? [];
  const metric = METRICS.get(abbreviation ?? "");
  const periodMs = readPeriod(words);
  const limit = readNumber(message, "Limit");
  const used = readNumber(message, "Used");
  const requested = readNumber(message, "Requested");
  const wait = /try again in ((?:\d{1,15}(?:\.\d{1,15})?(?:h|ms|m|s|us|µs|ns)){1,8})/i.exec(message)?.[1];
  const waitMs = wait === undefined ? undefined : parseDuration(wait);
  if (metric !== undefined) refusal.metric = metric;
  if (metric !== undefined && periodMs !== undefined && periodMs !== metricPeriodMs(metric)) {
    refusal.periodMs = periodMs;
  }
  if (limit !== undefined) refusal.limit = limit;
  if (used !== undefined) refusal.used = used;
  if (requested !== undefined) refusal.requested = requested;
  const askedMs = boundedWait(waitMs ?? computeWait(refusal));
  if (askedMs !== undefined) refusal.waitMs = askedMs;
  if (/^\s*request too large/i.test(message)) refusal.tooLarge = true;
  return Object.keys(refusal).length > 0 ? refusal : undefined;
}

/** The period of "requests per minute" or "tokens per 500ms". */
function readPeriod(words: string | undefined): number | undefined {
  const period = /\bper ([a-z0-9.]{1,40})$/i.exec(words ?? "")?.[1]?.toLowerCase();
  if (period === undefined) return undefined;
  return PERIODS_MS.get(period) ?? (parseDuration(period) || undefined);
}

function readNumber(message: string, word: string): number | undefined {
  const digits = new RegExp(`\\b${word} ~?(\\d{1,15})(?!\\d)`).exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The bucket refills evenly, so the wait follows from the figures where the message does not give it. */
function computeWait(refusal: RateLimitRefusal): number | undefined {
  const { metric, limit, used, requested } = refusal;
  if (!metric || !limit || used === undefined || requested === undefined || requested > limit)
    return undefined;
  const periodMs = refusal.periodMs ?? metricPeriodMs(metric);
  const waitMs = Math.ceil(((used + requested - limit) * periodMs) / limit);
  // After a period the whole limit is there again, whatever was used.
  return Math.min(periodMs, Math.max(0, waitMs));
}
