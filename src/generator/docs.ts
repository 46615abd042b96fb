/** Docstrings of generated types: what the document says, and what the wire showed. */
import { isObject } from "../provider/base/values.ts";
import type { Schema } from "./schema.ts";

export interface Doc {
  description?: string | undefined;
  deprecated?: boolean | undefined;
  default?: unknown;
  "x-observed"?: unknown;
  "x-evidence"?: unknown;
}

/** The lines of a docstring, with its end of line; empty when there is nothing to say. */
export function docOf(schema: Doc | Schema, indent: string): string {
  const lines = [
    ...textLines(schema.description),
    ...textLines(schema["x-observed"]).map((line, index) => (index === 0 ? `On the wire: ${line}` : line)),
    ...[schema["x-evidence"] ?? []].flat().map(evidenceLine),
    ...(schema.default === undefined ? [] : [`@default ${JSON.stringify(schema.default)}`]),
    ...(schema.deprecated === true ? ["@deprecated"] : []),
  ].map((line) => line.replaceAll("*/", "*\\/"));
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function textLines(text: unknown): string[] {
  return typeof text === "string" && text.trim() !== "" ? text.trim().split(/\r?\n/) : [];
}

/** In words for a reader, and as JSON for a machine. */
function evidenceLine(evidence: unknown): string {
  return `@observed ${evidenceWords(evidence)}${JSON.stringify(evidence)}`;
}

function evidenceWords(evidence: unknown): string {
  if (!isObject(evidence)) return "";
  const { seen, of, to, from } = evidence;
  if (typeof seen !== "number") return "";
  const span = [from, to].filter((date) => typeof date === "string").join(" to ");
  return `in ${seen}${typeof of === "number" ? ` of ${of}` : ""}${span && `, ${span}`} `;
}
