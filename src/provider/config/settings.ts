/** What a `ModelConfig` is, and what is wrong with this one. */
import { LlmError } from "../base/error.ts";
import type { LimitWindow } from "../base/limits.ts";
import type { ModelConfig, RenewalPeriod } from "../base/model-config.ts";
import type { EndpointType, ReasoningEffort, ReasoningFormat, ServiceTier } from "../base/types.ts";
import { isObject, valueAt } from "../base/values.ts";
import { serviceAt } from "../services/index.ts";
import { openAiCompatible, type ServiceProfile } from "../services/service-profile.ts";
import { type BaseUrl, normaliseBaseUrl } from "./base-url.ts";
import { compatFields, resolveService } from "./compat.ts";
import { between, type Fields, milliseconds, type Read, readFields, show, whole } from "./fields.ts";
import { type OptionNames, optionNames } from "./option-names.ts";

/** A configuration that was checked: numbers are numbers, defaults are filled in. */
export interface Settings {
  name: string;
  provider: string;
  model: string;
  endpoints: readonly EndpointType[];
  apiKey: string;
  baseUrl: string;
  /** Goes behind the path of every request: "" or `?…`. */
  query: string;
  timeoutMs: number;
  stallTimeoutMs: number;
  maxRetries: number;
  retryHeaders: boolean | undefined;
  maxWaitMs: number;
  maxConcurrent: number | undefined;
  maxQueue: number | undefined;
  maxQueueMs: number;
  windows: LimitWindow[];
  autoLimit: boolean;
  onLimit: "wait" | "error";
  defaults: RequestDefaults;
  /** The service, with the differences that the configuration lists. */
  service: ServiceProfile;
  /** How its writer calls an option. */
  nameOf: OptionNames;
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

const PERIOD_MS: Record<RenewalPeriod, number> = {
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

const wait = { kind: "number", expected: "a number of milliseconds, 0 or more", least: 0 } as const;

/** `config` of a configuration. */
export const connectionFields = {
  api_key: { kind: "key", required: true },
  base_url: { kind: "text" },
  allow_insecure: { kind: "flag" },
  timeout_ms: milliseconds,
  stall_timeout_ms: milliseconds,
  max_retries: whole(0),
  retry_headers: { kind: "flag" },
  max_wait_ms: wait,
  max_concurrent: whole(1),
  max_queue: whole(0),
  max_queue_ms: wait,
  temperature: between(0, 2),
  top_p: between(0, 1),
  max_tokens: whole(1),
  stop: { kind: "texts" },
  seed: { kind: "number", expected: "a whole number", whole: true },
  reasoning_effort: { kind: "choice", of: ["none", "default", "minimal", "low", "medium", "high", "xhigh"] },
  reasoning_format: { kind: "choice", of: ["hidden", "raw", "parsed"] },
  service_tier: { kind: "choice", of: ["auto", "on_demand", "flex", "performance"] },
  user: { kind: "text" },
  compat: { kind: "mapping", fields: compatFields },
} as const satisfies Fields;

/** One window of `limit`. */
export const limitFields = {
  renewal_period: { kind: "choice", of: ["seconds", "minutes", "hours", "days"], required: true },
  calls: whole(1),
  tokens: whole(1),
} as const satisfies Fields;

export const modelConfigFields = {
  name: { kind: "text", required: true },
  provider: { kind: "text", required: true },
  model: { kind: "text", required: true },
  supported_endpoints: { kind: "choices", of: ["chat", "completion", "embedding"] },
  config: { kind: "mapping", fields: connectionFields, required: true },
  limit: { kind: "other" },
  on_limit: { kind: "choice", of: ["wait", "error"] },
} as const satisfies Fields;

/** A whole profile, or as much of one as tells which configuration is meant. */
type NamedService = Pick<ServiceProfile, "provider" | "baseUrl"> & Partial<ServiceProfile>;

/** Checks a configuration and fills in its defaults; `ConfigError` names every mistake and where it stands. */
export function parseSettings(input: ModelConfig, service: NamedService): Settings {
  try {
    return parse(input, service);
  } catch (fault) {
    if (LlmError.is(fault)) throw fault;
    // A getter of the application's own that threw. Its words are not told: they may hold the key.
    throw new LlmError("ConfigError", "the configuration: reading it failed; expected plain values");
  }
}

const NO_CONFIG =
  "config: expected a mapping with api_key, got nothing; options in camelCase, apiKey among them, go into createGroq or createProvider";

function parse(input: ModelConfig, named: NamedService): Settings {
  const problems: string[] = [];
  const ofUrl: string[] = [];
  const baseUrl = collectBaseUrl(input, named, ofUrl);
  if (isObject(input) && input.config === undefined) throw new LlmError("ConfigError", NO_CONFIG);
  const config = readFields(withAnyKey(input, named, baseUrl), modelConfigFields, "", problems);
  const limit = isObject(input) ? input.limit : undefined;
  const windows = readWindows(limit, problems);
  const provider = valueAt(input, ["provider"]);
  if (typeof provider === "string" && provider.trim() !== "" && provider !== named.provider) {
    problems.push(`provider: expected "${named.provider}", got ${show(provider)}`);
  }
  problems.push(...ofUrl);
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
    ...baseUrl,
    timeoutMs: connection.timeout_ms ?? 60_000,
    stallTimeoutMs: connection.stall_timeout_ms ?? 30_000,
    maxRetries: connection.max_retries ?? 2,
    retryHeaders: connection.retry_headers,
    maxWaitMs: connection.max_wait_ms ?? 60_000,
    maxConcurrent: connection.max_concurrent,
    maxQueue: connection.max_queue,
    maxQueueMs: connection.max_queue_ms ?? 600_000,
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
    service: resolveService({ ...openAiCompatible, ...named }, baseUrl.baseUrl, connection.compat),
    nameOf: optionNames(input),
  };
}

/** Where the server takes any key, none needs to be configured. */
function withAnyKey(input: ModelConfig, named: NamedService, at: BaseUrl | undefined): unknown {
  const service = named.provider === openAiCompatible.provider && at ? serviceAt(at.baseUrl) : named;
  const config: unknown = valueAt(input, ["config"]);
  if (service?.anyKey === undefined || !isObject(config) || config.api_key !== undefined) return input;
  return { ...input, config: { ...config, api_key: service.anyKey } };
}

/** The windows of `limit`; what is wrong with them goes into `problems`. */
export function readWindows(limit: unknown, problems: string[]): Read<typeof limitFields>[] | undefined {
  if (limit === undefined || limit === null || limit === "auto") return [];
  if (typeof limit === "string") {
    const meant = /^(auto|learn)/i.test(limit) ? '; did you mean "auto"?' : "";
    problems.push(`limit: expected "auto", a window or a list of windows, got ${show(limit)}${meant}`);
    return undefined;
  }
  const list: readonly unknown[] = Array.isArray(limit) ? limit : [limit];
  if (list.length === 0) problems.push("limit: expected at least one window, got a list");
  const placeOf = (index: number) => (list === limit ? `limit.${index}` : "limit");
  return list.flatMap((item, index) => readWindow(item, placeOf(index), problems) ?? []);
}

function readWindow(input: unknown, place: string, problems: string[]) {
  const window = readFields(input, limitFields, place, problems);
  if (window && window.calls === undefined && window.tokens === undefined)
    problems.push(`${place}: expected calls, tokens, or both, got a mapping`);
  return window;
}

function collectBaseUrl(input: unknown, named: NamedService, problems: string[]): BaseUrl | undefined {
  const given = valueAt(input, ["config", "base_url"]) ?? named.baseUrl;
  // Of another type: the schema has said so.
  if (given !== undefined && typeof given !== "string") return undefined;
  if (given === undefined) {
    problems.push("config.base_url: expected the server's URL, got nothing");
    return undefined;
  }
  try {
    return normaliseBaseUrl(given, valueAt(input, ["config", "allow_insecure"]) === true, named);
  } catch (error) {
    if (!LlmError.is(error)) throw error;
    problems.push(error.message);
    return undefined;
  }
}
