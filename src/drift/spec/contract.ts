/** What a document promises of its operations: all that a caller can notice, as far as it is no schema. */
import { type OpenApiDocument, resolveReference } from "../../openapi/document.ts";
import type { JsonObject } from "../../openapi/json.ts";
import { METHODS, readEvents } from "../../openapi/operations.ts";
import { type FoundOperation, findUsed, usedLabels } from "../../openapi/used.ts";
import { isObject } from "../../provider/base/values.ts";
import { readWays, type Way } from "./security.ts";
import { readServers, serverPath } from "./servers.ts";

export interface Contract {
  /** The path on the server, prefix included, parameters as `{}`; only the path as written when no server is named. */
  path: string;
  /** The names of the path's parameters, in their order. */
  pathNames: string[];
  id: string | undefined;
  deprecated: boolean;
  sunset: string | undefined;
  /** By place: `query.limit`, `header.x-a`, `path.1`. */
  parameters: Map<string, Parameter>;
  bodyRequired: boolean;
  /** Of the request, by content type. */
  bodies: Map<string, Media>;
  responses: Map<string, Answer>;
  ways: Way[];
  /** The URLs below which it is served. */
  servers: string[];
  /** What the service sends to the caller, by name. */
  callbacks: Map<string, Contract>;
}

export interface Parameter {
  required: boolean;
  schema: unknown;
  /** How it is written, in one line. */
  style: string;
  /** How lists and objects in it are written; single values are the same either way. */
  explode: string;
  deprecated: boolean;
  sunset: string | undefined;
}

export interface Media {
  schema: unknown;
  /** How the parts of a form are written, by part. */
  encoding: Map<string, string>;
}

export interface Answer {
  /** By content type. */
  bodies: Map<string, Media>;
  headers: Map<string, Parameter>;
  /** The schema of each event's data, by the event's name; undefined where the document doesn't say. */
  events: Map<string, unknown> | undefined;
  /** Whether the document lists the names of events; otherwise only `message` can be told. */
  namesEvents: boolean;
}

/** An operation before it is read. */
export interface FoundContract {
  /** `POST /chat/completions`. */
  label: string;
  method: string;
  /** The path as written. */
  template: string;
  operation: JsonObject;
  /** Of the path, for all of its operations. */
  shared: unknown;
  servers: unknown;
}

/** All operations under `paths`. */
export function findAll(document: OpenApiDocument): FoundContract[] {
  const paths = isObject(document.root.paths) ? Object.entries(document.root.paths) : [];
  return paths.flatMap(([template, value]) => findIn(document, template, deref(document, value)));
}

const findIn = (document: OpenApiDocument, template: string, item: JsonObject): FoundContract[] =>
  METHODS.flatMap((method) => {
    const operation = item[method];
    return isObject(operation) ? [found(document, method, template, item, operation)] : [];
  });

const found = (
  document: OpenApiDocument,
  method: string,
  template: string,
  item: JsonObject,
  operation: JsonObject,
): FoundContract => ({
  label: `${method.toUpperCase()} ${template}`,
  ...{ method, template, operation },
  shared: item.parameters,
  servers: operation.servers ?? item.servers ?? document.root.servers,
});

/** What the service sends by itself: webhooks, or the callbacks of an operation. */
export const findSent = (document: OpenApiDocument, map: unknown): FoundContract[] =>
  Object.entries(isObject(map) ? map : {}).flatMap(([name, value]) =>
    findIn(document, name, deref(document, value)),
  );

/** The operations that the adapter calls, and of them only what it sends and reads, by label. */
export const readAdapterContracts = (document: OpenApiDocument): Map<string, Contract> =>
  new Map(findUsed(document).map((used) => [used.label, adapterPart(readUsed(document, used))]));

/** The chat operation, with all that is said of it. */
export function readChat(document: OpenApiDocument): Contract | undefined {
  const chat = findUsed(document).find(({ label }) => label === usedLabels[0]);
  return chat && readUsed(document, chat);
}

const readUsed = (document: OpenApiDocument, { method, template, item, operation }: FoundOperation) =>
  readContract(document, found(document, method, template, item, operation));

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/;

function adapterPart(contract: Contract): Contract {
  const responses = [...contract.responses].map(([status, answer]): [string, Answer] => {
    const json = [...answer.bodies].find(([type]) => JSON_TYPE.test(type));
    const bodies = new Map(json ? [["application/json", json[1]]] : []);
    const events = new Map([...(answer.events ?? [])].filter(([name]) => name !== "message"));
    return [status, { ...answer, bodies, headers: new Map(), events: answer.events && events }];
  });
  return {
    ...contract,
    ...{ pathNames: [], id: undefined, servers: [], callbacks: new Map() },
    responses: new Map(responses),
  };
}

/** The schema of the JSON body. */
export const jsonBody = (answer: Answer | undefined): unknown =>
  [...(answer?.bodies ?? [])].find(([type]) => JSON_TYPE.test(type))?.[1].schema;

export function readContract(
  document: OpenApiDocument,
  { template, operation, shared, servers }: FoundContract,
): Contract {
  const body = deref(document, operation.requestBody);
  const callbacks = Object.entries(isObject(operation.callbacks) ? operation.callbacks : {}).flatMap(
    ([name, value]) =>
      findSent(document, deref(document, value)).map((sent): [string, Contract] => [
        `${name} ${sent.label}`,
        readContract(document, sent),
      ]),
  );
  return {
    path: serverPath(servers) + bare(template),
    pathNames: [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? ""),
    id: typeof operation.operationId === "string" ? operation.operationId : undefined,
    deprecated: operation.deprecated === true,
    sunset: sunsetOf(operation),
    parameters: readParameters(document, template, shared, operation.parameters),
    bodyRequired: body.required === true,
    bodies: readMedia(document, body.content),
    responses: readAnswers(document, operation.responses),
    ways: readWays(document, operation.security ?? document.root.security),
    servers: readServers(servers),
    callbacks: new Map(callbacks),
  };
}

