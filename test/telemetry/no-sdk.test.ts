/** Who listens: nobody, an SDK that was registered before, later, or again, tracers alone, meters alone. */
import {
  context,
  createContextKey,
  metrics as metricsApi,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Call, Layer } from "../../src/provider/base/layer.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/telemetry/index.ts";
import { completion, groqConfig, type Handler, json, stubbed } from "../provider/support.ts";
import { HELLO } from "../router/fake-provider.ts";
import { inMemory } from "./sdk.ts";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());
afterEach(() => {
  trace.disable();
  metricsApi.disable();
});

const answer = () => json(completion("Hi"));
const DURATION = "gen_ai.client.inference.duration";

function told(options?: TelemetryOptions, handler: Handler = answer, config = groqConfig()) {
  const telemetry = createTelemetry(options);
  const { provider } = stubbed(handler, config, { layers: telemetry, onEvent: telemetry.onEvent });
  return { telemetry, provider, chat: () => provider.chat(HELLO) };
}

/** Whether a call goes on as it came: no copy, no handler, no promise of the telemetry's own. */
function passesBy(layer: Layer | undefined): boolean {
  const call = { id: 1, operation: "chat", attempt: 1 } as Call;
  const answered = Promise.resolve();
  let given: unknown;
  const result = layer?.(call, (handedOn) => {
    given = handedOn;
    return answered;
  });
  return given === call && result === answered;
}

describe("where nobody listens", () => {
  test("calls, tries and tools pass by untouched", async () => {
    const { telemetry, chat } = told();
    expect((await chat()).content).toBe("Hi");
    expect(passesBy(telemetry.call[0])).toBe(true);
    expect(passesBy(telemetry.try[0])).toBe(true);
    const tool = telemetry.tool({ name: "add", execute: (...given: number[]) => given });
    expect(await tool.execute(1, 2)).toEqual([1, 2]);
  });

  test("what stands for the global tracers is nobody, also where it is handed in", async () => {
    const { telemetry, chat } = told({ tracerProvider: trace.getTracerProvider() });
    await chat();
    expect(passesBy(telemetry.call[0])).toBe(true);
  });

  test("a context goes on: with a manager alone, and a parent of another process", async () => {
    const key = createContextKey("mine");
    const parent = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: TraceFlags.SAMPLED };
    const seen: unknown[] = [];
    const { chat } = told({}, () => {
      seen.push(context.active().getValue(key), trace.getSpanContext(context.active())?.spanId);
      return answer();
    });
    const mine = trace.setSpanContext(ROOT_CONTEXT.setValue(key, "value"), parent);
    await context.with(mine, chat);
    expect(seen).toEqual(["value", parent.spanId]);
  });
});

describe("an SDK is found by the next call", () => {
  test("that was registered before", async () => {
    const sdk = inMemory();
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metricsApi.setGlobalMeterProvider(sdk.meterProvider);
    await told().chat();
    expect(sdk.spans().map(({ name }) => name)).toEqual(["attempt 1", "chat openai/gpt-oss-20b"]);
    expect((await sdk.metrics()).has(DURATION)).toBe(true);
  });

  test.each([false, true])("that is registered later, and one after it; after a call: %s", async (called) => {
    const { chat, telemetry } = told();
    if (called) await chat();
    for (let round = 0; round < 2; round++) {
      const sdk = inMemory();
      trace.setGlobalTracerProvider(sdk.tracerProvider);
      metricsApi.setGlobalMeterProvider(sdk.meterProvider);
      await chat();
      trace.disable();
      metricsApi.disable();
      await chat();
      expect(passesBy(telemetry.call[0])).toBe(true);
      expect(sdk.spans()).toHaveLength(2);
      expect((await sdk.metrics()).get(DURATION)?.[0]?.value).toMatchObject({ count: 1 });
    }
  });

  test("that has tracers alone, or meters alone", async () => {
    const { chat } = told();
    const traces = inMemory();
    trace.setGlobalTracerProvider(traces.tracerProvider);
    await chat();
    trace.disable();
    const meters = inMemory();
    metricsApi.setGlobalMeterProvider(meters.meterProvider);
    await chat();
    expect(traces.spans()).toHaveLength(2);
    expect((await meters.metrics()).get(DURATION)?.[0]?.value).toMatchObject({ count: 1 });
  });

  test("that leaves while a call is under way: its span ends", async () => {
    const sdk = inMemory();
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    const { chat } = told({}, () => {
      trace.disable();
      return answer();
    });
    await chat();
    expect(sdk.spans().at(-1)?.name).toBe("chat openai/gpt-oss-20b");
  });
});

test("a call that is sampled out is measured as every other, its wait too", async () => {
  const { tracerProvider, meterProvider, metrics } = inMemory({ sampler: new AlwaysOffSampler() });
  const config = groqConfig({}, { limit: { renewal_period: "seconds", calls: 1 } });
  const { chat } = told({ tracerProvider, meterProvider }, answer, config);
  await chat();
  await chat();
  const found = await metrics();
  expect(found.get(DURATION)?.[0]?.value).toMatchObject({ count: 2 });
  expect(found.get("groq_provider.limit.wait")?.[0]?.attributes).toMatchObject({
    "gen_ai.provider.name": "groq",
    "server.address": "api.groq.com",
  });
});
