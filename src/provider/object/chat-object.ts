/** An answer as data: the schema asks for it, validates it, and gives its type. */
import { unlessAborted } from "../base/abort.ts";
import { hush } from "../base/events.ts";
import { asked, checkAnswer, providerFailed } from "../base/handed-in.ts";
import type { LlmProvider } from "../base/llm-provider.ts";
import type { ChatResponse, JsonSchema, JsonValue, Message } from "../base/types.ts";
import { MAX_DEPTH } from "../base/values.ts";
import type { InputOf, OutputOf, StandardSchema } from "../schema/standard-schema.ts";
import { ResultStream } from "../stream/result-stream.ts";
import { checkProvider, signalOf } from "../wire/untyped-input.ts";
import { type ChatObjectOptions, type ChatObjectStreamOptions, prepare } from "./options.ts";
import { PartialJson } from "./partial-json.ts";
import { readObject } from "./read-object.ts";

export type { ChatObjectOptions, ChatObjectStreamOptions } from "./options.ts";

/** What `chatObject` gives. */
export interface ChatObjectResult<T> {
  /** What the schema makes of the answer. */
  object: T;
  /** The answer itself, with usage, limits and the raw text as `content`. */
  response: ChatResponse;
}

/** `T` while it still arrives: every property may be missing, every text and list may be cut short. */
export type Unfinished<T> = T extends readonly (infer Item)[]
  ? Unfinished<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Unfinished<T[Key]> }
    : T;

/**
 * Snapshots of the object as it grows, not validated: iterate it once, ask for `object`, or both, in any order. Each piece
 * of text gives a snapshot, as long as all of them together cost no more than the text; of very large objects there are
 * fewer, and the last one is whole. Their finished parts are shared: don't write to them.
 */
export interface ChatObjectStream<T, Snapshot> extends AsyncIterable<Snapshot> {
  /**
   * The whole object, validated; rejects as `chatObject` does, and never causes an unhandled rejection. Asking for it reads
   * ahead to the end, while a loop that has begun or still begins takes the snapshots at its own pace.
   */
  readonly object: Promise<T>;
  /** The answer; also when its text does not fit the schema. */
  readonly response: Promise<ChatResponse>;
  /** Closes the connection now. A waiting reader and `object` reject with kind `Cancelled`. */
  cancel(reason?: string): void;
}

/**
 * The model's answer as data that fits `schema`: one chat, with the schema sent, and the answer held against it.
 *
 * Rejects as `chat` does; with `InvalidRequest` for wrong arguments, before anything is sent; and with `GenerationFailed`
 * for an answer that is no such data: `partial` has a text that was cut at `maxTokens`, `failedGeneration` any other (with
 * `json_validate_failed` what the server tells of it).
 */
export function chatObject<S extends StandardSchema>(
  provider: Pick<LlmProvider, "chat">,
  messages: readonly Message[],
  options: ChatObjectOptions<S>,
): Promise<ChatObjectResult<OutputOf<S>>>;
export function chatObject<T = JsonValue>(
  provider: Pick<LlmProvider, "chat">,
  messages: readonly Message[],
  options: ChatObjectOptions<JsonSchema>,
): Promise<ChatObjectResult<T>>;
export async function chatObject(
  provider: Pick<LlmProvider, "chat">,
  messages: readonly Message[],
  options: ChatObjectOptions,
): Promise<ChatObjectResult<unknown>> {
  checkProvider(provider, "chat");
  const { chatOptions, schema } = await prepare(options);
  const response = await asked(() => provider.chat(messages, chatOptions));
  const object = readObject(response, schema);
  const { signal } = chatOptions;
  return { object: await (signal ? unlessAborted(object, signal) : object), response };
}

/**
 * As `chatObject`, with the object as it grows. Starts when it is iterated, or `object` or `response` is asked for; what
 * `chatObject` rejects with is thrown by the loop too.
 */
export function chatObjectStream<S extends StandardSchema>(
  provider: Pick<LlmProvider, "chatStream">,
  messages: readonly Message[],
  options: ChatObjectStreamOptions<S>,
): ChatObjectStream<OutputOf<S>, Unfinished<InputOf<S>>>;
export function chatObjectStream<T = JsonValue>(
  provider: Pick<LlmProvider, "chatStream">,
  messages: readonly Message[],
  options: ChatObjectStreamOptions<JsonSchema>,
): ChatObjectStream<T, Unfinished<T>>;
export function chatObjectStream(
  provider: Pick<LlmProvider, "chatStream">,
  messages: readonly Message[],
  options: ChatObjectStreamOptions,
): ChatObjectStream<unknown, JsonValue> {
  return new ObjectStream(provider, messages, options);
}

/** Text comes in, snapshots go out, each made when the loop takes it. */
class ObjectStream implements ChatObjectStream<unknown, JsonValue> {
  readonly #stream: ResultStream<JsonValue, ChatObjectResult<unknown>, string>;
  readonly #json = new PartialJson(MAX_DEPTH);
  #given: JsonValue | undefined;
  /** The answer, also when it is no such object. */
  #received: ChatResponse | undefined;
  #object: Promise<unknown> | undefined;
  #response: Promise<ChatResponse> | undefined;

  constructor(
    provider: Pick<LlmProvider, "chatStream">,
    messages: readonly Message[],
    options: ChatObjectStreamOptions,
  ) {
    this.#stream = new ResultStream(
      (signal) => this.#read(provider, messages, options, signal),
      signalOf(options),
      (text) => this.#next(text),
    );
  }

  get object(): Promise<unknown> {
    this.#object ??= quiet(this.#stream.result.then(({ object }) => object));
    return this.#object;
  }

  get response(): Promise<ChatResponse> {
    this.#response ??= quiet(
      this.#stream.result.then(
        ({ response }) => response,
        (error) => this.#received ?? Promise.reject(error),
      ),
    );
    return this.#response;
  }

  cancel(reason?: string): void {
    this.#stream.cancel(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<JsonValue, undefined> {
    return this.#stream[Symbol.asyncIterator]();
  }

  async *#read(
    provider: Pick<LlmProvider, "chatStream">,
    messages: readonly Message[],
    options: ChatObjectStreamOptions,
    signal: AbortSignal,
  ): AsyncGenerator<string, ChatObjectResult<unknown>, void> {
    checkProvider(provider, "chatStream");
    const { chatOptions, schema } = await prepare(options);
    try {
      const answer = provider.chatStream(messages, { ...chatOptions, signal });
      hush(answer);
      for await (const chunk of answer) {
        if (chunk.type === "text") yield chunk.text;
        else if (chunk.type === "finish") yield END;
      }
      this.#received = checkAnswer(await answer.response);
    } catch (fault) {
      throw providerFailed(fault);
    }
    const object = await unlessAborted(readObject(this.#received, schema), signal);
    return { object, response: this.#received };
  }

  /** The snapshot after one more piece of text; `undefined` where there is none yet, or none that is new. */
  #next(text: string): JsonValue | undefined {
    this.#json.push(text);
    if (text === END) return this.#json.isHeldBack ? this.#json.latest() : undefined;
    const snapshot = this.#json.snapshot();
    if (snapshot === this.#given) return undefined;
    this.#given = snapshot;
    return snapshot;
  }
}

/** Stands for the end of the text in a queue of pieces, none of which is empty. */
const END = "";

/** A promise whose rejection is never reported as unhandled. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
