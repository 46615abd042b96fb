/** Usage of any service: figures as text are read, what is none is left out alone. It fails no call. */
import { isObject } from "../base/values.ts";
import { type Members, toNumber, withMembers } from "./normalise-members.ts";

/** The same object where all is well; `undefined` for what is no usage. */
export function normaliseUsage(usage: unknown): Members | undefined {
  if (!isObject(usage)) return undefined;
  let odd: Members | undefined;
  for (const name in usage) {
    const value = usage[name];
    if (value == null || (typeof value === "number" && Number.isFinite(value))) continue;
    const mended = FIGURE.test(name) ? toNumber(value) : DETAILS.test(name) ? normaliseUsage(value) : value;
    if (mended === value) continue;
    odd ??= {};
    odd[name] = mended;
  }
  return odd ? withMembers(usage, odd) : usage;
}

const FIGURE = /_(?:tokens|time)$/;
const DETAILS = /_details$/;
