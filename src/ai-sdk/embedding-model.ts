/** A provider as an embedding model of the AI SDK. */
import type { EmbeddingModelV3, EmbeddingModelV3CallOptions } from "@ai-sdk/provider";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import { toExchange } from "./answer.ts";
import { readOptions as readGroq, warnOfHeaders } from "./call.ts";
import { readCall, toSdkError } from "./errors.ts";
import { GivenOptions } from "./given-options.ts";
import { jsonOf } from "./json.ts";
import { readOptions } from "./model-options.ts";
import { EMBED_SETTINGS } from "./options-types.ts";
import { loadPeer } from "./peer.ts";
import { Warnings } from "./warnings.ts";

export interface EmbeddingModelOptions {
  /** Instead of the configuration's model. */
  model?: string | undefined;
  /** Longer lists become several calls. Default 2048, the most that OpenAI takes; 100 for Gemini, 10 for Alibaba. */
  maxEmbeddingsPerCall?: number | undefined;
}

/** Any provider whose service has embeddings, as a model for `embed` and `embedMany` of `ai` 6 and 7. */
export function toEmbeddingModel(
  provider: LlmProvider,
  options: EmbeddingModelOptions = {},
): EmbeddingModelV3 {
  const { config, model, maxEmbeddingsPerCall } = readOptions(provider, options, EMBEDDING);
  return {
    specificationVersion: "v3",
    provider: `${config.provider}.embedding`,
    modelId: model ?? config.model,
    maxEmbeddingsPerCall,
    supportsParallelCalls: true,
    async doEmbed(call) {
      await loadPeer();
      const asked = { provider, path: "embeddings" } as const;
      const warnings = new Warnings();
      const { values, signal, options } = readCall(asked, () => toEmbedCall(call, config.provider, warnings));
      try {
        const response = await provider.embed(values, { ...options, model, signal });
        const { embeddings, usage, requestId } = response;
        const tokens = usage?.promptTokens ?? usage?.totalTokens;
        return {
          embeddings,
          ...(tokens !== undefined && { usage: { tokens } }),
          providerMetadata: { groq: jsonOf({ requestId }) },
          response: toExchange(response),
          warnings: warnings.list,
        };
      } catch (fault) {
        throw toSdkError(fault, { ...asked, signal, request: { ...options, model, input: values } });
      }
    },
  };
}

function toEmbedCall(
  { values, abortSignal: signal, headers, providerOptions }: EmbeddingModelV3CallOptions,
  service: string,
  warnings: Warnings,
) {
  warnOfHeaders(headers, warnings);
  return {
    values,
    signal,
    options: readGroq(providerOptions, new GivenOptions(service, warnings), EMBED_SETTINGS),
  };
}

/** What the provider must have, and the options that there are. */
const EMBEDDING = { methods: ["embed"], names: ["model", "maxEmbeddingsPerCall"] };
