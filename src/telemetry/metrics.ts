/** The measures of calls. */
import type { Attributes, Counter, Gauge, Histogram, Meter } from "@opentelemetry/api";
import type { AnswerHead, CallOutcome } from "../provider/base/layer.ts";
import type { Usage } from "../provider/base/types.ts";
import type { Measured } from "./attributes.ts";
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
  /** A tool ran. */
  tool(seconds: number, attributes: Attributes): void;
  /** A router told something. */
  route(event: RouterTold): void;
}

/** Seconds. */
export interface Took {
  /** The whole call, with its waits and tries. */
  call: number;
  /** Of a stream: from its first chunk to its end. */
  stream: number;
  kind: Measured;
}

export function createMeasures(meter: Meter, semconv: Semconv): Measures {
  const names = METRICS[semconv];
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } };
  const inference = meter.createHistogram(names.duration, seconds);
  const isShared = names.embeddingsDuration === names.duration;
  const embeddings = isShared ? inference : meter.createHistogram(names.embeddingsDuration, seconds);
  const firstChunk = meter.createHistogram(names.firstChunk, seconds);
  const chunk = meter.createHistogram(names.chunk, seconds);
  const tool =
    names.toolDuration === undefined ? undefined : meter.createHistogram(names.toolDuration, seconds);
  const wait = meter.createHistogram(OWN.wait, seconds);
  const refusals = meter.createCounter(OWN.refusals, { unit: "{refusal}" });
  const remaining = meter.createGauge(OWN.remaining);
  const countTokens = semconv === "1.41" ? tokensBefore(meter) : tokensNow(meter);
  return {
    end({ error, usage, firstEventMs, response }, { call, stream, kind }, common) {
      if (!kind) return;
      const attributes = response ? { ...common, [ATTR.responseModel]: response.model } : common;
      const told = error ? { ...attributes, [ATTR.error]: error.kind } : attributes;
      (kind === "embeddings" ? embeddings : inference).record(call, told);
      countTokens(usage ?? {}, kind, attributes);
      if (firstEventMs === undefined) return;
      firstChunk.record(firstEventMs / 1000, attributes);
      // How many chunks came is not known here; each token is about one.
      const after = (usage?.completionTokens ?? 0) - 1;
      if (after > 0) chunk.record(stream / after, attributes);
    },
    answer({ status, rateLimits }, attributes) {
      if (status === 429) refusals.add(1, attributes);
      tellRemaining(remaining, rateLimits?.requests?.remaining, "requests", attributes);
      tellRemaining(remaining, rateLimits?.tokens?.remaining, "tokens", attributes);
    },
    wait: (waited, attributes) => wait.record(waited, attributes),
    tool: (took, attributes) => tool?.record(took, attributes),
    route: createRouterMeasures(meter),
  };
}

function tellRemaining(gauge: Gauge, left: number | undefined, bucket: string, attributes: Attributes): void {
  if (left !== undefined) gauge.record(left, { ...attributes, [ATTR.bucket]: bucket });
}

type CountTokens = (usage: Usage, kind: Measured, attributes: Attributes) => void;

function tokensBefore(meter: Meter): CountTokens {
  const tokens = meter.createHistogram(TOKENS_1_41, {
    unit: "{token}",
    advice: { explicitBucketBoundaries: TOKEN_BUCKETS },
  });
  return ({ promptTokens, completionTokens }, kind, attributes) => {
    record(tokens, promptTokens, { ...attributes, [ATTR.tokenType]: "input" });
    if (kind === "inference") record(tokens, completionTokens, { ...attributes, [ATTR.tokenType]: "output" });
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
  const embedded = meter.createHistogram(TOKENS_LATEST.embedded, sizes);
  return (usage, kind, attributes) => {
    if (kind === "embeddings") {
      record(embedded, usage.promptTokens, attributes);
      return;
    }
    // No service of this protocol tells tokens of texts from those of images. A call without figures counts as 0.
    const counted = { ...attributes, [ATTR.modality]: "unknown" };
    input.add(usage.promptTokens ?? 0, counted);
    output.add(usage.completionTokens ?? 0, counted);
    add(cached, usage.cachedTokens, counted);
    add(reasoning, usage.reasoningTokens, counted);
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
