/** The exchange that a provider has everywhere but on Node: the platform's `fetch`. */
import { LlmError } from "../base/error.ts";
import type { Exchange, ExchangeOptions } from "../base/exchange.ts";

/** A browser refuses a request with a header that the server did not allow (CORS), so none is added here unasked. */
export const sendsAnyHeader = false;

/** Calls the global `fetch` that is there at the time of the call. */
export function createDefaultExchange({ agent }: ExchangeOptions): Exchange {
  if (agent !== undefined)
    throw new LlmError("ConfigError", "agent: works on Node only; hand in a fetch of your own instead");
  return (url, init) => globalThis.fetch(url, init);
}
