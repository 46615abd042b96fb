/** The text of a document, from a file or the web. */
import { DocumentError } from "./error.ts";

const DOWNLOAD_TIMEOUT_MS = 30_000;

/** Reads a path, or an http(s) or file URL. Throws `DocumentError`. */
export async function readSource(name: string): Promise<string> {
  try {
    if (/^https?:/i.test(name)) return await download(name);
    const { readFile } = await import("node:fs/promises");
    return await readFile(/^file:/i.test(name) ? new URL(name) : name, "utf8");
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(`${name}: ${readFault(error)}`);
  }
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new DocumentError(`${url}: expected status 200, came ${response.status}`);
  return response.text();
}

/** A file system or network fault in few words, without the path that the caller already names. */
export function readFault(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const { message, cause } = error;
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a folder, expected a file";
  if (code === "EACCES") return "not allowed to read it";
  return firstLine(cause instanceof Error ? `${message}: ${cause.message}` : message);
}

export const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replace(/:$/, "");
