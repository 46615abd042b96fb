/** Functions that a model calls, as spans. */
import { memberOf } from "../provider/base/error.ts";
import { isObject } from "../provider/base/values.ts";
import type { Exporter, GetExporter } from "./exporter.ts";
import { ATTR, OPERATION } from "./names.ts";
import { replacing } from "./replacing.ts";

interface Tool {
  name: string;
  execute(...given: never[]): unknown;
}

export function traceTool<T extends Tool>(exporter: GetExporter, tool: T): T {
  const execute = async (...given: never[]) => {
    const found = await exporter();
    return found ? traceRun(found, tool, given) : tool.execute(...given);
  };
  return replacing(tool, (member, value) => (member === "execute" ? execute : value));
}

async function traceRun(exporter: Exporter, tool: Tool, given: never[]): Promise<unknown> {
  const { api, captureContent } = exporter;
  const [input, about]: readonly unknown[] = given;
  const common = { [ATTR.operation]: OPERATION.tool, [ATTR.toolName]: tool.name };
  const began = performance.now();
  const end = (kind?: string) => {
    const told = kind === undefined ? common : { ...common, [ATTR.error]: kind };
    exporter.measure((measures) => measures.tool((performance.now() - began) / 1000, told));
    span.end(kind);
  };
  const span = exporter.start(`${OPERATION.tool} ${tool.name}`, {
    kind: api.SpanKind.INTERNAL,
    attributes: { ...common, [ATTR.toolType]: "function" },
  });
  const id = isObject(about) && isObject(about.toolCall) ? about.toolCall.id : undefined;
  if (typeof id === "string") span.set(() => ({ [ATTR.toolCallId]: id }));
  if (captureContent) span.set(() => ({ [ATTR.toolArguments]: inWords(input) }));
  try {
    const result = await span.around(async () => tool.execute(...given));
    if (captureContent) span.set(() => ({ [ATTR.toolResult]: inWords(result) }));
    end();
    return result;
  } catch (fault) {
    end(nameOf(fault));
    throw fault;
  }
}

/** Its class. Anything may be thrown, with any text for a name: what looks like none is not told. */
function nameOf(fault: unknown): string {
  const name = memberOf(fault, "kind") ?? memberOf(fault, "name");
  return typeof name === "string" && /^[\w.$]{1,64}$/.test(name) ? name : "Error";
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
