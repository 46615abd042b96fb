/** Docstrings of generated types: what the document says, and what the wire showed. */
import { isObject } from "../provider/base/values.ts";
import type { Schema } from "./schema.ts";

/** The words of a docstring; `undefined` when there is nothing to say. */
export function wordsOf(schema: Schema): string | undefined {
  const lines = [
    ...textLines(schema.description),
    ...textLines(schema["x-observed"]).map((line, index) => (index === 0 ? `On the wire: ${line}` : line)),
    ...[schema["x-evidence"] ?? []].flat().map(evidenceLine),
  ];
  return lines.length > 0 ? lines.join("\n") : undefined;
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
