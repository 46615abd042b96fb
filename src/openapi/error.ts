/** The document can't be read, or is not OpenAPI 3. The message is one line and names the source. */
export class DocumentError extends Error {
  /** Tells it from other errors. */
  override name = "DocumentError";
}
