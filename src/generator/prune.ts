/** Keeps of a document what the adapter uses: four operations and what they refer to. */
import { isObject } from "../provider/base/values.ts";
import {
  type Document,
  GenerateError,
  type Operation,
  type PathItem,
  type Response,
  refsIn,
} from "./document.ts";

/** The operations that the adapter calls. */
export const operations = [
  { method: "post", path: "/chat/completions" },
  { method: "get", path: "/models" },
  { method: "get", path: "/models/{model}" },
  { method: "post", path: "/embeddings" },
] as const;

/**
 * Schemas that must be there under these names. No operation of Groq's document refers to the stream chunk or the error, so
 * following references alone would lose both.
 */
export const rootSchemas = [
  "ChatCompletionRequestMessage",
  "CompletionUsage",
  "CreateChatCompletionRequest",
  "CreateChatCompletionResponse",
  "CreateChatCompletionStreamResponse",
  "CreateEmbeddingRequest",
  "CreateEmbeddingResponse",
  "ErrorResponse",
  "ListModelsResponse",
  "Model",
] as const;

/** The document with the adapter's operations only, at paths without a prefix, which moves into the server URLs. */
export function prune(document: Document, source: string): Document {
  const prefix = findPrefix(document, source);
  const paths: Record<string, PathItem> = {};
  for (const { method, path } of operations) {
    const operation = findOperation(document, prefix + path, method);
    if (!operation)
      throw new GenerateError(`${source}: lacks the operation ${method.toUpperCase()} ${prefix}${path}`);
    paths[path] = { ...paths[path], [method]: trimOperation(operation) };
  }
  for (const name of rootSchemas)
    if (!document.components?.schemas?.[name]) throw new GenerateError(`${source}: lacks the schema ${name}`);
  return {
    openapi: document.openapi,
    info: document.info,
    servers: (document.servers ?? [{ url: "/" }]).map((server) => ({
      ...server,
      url: server.url.replace(/\/$/, "") + prefix || "/",
    })),
    paths,
    components: keepReachable(document, paths, source),
  };
}

/** What stands before `/chat/completions`, such as `/openai/v1`. */
function findPrefix(document: Document, source: string): string {
  const [{ method, path }] = operations;
  const prefixes = Object.keys(document.paths)
    .filter((key) => key.endsWith(path) && isObject(document.paths[key]?.[method]))
    .map((key) => key.slice(0, -path.length))
    .sort((a, b) => a.length - b.length);
  const [shortest] = prefixes;
  if (shortest === undefined)
    throw new GenerateError(`${source}: lacks the operation ${method.toUpperCase()} ${path}`);
  return shortest;
}

/** The operation at a path whose parameters may be called otherwise; they get our names. */
function findOperation(document: Document, path: string, method: string): Operation | undefined {
  const shape = (template: string) => template.replace(/\{[^}]*\}/g, "{}");
  const found = Object.keys(document.paths).find(
    (key) => shape(key) === shape(path) && isObject(document.paths[key]?.[method]),
  );
  if (found === undefined) return undefined;
  const item = document.paths[found] as PathItem;
  const operation = item[method] as Operation;
  const theirs = [...found.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]);
  const ours = [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] as string);
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) => {
    const at = parameter.in === "path" ? theirs.indexOf(parameter.name) : -1;
    return at < 0 ? parameter : { ...parameter, name: ours[at] as string };
  });
  return parameters.length ? { ...operation, parameters } : operation;
}

/**
 * Leaves JSON alone in the answers: with an event stream beside it, a generated client types every answer as a union.
 * An operation that lists no error gets `ErrorResponse` as its default, or the client would type errors as `undefined`.
 */
function trimOperation(operation: Operation): Operation {
  const kept = Object.fromEntries(
    Object.entries(operation).filter(([key]) => !/^(x-.*|tags|security|callbacks)$/.test(key)),
  );
  const responses = Object.fromEntries(
    Object.entries(operation.responses ?? {}).map(([status, response]) => [status, trimResponse(response)]),
  );
  if (!Object.keys(responses).some((status) => /^([45]|default)/.test(status)))
    responses.default = {
      description: "An error.",
      content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorResponse" } } },
    };
  return { ...kept, responses };
}

function trimResponse(response: Response): Response {
  const json = response.content?.["application/json"];
  return json ? { ...response, content: { "application/json": json } } : response;
}

/** The components that the paths and the root schemas refer to, directly or not. */
function keepReachable(
  document: Document,
  paths: unknown,
  source: string,
): NonNullable<Document["components"]> {
  const kept: Record<string, Record<string, unknown>> = {};
  const queue = [...refsIn(paths), ...rootSchemas.map((name) => `#/components/schemas/${name}`)];
  for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
    const [, section, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(ref) ?? [];
    if (section === undefined || name === undefined)
      throw new GenerateError(`${source}: expected references to #/components/…, got ${ref}`);
    const target = document.components?.[section]?.[name];
    if (target === undefined) throw new GenerateError(`${source}: refers to ${ref}, which is not there`);
    if (kept[section]?.[name] !== undefined) continue;
    kept[section] = { ...kept[section], [name]: target };
    queue.push(...refsIn(target));
  }
  return kept;
}
