/** The change to the document that would make the samples fit, as an OpenAPI Overlay with the evidence as its notes. */

import { stringify } from "yaml";
import { expectDocument, expectObject } from "../../openapi/arguments.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import { type JsonObject, pointerSegments } from "../../openapi/json.ts";
import { jsonPath, member } from "../../openapi/json-path.ts";
import type { Evidence as OverlayEvidence } from "../../openapi/overlay.ts";
import { isObject, valueAt } from "../../provider/base/values.ts";
import { plainJson, plainLog } from "../base/escape.ts";
import type { DriftReport } from "../check/check.ts";
import type { Finding } from "../check/findings.ts";
import { describeEvidence } from "./words.ts";

/** One change of an OpenAPI Overlay. */
export interface OverlayAction {
  /** JSONPath of what is changed. */
  target: string;
  /** The evidence for it. */
  description?: string;
  /** What is put there. */
  update?: JsonObject;
  remove?: true;
  /** How often, and when; with several findings at a place, the commonest. */
  "x-evidence"?: OverlayEvidence;
}

/** An OpenAPI Overlay. */
export interface Overlay {
  overlay: "1.0.0";
  /** What it is. */
  info: {
    /** What it is called. */
    title: string;
    /** Its own version. */
    version: string;
  };
  /** The changes. */
  actions: OverlayAction[];
  /** Findings for which the document has no place to change, in words. */
  "x-not-suggested"?: string[];
}

/** What is set in one object of the document: a key's new value, or undefined to drop it. */
interface Change {
  pointer: string;
  keys: { [key: string]: unknown };
}

/** An overlay for all findings of the report. Lists of the document are replaced whole, for tools differ in merging them. */
export function suggestChanges(document: OpenApiDocument, report: DriftReport): Overlay {
  expectDocument("suggestChanges", "document", document);
  expectObject("suggestChanges", "report", report, { findings: "list" });
  return suggestFor(document, report).overlay;
}

/** The overlay, and which of its actions are for a finding of the report. */
export function suggestFor(
  document: OpenApiDocument,
  report: DriftReport,
): { overlay: Overlay; actionsOf: (finding: Finding) => OverlayAction[] } {
  const working = structuredClone(document.written);
  const language = document.version.startsWith("3.0") ? "3.0" : "3.1";
  const changed = new Map<string, { object: JsonObject; keys: Set<string>; findings: Finding[] }>();
  const left: string[] = [];
  // Inner schemas first: a change further out may put what is in it elsewhere.
  const depth = (finding: Finding) => finding.evidence.site.split("/").length;
  for (const finding of report.findings.flatMap(apart).toSorted((a, b) => depth(b) - depth(a))) {
    const target = lookUp(working, finding.evidence.site);
    const change = target && changeFor(finding, target, language, document);
    if (!change) {
      left.push(describeEvidence(finding));
      continue;
    }
    const pointer = finding.evidence.site + change.pointer;
    const object = lookUp(working, pointer);
    if (!object) continue;
    apply(object, change.keys);
    const entry = changed.get(pointer) ?? { object, keys: new Set(), findings: [] };
    for (const key of Object.keys(change.keys)) entry.keys.add(key);
    entry.findings.push(finding);
    changed.set(pointer, entry);
  }
  const lots = [...changed].map(([pointer, { object, keys, findings }]) => ({
    findings: new Set(findings),
    actions: actionsFor(
      document.written,
      pointer,
      keys,
      findings,
      lookUp(document.written, pointer) ?? {},
      object,
    ),
  }));
  const overlay: Overlay = {
    overlay: "1.0.0",
    info: { title: "What the recorded answers have and the document does not", version: document.version },
    actions: lots.flatMap(({ actions }) => actions),
    ...(left.length > 0 ? { "x-not-suggested": left } : {}),
  };
  const actionsOf = (finding: Finding) =>
    lots
      .filter(({ findings }) => apart(finding).some((one) => findings.has(one)))
      .flatMap(({ actions }) => actions);
  return { overlay, actionsOf };
}

/** A finding and those that are told in it; what is known of presence asks for no change by itself. */
const apart = (finding: Finding): Finding[] => [
  ...(PRESENCE.has(finding.kind) ? [] : [finding]),
  ...(finding.also ?? []).flatMap(apart),
];

const PRESENCE: ReadonlySet<Finding["kind"]> = new Set(["vanished", "renamed", "appeared"]);

/** Actions as YAML, without what they say of the evidence: that stands beside them. */
export const formatActions = (actions: readonly OverlayAction[]): string =>
  plainLog(
    stringify(
      actions.map(({ description: _, "x-evidence": _evidence, ...action }) => action),
      { lineWidth: 90 },
    ),
  );

