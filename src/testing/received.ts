/** What an embedded Groq was asked. */

/** A request as it came. */
export interface ReceivedRequest {
  /** Upper case. */
  method: string;
  /** Without the server's own part, for instance `/openai/v1/chat/completions`. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Parsed where it was JSON, else its text. */
  body: unknown;
}
