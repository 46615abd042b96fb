/** A provider as a language model of the AI SDK. */
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
} from "@ai-sdk/provider";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { ChatChunk, ChatStream } from "../provider/base/types.ts";
import { toExchange, toFinish, toMetadata, toResponseMetadata, toUsage } from "./answer.ts";
import { type Call, type ModelFacts, toCall } from "./call.ts";
import { toContent } from "./content.ts";
import { type Asked, readCall, toSdkError } from "./errors.ts";
import { readOptions } from "./model-options.ts";
import { loadPeer } from "./peer.ts";
import { StreamParts } from "./stream.ts";

/** What `toLanguageModel` takes beside the provider. */
export interface LanguageModelOptions {
  /** Instead of the configuration's model. */
  model?: string | undefined;
}

/**
 * Any provider, also a router or one of yours, as a model for `generateText`, `streamText` and all else of `ai` 6 and 7:
 *
 * ```ts
 * const model = toLanguageModel(createGroq({ model: "openai/gpt-oss-20b" }))
 * const { text } = await generateText({ model, prompt: "What is the Seine?", maxRetries: 0 })
 * ```
 *
 * The provider makes further tries itself, so `maxRetries: 0` keeps `ai` from multiplying them. Failures are `APICallError`s,
 * with the `LlmError` as `cause`.
 */
export function toLanguageModel(provider: LlmProvider, options: LanguageModelOptions = {}): LanguageModelV3 {
  const { config, service, model } = readOptions(provider, options, LANGUAGE);
  const facts: ModelFacts = { service, model, modelId: model ?? config.model };
  const callOf = (options: LanguageModelV3CallOptions) =>
    readCall({ provider, path: "chat/completions" }, () => toCall(options, facts));
  return {
    specificationVersion: "v3",
    provider: `${config.provider}.chat`,
    modelId: facts.modelId,
    // Where the service fetches nothing `ai` does, and hands on the bytes.
    supportedUrls: service.fetchesUrls ? { "image/*": [/^https?:\/\//] } : {},
    async doGenerate(options) {
      await loadPeer();
      return generate(provider, callOf(options));
    },
    async doStream(options) {
      await loadPeer();
      return open(provider, callOf(options), options);
    },
  };
}

/** What the provider must have, and the options that there are. */
const LANGUAGE = { methods: ["chat", "chatStream"], names: ["model"] };

async function generate(provider: LlmProvider, call: Call): Promise<LanguageModelV3GenerateResult> {
  try {
    const response = await provider.chat(call.messages, call.options);
    return {
      content: toContent(response, call),
      finishReason: toFinish(response, call.answerTool),
      usage: toUsage(response.usage, response.raw),
      providerMetadata: toMetadata(response),
      response: { ...toResponseMetadata(response), ...toExchange(response) },
      warnings: call.warnings,
    };
  } catch (fault) {
    throw toSdkError(fault, askedOf(provider, call));
  }
}

/** Resolves with the first chunk, so that a failure before it is the call's, and `ai` may try again. */
async function open(
  provider: LlmProvider,
  call: Call,
  { includeRawChunks }: LanguageModelV3CallOptions,
): Promise<LanguageModelV3StreamResult> {
  const asked = askedOf(provider, call);
  try {
    const options = includeRawChunks ? { ...call.options, includeRaw: true } : call.options;
    const stream = provider.chatStream(call.messages, options);
    const chunks = stream[Symbol.asyncIterator]();
    return { stream: toStream(stream, chunks, await chunks.next(), call, asked) };
  } catch (fault) {
    throw toSdkError(fault, asked);
  }
}

function toStream(
  stream: ChatStream,
  chunks: AsyncIterator<ChatChunk>,
  first: IteratorResult<ChatChunk>,
  call: Call,
  asked: Asked,
): ReadableStream<LanguageModelV3StreamPart> {
  const parts = new StreamParts(call);
  let next: Promise<IteratorResult<ChatChunk>> | undefined = Promise.resolve(first);
  return new ReadableStream<LanguageModelV3StreamPart>({
    start: (controller) => controller.enqueue({ type: "stream-start", warnings: call.warnings }),
    async pull(controller) {
      const write = (written: LanguageModelV3StreamPart[]) => {
        for (const part of written) controller.enqueue(part);
        return written.length > 0;
      };
      try {
        for (;;) {
          const { done, value } = await (next ?? chunks.next());
          next = undefined;
          if (!done && write(parts.accept(value))) return;
          if (!done) continue;
          write(parts.finish(await stream.response));
          controller.close();
          return;
        }
      } catch (fault) {
        const error = toSdkError(fault, asked);
        if (asked.signal?.aborted) return controller.error(error);
        write(parts.fail(error));
        controller.close();
      }
    },
    cancel: () => stream.cancel(),
  });
}

function askedOf(provider: LlmProvider, { messages, options }: Call): Asked {
  const { signal, ...said } = options;
  return { provider, path: "chat/completions", signal, request: { messages, ...said } };
}
