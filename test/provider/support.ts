/** A provider whose `fetch` is the test's own handler. */

import type { ModelConfig } from "../../src/provider/base/model-config.ts";
import type { ProviderDependencies } from "../../src/provider/call/dependencies.ts";
import { createProvider } from "../../src/provider/create-provider.ts";

export const KEY = "gsk_test_0123456789abcdef";

export function groqConfig(
  config: Partial<ModelConfig["config"]> = {},
  rest: Partial<ModelConfig> = {},
): ModelConfig {
  return {
    name: "test",
    provider: "groq",
    model: "openai/gpt-oss-20b",
    ...rest,
    config: { api_key: KEY, ...config },
  };
}

export interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: Record<string, unknown> | undefined;
  signal: AbortSignal;
}

export type Handler = (sent: Sent, count: number) => Response | Promise<Response>;

/** A provider, what it sent, and its events. */
export function stubbed(
  handler: Handler,
  config: ModelConfig = groqConfig({ max_retries: 0 }),
  dependencies: ProviderDependencies = {},
) {
  const sent: Sent[] = [];
  const fetch: ProviderDependencies["fetch"] = async (url, init) => {
    const { method, signal, body } = init;
    const headers = new Headers(init.headers);
    const request = { url, method, headers, signal, body: body === undefined ? undefined : JSON.parse(body) };
    sent.push(request);
    return handler(request, sent.length);
  };
  return { provider: createProvider(config, { fetch, ...dependencies }), sent };
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** An ordinary answer with this text. */
export const completion = (content: string, rest: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "openai/gpt-oss-20b",
  choices: [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 3,
    completion_tokens: 4,
    total_tokens: 7,
    prompt_time: 0.001,
    completion_time: 0.002,
    total_time: 0.003,
  },
  usage_breakdown: null,
  x_groq: { id: "req_1" },
  ...rest,
});
