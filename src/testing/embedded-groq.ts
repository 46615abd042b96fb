/** A Groq in this process: answers in the shapes of the wire, without a network. */
import { answerToResponse, toHeaderRecord } from "./fetch.ts";
import { GroqCore } from "./groq-core.ts";
import type { EmbeddedGroqOptions } from "./options.ts";
import type { ReceivedRequest } from "./received.ts";

/** A Groq to test against. */
export interface EmbeddedGroq {
  /** Answers as the server would, without a network: hand it to a provider as its `fetch`. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** All that was asked, oldest first; empty it by `requests.length = 0`. */
  readonly requests: ReceivedRequest[];
  /** How many answers of 413 and 429 its limits caused. */
  readonly refusals: number;
}

/** A Groq as a plain `fetch`: for tests in any runtime. */
export function createEmbeddedGroq(options: EmbeddedGroqOptions = {}): EmbeddedGroq {
  const groq = new GroqCore(options);
  return {
    fetch: async (input, init) => {
      const request = input instanceof Request ? input : undefined;
      const url = new URL(request ? request.url : String(input));
      const signal = init?.signal ?? request?.signal;
      signal?.throwIfAborted();
      const body = init?.body ?? (request && (await request.text())) ?? "";
      const answer = groq.answer({
        method: init?.method ?? request?.method ?? "GET",
        path: url.pathname,
        headers: toHeaderRecord(new Headers(init?.headers ?? request?.headers)),
        body: typeof body === "string" ? body : await new Response(body).text(),
      });
      return answerToResponse(answer, signal ?? undefined);
    },
    requests: groq.requests,
    get refusals() {
      return groq.refusals;
    },
  };
}
