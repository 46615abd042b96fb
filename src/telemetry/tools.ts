/** Functions that a model calls, as spans. */
import { context, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { memberOf } from "../provider/base/error.ts";
import { isObject } from "../provider/base/values.ts";
import { ATTR } from "./names.ts";

export function traceTool<T extends { name: string; execute(...given: never[]): unknown }>(
  tracer: Tracer,
  tool: T,
  captureContent: boolean,
): T {
  return {
    ...tool,
    execute: (...given: never[]) => {
      const [input, about]: readonly unknown[] = given;
      const span = tracer.startSpan(`execute_tool ${tool.name}`, {
        kind: SpanKind.INTERNAL,
        attributes: { [ATTR.operation]: "execute_tool", [ATTR.toolName]: tool.name },
      });
      const id = isObject(about) && isObject(about.toolCall) ? about.toolCall.id : undefined;
      if (typeof id === "string") span.setAttribute(ATTR.toolCallId, id);
      if (captureContent) span.setAttribute(ATTR.toolArguments, inWords(input));
      const end = (fault?: unknown) => {
        if (fault !== undefined) {
          const given = memberOf(fault, "name");
          const name = typeof given === "string" ? given : "Error";
          span.setAttribute(ATTR.error, name);
          span.setStatus({ code: SpanStatusCode.ERROR, message: name });
        }
        span.end();
      };
      const run = async () => {
        try {
          const result = await tool.execute(...given);
          if (captureContent) span.setAttribute(ATTR.toolResult, inWords(result));
          end();
          return result;
        } catch (fault) {
          end(fault ?? "nothing");
          throw fault;
        }
      };
      return context.with(trace.setSpan(context.active(), span), run);
    },
  };
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