/** The overlay as YAML. */
export function formatOverlay(overlay: Overlay): string {
  expectObject("formatOverlay", "overlay", overlay);
  const text = stringify(overlay, { lineWidth: 110 });
  if (text === plainLog(text)) return text;
  // What a build server would take for a command is written as an escape, which only quoted texts have.
  const quoted = { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" } as const;
  return plainJson(stringify(overlay, quoted));
}

function changeFor(
  finding: Finding,
  target: JsonObject,
  language: "3.0" | "3.1",
  document: OpenApiDocument,
): Change | undefined {
  const { field, value, schema } = finding.evidence;
  const here = (keys: Change["keys"] | undefined) => keys && { pointer: "", keys };
  switch (finding.kind) {
    case "unknown":
      if (field === undefined) return here({ additionalProperties: true });
      return isObject(target.properties) && schema
        ? { pointer: "/properties", keys: { [field]: schema[language] } }
        : undefined;
    case "missing":
      return field === undefined ? undefined : here({ required: without(target.required, field) });
    case "null":
      return here(language === "3.0" ? nullable30(target) : nullable31(target));
    case "type":
      return (
        schema && here(language === "3.0" ? union(target, schema["3.0"]) : typed31(target, schema["3.1"]))
      );
    case "enum":
      return "value" in finding.evidence
        ? here(listed(target, value))
        : here({ enum: undefined, const: undefined });
    case "client":
    case "vanished":
    case "renamed":
    case "appeared":
      return undefined;
    case "status":
      return here({ [finding.found]: errorResponse(document) });
    case "event": {
      // Without the map nothing says which schema the ordinary events have, so there is nothing to add to.
      const events = target["x-event-stream"];
      const named = schema && isObject(events) ? { ...events, [finding.found]: schema[language] } : undefined;
      return here(named && { "x-event-stream": named });
    }
  }
}

function without(required: unknown, field: string): unknown[] | undefined {
  const rest = Array.isArray(required) ? required.filter((name) => name !== field) : [];
  return rest.length > 0 ? rest : undefined;
}

const listed = (target: JsonObject, value: unknown): Change["keys"] =>
  "const" in target
    ? { const: undefined, enum: [target.const, value] }
    : { enum: [...(Array.isArray(target.enum) ? target.enum : []), value] };

function nullable30(target: JsonObject): Change["keys"] {
  if ("$ref" in target) return { $ref: undefined, allOf: [{ $ref: target.$ref }], nullable: true };
  return { nullable: true, ...(Array.isArray(target.enum) ? { enum: [...target.enum, null] } : {}) };
}

function nullable31(target: JsonObject): Change["keys"] {
  if (!isPlain(target)) return union(target, { type: "null" });
  if ("const" in target) return { const: undefined, enum: [target.const, null], ...withType(target, "null") };
  return {
    ...withType(target, "null"),
    ...(Array.isArray(target.enum) ? { enum: [...target.enum, null] } : {}),
  };
}

/** One type more, when no list of values stands beside the type; otherwise a branch more. */
function typed31(target: JsonObject, schema: JsonObject): Change["keys"] {
  const isListed = "enum" in target || "const" in target;
  const isSimple = typeof schema.type === "string" && !("items" in schema) && !("properties" in schema);
  return isPlain(target) && !isListed && isSimple
    ? withType(target, String(schema.type))
    : union(target, schema);
}

const isPlain = (target: JsonObject) => !["$ref", "allOf", "anyOf", "oneOf"].some((key) => key in target);

function withType(target: JsonObject, type: string): Change["keys"] {
  const types = [target.type ?? []].flat().filter((name) => !(name === "integer" && type === "number"));
  return { type: types.length === 0 ? type : [...types, type] };
}

/** A branch more: in the union that is there, or in a new one that takes in the schema as it was. */
function union(target: JsonObject, branch: JsonObject): Change["keys"] {
  for (const key of ["anyOf", "oneOf"]) {
    const branches = target[key];
    if (Array.isArray(branches)) return { [key]: [...branches, branch] };
  }
  const { description: _, ...before } = target;
  const cleared = Object.fromEntries(Object.keys(before).map((key) => [key, undefined]));
  return { ...cleared, anyOf: [before, branch] };
}

/** Refers to the document's schema of an error body, when it has one. */
function errorResponse(document: OpenApiDocument): JsonObject {
  const components = isObject(document.root.components) ? document.root.components.schemas : undefined;
  const entries = isObject(components) ? Object.entries(components) : [];
  const name = entries.find(
    ([, schema]) => isObject(schema) && [schema.required].flat().join() === "error",
  )?.[0];
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
  return { description: "An error.", ...(name === undefined ? {} : { content }) };
}

function lookUp(root: JsonObject, pointer: string): JsonObject | undefined {
  if (pointer === "") return undefined;
  const target = valueAt(root, pointerSegments(pointer));
  return isObject(target) ? target : undefined;
}

function apply(object: JsonObject, keys: Change["keys"]): void {
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) delete object[key];
    // Defined, not assigned: a field called __proto__ stays a field.
    else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
}

/** First what is replaced is removed, then the new values are set: so a merge has nothing to merge with. */
function actionsFor(
  document: JsonObject,
  pointer: string,
  keys: ReadonlySet<string>,
  findings: readonly Finding[],
  before: JsonObject,
  after: JsonObject,
): OverlayAction[] {
  const path = jsonPath(document, pointer);
  const removals = [...keys]
    // What an overlay noted there is no word of the document.
    .filter((key) => Object.hasOwn(before, key) && key !== "x-evidence")
    .map((key) => ({ target: path + member(key), remove: true as const }));
  const update = Object.fromEntries(
    [...keys].filter((key) => Object.hasOwn(after, key)).map((key) => [key, after[key]]),
  );
  const updates = Object.keys(update).length > 0 ? [{ target: path, update }] : [];
  const actions: OverlayAction[] = [...removals, ...updates];
  return actions.map(({ target, ...change }, index) => ({
    target,
    ...(index === 0 && { description: findings.map(describeEvidence).join("\n") }),
    ...change,
    "x-evidence": evidenceOf(findings),
  }));
}

function evidenceOf(findings: readonly Finding[]): OverlayEvidence {
  const [most] = findings.toSorted((a, b) => b.count - a.count);
  return {
    seen: most?.count ?? 0,
    // Of statuses and events nobody counts the others.
    ...(most && most.of >= most.count && { of: most.of }),
    ...(most?.firstSeen !== undefined && { from: most.firstSeen.slice(0, 10) }),
    ...(most?.lastSeen !== undefined && { to: most.lastSeen.slice(0, 10) }),
    source: "recorded answers",
  };
}
