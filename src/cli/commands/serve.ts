/** `groq-provider serve`: the embedded Groq as a server, for any client in any language. */
import { readDocument } from "../../testing/described/read-document.ts";
import type { LimitOptions } from "../../testing/limits.ts";
import { startEmbeddedGroq } from "../../testing/server.ts";
import { EXIT, type Io, oneOf, say, UsageError } from "../io.ts";
import { checkClient } from "./try-document.ts";

export interface ServeOptions {
  port: number;
  /** Milliseconds before each answer. */
  latency?: number | undefined;
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
  /** A file or URL of the document to answer by. */
  document?: string | undefined;
  /** Files or URLs of overlays that correct it. */
  overlay?: readonly string[] | undefined;
  /** `minimal` or `maximal`. */
  bodies?: string | undefined;
  /** Asks all of the client's calls of it, and ends. */
  check?: boolean | undefined;
  /** Says nothing of the requests that come. */
  quiet?: boolean | undefined;
}

/** Serves until the user has had enough. */
export async function serve(options: ServeOptions, io: Io): Promise<number> {
  if (options.check) {
    const { document, overlay = [] } = options;
    if (document === undefined) throw new UsageError("--check asks whether the client reads a --document");
    return checkClient(document, overlay, io);
  }
  const { port, latency, requestsPerMinute, tokensPerMinute, quiet = false } = options;
  const limits: LimitOptions = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
  const byDocument = await documentOptions(options);
  const server = await startEmbeddedGroq({
    port,
    keepRequests: 0,
    ...byDocument,
    ...(latency !== undefined && { latencyMs: latency }),
    ...(Object.keys(limits).length > 0 && { limits }),
    fault: ({ method, path }) => {
      if (!quiet) say(io, `${method} ${path}`);
      return undefined;
    },
  }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
      throw new UsageError(`port ${port} is taken; name another one with --port`);
    throw error;
  });
  const who = byDocument ? `What ${byDocument.document.source} says` : "Groq, embedded";
  io.stdout.write(
    `${who}, on ${server.baseUrl}\nTakes any key, but wants one. Stop it with Ctrl-C.\n\n` +
      `  export GROQ_BASE_URL=${server.baseUrl} GROQ_API_KEY=any\n`,
  );
  try {
    await stopped(io.signal);
  } finally {
    await server.close();
  }
  return EXIT.ok;
}

async function documentOptions({
  document,
  overlay,
  bodies,
  requestsPerMinute,
  tokensPerMinute,
}: ServeOptions) {
  if (document === undefined) {
    if (overlay ?? bodies) throw new UsageError("--overlay and --bodies say how to answer by a --document");
    return undefined;
  }
  if (requestsPerMinute ?? tokensPerMinute)
    throw new UsageError(
      "a --document has no limits; leave out --requests-per-minute and --tokens-per-minute",
    );
  return {
    bodies: oneOf("--bodies", bodies ?? "minimal", ["minimal", "maximal"]),
    document: await readDocument(document, { overlays: overlay ?? [] }),
  };
}

/** The server itself keeps no process alive, so this does. */
function stopped(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {}, 1 << 30);
    const stop = () => {
      clearInterval(timer);
      resolve();
    };
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
