/** A server that answers as a document says: each operation with a body made from its schema. */
import { find, formsOf } from "../../generator/find.ts";
import { refTo, type Schema } from "../../generator/schema.ts";
import {
  type Api,
  type ApiOperation,
  type Answer as Described,
  jsonIn,
  select,
} from "../../generator/select.ts";
import { correctDocument, loadDocument, type OpenApiDocument } from "../../openapi/document.ts";
import { unescapeUri } from "../../openapi/json.ts";
import { findOperation, literalParts } from "../../openapi/operations.ts";
import { isObject } from "../../provider/base/values.ts";
import { type Answer, jsonAnswer, send, streamAnswer, toEvent } from "../answer.ts";
import type { ReceivedRequest } from "../received.ts";
import type { ErrorReply } from "../reply.ts";
import { Sampler, type Wish } from "./sampler.ts";
import { answerWish, eventWish, lastWish, turnOf, usageWish } from "./turn.ts";
import type { AnswersOptions, Bodies, DocumentAnswers, ServedDocument } from "./types.ts";

interface Route {
  method: string;
  /** The path between its parameters. */
  path: readonly string[];
  operation: ApiOperation;
}

/** A document from a file, a URL or its parsed content, with overlays. */
export async function loadServed(
  source: string | URL | object,
  overlays: readonly (string | URL)[],
): Promise<ServedDocument> {
  const isSource = typeof source === "string" || source instanceof URL;
  return serveDocument(
    isSource ? await loadDocument(source, overlays) : await correctDocument(source, "document", overlays),
  );
}

/** Throws `GenerateError` for a document without a chat operation. */
export function serveDocument(document: OpenApiDocument): ServedDocument {
  const api = select(document, "all");
  const routes = api.operations
    .map((operation) => ({
      method: operation.method.toUpperCase(),
      path: literalParts(operation.path),
      operation,
    }))
    // The longer and more literal first.
    .sort((a, b) => b.path.join("").length - a.path.join("").length);
  return {
    source: document.source,
    operations: api.operations.map(({ label }) => label),
    model: namedModel(api),
    answers: (options) => new Answers(api, routes, options),
  };
}

/** How many events of a stream come before the last, so that more than one way of each choice is met. */
const EVENTS: Readonly<Record<Bodies, number>> = { minimal: 1, maximal: 3 };

class Answers implements DocumentAnswers {
  readonly #api: Api;
  readonly #routes: readonly Route[];
  readonly #bodies: Bodies;
  readonly #sampler: Sampler;

  constructor(api: Api, routes: readonly Route[], { bodies, seed }: AnswersOptions) {
    this.#api = api;
    this.#routes = routes;
    this.#bodies = bodies;
    this.#sampler = new Sampler(api.schemas, bodies, seed);
  }

  get isSpent(): boolean {
    return this.#sampler.isSpent;
  }

  answer(request: ReceivedRequest, error?: ErrorReply["error"]): Answer {
    const operation = findOperation(this.#routes, request.method, request.path)?.operation;
    if (error) return this.#error(operation, error);
    if (!operation)
      return this.#error(undefined, {
        status: 404,
        message: `The document has no operation for ${request.method} ${request.path}`,
        code: "unknown_url",
      });
    const problem = this.#problemOf(operation, request.body);
    if (problem !== undefined) return this.#error(operation, { status: 400, message: problem });
    const turn = turnOf(request.body);
    if (isChat(operation)) {
      const isStream = isObject(request.body) && request.body.stream === true;
      if (isStream && this.#api.roles.has("StreamChunk")) return this.#chatStream(request.body);
      return this.#success(operation, answerWish(turn));
    }
    return this.#success(operation, wishOf(operation, request));
  }

