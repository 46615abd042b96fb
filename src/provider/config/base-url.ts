/** A base URL as it was meant: only http(s), no trailing slash, no doubled path, plain http only where it is safe. */
import { LlmError } from "../base/error.ts";
import { GROQ_BASE_URL } from "../services/groq.ts";

const GROQ_PATH = "/openai/v1";
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The URL in its canonical form, or `ConfigError`. */
export function normaliseBaseUrl(text: string, allowInsecure: boolean): string {
  const where = "config.base_url";
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new LlmError(
      "ConfigError",
      `${where}: expected a URL such as ${GROQ_BASE_URL}, got none that can be read`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new LlmError("ConfigError", `${where}: expected http or https, got ${url.protocol.slice(0, -1)}`);
  }
  if (url.username || url.password) {
    throw new LlmError(
      "ConfigError",
      `${where}: expected no user name or password in it; the key goes into config.api_key`,
    );
  }
  if (url.search || url.hash) {
    throw new LlmError("ConfigError", `${where}: expected no query or fragment`);
  }
  if (url.protocol === "http:" && !allowInsecure && !LOOPBACK.test(url.hostname)) {
    throw new LlmError(
      "ConfigError",
      `${where}: plain http would send the key unprotected to ${url.hostname}; use https, or set config.allow_insecure`,
    );
  }
  return url.origin + normalisePath(url);
}

function normalisePath(url: URL): string {
  let path = url.pathname.replace(/\/{2,}/g, "/").replace(/\/+$/, "");
  // People paste the address of an endpoint, or join two bases. `/models` may be a base: that of Azure's Foundry is.
  path = path.replace(/\/(chat\/completions|embeddings)$/, "");
  while (path.endsWith(GROQ_PATH + GROQ_PATH)) path = path.slice(0, -GROQ_PATH.length);
  if (url.hostname === "api.groq.com" && path === "") path = GROQ_PATH;
  return path;
}
