/** The part of a document that is generated: operations, what they refer to, and which schema has which role. */
import { localTarget, type OpenApiDocument } from "../openapi/document.ts";
import { below, type JsonObject } from "../openapi/json.ts";
import { METHODS, readEvents } from "../openapi/operations.ts";
import { chunkSchema, componentSchema, type FoundOperation, findUsed, usedLabels } from "../openapi/used.ts";
import { isObject } from "../provider/base/values.ts";
import { type Note, SchemaReader } from "./read-schema.ts";
import { GenerateError, refName, refTo, type Schema, type Schemas } from "./schema.ts";

/** What the adapter sends and reads, by what it is for; a document may call it as it likes. */
export type Role =
  | "ChatRequest"
  | "EmbeddingRequest"
  | "ChatAnswer"
  | "StreamChunk"
  | "ErrorAnswer"
  | "EmbeddingAnswer"
  | "ModelList"
  | "Model";

export interface Parameter {
  in: "query" | "header" | "path" | "cookie";
  name: string;
  required: boolean;
  description: string | undefined;
  schema: Schema;
}

export interface Body {
  description: string | undefined;
  required: boolean;
  /** By media type. */
  content: Map<string, Schema>;
}

export interface Answer {
  description: string | undefined;
  headers: Map<string, { required: boolean; description: string | undefined; schema: Schema }>;
  content: Map<string, Schema>;
}

export interface ApiOperation {
  /** `POST /chat/completions`: without what stands before it in the document. */
  label: string;
  method: string;
  path: string;
  /** It does not stand where the adapter's operations do: its path is whole. */
  isElsewhere: boolean;
  id: string | undefined;
  summary: string | undefined;
  description: string | undefined;
  deprecated: boolean;
  parameters: Parameter[];
  body: Body | undefined;
  /** By status. */
  answers: Map<string, Answer>;
}

/** What is generated, in the one form. */
export interface Api {
  operations: ApiOperation[];
  schemas: Schemas;
  /** The name of the schema that has the role. */
  roles: ReadonlyMap<Role, string>;
  /** What stands before the adapter's operations in the document: `/openai/v1`. */
  prefix: string;
  notes: Note[];
}

/** Which operations beyond the adapter's: labels such as `POST /audio/transcriptions`, or all. */
export type Wanted = readonly string[] | "all";

/** Throws `GenerateError` when the chat operation, or one that is wanted, is not there. */
export function select(document: OpenApiDocument, wanted: Wanted = []): Api {
  return new Selection(document).run(wanted);
}

