/** A provider that speaks a document of one's own: its fields, its answers, its operations. */

import { LlmError, memberOf } from "../provider/base/error.ts";
import type { LlmProvider } from "../provider/base/llm-provider.ts";
import type { NamedRequestField } from "../provider/base/options.ts";
import type {
  ChatOptions,
  ChatResponse,
  ChatStream,
  ChatStreamOptions,
  CompletionOptions,
  CompletionResponse,
  Message,
} from "../provider/base/types.ts";
import { demandObject, isObject, kindOf, reading } from "../provider/base/values.ts";
import type { Input, JsonInput, Label, Output } from "./operation-types.ts";
import {
  type OperationAnswer,
  type OperationInput,
  type OperationOptions,
  type Sender,
  sendOperation,
} from "./request.ts";

/** Where an answer lacks what its document says, as the generated checks tell it. */
export interface AnswerProblem {
  /** Such as `string`. */
  expected: string;
  /** The type that came. */
  got: string;
  /** Such as `.segments[0].text`. */
  place: string;
}

/** What `groq-provider generate` writes into `api.ts`. */
export interface Api<Paths> {
  /** Names of the fields of a chat request. */
  readonly chatRequestFields: readonly string[];
  /** By the label of the operation, what is wrong with its JSON. */
  readonly checks: Readonly<Record<string, (value: unknown) => AnswerProblem | undefined>>;
  /** By label, what leads from the base URL to where the path of an operation begins that does not stand behind it: `/../..`. */
  readonly above?: Readonly<Record<string, string>>;
  /** The operations; a type alone, and never a value. */
  readonly paths?: Paths;
}

type Chat = "POST /chat/completions";

/** Fields of the document's chat request that no option has, by their wire names. */
export interface ExtraOf<Paths> {
  /** They are sent whatever this version of the library knows. */
  extra?: Partial<Omit<JsonInput<Paths, Chat>, NamedRequestField>> | undefined;
}

/** The answer as it came, typed by the document. */
export interface RawOf<Paths> {
  /** As the document has it; every member may be absent or null, as on the wire. */
  readonly raw: Output<Paths, Chat>;
}

/** Any options, with `extra` as the document has it. */
type Typed<Options, Paths> = Omit<Options, "extra"> & ExtraOf<Paths>;

/** An `LlmProvider` whose fields, answers and operations are those of a document. */
export interface ApiProvider<Paths> extends LlmProvider, Sender {
  /** As every provider's, with the document's fields in `extra`, and its answer in `raw`. */
  chat(
    messages: readonly Message[],
    options?: Typed<ChatOptions, Paths>,
  ): Promise<Omit<ChatResponse, "raw"> & RawOf<Paths>>;
  /** The same piece by piece. */
  chatStream(messages: readonly Message[], options?: Typed<ChatStreamOptions, Paths>): ChatStream;
  /** A chat of one user message. */
  complete(
    prompt: string,
    options?: Typed<CompletionOptions, Paths>,
  ): Promise<Omit<CompletionResponse, "raw"> & RawOf<Paths>>;
  /**
   * Sends any operation of the document: `request("POST /audio/transcriptions", { form: { file, model } })`. With key, limits,
   * retries and deadline, as a chat has them. The answer is checked, and typed. Rejects with `LlmError`.
   */
  request<L extends Label<Paths>>(
    label: L,
    input: Input<Paths, L> & OperationOptions,
  ): Promise<OperationAnswer<Output<Paths, L>>>;
}

function fieldsOf<Paths>(provider: unknown, api: Api<Paths>): ReadonlySet<string> {
  if (typeof memberOf(provider, "chat") !== "function")
    throw new LlmError("ConfigError", `provider: expected a provider, got ${kindOf(provider)}`);
  demandObject("api", api);
  demandObject("api.checks", api.checks);
  if (!Array.isArray(api.chatRequestFields))
    throw new LlmError(
      "ConfigError",
      `api.chatRequestFields: expected a list, got ${kindOf(api.chatRequestFields)}`,
    );
  return new Set(api.chatRequestFields);
}

/**
 * The provider, speaking the document that `groq-provider generate --out src/llm` wrote:
 *
 * ```ts
 * import { api } from "./llm/api.ts"
 * const groq = withApi(createGroq({ model: "openai/gpt-oss-20b" }), api)
 * ```
 *
 * Nothing is sent by it that is not asked for; a field of the document that this version does not know is sent. Throws `ConfigError` for arguments that are none.
 */
export function withApi<Paths>(provider: LlmProvider & Sender, api: Api<Paths>): ApiProvider<Paths> {
  const known = reading("withApi", () => fieldsOf(provider, api), "ConfigError");
  /** Groq's provider refuses fields that are newer than it is, unless it is told that they are meant. */
  const sending = <O extends ChatOptions>(options: O): O => {
    const extra = isObject(options) && isObject(options.extra) ? Object.keys(options.extra) : [];
    return extra.length > 0 && extra.every((field) => known.has(field))
      ? { unknownFields: "send", ...options }
      : options;
  };
  // The check of an answer converts nothing: what came is what the document has, as far as it was looked at.
  const typed = <R extends object>(response: R) => response as Omit<R, "raw"> & RawOf<Paths>;
  return {
    get config() {
      return provider.config;
    },
    get rateLimitState() {
      return provider.rateLimitState;
    },
    chat: async (messages, options = {}) => typed(await provider.chat(messages, sending(options))),
    chatStream: (messages, options = {}) => provider.chatStream(messages, sending(options)),
    complete: async (prompt, options = {}) => typed(await provider.complete(prompt, sending(options))),
    send: (request, options, read) => provider.send(request, options, read),
    request: (label, input) =>
      sendOperation(provider, label, input as OperationInput & OperationOptions, {
        above: api.above?.[label],
        check: (data) => {
          const problem = api.checks[label]?.(data);
          return problem && describe(problem);
        },
      }),
    embed: (input, options) => provider.embed(input, options),
    listModels: (options) => provider.listModels(options),
    modelExists: (name, options) => provider.modelExists(name, options),
    ensureModel: (name, options) => provider.ensureModel(name, options),
    pullModel: (name, options) => provider.pullModel(name, options),
    checkService: (options) => provider.checkService(options),
    checkRateLimit: (options) => provider.checkRateLimit(options),
    supportsEndpoint: (endpoint) => provider.supportsEndpoint(endpoint),
  };
}

const describe = ({ expected, got, place }: AnswerProblem): string =>
  `expected ${expected} at ${place.replace(/^\./, "") || "its root"}, got ${got}`;
