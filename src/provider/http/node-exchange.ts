/** One exchange on `node:http` or `node:https`, at a fifth of what the global `fetch` costs. */
import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { LlmError } from "../base/error.ts";
import type { Exchange, ExchangeInit, FetchAnswer, HeaderReader } from "../base/exchange.ts";
import { keptAgent } from "./node-agents.ts";
import { NodeBody } from "./node-body.ts";
import { decoded } from "./node-encoding.ts";

/** Answers of status 1xx before the one that counts. A server that sends more is given up. */
const MOST_INFORMATION = 100;

/** What `fetch` would send as well. A stream is not compressed: each of its events would wait to be flushed. */
const DEFAULT_HEADERS = { accept: "*/*", "accept-encoding": "gzip, br", "user-agent": "groq-provider" };
const STREAM_HEADERS = { ...DEFAULT_HEADERS, "accept-encoding": "identity" };

/**
 * Rejects with the errors of Node, which carry their codes, or with the reason of `init.abort`. Follows no redirect, reads
 * no `HTTP_PROXY`; undoes gzip, deflate and Brotli.
 */
export function createNodeExchange(agent?: Agent): Exchange {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { abort } = init;
      if (abort.reason) {
        reject(abort.reason);
        return;
      }
      const request = open(new URL(url), init, agent);
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
      request.end(init.body !== undefined && hasLatin1(init.headers) ? Buffer.from(init.body) : init.body);
    });
}

function open(url: URL, { method, headers, body }: ExchangeInit, agent: Agent | undefined): ClientRequest {
  const isTls = url.protocol === "https:";
  // As a list, so that Node writes them as they are: an object costs it a look-up and a check for each name.
  const list: string[] = headers.host === undefined ? ["host", url.host] : [];
  const defaults = headers.accept === "text/event-stream" ? STREAM_HEADERS : DEFAULT_HEADERS;
  for (const [name, value] of Object.entries({ ...defaults, ...headers })) list.push(name, value);
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  return (isTls ? httpsRequest : httpRequest)({
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: url.pathname + url.search,
    method,
    headers: list,
    agent: agent ?? keptAgent(isTls),
    // The time of an agent is for its free connections; that of a call is the caller's.
    timeout: 0,
  });
}

/** Node writes a body that is a text together with the head, which then is UTF-8 as well, where fetch has Latin-1. */
function hasLatin1(headers: ExchangeInit["headers"]): boolean {
  for (const name in headers) if (/[\u0080-\u00ff]/.test(headers[name] ?? "")) return true;
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
    this.#values ??= mapOf(this.#raw);
    return this.#values.get(name.toLowerCase()) ?? null;
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
