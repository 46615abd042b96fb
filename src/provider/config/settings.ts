/** What a `ModelConfig` is, and what is wrong with this one. */
import * as z from "zod/mini";
import { LlmError } from "../base/error.ts";
import type { LimitWindow } from "../base/limits.ts";
import type { ModelConfig, RenewalPeriod } from "../base/model-config.ts";
import { didYouMean } from "../base/nearest.ts";
import type { EndpointType, ReasoningEffort, ReasoningFormat, ServiceTier } from "../base/types.ts";
import { isObject, valueAt } from "../base/values.ts";
import { normaliseBaseUrl } from "./base-url.ts";
import { HIDDEN } from "./hide-key.ts";

/** A configuration that was checked: numbers are numbers, defaults are filled in. */
export interface Settings {
  name: string;
  provider: string;
  model: string;
  endpoints: readonly EndpointType[];
  apiKey: string;
  baseUrl: string;
  timeoutMs: number;
  stallTimeoutMs: number;
  maxRetries: number;
  maxWaitMs: number;
  maxConcurrent: number | undefined;
  maxQueue: number | undefined;
  windows: LimitWindow[];
  autoLimit: boolean;
  onLimit: "wait" | "error";
  defaults: RequestDefaults;
}

/** What requests hold where a call's options do not say it. */
export interface RequestDefaults {
  temperature?: number | undefined;
  topP?: number | undefined;
  maxTokens?: number | undefined;
  stop?: string | readonly string[] | undefined;
  seed?: number | undefined;
  reasoningEffort?: ReasoningEffort | undefined;
  reasoningFormat?: ReasoningFormat | undefined;
  serviceTier?: ServiceTier | undefined;
  user?: string | undefined;
}

const NUMERIC = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** Longer texts are no number. */
const LONGEST_NUMBER = 100;

/** A number or its text within bounds; `expected` is what an error says. */
function numeric(expected: string, accepts: (value: number) => boolean) {
  return z.pipe(
    z.transform((value: unknown) =>
      typeof value === "string" && value.length <= LONGEST_NUMBER && NUMERIC.test(value.trim())
        ? Number(value)
        : value,
    ),
    z.number({ error: expected }).check(z.refine((value) => accepts(value), { error: expected })),
  );
}

const within = (low: number, high: number) =>
  numeric(`a number from ${low} to ${high}`, (value) => value >= low && value <= high);
const whole = (low: number) =>
  numeric(`a whole number of at least ${low}`, (value) => Number.isSafeInteger(value) && value >= low);
const milliseconds = () =>
  numeric("a number of milliseconds above 0", (value) => value > 0 && Number.isFinite(value));
const NOT_BLANK = "a text that is not blank";
const text = () =>
  z.string({ error: "a text" }).check(z.refine((value) => value.trim() !== "", { error: NOT_BLANK }));
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });
const optional = z.optional;

/** What a header can hold: a line break or a letter beyond Latin-1 would fail each call, and show the key. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const apiKey = () =>
  text().check(
    z.refine((value) => value !== HIDDEN, {
      error: `the key itself; "${HIDDEN}" stands in its place where a loaded configuration was written out`,
    }),
    z.refine((value) => HEADER_TEXT.test(value.trim()), { error: "a text that a header can hold" }),
  );

const connection = z.strictObject({
  api_key: apiKey(),
  base_url: optional(text()),
  allow_insecure: optional(z.boolean({ error: "true or false" })),
  timeout_ms: optional(milliseconds()),
  stall_timeout_ms: optional(milliseconds()),
  max_retries: optional(whole(0)),
  max_wait_ms: optional(numeric("a number of milliseconds, 0 or more", (value) => value >= 0)),
  max_concurrent: optional(whole(1)),
  max_queue: optional(whole(0)),
  temperature: optional(within(0, 2)),
  top_p: optional(within(0, 1)),
  max_tokens: optional(whole(1)),
  stop: optional(z.union([z.string(), z.array(z.string())], { error: "a text or a list of texts" })),
  seed: optional(numeric("a whole number", Number.isSafeInteger)),
  reasoning_effort: optional(oneOf(["none", "default", "low", "medium", "high"])),
  reasoning_format: optional(oneOf(["hidden", "raw", "parsed"])),
  service_tier: optional(oneOf(["auto", "on_demand", "flex", "performance"])),
  user: optional(text()),
});

const PERIOD_MS: Record<RenewalPeriod, number> = {
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

const limitWindow = z
  .strictObject({
    renewal_period: oneOf(["seconds", "minutes", "hours", "days"]),
    calls: optional(whole(1)),
    tokens: optional(whole(1)),
  })
  .check(
    z.refine((window) => window.calls !== undefined || window.tokens !== undefined, {
      error: "calls, tokens, or both",
    }),
  );

const modelConfig = z.strictObject({
  name: text(),
  provider: text(),
  model: text(),
  supported_endpoints: optional(
    z.array(oneOf(["chat", "completion", "embedding"]), { error: "a list of chat, completion, embedding" }),
  ),
  config: connection,
  limit: optional(z.unknown()),
  on_limit: optional(oneOf(["wait", "error"])),
});

const limitWindows = z.array(limitWindow).check(z.minLength(1, { error: "at least one window" }));

type Parsed<T> = { success: true; data: T } | { success: false; error: z.core.$ZodError };
type Issue = z.core.$ZodIssue;

/** Checks a configuration and fills in its defaults; `ConfigError` names every mistake and where it stands. */
export function parseSettings(
  input: ModelConfig,
  service: { provider: string; baseUrl: string | undefined },
): Settings {
  try {
    return parse(input, service);
  } catch (fault) {
    if (LlmError.is(fault)) throw fault;
    // A getter of the application's own that threw. Its words are not told: they may hold the key.
    throw new LlmError("ConfigError", "the configuration: reading it failed; expected plain values");
  }
}

