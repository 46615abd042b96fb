/** What `providerOptions.groq` may hold. */
import type { ChatStreamOptions, EmbedOptions, ImagePart, JsonObject } from "../provider/base/types.ts";

/** Options of a chat that have a setting of the AI SDK's own, and belong there. */
export const SETTINGS = {
  model: "the model's own `model`",
  tools: "`tools`",
  toolChoice: "`toolChoice`",
  n: "several calls: a model of the AI SDK gives one answer",
  temperature: "`temperature`",
  maxTokens: "`maxOutputTokens`",
  topP: "`topP`",
  stop: "`stopSequences`",
  seed: "`seed`",
  responseFormat: "`Output.object` or `generateObject`",
  signal: "`abortSignal`",
  includeRaw: "`includeRawChunks`",
} as const satisfies Partial<Record<keyof ChatStreamOptions, string>>;

/** The same of `embed` and `embedMany`. What only a chat has is an unknown name there, which the provider refuses. */
export const EMBED_SETTINGS = {
  model: SETTINGS.model,
  signal: SETTINGS.signal,
} as const satisfies Partial<Record<keyof EmbedOptions, string>>;

// Types rather than interfaces: only they pass for the JSON that `providerOptions` takes.

/** In `providerOptions.groq` of a call: every option of a chat that the AI SDK has no setting for. */
export type GroqCallOptions = Omit<ChatStreamOptions, keyof typeof SETTINGS | "extra"> & {
  /** Further fields of the request, by their wire names. */
  extra?: JsonObject | undefined;
  /** `false`: for models without structured outputs; the schema is told in a system message. Default true. */
  structuredOutputs?: boolean | undefined;
  /** Whether the server lets the model write only what fits the schema. Default: where the schema allows it. */
  strictJsonSchema?: boolean | undefined;
};

/** In `providerOptions.groq` of a message. */
export type GroqMessageOptions = {
  /** Members of the message by their wire names: `cache_control`, … */
  extra?: JsonObject | undefined;
  /** Tells speakers of one role apart: of users and the system. */
  name?: string | undefined;
};

/** In `providerOptions.groq` of a part. */
export type GroqPartOptions = {
  /** Members of the part by their wire names. */
  extra?: JsonObject | undefined;
  /** Of an image. */
  detail?: ImagePart["detail"];
};

/** In `providerOptions.groq` of `embed` and `embedMany`. */
export type GroqEmbedOptions = Omit<EmbedOptions, keyof typeof EMBED_SETTINGS>;
