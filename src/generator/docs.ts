/** Docstrings of generated types: what the document says, and what the wire showed. */
import { isObject } from "../provider/base/values.ts";
import type { Schema } from "./schema.ts";

/** The words of a docstring; `undefined` when there is nothing to say. */
export function wordsOf(schema: Schema): string | undefined {
  const lines = [
    ...textLines(schema.description),
    ...textLines(schema["x-observed"]).map((line, index) => (index === 0 ? `On the wire: ${line}` : line)),
  ];
  return lines.length > 0 ? lines.join("\n") : undefined;
}

/** A line for each piece of evidence; `undefined` where there is none. */
export function evidenceOf(schema: Schema): string | undefined {
  const lines = [schema["x-evidence"] ?? []].flat().map(evidenceLine);
  return lines.length > 0 ? lines.join("\n") : undefined;
}

function textLines(text: unknown): string[] {
  return typeof text === "string" && text.trim() !== "" ? text.trim().split(/\r?\n/) : [];
}

/** In words for a reader, and the figures as JSON for a machine. */
function evidenceLine(evidence: unknown): string {
  if (!isObject(evidence)) return `@observed ${JSON.stringify(evidence)}`;
  const { note, ...figures } = evidence;
  const words = [evidenceWords(figures), typeof note === "string" ? note.trim().replace(/\s+/g, " ") : ""];
  return ["@observed", words.filter(Boolean).join(": "), JSON.stringify(figures)].filter(Boolean).join(" ");
}

function evidenceWords({ seen, of, to, from }: Schema): string {
  if (typeof seen !== "number") return "";
  const span = [from, to].filter((date) => typeof date === "string").join(" to ");
  return `in ${seen}${typeof of === "number" ? ` of ${of}` : ""}${span && `, ${span}`}`;
}