function parse(input: ModelConfig, service: { provider: string; baseUrl: string | undefined }): Settings {
  const problems: string[] = [];
  const collect = <T>(result: Parsed<T>, value: unknown, at: string): T | undefined => {
    if (result.success) return result.data;
    problems.push(...result.error.issues.map((issue) => describeIssue(issue, value, at)));
    return undefined;
  };
  const config = collect(modelConfig.safeParse(input), input, "");
  const limit = isObject(input) ? input.limit : undefined;
  const windows = parseWindows(limit, collect, problems);
  const provider = valueAt(input, ["provider"]);
  if (typeof provider === "string" && provider.trim() !== "" && provider !== service.provider) {
    problems.push(`provider: expected "${service.provider}", got ${show(provider)}`);
  }
  const baseUrl = collectBaseUrl(input, service.baseUrl, problems);
  if (!config || !windows || baseUrl === undefined || problems.length > 0) {
    throw new LlmError("ConfigError", problems.join("\n"));
  }
  const { config: connection } = config;
  return {
    name: config.name,
    provider: config.provider,
    model: config.model,
    endpoints: config.supported_endpoints ?? ["chat", "completion"],
    apiKey: connection.api_key.trim(),
    baseUrl,
    timeoutMs: connection.timeout_ms ?? 60_000,
    stallTimeoutMs: connection.stall_timeout_ms ?? 30_000,
    maxRetries: connection.max_retries ?? 2,
    maxWaitMs: connection.max_wait_ms ?? 60_000,
    maxConcurrent: connection.max_concurrent,
    maxQueue: connection.max_queue,
    windows: windows.map(({ renewal_period, calls, tokens }) => ({
      periodMs: PERIOD_MS[renewal_period],
      ...(calls !== undefined && { calls }),
      ...(tokens !== undefined && { tokens }),
    })),
    autoLimit: limit === "auto",
    onLimit: config.on_limit ?? "wait",
    defaults: {
      temperature: connection.temperature,
      topP: connection.top_p,
      maxTokens: connection.max_tokens,
      stop: connection.stop,
      seed: connection.seed,
      reasoningEffort: connection.reasoning_effort,
      reasoningFormat: connection.reasoning_format,
      serviceTier: connection.service_tier,
      user: connection.user,
    },
  };
}

type Collect = <T>(result: Parsed<T>, value: unknown, at: string) => T | undefined;

function parseWindows(limit: unknown, collect: Collect, problems: string[]) {
  if (limit === undefined || limit === null || limit === "auto") return [];
  if (typeof limit === "string") {
    const meant = /^(auto|learn)/i.test(limit) ? '; did you mean "auto"?' : "";
    problems.push(`limit: expected "auto", a window or a list of windows, got ${show(limit)}${meant}`);
    return undefined;
  }
  const list = Array.isArray(limit) ? limit : [limit];
  return collect(limitWindows.safeParse(list), list, "limit");
}

function collectBaseUrl(
  input: unknown,
  fallback: string | undefined,
  problems: string[],
): string | undefined {
  const given = valueAt(input, ["config", "base_url"]) ?? fallback;
  // Of another type: the schema has said so.
  if (given !== undefined && typeof given !== "string") return undefined;
  if (given === undefined) {
    problems.push("config.base_url: expected the server's URL, got nothing");
    return undefined;
  }
  try {
    return normaliseBaseUrl(given, valueAt(input, ["config", "allow_insecure"]) === true);
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

const KNOWN_KEYS = new Map<string, readonly string[]>([
  ["", Object.keys(modelConfig.shape)],
  ["config", Object.keys(connection.shape)],
  ["limit", Object.keys(limitWindow.shape)],
]);

function describeIssue(issue: Issue, input: unknown, at: string): string {
  const path = [...(at ? [at] : []), ...issue.path.map(String)];
  const place = path.join(".") || "the configuration";
  if (issue.code === "unrecognized_keys") {
    const known = KNOWN_KEYS.get(path[0] ?? "") ?? [];
    return issue.keys
      .map((key) =>
        LIKE_A_KEY.test(key)
          ? `${place}: unknown key, a text that looks like a secret`
          : `${[...path, key].join(".")}: unknown key${didYouMean(key, known)}`,
      )
      .join("\n");
  }
  if (place === "config.api_key") return `config.api_key: ${describeKeyIssue(issue)}`;
  const expected = issue.code === "invalid_type" && issue.expected === "object" ? "a mapping" : issue.message;
  return `${place}: expected ${expected}, got ${show(valueAt(input, issue.path))}`;
}

/** The key itself is never told. */
function describeKeyIssue(issue: Issue): string {
  if (issue.code === "custom" && issue.message !== NOT_BLANK) return `expected ${issue.message}`;
  return "expected the service's key, which the application must find and put there (a spread or a clone of a loaded configuration leaves it out: add api_key: loaded.config.api_key); got none";
}

/** `gsk_…` and the like. */
const LIKE_A_KEY = /^[a-z]+[_-]\w{16,}/i;

/** A value for an error's text: short, and never one that could be a key. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string")
    return LIKE_A_KEY.test(value) ? "a text that looks like a key" : JSON.stringify(cut(value));
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "a mapping" : String(value);
}

const cut = (value: string) => (value.length > 60 ? `${value.slice(0, 60)}…` : value);
