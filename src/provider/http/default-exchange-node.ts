/** The exchange that a provider has on Node. It is loaded with the first call: `node:https` alone doubles an import's time. */
import type { Agent } from "node:http";
import { LlmError, memberOf } from "../base/error.ts";
import type { Exchange, ExchangeOptions, NodeAgent } from "../base/exchange.ts";

export const sendsAnyHeader = true;

export function createDefaultExchange({ agent }: ExchangeOptions): Exchange {
  if (agent !== undefined && !isAgent(agent))
    throw new LlmError("ConfigError", "agent: expected an http.Agent or https.Agent of Node");
  let exchange: Exchange | undefined;
  const load = async () => {
    const { createNodeExchange } = await import("./node-exchange.ts");
    exchange ??= createNodeExchange(agent);
    return exchange;
  };
  return (url, init) => (exchange ? exchange(url, init) : load().then((loaded) => loaded(url, init)));
}

/** Node asks the same of an agent. Those for proxies need not be of its class. */
function isAgent(agent: NodeAgent): agent is NodeAgent & Agent {
  return typeof memberOf(agent, "addRequest") === "function";
}
