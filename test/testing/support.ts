import { onTestFinished } from "vitest";
import {
  createEmbeddedGroq,
  type EmbeddedGroq,
  type EmbeddedGroqServer,
  type EmbeddedGroqServerOptions,
  startEmbeddedGroq,
} from "../../src/testing/index.ts";

export type Post = (body: unknown, init?: { key?: string; signal?: AbortSignal }) => Promise<Response>;

export const hello = { model: "openai/gpt-oss-20b", messages: [{ role: "user", content: "Hello there" }] };
export const stream = { ...hello, stream: true };

export async function start(options: EmbeddedGroqServerOptions = {}): Promise<EmbeddedGroqServer> {
  const server = await startEmbeddedGroq(options);
  onTestFinished(() => server.close());
  return server;
}

export const poster =
  (fetcher: EmbeddedGroq["fetch"], baseUrl = "https://api.groq.com/openai/v1"): Post =>
  (body, { key = "gsk_any", ...init } = {}) =>
    fetcher(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      ...init,
    });

/** The same Groq over a socket and as a plain fetch. */
export async function both(options: EmbeddedGroqServerOptions = {}): Promise<Post[]> {
  const server = await start(options);
  return [poster(fetch, server.baseUrl), poster(createEmbeddedGroq(options).fetch)];
}

/** The data of a stream's events, parsed; `[DONE]` left out. */
export const dataOf = (text: string) =>
  text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice("data: ".length)));
