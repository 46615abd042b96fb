/** What a model's configuration tells of its service. */
import { isObject, valueAt } from "../provider/base/values.ts";

/** `perhaps`: a server that nobody knows, as a gateway before Groq, or not every candidate of a router. */
export type KnowsTools = "yes" | "perhaps" | "no";

/** What a call may ask of a service. */
export interface Service {
  /** `provider` of the configuration. */
  name: string;
  takesPenalties: boolean;
  takesTopK: boolean;
  takesSchemaBesideTools: boolean;
  /** The tools that Groq runs itself. */
  groqTools: KnowsTools;
  /** Gets images by their URLs itself. */
  fetchesUrls: boolean;
  /** Most texts of one call for embeddings. */
  embeddingsPerCall: number;
}

// A router's candidates may be any service, so it is asked for no more than Groq takes, and given images as bytes.
const NO_PENALTIES = ["groq", "router", "cerebras", "gemini"];
const NO_TOP_K = ["groq", "router", "openai", "azure", "mistral", "cerebras", "gemini", "xai"];
const NO_SCHEMA_BESIDE_TOOLS = ["groq", "router", "gemini"];
const FETCH_NOTHING = ["ollama", "llamacpp", "lmstudio", "gemini", "moonshot", "router"];

/** What OpenAI takes, and most others do. */
const EMBEDDINGS = 2048;
const FEWER_EMBEDDINGS: ReadonlyMap<string, number> = new Map([
  ["gemini", 100],
  ["alibaba", 10],
]);

/** Of those that are named above. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ["api.groq.com", "groq"],
  ["api.openai.com", "openai"],
  ["api.mistral.ai", "mistral"],
  ["api.cerebras.ai", "cerebras"],
  ["api.x.ai", "xai"],
  ["generativelanguage.googleapis.com", "gemini"],
  ["api.moonshot.ai", "moonshot"],
  ["dashscope.aliyuncs.com", "alibaba"],
  ["dashscope-intl.aliyuncs.com", "alibaba"],
]);

interface Configured {
  config: { provider: string };
  /** Of a router. */
  candidates?: unknown;
}

/** By the name that the configuration gives it, or the address that stands for one. */
export function serviceOf(provider: Configured): Service {
  const { config } = provider;
  const host = hostOf(valueAt(config, ["config", "base_url"]));
  const isNamed = config.provider !== "openai-compatible";
  const name = isNamed ? config.provider : (HOSTS.get(host) ?? config.provider);
  const beside = valueAt(config, ["config", "compat", "schema_beside_tools"]);
  return {
    name,
    takesPenalties: !NO_PENALTIES.includes(name),
    takesTopK: !NO_TOP_K.includes(name),
    takesSchemaBesideTools: typeof beside === "boolean" ? beside : !NO_SCHEMA_BESIDE_TOOLS.includes(name),
    groqTools: name === "router" ? toolsOfAll(provider) : toolsOf(name),
    embeddingsPerCall: FEWER_EMBEDDINGS.get(name) ?? EMBEDDINGS,
    fetchesUrls: !FETCH_NOTHING.includes(name) && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(host),
  };
}

function toolsOf(name: string): KnowsTools {
  if (name === "groq") return "yes";
  return name === "openai-compatible" ? "perhaps" : "no";
}

/** A router tells its candidates, but one of another make need not. */
function toolsOfAll({ candidates }: Configured): KnowsTools {
  if (!Array.isArray(candidates)) return "perhaps";
  const [first = "perhaps", ...others] = candidates.map((candidate: unknown) => {
    const provider = isObject(candidate) ? candidate.provider : undefined;
    return isConfigured(provider) ? serviceOf(provider).groqTools : "perhaps";
  });
  return others.every((one) => one === first) ? first : "perhaps";
}

const isConfigured = (value: unknown): value is Configured =>
  isObject(value) && isObject(value.config) && typeof value.config.provider === "string";

function hostOf(url: unknown): string {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).hostname : "";
}