class Selection {
  readonly #document: OpenApiDocument;
  readonly #reader: SchemaReader;
  readonly #operations = new Map<string, ApiOperation>();
  readonly #roles = new Map<Role, string>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#reader = new SchemaReader(document);
  }

  run(wanted: Wanted): Api {
    const found = findUsed(this.#document);
    const [chat] = found;
    if (!chat || chat.label !== usedLabels[0])
      throw new GenerateError(`${this.#document.source}: lacks the operation ${usedLabels[0]}`);
    for (const one of found) if (one.prefix === chat.prefix) this.#used(one);
    for (const label of usedLabels)
      if (!this.#operations.has(label)) this.#reader.note("/paths", `lacks the operation ${label}`);
    this.#others(wanted, chat.prefix);
    this.#findRoles(chat);
    this.#giveErrors();
    return {
      operations: [...this.#operations.values()],
      schemas: this.#reader.schemas,
      roles: this.#roles,
      prefix: chat.prefix,
      notes: this.#reader.notes,
    };
  }

  #used({ label, template, item, operation, method }: FoundOperation): void {
    const path = label.slice(label.indexOf(" ") + 1);
    const theirs = namesIn(template);
    const ours = namesIn(path);
    const read = this.#operation(label, method, path, template, item, operation);
    const parameters = read.parameters.map((one) => {
      const at = one.in === "path" ? theirs.indexOf(one.name) : -1;
      return at < 0 ? one : { ...one, name: ours[at] ?? one.name };
    });
    // With an event stream beside it, a client would type every answer as a union.
    const answers = new Map([...read.answers].map(([status, answer]) => [status, onlyJson(answer)]));
    this.#operations.set(label, { ...read, parameters, answers });
  }

  #others(wanted: Wanted, prefix: string): void {
    const paths = isObject(this.#document.root.paths) ? this.#document.root.paths : {};
    const missing = new Set(wanted === "all" ? [] : wanted);
    for (const [template, value] of Object.entries(paths)) {
      const item = this.#deref(value);
      const isElsewhere = !template.startsWith(`${prefix}/`);
      const path = isElsewhere ? template : template.slice(prefix.length);
      for (const method of METHODS) {
        const operation = item[method];
        const label = `${method.toUpperCase()} ${path}`;
        if (!isObject(operation) || !(wanted === "all" || missing.delete(label))) continue;
        if (this.#isKnown(method, path)) continue;
        const read = this.#operation(label, method, path, template, item, operation);
        this.#operations.set(label, { ...read, isElsewhere });
      }
    }
    for (const label of missing) {
      if (this.#operations.has(label)) continue;
      throw new GenerateError(`${this.#document.source}: lacks the operation ${label}`);
    }
  }

  #isKnown(method: string, path: string): boolean {
    const shape = (template: string) => template.replace(/\{[^}]*\}/g, "{}");
    return [...this.#operations.values()].some(
      (one) => one.method === method && shape(one.path) === shape(path),
    );
  }

  #operation(
    label: string,
    method: string,
    path: string,
    template: string,
    item: JsonObject,
    operation: JsonObject,
  ): ApiOperation {
    const place = below(below("/paths", template), method);
    const lists = [item.parameters, operation.parameters].flatMap((list) =>
      Array.isArray(list) ? list : [],
    );
    const parameters = new Map(
      lists
        .map((value) => this.#parameter(value, place))
        .flatMap((one) => (one ? [[`${one.in} ${one.name}`, one] as const] : [])),
    );
    const responses = isObject(operation.responses) ? Object.entries(operation.responses) : [];
    return {
      label,
      method,
      path,
      isElsewhere: false,
      id: textOf(operation.operationId),
      summary: textOf(operation.summary),
      description: textOf(operation.description),
      deprecated: operation.deprecated === true,
      parameters: [...parameters.values()],
      body: operation.requestBody === undefined ? undefined : this.#body(operation.requestBody, place),
      answers: new Map(
        responses
          .filter(([status]) => /^([1-5](\d\d|XX)|default)$/i.test(status))
          .map(([status, value]) => [status, this.#answer(value, place)]),
      ),
    };
  }

  #parameter(value: unknown, place: string): Parameter | undefined {
    const { in: where, name, required, description, schema, content } = this.#deref(value);
    if (typeof name !== "string" || !isPlaceOfParameter(where)) {
      this.#reader.note(place, "a parameter without a name or a place is left out");
      return undefined;
    }
    const [media] = isObject(content) ? Object.values(content) : [];
    return {
      in: where,
      name,
      required: required === true || where === "path",
      description: textOf(description),
      schema: this.#reader.read(schema ?? (isObject(media) ? media.schema : undefined), place),
    };
  }

  #body(value: unknown, place: string): Body {
    const { description, required, content } = this.#deref(value);
    return {
      description: textOf(description),
      required: required === true,
      content: this.#content(content, place),
    };
  }

  #answer(value: unknown, place: string): Answer {
    const { description, headers, content } = this.#deref(value);
    const list = isObject(headers) ? Object.entries(headers) : [];
    return {
      description: textOf(description),
      headers: new Map(
        list.map(([name, header]) => {
          const { required, description, schema } = this.#deref(header);
          const read = this.#reader.read(schema, place);
          return [name, { required: required === true, description: textOf(description), schema: read }];
        }),
      ),
      content: this.#content(content, place),
    };
  }

  #content(content: unknown, place: string): Map<string, Schema> {
    return new Map(
      (isObject(content) ? Object.entries(content) : []).map(([type, media]) => [
        type.toLowerCase(),
        this.#reader.read(
          isObject(media) ? (media.schema ?? media.itemSchema) : undefined,
          below(place, type),
        ),
      ]),
    );
  }

  #findRoles(chat: FoundOperation): void {
    const [chatLabel, listLabel, modelLabel, embedLabel] = usedLabels;
    this.#role("ChatRequest", jsonIn(this.#operations.get(chatLabel ?? "")?.body?.content));
    this.#role("ChatAnswer", this.#success(chatLabel));
    this.#role("EmbeddingRequest", jsonIn(this.#operations.get(embedLabel ?? "")?.body?.content));
    this.#role("EmbeddingAnswer", this.#success(embedLabel));
    this.#role("ModelList", this.#success(listLabel));
    this.#role("Model", this.#success(modelLabel) ?? this.#modelOfList());
    const responses = isObject(chat.operation.responses) ? chat.operation.responses : {};
    const events = readEvents(this.#document, this.#deref(responses["200"]));
    const chunk = chunkSchema(this.#document, events);
    if (chunk !== undefined) this.#role("StreamChunk", this.#named(chunk));
    this.#role("ErrorAnswer", this.#errorAnswer(events));
    for (const role of ["ChatRequest", "ChatAnswer"] as const)
      if (!this.#roles.has(role))
        throw new GenerateError(`${this.#document.source}: ${chatLabel} has no JSON for its ${role}`);
  }

  #role(role: Role, schema: Schema | undefined): void {
    if (!schema) {
      this.#reader.note("/paths", `says nothing of the ${role}`);
      return;
    }
    const { $ref } = schema;
    this.#roles.set(role, $ref === undefined ? this.#reader.name(role, schema) : refName($ref));
  }

  /** The JSON of an operation's success. */
  #success(label: string | undefined): Schema | undefined {
    const answers = this.#operations.get(label ?? "")?.answers ?? new Map<string, Answer>();
    const status = [...answers.keys()].filter((key) => key.startsWith("2")).sort()[0] ?? "default";
    return jsonIn(answers.get(status)?.content);
  }

  #modelOfList(): Schema | undefined {
    const list = this.#resolved(refTo(this.#roles.get("ModelList") ?? ""));
    const data = this.#resolved(list?.properties?.data) ?? list;
    return data?.items;
  }

  #resolved(schema: Schema | undefined): Schema | undefined {
    return schema?.$ref === undefined ? schema : this.#resolved(this.#reader.resolve(refName(schema.$ref)));
  }

  #errorAnswer(events: Map<string, unknown> | undefined): Schema | undefined {
    const answers = [...(this.#operations.get(usedLabels[0] ?? "")?.answers ?? [])];
    const failed = answers.filter(([status]) => /^([45]|default)/i.test(status));
    const found = failed.map(([, answer]) => jsonIn(answer.content)).find((schema) => schema !== undefined);
    const other = events?.get("error") ?? componentSchema(this.#document, "ErrorResponse");
    return found ?? (other === undefined ? undefined : this.#named(other));
  }

  /** A schema of the document; one of its components by reference, also where it was handed over itself. */
  #named(value: unknown): Schema {
    const pointer = isObject(value) ? this.#document.pointers.get(value) : undefined;
    const isComponent = pointer !== undefined && /^\/components\/schemas\/[^/]+$/.test(pointer);
    return this.#reader.read(isComponent ? { $ref: `#${pointer}` } : value, pointer ?? "");
  }

  /** An operation that lists no error gets the error answer as its default, or a client would type errors as `undefined`. */
  #giveErrors(): void {
    const name = this.#roles.get("ErrorAnswer");
    if (name === undefined) return;
    for (const { answers } of this.#operations.values())
      if (![...answers.keys()].some((status) => /^([45]|default)/i.test(status)))
        answers.set("default", {
          description: "An error.",
          headers: new Map(),
          content: new Map([["application/json", refTo(name)]]),
        });
  }

  #deref(value: unknown): JsonObject {
    let target = value;
    for (let hops = 0; isObject(target) && typeof target.$ref === "string" && hops < 10; hops++) {
      const reference = target.$ref;
      target = localTarget(this.#document, reference);
      if (target === undefined) this.#reader.note("", `the reference ${reference} points to nothing`);
    }
    return isObject(target) ? target : {};
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const namesIn = (template: string): string[] =>
  [...template.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? "");

const isPlaceOfParameter = (value: unknown): value is Parameter["in"] =>
  value === "query" || value === "header" || value === "path" || value === "cookie";

/** The schema of the JSON among several media types. */
export function jsonIn(content: Map<string, Schema> | undefined): Schema | undefined {
  for (const [type, schema] of content ?? [])
    if (/^application\/([\w.-]+\+)?json\b/.test(type)) return schema;
  return undefined;
}

function onlyJson(answer: Answer): Answer {
  const json = jsonIn(answer.content);
  return json ? { ...answer, content: new Map([["application/json", json]]) } : answer;
}
