/** All services that are known by name, and how one is found. */
import { LlmError } from "../base/error.ts";
import { didYouMean } from "../base/nearest.ts";
import { alibaba } from "./alibaba.ts";
import { azure } from "./azure.ts";
import { cerebras } from "./cerebras.ts";
import { crusoe } from "./crusoe.ts";
import { deepseek } from "./deepseek.ts";
import { gemini } from "./gemini.ts";
import { groq } from "./groq.ts";
import { heroku } from "./heroku.ts";
import { huggingface } from "./huggingface.ts";
import { llamacpp } from "./llamacpp.ts";
import { lmstudio } from "./lmstudio.ts";
import { mistral } from "./mistral.ts";
import { moonshot } from "./moonshot.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { openrouter } from "./openrouter.ts";
import { perplexity } from "./perplexity.ts";
import { openAiCompatible, type ServiceProfile } from "./service-profile.ts";
import { snowflake } from "./snowflake.ts";
import { together } from "./together.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";
import { zai } from "./zai.ts";

/** Each under its name. A service that is new here needs a file of its own, and a line in this table. */
const TABLE = {
  groq,
  openai,
  openrouter,
  mistral,
  deepseek,
  cerebras,
  together,
  xai,
  gemini,
  azure,
  ollama,
  lmstudio,
  llamacpp,
  vllm,
  zai,
  moonshot,
  alibaba,
  perplexity,
  huggingface,
  crusoe,
  heroku,
  snowflake,
  "openai-compatible": openAiCompatible,
} satisfies Record<string, ServiceProfile>;

/** What `provider` of a configuration may be. Other names are refused when a provider is made. */
export type ServiceName = keyof typeof TABLE;

export const services: ReadonlyMap<string, ServiceProfile> = new Map(Object.entries(TABLE));

/** The service of this name; `ConfigError` with the nearest name for any other. */
export function serviceNamed(name: unknown): ServiceProfile {
  const service = typeof name === "string" ? services.get(name) : undefined;
  if (service) return service;
  const known = [...services.keys()];
  const got =
    typeof name === "string" ? JSON.stringify(name.slice(0, 60)) : name === null ? "null" : typeof name;
  const meant = typeof name === "string" ? didYouMean(name, known) : "";
  throw new LlmError("ConfigError", `provider: expected one of ${known.join(", ")}, got ${got}${meant}`);
}

/** The service that answers at this address, as far as its host tells. */
export function serviceAt(baseUrl: string): ServiceProfile | undefined {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    return undefined;
  }
  for (const service of services.values()) {
    if (service.hosts.some((host) => isAt(url, host))) return service;
  }
  return undefined;
}

function isAt(url: URL, known: string): boolean {
  // A name may end in a dot, which only says that it is whole.
  const hostname = url.hostname.replace(/\.$/, "");
  const host = url.port === "" ? hostname : `${hostname}:${url.port}`;
  if (known.startsWith(".")) return hostname.endsWith(known);
  return known.includes(":") ? host === known : hostname === known;
}
