/** The options of `groq-provider drift`. */
import { type ParseArgsConfig, parseArgs } from "node:util";

const OPTIONS = {
  schema: { type: "string" },
  format: { type: "string", multiple: true },
  "fail-on": { type: "string" },
  baseline: { type: "string" },
  "update-baseline": { type: "boolean" },
  suggest: { type: "boolean" },
  live: { type: "boolean" },
  "base-url": { type: "string" },
  model: { type: "string" },
  spec: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** Throws what `node:util` does for options that there are not. */
export const parseDriftOptions = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });

export type DriftOptions = ReturnType<typeof parseDriftOptions>["values"];
