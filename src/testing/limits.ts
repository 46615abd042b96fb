/** Limits as Groq keeps them: buckets that refill evenly, for calls and tokens, per minute and per day. */

export interface LimitOptions {
  requestsPerMinute?: number;
  requestsPerDay?: number;
  tokensPerMinute?: number;
  tokensPerDay?: number;
  /** Milliseconds that a minute takes here. Default 60 000; less makes tests fast. */
  minuteMs?: number;
  /** Milliseconds that a day takes here. Default 86 400 000. */
  dayMs?: number;
}

class Bucket {
  readonly limit: number;
  readonly periodMs: number;
  readonly metric: string;
  readonly counts: "requests" | "tokens";
  #level: number;
  #since: number;

  constructor(metric: string, counts: "requests" | "tokens", limit: number, periodMs: number, now: number) {
    this.metric = metric;
    this.counts = counts;
    this.limit = limit;
    this.periodMs = periodMs;
    this.#level = limit;
    this.#since = now;
  }

  left(now: number): number {
    this.#level = Math.min(this.limit, this.#level + ((now - this.#since) * this.limit) / this.periodMs);
    this.#since = now;
    return this.#level;
  }

  take(amount: number, now: number): void {
    this.#level = this.left(now) - amount;
  }

  waitMs(amount: number, now: number): number {
    return (Math.max(0, amount - this.left(now)) * this.periodMs) / this.limit;
  }
}

/** Why a call is refused. */
export interface Refusal {
  status: 413 | 429;
  message: string;
  type: "requests" | "tokens";
  /** Whole seconds, rounded up. */
  retryAfter?: number;
}

export class Limits {
  readonly #buckets: Bucket[] = [];

  constructor(options: LimitOptions, now: number) {
    const { minuteMs = 60_000, dayMs = 86_400_000 } = options;
    const add = (
      metric: string,
      counts: "requests" | "tokens",
      limit: number | undefined,
      periodMs: number,
    ) => {
      if (limit !== undefined) this.#buckets.push(new Bucket(metric, counts, limit, periodMs, now));
    };
    add("requests per minute (RPM)", "requests", options.requestsPerMinute, minuteMs);
    add("requests per day (RPD)", "requests", options.requestsPerDay, dayMs);
    add("tokens per minute (TPM)", "tokens", options.tokensPerMinute, minuteMs);
    add("tokens per day (TPD)", "tokens", options.tokensPerDay, dayMs);
  }

  /** Takes what the call may use, or says why not. Admission counts prompt and completion at its maximum. */
  admit(model: string, tokens: number, now: number): Refusal | undefined {
    const where = `for model \`${model}\` in organization \`org_embedded\` service tier \`on_demand\` on`;
    for (const bucket of this.#buckets) {
      const amount = bucket.counts === "tokens" ? tokens : 1;
      if (amount > bucket.limit) {
        return {
          status: 413,
          type: "tokens",
          message: `Request too large ${where} ${bucket.metric}: Limit ${bucket.limit}, Requested ${amount}, make the message smaller.`,
        };
      }
      const waitMs = bucket.waitMs(amount, now);
      if (waitMs > 0) {
        const used = Math.ceil(bucket.limit - bucket.left(now));
        return {
          status: 429,
          type: bucket.counts,
          retryAfter: Math.ceil(waitMs / 1000),
          message: `Rate limit reached ${where} ${bucket.metric}: Limit ${bucket.limit}, Used ${used}, Requested ${amount}. Please try again in ${toDuration(waitMs)}. More is at https://console.example/settings/billing`,
        };
      }
    }
    for (const bucket of this.#buckets) bucket.take(bucket.counts === "tokens" ? tokens : 1, now);
    return undefined;
  }

  /** Gives back what was reserved beyond what was used. */
  settle(reserved: number, used: number, now: number): void {
    for (const bucket of this.#buckets) if (bucket.counts === "tokens") bucket.take(used - reserved, now);
  }

  /** Headers as Groq sends them: requests per day, tokens per minute, `reset` the time to a full bucket. */
  headers(now: number): Record<string, string> {
    return {
      ...this.#headersOf("requests", "requests per day (RPD)", now),
      ...this.#headersOf("tokens", "tokens per minute (TPM)", now),
    };
  }

  #headersOf(name: string, metric: string, now: number): Record<string, string> {
    const bucket = this.#buckets.find((candidate) => candidate.metric === metric);
    if (!bucket) return {};
    return {
      [`x-ratelimit-limit-${name}`]: String(bucket.limit),
      [`x-ratelimit-remaining-${name}`]: String(Math.max(0, Math.floor(bucket.left(now)))),
      [`x-ratelimit-reset-${name}`]: toDuration(bucket.waitMs(bucket.limit, now)),
    };
  }
}

/** A Go duration: `1h2m3.5s`, or `450ms` below a second. */
export function toDuration(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(6))}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Number(((ms % 60_000) / 1000).toFixed(9));
  return `${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${seconds}s`;
}
