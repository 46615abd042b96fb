/** What is particular to one service. */
import { chatRequestFields } from "../../generated/fields.ts";
import type { EndpointType } from "../base/types.ts";

export interface ServiceProfile {
  /** The value of `provider` in a configuration. */
  provider: string;
  /** How errors call it. */
  label: string;
  /** Used where a configuration has no `base_url`. */
  baseUrl: string | undefined;
  /** What the service itself can do. */
  endpoints: readonly EndpointType[];
  /** Most choices of one call. */
  maxChoices: number;
  /** Unknown request fields are refused, so `extra` is checked before the call. */
  closedRequests: boolean;
  /** Fields of a chat request that the service's document knows. */
  requestFields: readonly string[];
  /** Which field carries `maxTokens`. */
  maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Assistant messages may carry `reasoning`. */
  takesReasoning: boolean;
}

/** Any server that speaks the protocol: nothing is refused before the server had its say. */
export const openAiCompatible: ServiceProfile = {
  provider: "openai-compatible",
  label: "The service",
  baseUrl: undefined,
  endpoints: ["chat", "completion", "embedding"],
  maxChoices: Number.POSITIVE_INFINITY,
  closedRequests: false,
  requestFields: chatRequestFields,
  maxTokensField: "max_completion_tokens",
  takesReasoning: false,
};
