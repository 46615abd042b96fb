/** A model on a Groq whose answers are written out, asked without `ai`. */
import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import { expect } from "vitest";
import { toLanguageModel } from "../../src/ai-sdk/index.ts";
import { createGroq, type GroqOptions } from "../../src/provider/index.ts";
import { type Answer, fakeGroq } from "./wire.ts";

export const ask = (text: string): LanguageModelV3CallOptions["prompt"] => [
  { role: "user", content: [{ type: "text", text }] },
];

export function modelOf(answers: Answer[], model = "openai/gpt-oss-20b", options: Partial<GroqOptions> = {}) {
  const fake = fakeGroq(...answers);
  const provider = createGroq({ apiKey: "gsk_test", model, maxRetries: 0, fetch: fake.fetch, ...options });
  return { model: toLanguageModel(provider), fake, provider };
}

/** Options as untyped code gives them, or a newer major. */
export const newer = (options: LanguageModelV3CallOptions, more: object): LanguageModelV3CallOptions =>
  Object.assign({}, options, more);

/** The same of a prompt. */
export function prompt(...messages: object[]): LanguageModelV3CallOptions["prompt"] {
  return Object.assign(ask("?"), messages);
}

export async function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("expected it to fail"),
    (error: unknown) => error,
  );
}

export async function partsOf(parts: ReadableStream<LanguageModelV3StreamPart>) {
  const all: LanguageModelV3StreamPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}
