/** Places of a document as JSONPath queries (RFC 9535). */
import { pointerSegments } from "./json.ts";

/** The query that selects what a JSON pointer points to. In a list a step is an index: a name would select nothing there. */
export function jsonPath(document: unknown, pointer: string): string {
  let value = document;
  let path = "$";
  for (const segment of pointerSegments(pointer)) {
    path += Array.isArray(value) ? `[${segment}]` : member(segment);
    value = typeof value === "object" && value !== null ? Reflect.get(value, segment) : undefined;
  }
  return path;
}

/** The step to a member of an object. */
export const member = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${quoted(name)}']`;

/** As JSON escapes it, between the other quotes. */
const quoted = (name: string): string =>
  JSON.stringify(name)
    .slice(1, -1)
    .replace(/\\(.)/g, (pair, character: string) => (character === '"' ? '"' : pair))
    .replaceAll("'", "\\'");
