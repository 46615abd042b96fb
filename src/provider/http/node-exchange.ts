/** One exchange on `node:http` or `node:https`, at a fifth of what the global `fetch` costs. */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { LlmError } from "../base/error.ts";
import type { Exchange, ExchangeInit, FetchAnswer } from "../base/exchange.ts";
import type { HeaderReader } from "../base/headers.ts";
import { keptAgent } from "./node-agents.ts";
import { NodeBody } from "./node-body.ts";
import { decoded } from "./node-encoding.ts";

/** Answers of status 1xx before the one that counts. A server that sends more is given up. */
const MOST_INFORMATION = 100;

/**
 * Rejects with the errors of Node, which carry their codes, or with the reason of `init.abort`. Follows no redirect, reads
 * no `HTTP_PROXY`; undoes gzip, deflate and Brotli.
 */
export function createNodeExchange(agent?: Agent): Exchange {
  let last: Target | undefined;
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { abort } = init;
      if (abort.reason) {
        reject(abort.reason);
        return;
      }
      if (last?.url !== url) last = targetOf(url);
      const request = open(last, init, agent);
      let response: IncomingMessage | undefined;
      let body: NodeBody | undefined;
      const stopListening = abort.onAbort((reason) => {
        body?.fail(reason);
        request.destroy(reason);
      });
      request.on("response", (answer) => {
        response = answer;
        body = new NodeBody(decoded(answer), (isEnd) => {
          stopListening();
          // A server may answer before it has read the request: the rest of it has no place to go.
          if (!isEnd || !request.writableFinished) request.destroy();
        });
        resolve(answerOf(answer, body));
      });
      const fail = (error: Error) => {
        // What comes after a whole answer is no fault of it; Node has closed the connection.
        if (response?.complete) return;
        stopListening();
        reject(error);
        body?.fail(error);
      };
      request.on("error", fail);
      // As after an answer that would switch to another protocol, of which Node tells nothing else.
      request.on("close", () => {
        if (!response) fail(new ClosedError());
      });
      boundInformation(request);
      const { body: content, headers } = init;
      request.end(typeof content === "string" && hasLatin1(headers) ? Buffer.from(content) : content);
    });
}

/** A URL as `request` takes it: a provider asks the same few again and again. */
interface Target {
  url: string;
  isTls: boolean;
  host: string;
  options: { protocol: string; hostname: string; port: string; path: string };
}

function targetOf(url: string): Target {
  const { protocol, host, hostname, port, pathname, search } = new URL(url);
  const options = { protocol, hostname: hostname.replace(/^\[|\]$/g, ""), port, path: pathname + search };
  return { url, isTls: protocol === "https:", host, options };
}

function open(
  { isTls, host, options }: Target,
  { method, headers, body }: ExchangeInit,
  agent: Agent | undefined,
): ClientRequest {
  const { protocol, hostname, port, path } = options;
  return (isTls ? httpsRequest : httpRequest)({
    protocol,
    hostname,
    port,
    path,
    method,
    headers: headerList(host, headers, body),
    agent: agent ?? keptAgent(isTls),
    // The time of an agent is for its free connections; that of a call is the caller's.
    timeout: 0,
  });
}

/** As a list, so that Node writes them as they are: an object costs it a look-up and a check for each name. */
function headerList(host: string, headers: ExchangeInit["headers"], body: ExchangeInit["body"]): string[] {
  const list: string[] = headers.host === undefined ? ["host", host] : [];
  for (const name of Object.keys(headers)) list.push(name, headers[name] ?? "");
  // What `fetch` would send as well.
  if (headers.accept === undefined) list.push("accept", "*/*");
  if (headers["user-agent"] === undefined) list.push("user-agent", "groq-provider");
  // A stream is not compressed: each of its events would wait to be flushed.
  const isStream = headers.accept?.startsWith("text/event-stream");
  if (headers["accept-encoding"] === undefined)
    list.push("accept-encoding", isStream ? "identity" : "gzip, br");
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  return list;
}

/** Node writes a body that is a text together with the head, which then is UTF-8 as well, where fetch has Latin-1. */
function hasLatin1(headers: ExchangeInit["headers"]): boolean {
  for (const name of Object.keys(headers)) if (/[\u0080-\u00ff]/.test(headers[name] ?? "")) return true;
  return false;
}

class ClosedError extends Error {
  readonly code = "ECONNRESET";

  constructor() {
    super("The connection was closed before the answer");
  }
}

function boundInformation(request: ClientRequest): void {
  let count = 0;
  const onInformation = () => {
    if (++count <= MOST_INFORMATION) return;
    const message = `Expected an answer, got more than ${MOST_INFORMATION} of status 1xx before it`;
    request.destroy(new LlmError("InvalidResponse", message));
  };
  request.on("information", onInformation);
  request.on("continue", onInformation);
}

function answerOf(response: IncomingMessage, body: NodeBody): FetchAnswer {
  const status = response.statusCode ?? 0;
  return { ok: status >= 200 && status < 300, status, headers: new NodeHeaders(response.rawHeaders), body };
}

/** As `Headers` has them: names in any case, values of a name that comes more than once joined by commas. */
class NodeHeaders implements HeaderReader {
  readonly #raw: readonly string[];
  // A map: in an object, `constructor` would be found.
  #values: Map<string, string> | undefined;

  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  get(name: string): string | null {
    return this.#read().get(name.toLowerCase()) ?? null;
  }

  entries(): Iterable<[string, string]> {
    return this.#read().entries();
  }

  #read(): Map<string, string> {
    this.#values ??= mapOf(this.#raw);
    return this.#values;
  }
}

function mapOf(raw: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? "";
    const value = raw[index + 1] ?? "";
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return values;
}
