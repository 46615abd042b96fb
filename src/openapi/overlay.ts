/** Overlays: documents of the OpenAPI Initiative (Overlay 1.0 and 1.1) that correct another document. */
import { isObject } from "../provider/base/values.ts";
import { DocumentError } from "./error.ts";
import { parseText } from "./parse.ts";

/** What the wire showed at the places that an action changes: `x-evidence`. */
export interface Evidence {
  /** In so many of `of` samples. */
  seen?: number | undefined;
  of?: number | undefined;
  /** Days or months: `2025-10`, `2026-07-31`. */
  from?: string | undefined;
  to?: string | undefined;
  /** Where the samples come from: `recorded answers`, a URL, another document. */
  source?: string | undefined;
}

export interface OverlayAction {
  /** A JSONPath query of RFC 9535. */
  target: string;
  description?: string | undefined;
  /** One of these three. */
  change: { update: unknown } | { copy: string } | { remove: true };
  evidence: Evidence | undefined;
}

export interface Overlay {
  /** Names it in messages. */
  source: string;
  actions: OverlayAction[];
}

/** An overlay from its text, YAML or JSON. Throws `DocumentError`, which names the action at fault. */
export const readOverlay = (text: string, source: string): Overlay =>
  openOverlay(parseText(text, source), source);

/** An overlay from its parsed content. Throws `DocumentError`. */
export function openOverlay(content: unknown, source: string): Overlay {
  const fail = (problem: string): never => {
    throw new DocumentError(`${source}: ${problem}`);
  };
  if (!isObject(content)) return fail("expected an OpenAPI Overlay, found no object");
  const { overlay: version, actions } = content;
  if (typeof version !== "string" || !/^1\.[01](\.\d+)?$/.test(version))
    return fail(`expected an Overlay of version 1.0 or 1.1, found overlay: ${JSON.stringify(version)}`);
  if (!Array.isArray(actions) || actions.length === 0) return fail("actions: expected one at least");
  return {
    source,
    actions: actions.map((action: unknown, index) =>
      readAction(action, version, (problem) => fail(`actions[${index}]${problem}`)),
    ),
  };
}

const KNOWN = ["target", "description", "update", "copy", "remove"];

function readAction(action: unknown, version: string, fail: (problem: string) => never): OverlayAction {
  if (!isObject(action)) return fail(": expected an object");
  const { target, description, update, copy, remove } = action;
  if (typeof target !== "string") return fail(".target: expected a JSONPath");
  for (const key of Object.keys(action))
    if (!KNOWN.includes(key) && !key.startsWith("x-"))
      return fail(`: ${key} is no field of an action; expected one of ${KNOWN.join(", ")}`);
  if (remove !== undefined && typeof remove !== "boolean") return fail(".remove: expected true or false");
  if (copy !== undefined && (typeof copy !== "string" || version.startsWith("1.0")))
    return fail(".copy: expected a JSONPath, in an Overlay of version 1.1");
  const common = {
    target,
    description: typeof description === "string" ? description : undefined,
    evidence: readEvidence(action["x-evidence"], fail),
  };
  if (remove === true) return { ...common, change: { remove } };
  if (typeof copy === "string" && update !== undefined) return fail(": expected update or copy, found both");
  if (typeof copy === "string") return { ...common, change: { copy } };
  if (update === undefined) return fail(": expected update, copy or remove: true");
  return { ...common, change: { update } };
}

function readEvidence(value: unknown, fail: (problem: string) => never): Evidence | undefined {
  if (value === undefined) return undefined;
  const place = '["x-evidence"]';
  if (!isObject(value)) return fail(`${place}: expected { seen, of, from, to, source }`);
  for (const key of ["seen", "of"])
    if (value[key] !== undefined && !(Number.isInteger(value[key]) && Number(value[key]) >= 0))
      return fail(`${place}.${key}: expected a whole number, found ${JSON.stringify(value[key])}`);
  if (Number(value.seen ?? 0) > Number(value.of ?? Number.POSITIVE_INFINITY))
    return fail(`${place}: seen ${value.seen} of ${value.of}`);
  for (const key of ["from", "to", "source"])
    if (value[key] !== undefined && typeof value[key] !== "string")
      return fail(`${place}.${key}: expected a text, found ${JSON.stringify(value[key])}`);
  return value;
}
