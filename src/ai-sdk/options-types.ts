/** What `providerOptions.groq` may hold. */
import type { ChatStreamOptions, EmbedOptions, ExtraMembers, ImagePart } from "../provider/base/types.ts";

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

/** In `providerOptions.groq` of a call: every option of a chat that the AI SDK has no setting for. */
export interface GroqCallOptions extends Omit<ChatStreamOptions, keyof typeof SETTINGS> {
  /** `false`: for models without structured outputs; the schema is told in a system message. Default true. */
  structuredOutputs?: boolean | undefined;
  /** Whether the server lets the model write only what fits the schema. Default: where the schema allows it. */
  strictJsonSchema?: boolean | undefined;
}

/** In `providerOptions.groq` of a message. */
export interface GroqMessageOptions {
  /** Members of the message by their wire names: `cache_control`, … */
  extra?: ExtraMembers | undefined;
  /** Tells speakers of one role apart. */
  name?: string | undefined;
}

/** In `providerOptions.groq` of a part. */
export interface GroqPartOptions {
  /** Members of the part by their wire names. */
  extra?: ExtraMembers | undefined;
  /** Of an image. */
  detail?: ImagePart["detail"];
}

/** In `providerOptions.groq` of `embed` and `embedMany`. */
export type GroqEmbedOptions = Omit<EmbedOptions, "model" | "signal">;
