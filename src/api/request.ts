/** Any operation of a service, sent as a call of the provider is: with key, limits, retries, deadline, and errors as `LlmError`. */

import { LlmError, memberOf } from "../provider/base/error.ts";
import type { FetchAnswer } from "../provider/base/exchange.ts";
import type { HeaderReader } from "../provider/base/headers.ts";
import type { AnswerHead } from "../provider/base/layer.ts";
import type { RateLimitSnapshot } from "../provider/base/limits.ts";
import type { CallOptions } from "../provider/base/types.ts";
import { demandObject, invalidRequest, isObject, kindOf, readingLater } from "../provider/base/values.ts";
import type { OpenAiCompatibleProvider } from "../provider/openai-compatible.ts";
import { findError } from "../provider/wire/error-body.ts";
import { errorFromAnswer } from "../provider/wire/errors.ts";
import { serialise } from "../provider/wire/untyped-input.ts";
import { readBytes } from "./read-bytes.ts";

/** What is sent, as far as no document types it. */
export interface OperationInput {
  /** Values for the places in the path: `{ file_id: "file-1" }`. */
  readonly path?: object | undefined;
  /** Behind the path. A list comes once for each item; what is undefined is left out. */
  readonly query?: object | undefined;
  /** Beside those of the provider. */
  readonly headers?: object | undefined;
  /** A body that goes as JSON. */
  readonly body?: unknown;
  /**
   * A body that goes as a form: `multipart/form-data`. A `Blob` or `File` is a file, a list comes once for each item, any other
   * object as JSON.
   */
  readonly form?: object | undefined;
  /** A body as it is, of the type that `contentType` says. */
  readonly bytes?: Uint8Array | Blob | string | undefined;
  /** Of `bytes`. */
  readonly contentType?: string | undefined;
}

/** Options of such a call: those of all calls, and how much may come. */
export interface OperationOptions extends CallOptions {
  /** For limits and events. Default: the `model` of the body or form, else the provider's. */
  model?: string | undefined;
  /** The longest answer that is read, in bytes; a longer one is `InvalidResponse`. Default 64 Mi. */
  maxBytes?: number | undefined;
}

/** What came. */
export interface OperationAnswer<T = unknown> {
  /**
   * JSON parsed, text as a string, anything else as a `Uint8Array`; `undefined` where nothing came, and with status 204 or 205,
   * whatever the document says of a body.
   */
  data: T;
  /** HTTP status. */
  status: number;
  /** The answer's headers. */
  headers: HeaderReader;
  /** From `x-request-id`: quote it to the vendor's support. */
  requestId?: string;
  /** What the headers said of the limits. */
  rateLimits?: RateLimitSnapshot;
}

const MOST_BYTES = 64 << 20;

/** No content, and reset content: such an answer ends with its headers. */
const BODILESS = new Set([204, 205]);

/** What sends any request: every provider of this package, and one of `withApi`. */
export type Sender = Pick<OpenAiCompatibleProvider, "send">;

/** What a document knows of an operation. */
export interface OperationFacts {
  /** Leads from the base URL to where the operation's path begins: `/../..`. */
  above?: string | undefined;
  /** What is wrong with JSON that came, if anything. */
  check?: ((data: unknown) => string | undefined) | undefined;
}

/**
 * Sends the operation that `label` names (`POST /audio/transcriptions`, behind the provider's base URL) and reads its answer to the
 * end. Rejects with `LlmError`: `InvalidRequest` for input that can't be sent, and as
 * any call does.
 */
export async function sendOperation<T>(
  provider: Sender,
  label: string,
  input: OperationInput & OperationOptions,
  facts: OperationFacts = {},
): Promise<OperationAnswer<T>> {
  return readingLater("the operation", async () => {
    if (typeof memberOf(provider, "send") !== "function")
      throw invalidRequest("provider", `expected a provider of this package, got ${kindOf(provider)}`);
    demandObject("input", input, "InvalidRequest");
    demandObject("facts", facts, "InvalidRequest");
    return send<T>(provider, label, input, facts);
  });
}

