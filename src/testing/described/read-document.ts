/** A document to answer by. */
import type { ServedDocument } from "./types.ts";

/**
 * Reads an OpenAPI document, YAML or JSON, from a file or an http(s) URL, and corrects it with OpenAPI Overlays in their order; or
 * takes the parsed content of one. Hand it to an embedded Groq as its `document`. Rejects with an error that names the document
 * and what is wrong with it.
 */
export async function readDocument(
  source: string | URL | { readonly [key: string]: unknown },
  { overlays = [] }: { overlays?: readonly (string | URL)[] } = {},
): Promise<ServedDocument> {
  // Loaded when a document is asked for: most tests need none.
  const { loadServed } = await import("./served-document.ts");
  return loadServed(source, overlays);
}
