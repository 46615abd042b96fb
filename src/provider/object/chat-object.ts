/** An answer as data: asked for by a schema, held against it, and typed by it. */

import { LlmError } from "../base/error.ts";
import type { LlmProvider } from "../base/llm-provider.ts";
import type {
  ChatOptions,
  ChatResponse,
  ChatStreamOptions,
  JsonSchema,
  JsonValue,
  Message,
  ResponseFormat,
} from "../base/types.ts";
import { invalidRequest } from "../base/values.ts";
import { closeObjects, strictProblems } from "../schema/json-schema-check.ts";
import {
  type InputOf,
  type OutputOf,
  type ResolvedSchema,
  resolveSchema,
  type Schema,
  type StandardSchema,
} from "../schema/standard-schema.ts";
import { lazily, ResultStream } from "../stream/result-stream.ts";
import { checkName } from "../wire/request.ts";
import { PartialJson } from "./partial-json.ts";

/** What stays out: one answer is asked for, and Groq can't combine a schema with tools. */
type Replaced = "tools" | "toolChoice" | "parallelToolCalls" | "responseFormat" | "n";

interface ObjectOptions<S extends Schema> {
  /** A Standard Schema (zod, valibot, …) or a JSON Schema. */
  schema: S;
  /** Beside a Standard Schema that does not tell its own JSON Schema, as those of zod/mini. */
  jsonSchema?: JsonSchema | undefined;
  /** Letters, digits, `_`, `-`; at most 64. Default `response`. */
  name?: string | undefined;
  /** Tells the model what the object is for. */
  description?: string | undefined;
  /**
   * `true`: the server lets the model write nothing else than what fits; `InvalidRequest` with the places where the
   * schema is not one that strict mode takes. `false`: best effort. Default: strict where the schema allows. A Standard
   * Schema's objects are closed for it (`additionalProperties: false`) unless they are open on purpose.
   */
  strict?: boolean | undefined;
}

export interface ChatObjectOptions<S extends Schema = Schema>
  extends Omit<ChatOptions, Replaced>,
    ObjectOptions<S> {}
export interface ChatObjectStreamOptions<S extends Schema = Schema>
  extends Omit<ChatStreamOptions, Replaced>,
    ObjectOptions<S> {}

export interface ChatObjectResult<T> {
  /** What the schema makes of the answer. */
  object: T;
  response: ChatResponse;
}

/** `T` while it still arrives: every property may be missing, every text and list may be cut short. */
export type Unfinished<T> = T extends readonly (infer Item)[]
  ? Unfinished<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Unfinished<T[Key]> }
    : T;

/** Snapshots of the object as it grows, not validated. Iterate it once; or await `object`, which reads it to its end. */
export interface ChatObjectStream<T, Snapshot> extends AsyncIterable<Snapshot> {
  /** The whole object, validated. Rejects as `chatObject` does; never causes an unhandled rejection. */
  readonly object: Promise<T>;
  /** The answer; also when its text does not fit the schema. */
  readonly response: Promise<ChatResponse>;
  /** Closes the connection now. A waiting reader and `object` reject with kind `Cancelled`. */
  cancel(reason?: string): void;
}

/**
 * The model's answer as data that fits `schema`.
 *
 * Rejects as `chat` does, and with `GenerationFailed` for an answer that is no such data: `partial` has a text that was
 * cut at `maxTokens`, `failedGeneration` any other (with `json_validate_failed` what the server tells of it).
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
  const { chatOptions, schema } = prepare(options);
  const response = await provider.chat(messages, chatOptions);
  return { object: await readObject(response, schema), response };
}

/** As `chatObject`, with the object as it grows. Starts when it is iterated or awaited. */
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
  let received: ChatResponse | undefined;
  const stream = new ResultStream(async function* (
    signal,
  ): AsyncGenerator<JsonValue, ChatObjectResult<unknown>, void> {
    const { chatOptions, schema } = prepare(options);
    const answer = provider.chatStream(messages, { ...chatOptions, signal });
    const json = new PartialJson();
    for await (const chunk of answer) {
      if (chunk.type !== "text") continue;
      json.push(chunk.text);
      const snapshot = json.snapshot();
      if (snapshot !== undefined) yield snapshot;
    }
    received = await answer.response;
    return { object: await readObject(received, schema), response: received };
  }, options.signal);
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    cancel: (reason) => stream.cancel(reason),
    object: lazily(async () => (await stream.result).object),
    response: lazily(async () => {
      try {
        return (await stream.result).response;
      } catch (error) {
        if (received) return received;
        throw error;
      }
    }),
  };
}

function prepare(options: ChatObjectStreamOptions): {
  chatOptions: ChatStreamOptions;
  schema: ResolvedSchema;
} {
  const { schema, jsonSchema, name = "response", description, strict, ...chatOptions } = options;
  checkName(name, "name");
  const { tools }: ChatOptions = chatOptions;
  if (tools && tools.length > 0) {
    throw invalidRequest(
      "tools",
      "expected none beside a schema, which Groq can't combine; use runTools, then chatObject on its messages",
    );
  }
  const resolved = resolveSchema(schema, jsonSchema, "schema");
  const format = { name, description, ...decideStrictness(resolved, strict) };
  const responseFormat: ResponseFormat = { type: "json_schema", jsonSchema: format };
  return { chatOptions: { ...chatOptions, responseFormat }, schema: resolved };
}

function decideStrictness({ jsonSchema, derived }: ResolvedSchema, wanted: boolean | undefined) {
  const schema = derived ? closeObjects(jsonSchema) : jsonSchema;
  const problems = wanted === false ? [] : strictProblems(schema);
  if (wanted === true && problems.length > 0) {
    throw invalidRequest("schema", `strict mode does not take it. ${problems.join("; ")}`);
  }
  const strict = wanted ?? problems.length === 0;
  return { schema: strict ? schema : jsonSchema, strict };
}

async function readObject(response: ChatResponse, schema: ResolvedSchema): Promise<unknown> {
  const { content, refusal } = response;
  if (refusal) throw failed(response, `The model refused to answer: ${shorten(refusal)}`, refusal);
  const parsed = parse(content);
  if (parsed === undefined || wasCut(response, parsed.value)) throw notJson(response);
  const validated = await schema.validate(parsed.value);
  if (!validated.ok) {
    throw failed(response, `The answer does not fit the schema. ${validated.problems.join("; ")}`, content);
  }
  return validated.value;
}

function parse(text: string): { value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

/** An object or list that is closed is whole, wherever the answer ended; half a number is a number too. */
function wasCut({ finishReason }: ChatResponse, value: JsonValue): boolean {
  return finishReason === "length" && (typeof value !== "object" || value === null);
}

function notJson(response: ChatResponse): LlmError {
  const { content, finishReason, usage, requestId } = response;
  if (finishReason === "length") {
    const after = usage?.completionTokens !== undefined ? ` after ${usage.completionTokens} tokens` : "";
    return new LlmError("GenerationFailed", `The answer was cut off${after}; raise maxTokens`, {
      partial: content,
      requestId,
    });
  }
  const filtered = finishReason === "content_filter" ? " (stopped by the content filter)" : "";
  const got = content.trim() === "" ? "nothing" : JSON.stringify(shorten(content));
  return failed(response, `Expected an answer in JSON, got ${got}${filtered}`, content);
}

function failed({ requestId }: ChatResponse, message: string, failedGeneration: string): LlmError {
  return new LlmError("GenerationFailed", message, { failedGeneration, requestId });
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
