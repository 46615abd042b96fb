/** Which service a command speaks to, and with which key. */
import type { ProviderEvent } from "../provider/base/events.ts";
import type { FetchLike } from "../provider/base/exchange.ts";
import { createProvider } from "../provider/create-provider.ts";
import type { OpenAiCompatibleProvider } from "../provider/openai-compatible.ts";
import { type ServiceName, services } from "../provider/services/index.ts";
import type { ServiceProfile } from "../provider/services/service-profile.ts";
import { type Io, oneOf, say, UsageError } from "./io.ts";

export interface ConnectionOptions {
  /** A name of `services`. */
  provider?: string | undefined;
  baseUrl?: string | undefined;
  /** The environment's variable that holds the key. */
  keyEnv?: string | undefined;
  model?: string | undefined;
}

/** Where to, and with which key. */
export interface Connection {
  service: ServiceProfile;
  baseUrl: string | undefined;
  key: string;
}

/** What commands use where no model is named; Groq only. */
export const DEFAULT_MODEL = "openai/gpt-oss-20b";

/**
 * Finds the key in the environment: on a command line it would be in every list of processes. The key of one service is
 * never sent to another: for a host that is not the service's own, `--key-env` has to name a variable. Throws
 * `UsageError`.
 */
export function findConnection(options: ConnectionOptions, { env }: Pick<Io, "env">): Connection {
  // What stands there is not repeated: it may be a key.
  if (options.baseUrl !== undefined && !/^https?:$/.test(protocolOf(options.baseUrl)))
    throw new UsageError("--base-url: expected a URL, such as https://llm.example/v1");
  const name = oneOf("--provider", options.provider ?? "groq", [...services.keys()]);
  const service = services.get(name);
  if (!service) throw new UsageError(`there is no provider ${name}`);
  // Who sets the address in the environment means the key in the environment for it.
  const ownUrl = (name === "groq" && env.GROQ_BASE_URL) || service.baseUrl;
  const baseUrl = options.baseUrl ?? ownUrl;
  return { service, baseUrl, key: findKey(service, options, ownUrl, env) };
}

const protocolOf = (url: string) => (URL.canParse(url) ? new URL(url).protocol : "");

function findKey(
  service: ServiceProfile,
  { baseUrl, keyEnv }: ConnectionOptions,
  ownUrl: string | undefined,
  env: Io["env"],
): string {
  if (keyEnv !== undefined) {
    const key = Object.hasOwn(env, keyEnv) ? env[keyEnv]?.trim() : undefined;
    // What stands there is not repeated: it may be the key itself.
    if (!key) throw new UsageError("--key-env: expected the name of a variable that holds the key");
    return key;
  }
  if (baseUrl !== undefined && !isOwnHost(baseUrl, service, ownUrl)) {
    if (isThisMachine(baseUrl)) return service.anyKey ?? "none";
    const own = service.keyVariable ? `the key of ${service.keyVariable} is for ${service.label} alone` : "";
    throw new UsageError(`--base-url of another host needs --key-env NAME${own && `; ${own}`}`);
  }
  const key = service.keyVariable === undefined ? undefined : env[service.keyVariable]?.trim();
  const found = key || service.anyKey;
  if (found) return found;
  const variable = service.keyVariable ? `a key in the environment variable ${service.keyVariable}, or ` : "";
  throw new UsageError(`expected ${variable}--key-env NAME`);
}

function isOwnHost(baseUrl: string, { hosts }: ServiceProfile, ownUrl: string | undefined): boolean {
  if (!URL.canParse(baseUrl)) return false;
  const { host, protocol } = new URL(baseUrl);
  if (ownUrl !== undefined && URL.canParse(ownUrl)) {
    const own = new URL(ownUrl);
    if (own.host === host && own.protocol === protocol) return true;
  }
  if (protocol !== "https:") return false;
  return hosts.some((known) => (known.startsWith(".") ? host.endsWith(known) : host === known));
}

function isThisMachine(baseUrl: string): boolean {
  return (
    URL.canParse(baseUrl) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(new URL(baseUrl).hostname)
  );
}

/** A provider for the options; waits and further tries are told on standard error. Throws `UsageError`, `ConfigError`. */
export function connect(options: ConnectionOptions, io: Io, fetch?: FetchLike): OpenAiCompatibleProvider {
  const { service, baseUrl, key } = findConnection(options, io);
  if (options.model === undefined && service.provider !== "groq")
    throw new UsageError(`--provider ${service.provider} needs --model ID`);
  return createProvider({
    provider: serviceName(service),
    model: options.model ?? DEFAULT_MODEL,
    apiKey: key,
    baseUrl,
    onEvent: (event) => tell(event, io),
    ...(fetch && { fetch }),
  });
}

/** The list has no other names. */
const serviceName = ({ provider }: ServiceProfile): ServiceName => provider as ServiceName;

// A shorter wait nobody notices.
const WORTH_TELLING_MS = 1_000;

function tell(event: ProviderEvent, io: Io): void {
  if (event.type === "retry") {
    const seconds = Math.ceil(event.waitMs / 1000);
    const status = event.status === undefined ? "" : ` (${event.status})`;
    say(
      io,
      `${event.kind}${status}: trying again${event.waitMs < WORTH_TELLING_MS ? "" : ` in ${seconds} s`}`,
    );
  } else if (event.type === "pause" && event.waitMs >= WORTH_TELLING_MS) {
    say(io, `over the limit: waiting ${Math.ceil(event.waitMs / 1000)} s`);
  }
}
