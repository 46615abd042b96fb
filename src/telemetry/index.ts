/** What applications import as `groq-provider/telemetry`: calls as OpenTelemetry's spans and metrics. */
import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { LlmError, memberOf } from "../provider/base/error.ts";
import { hush, type ProviderEvent } from "../provider/base/events.ts";
import type { Layer } from "../provider/base/layer.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { didYouMean } from "../provider/base/nearest.ts";
import { demandObject, hasMethods, kindOf, notExpected, reading } from "../provider/base/values.ts";
import { listenTo } from "./events.ts";
import { createExporter, type Exporter } from "./exporter.ts";
import { callLayer, tryLayer } from "./layers.ts";
import { CHANNEL, type Semconv } from "./names.ts";
import { loadApi, type OpenTelemetry } from "./peer.ts";
import { traceProvider } from "./provider.ts";
import type { RouterTold } from "./router-measures.ts";
import { traceTool } from "./tools.ts";

export type { Semconv } from "./names.ts";
export type { RouterTold } from "./router-measures.ts";

/** What is told, to whom, and under which names. */
export interface TelemetryOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider | undefined;
  /** Default: the global one. */
  meterProvider?: MeterProvider | undefined;
  /** Which names metrics have: those up to 1.41, or those of today. Default `"latest"`. */
  semconv?: Semconv | undefined;
  /** Puts prompts and answers into spans. Default false. */
  captureContent?: boolean | undefined;
  /** Publishes each event that `onEvent` is given on Node's diagnostics channel `groq-provider:event` too. Default false. */
  diagnostics?: boolean | undefined;
}

/** What `createTelemetry` gives: it goes into a provider's `layers` and `onEvent`. */
export interface Telemetry {
  /** Goes into `layers.call`: one span for each call, active while its tries run. */
  call: readonly Layer[];
  /** Goes into `layers.try`: one span for each try, active while its HTTP exchange runs. */
  try: readonly Layer[];
  /**
   * Goes into `onEvent` of a provider: retries and waits as events of the call's span, and the wait at the limit as a metric.
   * And into that of a router: who was asked, waits, breakers, budget and cost as metrics.
   */
  onEvent: (event: ProviderEvent | RouterTold) => void;
  /** The same tool, each run of which is an `execute_tool` span. */
  tool<T extends Traceable>(tool: T): T;
  /**
   * The same provider, for one that is made of others, as a router: one span around each call, under which the spans of those
   * that it asked hang, with who was asked as its events.
   */
  provider<P extends LlmProvider>(provider: P): P;
}

/** A tool of `defineTool`, as far as it is traced. */
export interface Traceable {
  /** The tool's name, which names the span. */
  name: string;
  /** What is timed. */
  execute(...given: never[]): unknown;
}

/**
 * Layers and a listener for a provider:
 *
 * ```ts
 * const telemetry = createTelemetry()
 * const groq = createGroq({ model, layers: telemetry, onEvent: telemetry.onEvent })
 * ```
 *
 * Needs `@opentelemetry/api`, which the first call loads; without it each call fails with `ConfigError`. Without a registered
 * SDK the layers do nothing; one may be registered at any time. One telemetry serves any number of providers.
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  demandObject("options", options);
  return reading("options", () => create(options), "ConfigError");
}

function create(given: TelemetryOptions): Telemetry {
  checkNames(given);
  const { diagnostics = false, ...options } = checkValues(given);
  const publish = diagnostics ? openChannel() : undefined;
  let known: Exporter | undefined;
  const from = (api: OpenTelemetry): Exporter | undefined => {
    known ??= createExporter(api, options);
    return known.listens() ? known : undefined;
  };
  const exporter = () => {
    const api = loadApi();
    return api instanceof Promise ? api.then(from) : from(api);
  };
  // Its failure is told by the first call.
  hush(exporter());
  const listen = listenTo(exporter);
  return {
    call: [callLayer(exporter)],
    try: [tryLayer(exporter)],
    onEvent: (event) => {
      publish?.(event);
      listen(event);
    },
    tool: (tool) => {
      if (!hasMethods(tool, "execute")) throw notExpected("tool", "an object with execute()", tool);
      const name = memberOf(tool, "name");
      if (typeof name !== "string" || name === "")
        throw notExpected("tool.name", "a text that is not empty", name);
      return traceTool(exporter, tool);
    },
    provider: (provider) => {
      if (typeof memberOf(memberOf(provider, "config"), "name") !== "string")
        throw notExpected("provider", "an LlmProvider", provider);
      return traceProvider(exporter, provider);
    },
  };
}

/** A name that is none would be taken for what was left out. */
function checkNames(options: object): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new LlmError("ConfigError", `options.${unknown}: not known${didYouMean(unknown, NAMES)}`);
}

const NAMES: readonly string[] = [
  "tracerProvider",
  "meterProvider",
  "semconv",
  "captureContent",
  "diagnostics",
] satisfies (keyof TelemetryOptions)[];

function checkValues({
  tracerProvider,
  meterProvider,
  semconv = "latest",
  captureContent = false,
  diagnostics = false,
}: TelemetryOptions) {
  if (semconv !== "1.41" && semconv !== "latest") {
    const got = typeof semconv === "string" ? `"${semconv}"` : kindOf(semconv);
    throw new LlmError("ConfigError", `semconv: expected "1.41" or "latest", got ${got}`);
  }
  for (const [name, value] of Object.entries({ captureContent, diagnostics }))
    if (typeof value !== "boolean") throw notExpected(name, "true or false", value);
  for (const [name, value, method] of [
    ["tracerProvider", tracerProvider, "getTracer"],
    ["meterProvider", meterProvider, "getMeter"],
  ] as const)
    if (value !== undefined && !hasMethods(value, method))
      throw notExpected(name, `an object with ${method}()`, value);
  return { tracerProvider, meterProvider, semconv, captureContent, diagnostics };
}

/** Found at run time, as browsers and workers have none. */
function openChannel(): ((event: ProviderEvent | RouterTold) => void) | undefined {
  const channel = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel")?.channel(CHANNEL);
  return channel && ((event) => channel.hasSubscribers && channel.publish(event));
}
