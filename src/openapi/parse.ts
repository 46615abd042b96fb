/** What a YAML or JSON text says. */
import { parseDocument } from "yaml";
import { parseJson } from "../provider/base/values.ts";
import { DocumentError } from "./error.ts";
import { firstLine } from "./load.ts";

export const TOO_DEEP = "is nested too deep, or within itself";

/** What a YAML or JSON text says. Throws `DocumentError`; `source` names it in messages. */
export function parseText(text: string, source: string): unknown {
  // JSON is YAML too, but its own parser is many times faster on a document of megabytes.
  // YAML in flow style begins with a brace as well, and tells the line of a fault.
  const json = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (json !== undefined) return json;
  let fault: string;
  try {
    const parsed = parseDocument(text, { prettyErrors: true, logLevel: "silent" });
    const [error] = parsed.errors;
    if (!error) return parsed.toJS({ maxAliasCount: 1000 });
    fault = error.message;
  } catch (error) {
    // A few lines of aliases of aliases stand for gigabytes; and what is nested by the thousand exhausts the stack.
    fault = error instanceof RangeError ? TOO_DEEP : "has too many aliases";
  }
  throw new DocumentError(`${source}: ${firstLine(fault)}`);
}
