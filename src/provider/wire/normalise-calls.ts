/** Calls, as services write them: under `function` or flat, one or a list, with odd ids, indexes and arguments. */
import { isObject } from "../base/values.ts";
import {
  isTextOrNull,
  type Members,
  mapChanged,
  toNumber,
  toText,
  withMembers,
} from "./normalise-members.ts";

/** The same list where all is well; a call alone, as the older `function_call` is, becomes a list. */
export function normaliseCalls(calls: unknown): unknown {
  if (calls == null) return undefined;
  const list = Array.isArray(calls) ? calls : [calls];
  const held = list.every(isCall) ? list : list.filter(isCall);
  if (Array.isArray(calls)) return mapChanged(held, normaliseCall);
  return held.length > 0 ? held.map(normaliseCall) : undefined;
}

const isCall = (call: unknown) => isObject(call) && Object.keys(call).length > 0;

function normaliseCall(call: unknown): unknown {
  if (!isObject(call) || isPlain(call)) return call;
  const id = toText(call.id);
  return withMembers(call, { function: functionOf(call), id, index: toNumber(call.index) });
}

const isPlain = ({ function: fn, id, index, name, custom, arguments: args }: Members) =>
  (isObject(fn)
    ? isTextOrNull(fn.name) && isTextOrArgs(fn.arguments)
    : fn == null && name == null && custom == null && args == null) &&
  isTextOrNull(id) &&
  (index == null || Number.isFinite(index));

const isTextOrArgs = (value: unknown) => value === undefined || typeof value === "string";

/** Flat calls have name and arguments themselves; OpenAI's custom tools have them under `custom`, as `input`. */
function functionOf(call: Members): unknown {
  const fn = isObject(call.function) ? call.function : isObject(call.custom) ? call.custom : call;
  const { name, arguments: args = fn.input } = fn;
  const own = fn === call.function ? fn : {};
  return withMembers(own, {
    name: toText(name),
    arguments: args === undefined ? undefined : argumentsOf(args),
  });
}

/** None where there are none: text that follows in a stream is then all of them. */
function argumentsOf(args: unknown): unknown {
  if (typeof args === "string") return args;
  if (args === null || (isObject(args) && Object.keys(args).length === 0)) return "";
  try {
    return JSON.stringify(args);
  } catch {
    // Nested too deep to be written: the check refuses it.
    return args;
  }
}
