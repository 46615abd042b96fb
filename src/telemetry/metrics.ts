/** The measures of calls. */
import type { Attributes, Counter, Gauge, Histogram, Meter } from "@opentelemetry/api";
import type { AnswerHead, CallOutcome } from "../provider/base/layer.ts";
import type { Usage } from "../provider/base/types.ts";
import {
  ATTR,
  DURATION_BUCKETS,
  METRICS,
  OWN,
  type Semconv,
  TOKEN_BUCKETS,
  TOKENS_1_41,
  TOKENS_LATEST,
} from "./names.ts";
import { createRouterMeasures, type RouterTold } from "./router-measures.ts";

export interface Measures {
  /** A call is over. */
  end(outcome: CallOutcome, took: Took, attributes: Attributes): void;
  /** A try was answered: what the headers say is left, and whether it was refused. */
  answer(head: AnswerHead, attributes: Attributes): void;
  /** A try had to wait at the limit. */
  wait(seconds: number, attributes: Attributes): void;
  /** A router told something. */
  route(event: RouterTold): void;
}

/** Seconds. */
export interface Took {
  /** The whole call, with its waits and tries. */
  call: number;
  /** Of a stream: from its first chunk to its end. */
  stream: number;
  /** It asked a model for something: lists of models have no measure of the conventions. */
  inference: boolean;
}

export function createMeasures(meter: Meter, semconv: Semconv): Measures {
  const names = METRICS[semconv];
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } };
  const duration = meter.createHistogram(names.duration, seconds);
  const firstChunk = meter.createHistogram(names.firstChunk, seconds);
  const chunk = meter.createHistogram(names.chunk, seconds);
  const wait = meter.createHistogram(OWN.wait, seconds);
  const refusals = meter.createCounter(OWN.refusals, { unit: "{refusal}" });
  const remaining = meter.createGauge(OWN.remaining);
  const countTokens = semconv === "1.41" ? tokensBefore(meter) : tokensNow(meter);
  return {
    end({ error, usage, firstEventMs }, took, attributes) {
      const told = error ? { ...attributes, [ATTR.error]: error.kind } : attributes;
      if (took.inference) duration.record(took.call, told);
      if (usage) countTokens(usage, attributes);
      if (firstEventMs === undefined) return;
      firstChunk.record(firstEventMs / 1000, attributes);
      // How many chunks came is not known here; each token is about one.
      const after = (usage?.completionTokens ?? 0) - 1;
      if (after > 0) chunk.record(took.stream / after, attributes);
    },
    answer({ status, rateLimits }, attributes) {
      if (status === 429) refusals.add(1, attributes);
      tellRemaining(remaining, rateLimits?.requests?.remaining, "requests", attributes);
      tellRemaining(remaining, rateLimits?.tokens?.remaining, "tokens", attributes);
    },
    wait: (waited, attributes) => wait.record(waited, attributes),
    route: createRouterMeasures(meter),
  };
}

function tellRemaining(gauge: Gauge, left: number | undefined, bucket: string, attributes: Attributes): void {
  if (left !== undefined) gauge.record(left, { ...attributes, [ATTR.bucket]: bucket });
}

type CountTokens = (usage: Usage, attributes: Attributes) => void;

function tokensBefore(meter: Meter): CountTokens {
  const tokens = meter.createHistogram(TOKENS_1_41, {
    unit: "{token}",
    advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
  });
  return ({ promptTokens, completionTokens }, attributes) => {
    record(tokens, promptTokens, { ...attributes, [ATTR.tokenType]: "input" });
    record(tokens, completionTokens, { ...attributes, [ATTR.tokenType]: "output" });
  };
}

function tokensNow(meter: Meter): CountTokens {
  const unit = { unit: "{token}" };
  const sizes = { ...unit, advice: { explicitBucketBoundaries: TOKEN_BUCKETS } };
  const input = meter.createCounter(TOKENS_LATEST.input, unit);
  const output = meter.createCounter(TOKENS_LATEST.output, unit);
  const cached = meter.createCounter(TOKENS_LATEST.cached, unit);
  const reasoning = meter.createCounter(TOKENS_LATEST.reasoning, unit);
  const inputSize = meter.createHistogram(TOKENS_LATEST.inputSize, sizes);
  const outputSize = meter.createHistogram(TOKENS_LATEST.outputSize, sizes);
  return (usage, attributes) => {
    add(input, usage.promptTokens, attributes);
    add(output, usage.completionTokens, attributes);
    add(cached, usage.cachedTokens, attributes);
    add(reasoning, usage.reasoningTokens, attributes);
    record(inputSize, usage.promptTokens, attributes);
    record(outputSize, usage.completionTokens, attributes);
  };
}

function add(counter: Counter, tokens: number | undefined, attributes: Attributes): void {
  if (tokens !== undefined) counter.add(tokens, attributes);
}

function record(histogram: Histogram, tokens: number | undefined, attributes: Attributes): void {
  if (tokens !== undefined) histogram.record(tokens, attributes);
}
