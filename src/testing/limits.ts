/** Limits as Groq keeps them: for each model, buckets that refill evenly, for calls and tokens, per minute and per day. */

/** The limits of each model. What is left out is unlimited. */
export interface LimitOptions {
  /** Calls in a minute. */
  requestsPerMinute?: number;
  /** Calls in a day; the headers tell it. */
  requestsPerDay?: number;
  /** Prompt and completion together; a call reserves the completion that it allows. */
  tokensPerMinute?: number;
  /** The same in a day. */
  tokensPerDay?: number;
  /** Tokens of prompts alone. */
  inputTokensPerMinute?: number;
  /** A call that allows more than this is refused with a 429 that says not to try again. */
  outputTokensPerMinute?: number;
  /** Milliseconds that a minute takes here. Default 60 000; less makes tests fast, and shows in the words of refusals. */
  minuteMs?: number;
  /** Milliseconds that a day takes here. Default 86 400 000. */
  dayMs?: number;
}

/** What a call takes, in tokens: its prompt, and its completion, estimated or at most. */
export interface Amount {
  input: number;
  output: number;
}

type Counts = "requests" | "tokens" | "input" | "output";

const METRICS = [
  ["requestsPerMinute", "requests per minute (RPM)", "requests", "minute"],
  ["requestsPerDay", "requests per day (RPD)", "requests", "day"],
  ["tokensPerMinute", "tokens per minute (TPM)", "tokens", "minute"],
  ["tokensPerDay", "tokens per day (TPD)", "tokens", "day"],
  ["inputTokensPerMinute", "input tokens per minute (ITPM)", "input", "minute"],
  ["outputTokensPerMinute", "output tokens per minute (OTPM)", "output", "minute"],
] as const satisfies readonly (readonly [keyof LimitOptions, string, Counts, "minute" | "day"])[];

type Metric = (typeof METRICS)[number][0];

const PERIODS_MS = { minute: 60_000, day: 86_400_000 };

class Bucket {
  readonly limit: number;
  readonly periodMs: number;
  readonly metric: Metric;
  readonly name: string;
  readonly counts: Counts;
  #level: number;
  #since: number;

  constructor(
    [metric, name, counts, unit]: (typeof METRICS)[number],
    limit: number,
    periodMs: number,
    now: number,
  ) {
    this.metric = metric;
    // A minute that is shorter here is not called one: clients read the period from these words.
    this.name =
      periodMs === PERIODS_MS[unit] ? name : name.replace(`per ${unit}`, `per ${toDuration(periodMs)}`);
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

  amountOf({ input, output }: Amount): number {
    if (this.counts === "requests") return 1;
    return (this.counts === "output" ? 0 : input) + (this.counts === "input" ? 0 : output);
  }
}

/** Why a call is refused. */
export interface Refusal {
  status: 413 | 429;
  message: string;
  type: "requests" | "tokens";
  headers: Record<string, string>;
}

export class Limits {
  readonly #options: LimitOptions;
  readonly #buckets = new Map<string, Bucket[]>();

  constructor(options: LimitOptions) {
    this.#options = options;
  }

  /** Takes what the call may use, or returns why it is refused. Counts the prompt and the longest completion allowed. */
  admit(model: string, amount: Amount, now: number): Refusal | undefined {
    const buckets = this.#bucketsOf(model, now);
    const where = `for model \`${model}\` in organization \`${ORGANISATION}\` service tier \`on_demand\` on`;
    for (const bucket of buckets) {
      const requested = bucket.amountOf(amount);
      const type = bucket.counts === "requests" ? "requests" : "tokens";
      if (requested > bucket.limit) {
        const permanent = bucket.metric === "outputTokensPerMinute";
        return {
          status: permanent ? 429 : 413,
          type,
          headers: permanent ? { "x-should-retry": "false" } : {},
          message: `Request too large ${where} ${bucket.name}: Limit ${bucket.limit}, Requested ${requested}, please make it smaller and try again. ${UPGRADE}`,
        };
      }
      const waitMs = bucket.waitMs(requested, now);
      if (waitMs > 0) {
        const used = Math.ceil(bucket.limit - bucket.left(now));
        return {
          status: 429,
          type,
          headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
          message: `Rate limit reached ${where} ${bucket.name}: Limit ${bucket.limit}, Used ${used}, Requested ${requested}. Please try again in ${toDuration(waitMs)}. ${UPGRADE}`,
        };
      }
    }
    for (const bucket of buckets) bucket.take(bucket.amountOf(amount), now);
    return undefined;
  }

  /** Gives back what was reserved beyond what was used. */
  settle(model: string, reserved: Amount, used: Amount, now: number): void {
    for (const bucket of this.#bucketsOf(model, now)) {
      bucket.take(bucket.amountOf(used) - bucket.amountOf(reserved), now);
    }
  }

  /** Headers as Groq sends them: requests per day, tokens per minute, `reset` the time to a full bucket. */
  headers(model: string, now: number): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const bucket of this.#bucketsOf(model, now)) {
      const name = HEADER_NAMES[bucket.metric];
      if (name === undefined) continue;
      headers[`x-ratelimit-limit-${name}`] = String(bucket.limit);
      headers[`x-ratelimit-remaining-${name}`] = String(Math.max(0, Math.floor(bucket.left(now))));
      headers[`x-ratelimit-reset-${name}`] = toDuration(bucket.waitMs(bucket.limit, now));
    }
    return headers;
  }

  #bucketsOf(model: string, now: number): Bucket[] {
    let buckets = this.#buckets.get(model);
    if (!buckets) {
      const { minuteMs = PERIODS_MS.minute, dayMs = PERIODS_MS.day } = this.#options;
      buckets = METRICS.flatMap((metric) => {
        const limit = this.#options[metric[0]];
        return limit === undefined
          ? []
          : [new Bucket(metric, limit, metric[3] === "minute" ? minuteMs : dayMs, now)];
      });
      this.#buckets.set(model, buckets);
    }
    return buckets;
  }
}

const ORGANISATION = "org_01embedded0000000000000000";
const UPGRADE = "More is to be had at https://console.example/settings/billing";

// The other buckets show in no header.
const HEADER_NAMES: Partial<Record<Metric, string>> = {
  requestsPerDay: "requests",
  tokensPerMinute: "tokens",
};

/** A Go duration: `1h2m3.5s`, or `450ms` below a second. */
export function toDuration(ms: number): string {
  // Whole nanoseconds first, or 59.9999999999 would become 60s.
  const ns = Math.round(ms * 1e6);
  if (ns < 1e9) return `${ns / 1e6}ms`;
  const hours = Math.floor(ns / 3.6e12);
  const minutes = Math.floor((ns % 3.6e12) / 6e10);
  return `${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${(ns % 6e10) / 1e9}s`;
}
