/** What `groq-provider drift` is told. */
export interface DriftOptions {
  /** The document: a file or a URL. Default: the package's own. */
  schema?: string | undefined;
  /** OpenAPI Overlays that correct the document. */
  overlay?: string[] | undefined;
  /** Whose answers they are: a name of `services`. Default: groq. */
  service?: string | undefined;
  /** The file with how often each member was there before. */
  presence?: string | undefined;
  updatePresence?: boolean | undefined;
  /** `NAME` or `NAME=FILE`. */
  format?: string[] | undefined;
  failOn?: string | undefined;
  baseline?: string | undefined;
  updateBaseline?: boolean | undefined;
  suggest?: boolean | undefined;
  live?: boolean | undefined;
  baseUrl?: string | undefined;
  keyEnv?: string | undefined;
  model?: string | undefined;
  /** A file for the exchanges of a live check. */
  record?: string | undefined;
  spec?: boolean | undefined;
  /** `adapter` or `all`. */
  scope?: string | undefined;
  /** A file of levels by rule. */
  rules?: string | undefined;
}
