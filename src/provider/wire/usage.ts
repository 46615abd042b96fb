/** What a call used, in the figures that each service has for it. */
import type { Usage as WireUsage } from "../../generated/wire.ts";
import type { Timing, Usage } from "../base/types.ts";
import { isObject, valueAt } from "../base/values.ts";
import { toNumber } from "./normalise-members.ts";

/**
 * A figure that is missing is filled in where the other two tell it. Reasoning that a service counts beside the completion
 * (xAI) is added to it, so that prompt and completion make the total everywhere.
 */
export function toUsage(wire: WireUsage): Usage {
  const usage: Usage = {};
  const prompt = figure(wire, PROMPT);
  const counted = figure(wire, COMPLETION);
  const total = figure(wire, TOTAL);
  const reasoning = figure(wire, REASONING);
  const cached = figure(wire, CACHED);
  const promptTokens = prompt ?? difference(total, counted);
  const completionTokens = completionOf({ prompt, counted, reasoning, total, cached });
  const totalTokens = total ?? sum(prompt, completionTokens);
  if (promptTokens !== undefined) usage.promptTokens = promptTokens;
  if (completionTokens !== undefined) usage.completionTokens = completionTokens;
  if (totalTokens !== undefined) usage.totalTokens = totalTokens;
  if (cached !== undefined) usage.cachedTokens = cached;
  if (reasoning !== undefined) usage.reasoningTokens = reasoning;
  return usage;
}

type Figures = Record<"prompt" | "counted" | "reasoning" | "total" | "cached", number | undefined>;

/**
 * Reasoning is counted beside the completion where the total says so, and where it is more than the completion. Gemini tells
 * of hidden thoughts by the total alone. A prompt that is counted without its cached part explains a total as well.
 */
function completionOf({ prompt, counted, reasoning, total, cached }: Figures): number | undefined {
  if (counted === undefined) return difference(total, prompt);
  if (total === undefined) return (reasoning ?? 0) > counted ? sum(counted, reasoning) : counted;
  const rest = difference(total, sum(prompt, counted));
  return rest && rest !== cached ? counted + rest : counted;
}

/**
 * What a stream told before, with what it tells now. Mostly that is the same once more; some services tell the prompt's
 * figures first and the completion's last, or end with an empty usage.
 */
export function mergeUsage(before: WireUsage | undefined, now: WireUsage): WireUsage {
  // Nothing was used, says a trailer of zeros, and what was told before knows better.
  if (before && countsNothing(now) && !countsNothing(before)) return filledIn(now, before);
  if (!before || !lacksSome(before, now)) return now;
  const merged = filledIn(before, now);
  // It was that of other figures.
  if (now.total_tokens == null && (now.prompt_tokens ?? now.completion_tokens) != null)
    delete merged.total_tokens;
  return merged;
}

/** Whether no figure of tokens is above zero. */
function countsNothing(usage: object): boolean {
  return Object.entries(usage).every(([name, value]) =>
    isObject(value) ? countsNothing(value) : !(name.endsWith("_tokens") && Number(value) > 0),
  );
}

function lacksSome(before: object, now: object): boolean {
  return Object.entries(before).some(([name, value]) => {
    const other: unknown = Reflect.get(now, name);
    if (value == null) return false;
    return isObject(value) && isObject(other) ? lacksSome(value, other) : other == null;
  });
}

function filledIn<T extends object>(before: T, now: T): T {
  const merged = { ...before };
  for (const [name, value] of Object.entries(now)) {
    const old: unknown = Reflect.get(merged, name);
    if (value != null && name !== "__proto__")
      Reflect.set(merged, name, isObject(value) && isObject(old) ? filledIn(old, value) : value);
  }
  return merged;
}

type Path = readonly string[];

const PROMPT: Path[] = [["prompt_tokens"], ["input_tokens"]];
const COMPLETION: Path[] = [["completion_tokens"], ["output_tokens"]];
const TOTAL: Path[] = [["total_tokens"]];
/** In the details; at the top as DeepSeek, Moonshot, Mistral and Anthropic have it. */
const CACHED: Path[] = [
  ["prompt_tokens_details", "cached_tokens"],
  ["prompt_token_details", "cached_tokens"],
  ["input_tokens_details", "cached_tokens"],
  ["cached_tokens"],
  ["prompt_cache_hit_tokens"],
  ["num_cached_tokens"],
  ["cache_read_input_tokens"],
];
const REASONING: Path[] = [
  ["completion_tokens_details", "reasoning_tokens"],
  ["output_tokens_details", "reasoning_tokens"],
  ["reasoning_tokens"],
];

/** The first figure that is there. */
function figure(usage: WireUsage, paths: readonly Path[]): number | undefined {
  for (const path of paths) {
    const value = path.length === 1 ? Reflect.get(usage, path[0] ?? "") : valueAt(usage, path);
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  }
  return undefined;
}

function sum(...parts: (number | undefined)[]): number | undefined {
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total += part;
  }
  return total;
}

const difference = (whole: number | undefined, part: number | undefined) =>
  whole !== undefined && part !== undefined && whole >= part ? whole - part : undefined;

/** US dollars that the call cost, where the service tells it: OpenRouter as a number, Perplexity in an object. */
export function readCost(usage: unknown): number | undefined {
  const cost = valueAt(usage, ["cost"]) ?? valueAt(usage, ["estimated_cost"]);
  return toNumber(isObject(cost) ? cost.total_cost : cost);
}

/** Milliseconds from the wire's seconds; `undefined` from servers that send no times. */
export function toTiming(wire: WireTimes | null | undefined): Timing | undefined {
  if (wire?.prompt_time == null || wire.completion_time == null) return undefined;
  const timing: Timing = {
    promptMs: toMs(wire.prompt_time),
    completionMs: toMs(wire.completion_time),
    totalMs: toMs(wire.total_time ?? wire.prompt_time + wire.completion_time),
  };
  if (wire.queue_time != null) timing.queueMs = toMs(wire.queue_time);
  // Absurd seconds overflow: better no times than infinite ones.
  return Object.values(timing).every(Number.isFinite) ? timing : undefined;
}

interface WireTimes {
  prompt_time?: number | null | undefined;
  completion_time?: number | null | undefined;
  total_time?: number | null | undefined;
  queue_time?: number | null | undefined;
}

// Groq sends nanosecond decimals: rounding to them keeps binary dust such as 28.746628999999997 out.
const toMs = (seconds: number) => Math.round(seconds * 1e9) / 1e6;

/** Cerebras has the same times beside the usage. */
export function readTimeInfo(body: unknown): WireTimes | undefined {
  const info = valueAt(body, ["time_info"]);
  if (!isObject(info)) return undefined;
  const seconds = (name: string) => (typeof info[name] === "number" ? info[name] : undefined);
  return {
    prompt_time: seconds("prompt_time"),
    completion_time: seconds("completion_time"),
    queue_time: seconds("queue_time"),
  };
}
