/** What is particular to one service: a record of differences from the protocol, read by the rooms above. */
import { chatRequestFields } from "../../generated/fields.ts";
import type { EndpointType, ReasoningField } from "../base/types.ts";

/** Members of a message or a call that a service sends, and wants back as they came. */
export type VendorField = "reasoning_details" | "extra_content" | "thought_signature";

/** What is particular to one service. */
export interface ServiceProfile {
  /** The value of `provider` in a configuration. */
  provider: string;
  /** How errors call it. */
  label: string;
  /** Used where a configuration has no `base_url`; its path is added to an address that is a host alone. */
  baseUrl: string | undefined;
  /** That path by hosts, as in `hosts`, where each account has one of its own. */
  barePaths: Readonly<Record<string, string>>;
  /**
   * Hosts by which an `openai-compatible` base URL is recognised; one that begins with a dot stands for all below it, and one
   * with a port for a server on this machine.
   */
  hosts: readonly string[];
  /** What the service itself can do. */
  endpoints: readonly EndpointType[];
  /** Most choices of one call. */
  maxChoices: number;
  /** Unknown request fields are refused, so `extra` is checked before the call. */
  closedRequests: boolean;
  /** Fields of a chat request that the service's document knows. */
  requestFields: readonly string[];
  /** Fields of a chat request that the service refuses, though the protocol has them: refused before the call. */
  refusedFields: readonly string[];
  /** Fields that the service knows by another name. */
  renamedFields: Readonly<Record<string, string>>;
  /** Which field carries `maxTokens`. Some services ignore the other one without a word. */
  maxTokensField: "max_completion_tokens" | "max_tokens";
  /** `json_object`: it knows no `json_schema`, so JSON is asked for, and the schema goes into a system message. */
  structuredOutput: "json_schema" | "json_object";
  /** Takes `response_format: json_schema` beside `tools`. */
  schemaBesideTools: boolean;
  /**
   * Where reasoning goes back. `as_received`: where it came from, and nowhere when nobody knows; `none`: it is left out,
   * since the service would refuse it.
   */
  reasoningField: ReasoningField | "as_received" | "none";
  /** `nested`: reasoning is turned on and off by `reasoning: { enabled }`; `reasoning_effort` says only how much. */
  reasoningRequest: "effort" | "nested";
  /** `empty`: refuses an assistant's message without `content`, so that of one that only calls is an empty text. */
  contentBesideCalls: "omitted" | "empty";
  /** `system`: knows no role `developer`, so such messages are sent as the system's. */
  developerRole: "developer" | "system";
  /** Takes `name` on messages; where not, one that has it is refused before the call. */
  messageNames: boolean;
  /** Which of the members that services want back this one takes. Others would be refused, so they are left out. */
  vendorFields: readonly VendorField[];
  /** Takes `stream_options: { include_usage }`. Services that don't send usage anyway. */
  streamUsage: boolean;
  /** `optional`: its streams may end without a `finish_reason`, which is a failure elsewhere. */
  finishReason: "required" | "optional";
  /** Which header carries the key. */
  auth: "bearer" | "api-key";
  /** The environment's variable that holds the key, where code names none. */
  keyVariable: string | undefined;
  /** What stands for a key where a server takes any, or none. */
  anyKey: string | undefined;
  /** Milliseconds that its limits hold for, where its headers are known to mean them and do not say so themselves. */
  limitPeriods: {
    /** Of its limit of calls. */
    requests?: number;
    /** Of its limit of tokens. */
    tokens?: number;
  };
}

/** Any server that speaks the protocol: nothing is refused before the server had its say. */
export const openAiCompatible: ServiceProfile = {
  provider: "openai-compatible",
  label: "The service",
  baseUrl: undefined,
  barePaths: {},
  hosts: [],
  endpoints: ["chat", "completion", "embedding"],
  maxChoices: Number.POSITIVE_INFINITY,
  closedRequests: false,
  requestFields: chatRequestFields,
  refusedFields: [],
  renamedFields: {},
  maxTokensField: "max_completion_tokens",
  structuredOutput: "json_schema",
  schemaBesideTools: true,
  reasoningField: "as_received",
  reasoningRequest: "effort",
  contentBesideCalls: "omitted",
  developerRole: "developer",
  messageNames: true,
  vendorFields: ["reasoning_details", "extra_content", "thought_signature"],
  streamUsage: true,
  finishReason: "required",
  auth: "bearer",
  keyVariable: undefined,
  anyKey: undefined,
  limitPeriods: {},
};

/** Groq's own fields for the form of reasoning: most others refuse or ignore them. */
export const GROQ_REASONING_FIELDS = ["reasoning_format", "include_reasoning"] as const;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
