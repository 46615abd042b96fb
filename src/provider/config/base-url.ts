/** A base URL as it was meant: only http(s), no trailing slash, no doubled path, plain http only where it is safe; its query apart. */
import { LlmError } from "../base/error.ts";
import { GROQ_BASE_URL } from "../services/groq.ts";
import { serviceAt } from "../services/index.ts";
import type { ServiceProfile } from "../services/service-profile.ts";

const GROQ_PATH = "/openai/v1";
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export interface BaseUrl {
  /** What the protocol's paths are added to. */
  baseUrl: string;
  /** What goes behind each of them, as Azure's `?api-version=…`; mostly "". */
  query: string;
}

type Named = Pick<ServiceProfile, "provider" | "baseUrl"> & Partial<ServiceProfile>;

/** The URL in its canonical form, or `ConfigError`. `named`: the service that the configuration names. */
export function normaliseBaseUrl(text: string, allowInsecure: boolean, named: Named): BaseUrl {
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
  if (url.hash) throw new LlmError("ConfigError", `${where}: expected no fragment`);
  if (url.protocol === "http:" && !allowInsecure && !LOOPBACK.test(url.hostname)) {
    throw new LlmError(
      "ConfigError",
      `${where}: plain http would send the key unprotected to ${url.hostname}; use https, or set config.allow_insecure`,
    );
  }
  return { baseUrl: url.origin + normalisePath(url, named), query: url.search };
}

function normalisePath(url: URL, named: Named): string {
  let path = url.pathname.replace(/\/{2,}/g, "/").replace(/\/+$/, "");
  // People paste the address of an endpoint, or join two bases. `/models` may be a base: that of Azure's Foundry is.
  path = path.replace(/\/((chat\/)?completions|embeddings)$/, "");
  while (path.endsWith(GROQ_PATH + GROQ_PATH)) path = path.slice(0, -GROQ_PATH.length);
  const known = serviceAt(url.href);
  // Ollama's own interface stands beside the compatible one.
  if ((known ?? named).provider === "ollama") path = path.replace(/\/api(\/.*)?$/, "/v1");
  if (path !== "") return path;
  // Servers of one's own are at any host, hosted ones at theirs: elsewhere it may be a proxy, which has paths of its own.
  const isOwn = named.anyKey !== undefined && known === undefined;
  return pathOf(isOwn ? named : known, url.hostname);
}

function pathOf(service: Named | undefined, hostname: string): string {
  const own = Object.entries(service?.barePaths ?? {}).find(([host]) => hostname.endsWith(host));
  if (own) return own[1];
  if (service?.baseUrl === undefined) return "";
  return new URL(service.baseUrl).pathname.replace(/\/+$/, "");
}

/** The address below which models are listed: a base that ends in `/models` is the list itself, a deployment has none. */
export const modelsBase = (baseUrl: string): string => baseUrl.replace(/\/(models|deployments\/[^/]+)$/, "");
