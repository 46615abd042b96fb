/** `groq-provider serve`: the embedded Groq as a server, for any client in any language. */
import type { LimitOptions } from "../../testing/limits.ts";
import { startEmbeddedGroq } from "../../testing/server.ts";
import { EXIT, type Io, say, UsageError } from "../io.ts";

export interface ServeOptions {
  port: number;
  /** Milliseconds before each answer. */
  latency?: number | undefined;
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
  /** Says nothing of the requests that come. */
  quiet?: boolean | undefined;
}

/** Serves until the user has had enough. */
export async function serve(options: ServeOptions, io: Io): Promise<number> {
  const { port, latency, requestsPerMinute, tokensPerMinute, quiet = false } = options;
  const limits: LimitOptions = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
  const server = await startEmbeddedGroq({
    port,
    keepRequests: 0,
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
  io.stdout.write(
    `Groq, embedded, on ${server.baseUrl}\nTakes any key, but wants one. Stop it with Ctrl-C.\n\n` +
      `  export GROQ_BASE_URL=${server.baseUrl} GROQ_API_KEY=any\n`,
  );
  try {
    await stopped(io.signal);
  } finally {
    await server.close();
  }
  return EXIT.ok;
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