/** Without the names of parameters, and without a slash at the end. */
export const bare = (template: string): string =>
  template.replace(/\{[^{}]*\}/g, "{}").replace(/(.)\/$/, "$1");

const sunsetOf = (value: JsonObject): string | undefined =>
  typeof value["x-sunset"] === "string" ? value["x-sunset"] : undefined;

// OpenAPI says of these that their description counts for nothing: other parts of a document have the word.
const IGNORED_HEADERS = new Set(["accept", "content-type", "authorization"]);

function readParameters(document: OpenApiDocument, template: string, ...lists: unknown[]) {
  const parameters = new Map<string, Parameter>();
  // What a parameter of the path is called is nobody's business: its position counts.
  const positions = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
  for (const value of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const parameter = deref(document, value);
    const where = String(parameter.in);
    const name = where === "header" ? String(parameter.name).toLowerCase() : String(parameter.name);
    if (where === "header" && IGNORED_HEADERS.has(name)) continue;
    const position = where === "path" ? positions.indexOf(name) + 1 : 0;
    const read = readParameter(parameter, where);
    for (const [own, part] of spread(document, where, read) ?? [[name, read] as const])
      parameters.set(position > 0 ? `path.${position}` : `${where}.${own}`, part);
  }
  return parameters;
}

/** An object in a query is written as its fields (`explode`, as by default): each of them is a parameter. */
function spread(
  document: OpenApiDocument,
  where: string,
  parameter: Parameter,
): [string, Parameter][] | undefined {
  if (where !== "query" || parameter.style !== "form" || parameter.explode !== "exploded") return undefined;
  const { properties, required, type, ...rest } = deref(document, parameter.schema);
  const isPlain = type === "object" && ["allOf", "anyOf", "oneOf"].every((keyword) => !(keyword in rest));
  if (!isPlain || !isObject(properties)) return undefined;
  return Object.entries(properties).map(([name, schema]) => {
    const isRequired = parameter.required && Array.isArray(required) && required.includes(name);
    return [name, { ...parameter, schema, required: isRequired }];
  });
}

function readParameter(parameter: JsonObject, where: string): Parameter {
  const [content] = Object.entries(isObject(parameter.content) ? parameter.content : {});
  const isForm = where === "query" || where === "cookie";
  const style = typeof parameter.style === "string" ? parameter.style : isForm ? "form" : "simple";
  const explode = typeof parameter.explode === "boolean" ? parameter.explode : style === "form";
  const flags = ["allowReserved", "allowEmptyValue"].filter((flag) => parameter[flag] === true);
  return {
    required: parameter.required === true,
    schema: content ? isObject(content[1]) && content[1].schema : parameter.schema,
    style: content ? contentType(content[0]) : [style, ...flags].join(", "),
    explode: content ? "" : explode ? "exploded" : "in one",
    deprecated: parameter.deprecated === true,
    sunset: sunsetOf(parameter),
  };
}

// The text of JSON and of forms is UTF-8 whether or not that is said.
const contentType = (type: string): string =>
  type
    .toLowerCase()
    .replace(/\s+/g, "")
    .replace(/;charset="?utf-?8"?/, "");

function readMedia(document: OpenApiDocument, content: unknown): Map<string, Media> {
  const entries = Object.entries(isObject(content) ? content : {});
  return new Map(
    entries.map(([type, value]) => {
      const media = deref(document, value);
      return [contentType(type), { schema: media.schema, encoding: readEncoding(document, media.encoding) }];
    }),
  );
}

function readEncoding(document: OpenApiDocument, encoding: unknown): Map<string, string> {
  const entries = Object.entries(isObject(encoding) ? encoding : {});
  return new Map(
    entries.map(([part, value]) => {
      const { contentType: type, style, explode, headers } = deref(document, value);
      const names = Object.keys(isObject(headers) ? headers : {}).sort();
      const said = [type, style, explode === undefined ? undefined : `explode ${explode}`, ...names];
      return [part, said.filter((word) => typeof word === "string").join(", ")];
    }),
  );
}

function readAnswers(document: OpenApiDocument, responses: unknown): Map<string, Answer> {
  const entries = Object.entries(isObject(responses) ? responses : {}).filter(
    ([key]) => !key.startsWith("x-"),
  );
  return new Map(
    entries.map(([status, value]) => {
      const response = deref(document, value);
      const events = readEvents(document, response);
      const bodies = readMedia(document, response.content);
      // The schema of a stream is that of its events.
      if (events) bodies.delete("text/event-stream");
      const answer: Answer = {
        bodies,
        headers: readHeaders(document, response.headers),
        events,
        namesEvents: isObject(response["x-event-stream"]),
      };
      return [status.toUpperCase().replace("DEFAULT", "default"), answer];
    }),
  );
}

function readHeaders(document: OpenApiDocument, headers: unknown): Map<string, Parameter> {
  const entries = Object.entries(isObject(headers) ? headers : {}).map(
    ([name, value]): [string, Parameter] => [
      name.toLowerCase(),
      readParameter(deref(document, value), "header"),
    ],
  );
  return new Map(entries.filter(([name]) => name !== "content-type"));
}

/** What a value or its reference says. Throws `DocumentError` where the reference leads nowhere. */
function deref(document: OpenApiDocument, value: unknown): JsonObject {
  let target = value;
  for (let step = 0; step < 20 && isObject(target) && typeof target.$ref === "string"; step++)
    target = resolveReference(document, target.$ref);
  return isObject(target) ? target : {};
}