async function send<T>(
  provider: Sender,
  label: string,
  {
    path,
    query,
    headers,
    body,
    form,
    bytes,
    contentType,
    maxBytes = MOST_BYTES,
    model,
    ...options
  }: OperationInput & OperationOptions,
  { above = "", check }: OperationFacts,
): Promise<OperationAnswer<T>> {
  const [, method = "", template = ""] = /^([A-Z]+) (\/.*)$/.exec(label) ?? [];
  if (!method)
    throw invalidRequest(
      "label",
      `expected a method and a path, such as "GET /files", got ${typeof label === "string" ? `"${label}"` : kindOf(label)}`,
    );
  const content = await contentOf({ body, form, bytes, contentType });
  const request = {
    method,
    path: above + pathOf(template, path) + queryOf(query),
    model: model ?? modelIn(body) ?? modelIn(form),
    headers: { ...textsOf("headers", headers), ...(content && { "content-type": content.type }) },
    text: async () => content?.text,
    content: content?.bytes,
  };
  return provider.send(request, options, async ({ answer, head }, transport) => {
    const data = await readData(answer, maxBytes, (text) => transport.parse(text, answer));
    const failure = isObject(data) ? findError(data) : undefined;
    if (failure !== undefined) {
      const { status, headers: given } = answer;
      throw errorFromAnswer({ status, headers: given, body: failure, model, redact: transport.redact });
    }
    const problem = BODILESS.has(answer.status) ? undefined : check?.(data);
    if (problem !== undefined)
      throw new LlmError("InvalidResponse", `The answer of ${label}: ${problem}`, head);
    // The check converts nothing: what fits is what came.
    return answerOf(data as T, answer, head);
  });
}

function answerOf<T>(
  data: T,
  { headers }: FetchAnswer,
  { status, requestId, rateLimits }: AnswerHead,
): OperationAnswer<T> {
  const answer: OperationAnswer<T> = { data, status, headers };
  if (requestId !== undefined) answer.requestId = requestId;
  if (rateLimits) answer.rateLimits = rateLimits;
  return answer;
}

const modelIn = (input: unknown): string | undefined =>
  isObject(input) && typeof input.model === "string" ? input.model : undefined;

function pathOf(template: string, values: object = {}): string {
  const given = new Map(Object.entries(values));
  const path = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const value: unknown = given.get(name);
    given.delete(name);
    if (typeof value !== "string" && typeof value !== "number")
      throw invalidRequest(`path.${name}`, "expected a text");
    // Such a segment would lead elsewhere.
    if (/^\.{0,2}$/.test(String(value)))
      throw invalidRequest(`path.${name}`, `expected a name, got "${value}"`);
    return encodeURIComponent(value);
  });
  const [unknown] = given.keys();
  if (unknown !== undefined) throw invalidRequest(`path.${unknown}`, `has no place in ${template}`);
  return path;
}

function queryOf(values: object = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) if (one !== undefined && one !== null) query.append(name, textOf(one));
  const text = query.toString();
  return text && `?${text}`;
}

function textsOf(place: string, values: object = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (value === undefined) return [];
      if (typeof value === "object") throw invalidRequest(`${place}.${name}`, "expected a text");
      return [[name.toLowerCase(), String(value)]];
    }),
  );
}

const textOf = (value: unknown): string => (typeof value === "object" ? serialise(value) : String(value));

interface Content {
  type: string;
  text?: string;
  bytes?: Uint8Array<ArrayBuffer>;
}

async function contentOf({ body, form, bytes, contentType }: OperationInput): Promise<Content | undefined> {
  const given = Object.entries({ body, form, bytes }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length > 1) throw invalidRequest(given.join(" and "), "expected one of them");
  if (body !== undefined) return { type: "application/json", text: serialise(body) };
  if (form !== undefined) return contentFrom(new Response(formOf(form)));
  if (bytes === undefined) return undefined;
  if (contentType === undefined)
    throw invalidRequest("contentType", "expected the type of the bytes, such as audio/mpeg");
  return {
    ...(await contentFrom(new Response(typeof bytes === "string" ? bytes : copyOf(bytes)))),
    type: contentType,
  };
}

/** A view of shared memory is none that can be sent. */
const copyOf = (bytes: Uint8Array | Blob): Uint8Array<ArrayBuffer> | Blob =>
  bytes instanceof Blob ? bytes : new Uint8Array(bytes);

/** The platform writes a form, with its boundary in the type. */
async function contentFrom(written: Response): Promise<Content> {
  const type = written.headers.get("content-type") ?? "application/octet-stream";
  return { type, bytes: new Uint8Array(await written.arrayBuffer()) };
}

function formOf(values: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values))
    for (const one of [value].flat()) {
      if (one === undefined || one === null) continue;
      if (one instanceof Blob) form.append(name, one, "name" in one ? String(one.name) : name);
      else if (one instanceof Uint8Array) form.append(name, new Blob([new Uint8Array(one)]), name);
      else form.append(name, textOf(one));
    }
  return form;
}

async function readData(
  answer: FetchAnswer,
  maxBytes: number,
  parse: (text: string) => unknown,
): Promise<unknown> {
  const bytes = await readBytes(answer, maxBytes);
  if (BODILESS.has(answer.status)) return undefined;
  const type = answer.headers.get("content-type") ?? "";
  if (/^application\/([\w.-]+\+)?json\b/i.test(type)) return parse(decode(bytes));
  if (bytes.length === 0) return undefined;
  return /^text\//i.test(type) ? decode(bytes) : bytes;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
