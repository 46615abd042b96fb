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

/** The text of a file, `undefined` where there is none. Throws `DocumentError` for one that can't be read. */
export async function readIfThere(file: string): Promise<string | undefined> {
  const { readFile } = await import("node:fs/promises");
  try {
    // Without the mark that some editors begin a file with.
    return new TextDecoder().decode(await readFile(file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new DocumentError(`${file}: ${readFault(error)}`);
  }
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new DocumentError(`${url}: expected status 200, came ${response.status}`);
  return readBounded(response, url);
}

/** Of the documents of this field the longest has 3.5 MB. */
const LONGEST_DOCUMENT = 64_000_000;

async function readBounded(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    // Leaving the loop closes the connection.
    if (text.length > LONGEST_DOCUMENT)
      throw new DocumentError(`${url}: expected a document of at most ${LONGEST_DOCUMENT / 1e6} MB`);
  }
  return text + decoder.decode();
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
