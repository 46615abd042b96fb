/** The `reasoning` setting of `ai` 7 as the effort that a model takes. */
import type { ReasoningEffort } from "../provider/base/types.ts";
import type { Warnings } from "./warnings.ts";

/** Undefined: the model's own default. */
export function toReasoningEffort(
  setting: unknown,
  service: string,
  model: string,
  warnings: Warnings,
): ReasoningEffort | undefined {
  if (typeof setting !== "string" || setting === "provider-default") return undefined;
  const levels = MAY_BE_GROQ.includes(service)
    ? LEVELS.find(([family]) => family.test(model))?.[1]
    : undefined;
  if (levels === undefined) {
    if (service !== "groq") return setting === "max" ? "xhigh" : setting;
    // A model that doesn't reason needs not be told not to.
    if (setting !== "none") warnings.unsupported("reasoning", `${model} is not known to take an effort`);
    return undefined;
  }
  const effort = levels.get(setting) ?? setting;
  if (effort !== setting)
    warnings.compatibility("reasoning", `${model} does not take "${setting}"; "${effort}" is sent`);
  return effort;
}

/** A router has the model of its first candidate. */
const MAY_BE_GROQ = ["groq", "router"];

/** Models of Groq that reason, and what stands for the levels that they don't take. */
const LEVELS: [RegExp, ReadonlyMap<string, ReasoningEffort>][] = [
  [
    /gpt-oss/,
    new Map([
      ["none", "low"],
      ["minimal", "low"],
      ["xhigh", "high"],
      ["max", "high"],
    ]),
  ],
  [/qwen/, new Map(["minimal", "low", "medium", "high", "xhigh", "max"].map((level) => [level, "default"]))],
];
