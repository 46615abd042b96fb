/** Functions that a model calls, as spans. */
import { memberOf } from "../provider/base/error.ts";
import { isObject } from "../provider/base/values.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR } from "./names.ts";

export function traceTool<T extends { name: string; execute(...given: never[]): unknown }>(
  exporter: GetExporter,
  tool: T,
): T {
  return {
    ...tool,
    execute: async (...given: never[]) => traceRun(await exporter(), tool, given),
  };
}

async function traceRun(
  { api, tracer, captureContent }: Exporter,
  tool: { name: string; execute(...given: never[]): unknown },
  given: never[],
): Promise<unknown> {
  const { context, SpanKind, SpanStatusCode, trace } = api;
  const [input, about]: readonly unknown[] = given;
  const span = tracer.startSpan(`execute_tool ${tool.name}`, {
    kind: SpanKind.INTERNAL,
    attributes: { [ATTR.operation]: "execute_tool", [ATTR.toolName]: tool.name },
  });
  const id = isObject(about) && isObject(about.toolCall) ? about.toolCall.id : undefined;
  if (typeof id === "string") span.setAttribute(ATTR.toolCallId, id);
  if (captureContent) span.setAttribute(ATTR.toolArguments, inWords(input));
  try {
    const result = await context.with(trace.setSpan(context.active(), span), async () =>
      tool.execute(...given),
    );
    if (captureContent) span.setAttribute(ATTR.toolResult, inWords(result));
    return result;
  } catch (fault) {
    const name = memberOf(fault, "name");
    const kind = typeof name === "string" ? name : "Error";
    span.setAttribute(ATTR.error, kind);
    span.setStatus({ code: SpanStatusCode.ERROR, message: kind });
    throw fault;
  } finally {
    span.end();
  }
}

/** What JSON can't hold must not fail the tool. */
function inWords(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