  /** What the document has against the body of a request. */
  #problemOf({ body }: ApiOperation, given: unknown): string | undefined {
    const schema = jsonIn(body?.content);
    // Other media types are not read here.
    if (!schema || (body && body.content.size > 1 && !isObject(given))) return undefined;
    if (given === "") return body?.required ? "expected a JSON body" : undefined;
    return this.#sampler.misfits(schema, given)[0];
  }

  #success({ answers }: ApiOperation, wish: Wish): Answer {
    const status = [...answers.keys()].filter((key) => key.startsWith("2")).sort()[0] ?? "default";
    const code = /^\d+$/.test(status) ? Number(status) : 200;
    return this.#written(code, answers.get(status), wish);
  }

  #written(status: number, described: Described | undefined, wish: Wish): Answer {
    const json = jsonIn(described?.content);
    if (json) return jsonAnswer(status, this.#sampler.sample(json, wish));
    const [media] = described?.content ?? [];
    if (!media) return { status, headers: {}, steps: [] };
    const [type, schema] = media;
    if (type.startsWith("text/event-stream")) return this.#events(schema);
    const value = this.#sampler.sample(schema, wish);
    const isText = type.startsWith("text/");
    // The start of a sound or a picture: nobody here listens to it.
    const step = isText
      ? send(String(value))
      : ({ type: "send", bytes: new Uint8Array([0, 255, 1, 254]) } as const);
    return {
      status,
      headers: { "content-type": type.includes("*") ? "application/octet-stream" : type },
      steps: [step],
    };
  }

  #events(schema: Schema): Answer {
    const events = Array.from({ length: EVENTS[this.#bodies] }, () => toEvent(this.#sampler.sample(schema)));
    return streamAnswer([...events, toEvent("[DONE]")]);
  }

  #chatStream(body: unknown): Answer {
    const turn = turnOf(body);
    const of = EVENTS[this.#bodies];
    const schema = refTo(this.#api.roles.get("StreamChunk") ?? "");
    const chunks: unknown[] = [];
    let head: Record<string, unknown> = {};
    for (let index = 0; index < of; index++) {
      const chunk = this.#sampler.sample(schema, eventWish(turn, { index, of, head }));
      chunks.push(chunk);
      if (index === 0) head = headOf(chunk);
    }
    chunks.push(this.#sampler.sample(schema, lastWish(turn, head)));
    if (wantsUsage(body)) chunks.push(this.#sampler.sample(schema, usageWish(head)));
    return streamAnswer([...chunks.map((chunk) => toEvent(chunk)), toEvent("[DONE]")]);
  }

  /** By the schema of this status, else of all errors. */
  #error(
    operation: ApiOperation | undefined,
    { status, message, type, code, headers }: ErrorReply["error"],
  ): Answer {
    const answers = operation?.answers;
    const described =
      answers?.get(String(status)) ??
      answers?.get(`${Math.floor(status / 100)}XX`) ??
      answers?.get("default");
    const role = this.#api.roles.get("ErrorAnswer");
    const schema = jsonIn(described?.content) ?? (role === undefined ? undefined : refTo(role));
    const told: Record<string, Wish> = {
      message: { value: message },
      ...(code !== undefined && { code: { value: code } }),
      ...(type !== undefined && { type: { value: type } }),
    };
    const wish: Wish = { members: { ...told, error: { value: message, isThere: true, members: told } } };
    return jsonAnswer(status, schema ? this.#sampler.sample(schema, wish) : { error: { message } }, headers);
  }
}

/** Of a list of models that is closed the first. */
function namedModel({ schemas, roles }: Api): string | undefined {
  const found = find(schemas, refTo(roles.get("ChatRequest") ?? ""), ["model"]);
  const forms = found ? formsOf(schemas, found) : [];
  const isClosed = forms.every(({ enum: values }) => values !== undefined);
  const [first] = isClosed ? forms.flatMap(({ enum: values = [] }) => values) : [];
  return typeof first === "string" ? first : undefined;
}

const isChat = ({ method, path }: ApiOperation): boolean => method === "post" && path === "/chat/completions";

/** What each event of an answer repeats. */
function headOf(chunk: unknown): Record<string, unknown> {
  const entries = isObject(chunk) ? Object.entries(chunk) : [];
  return Object.fromEntries(entries.filter(([name]) => ["id", "created", "object", "model"].includes(name)));
}

const wantsUsage = (body: unknown): boolean =>
  isObject(body) && isObject(body.stream_options) && body.stream_options.include_usage === true;

/** A vector for each text, a model in the list, the model that was asked for. */
function wishOf({ label }: ApiOperation, { path, body }: ReceivedRequest): Wish {
  const one = { isThere: true, length: 1 };
  if (label === "GET /models") return { ...one, members: { data: one } };
  if (label === "GET /models/{model}")
    return { members: { id: { value: unescapeUri(path.replace(/^.*\/models\//, "")) } } };
  if (label !== "POST /embeddings") return { members: { error: { isAbsent: true } } };
  const { input, encoding_format: format }: { [key: string]: unknown } = isObject(body) ? body : {};
  const length = Array.isArray(input) ? input.length : 1;
  const item = (index: number): Wish => ({
    members: { index: { value: index }, embedding: { value: vector(format, index) } },
  });
  return { members: { data: { isThere: true, length, item } } };
}

/** As it was asked for; unasked as numbers and as base64 in turn. */
const vector = (format: unknown, index: number): unknown =>
  format === "base64" || (format === undefined && index % 2 === 1) ? "AAAAPwAAgD8=" : [0.5, 1];
