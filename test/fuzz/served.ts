/** The same reply to every request: as what a `fetch` gives, or over a socket to the exchange of Node. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelConfig } from "../../src/provider/base/model-config.ts";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { OpenAiCompatibleProvider } from "../../src/provider/openai-compatible.ts";
import { groqConfig, stubbed } from "../provider/support.ts";

export const EXCHANGES = ["fetch", "node"] as const;
export type ExchangeName = (typeof EXCHANGES)[number];

const servers: Server[] = [];

/** Ends the servers; to be called when the tests of a file are over. */
export function stopServing(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** Makes providers that are all given `reply()`. */
export async function serving(exchange: ExchangeName, reply: () => Response) {
  if (exchange === "fetch") return (config?: ModelConfig) => stubbed(() => reply(), config).provider;
  const server = createServer((request, outgoing) => {
    request.resume();
    request.on("end", async () => {
      const { status, headers, body } = reply();
      outgoing.writeHead(status, Object.fromEntries(headers));
      for await (const part of body ?? []) outgoing.write(part);
      outgoing.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return (config = groqConfig({ max_retries: 0 })) => {
    const make = config.provider === "groq" ? GroqProvider : OpenAiCompatibleProvider;
    return new make({ ...config, config: { ...config.config, base_url } });
  };
}
