/** An Ollama to test against: its own interface, and the compatible one, over a real socket. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface OllamaServer {
  url: string;
  /** Models on its disk. */
  models: Set<string>;
  /** Method and path of each request. */
  asked: string[];
  /** Connections that the client closed before the answer's end. */
  closed: number;
}

export interface OllamaOptions {
  models?: string[];
  /** What it can pull. */
  library?: string[];
  /** Says nothing more after so many words of a pull. */
  stopsAfter?: number;
  /** Breaks the connection after so many words of the first pull. */
  breaksAfter?: number;
  /** Answers each pull with this status and body. */
  refuses?: { status: number; body: object };
  /** What it says of a pull after `success`, leaving the connection open. */
  saysAfter?: object[];
  /** Answers `/api/tags` with this. */
  tags?: object;
}

type PullOptions = OllamaOptions & { first: boolean };

const SIZE = 3000;

export async function startOllama(options: OllamaOptions = {}): Promise<OllamaServer> {
  const { models = [], library = [] } = options;
  const state: OllamaServer = { url: "", models: new Set(models), asked: [], closed: 0 };
  let pulls = 0;
  const server = createServer(async (request, response) => {
    state.asked.push(`${request.method} ${request.url}`);
    const body = await readBody(request);
    response.on("close", () => {
      if (!response.writableFinished) state.closed++;
    });
    switch (request.url) {
      case "/api/tags":
        if (options.tags) return json(response, options.tags);
        return json(response, {
          models: [...state.models].map((name) => ({
            name,
            model: name,
            modified_at: "2026-11-24T10:00:00.123456789+01:00",
            size: SIZE,
            digest: "sha256:1",
            details: { family: "test" },
          })),
        });
      case "/api/pull":
        return pull(response, String(body.model), { ...options, first: pulls++ === 0 }, (name) => {
          const tagged = name.includes(":") ? name : `${name}:latest`;
          if (!library.includes(tagged)) return false;
          state.models.add(tagged);
          return true;
        });
      case "/v1/chat/completions":
        return chat(response, body, state.models);
      case "/v1/embeddings":
        return json(response, {
          object: "list",
          model: body.model,
          data: [{ object: "embedding", index: 0, embedding: [0.5, 0.25] }],
          usage: { prompt_tokens: 2, total_tokens: 2 },
        });
      default:
        response.writeHead(404).end("404 page not found");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return state;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : JSON.parse(text);
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function pull(
  response: ServerResponse,
  name: string,
  { stopsAfter = Number.POSITIVE_INFINITY, breaksAfter, refuses, saysAfter, first }: PullOptions,
  fetched: (name: string) => boolean,
): Promise<void> {
  if (refuses) return json(response, refuses.body, refuses.status);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const words: object[] = [
    { status: "pulling manifest" },
    ...[1000, 2000, SIZE].map((completed) => ({
      status: "pulling abc123",
      digest: "sha256:abc123",
      total: SIZE,
      completed,
    })),
    { status: "verifying sha256 digest" },
    { status: "success" },
    ...(saysAfter ?? []),
  ];
  let said = 0;
  for (const word of words) {
    if (said === 1 && !fetched(name)) {
      response.end(`${JSON.stringify({ error: "pull model manifest: file does not exist" })}\n`);
      return;
    }
    if (said === stopsAfter) return;
    if (first && said === breaksAfter) {
      response.destroy();
      return;
    }
    // In pieces that know nothing of lines.
    const line = `${JSON.stringify(word)}\n`;
    response.write(line.slice(0, 7));
    await new Promise((resolve) => setImmediate(resolve));
    response.write(line.slice(7));
    said++;
  }
  if (!saysAfter) response.end();
}

function chat(response: ServerResponse, body: Record<string, unknown>, models: Set<string>): void {
  const model = String(body.model);
  if (!models.has(model.includes(":") ? model : `${model}:latest`)) {
    const message = `model "${model}" not found, try pulling it first`;
    json(response, { error: { message, type: "api_error", param: null, code: null } }, 404);
    return;
  }
  // It heeds `max_tokens`, and ignores the newer field.
  const content = "It rains in Riga"
    .split(" ")
    .slice(0, Number(body.max_tokens ?? 4))
    .join(" ");
  const usage = { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 };
  const about = { id: "chatcmpl-1", created: 1, model };
  if (!body.stream) {
    const message = { role: "assistant", content, reasoning: "Look." };
    json(response, {
      ...about,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (choices: object[], more: object = {}) =>
    response.write(
      `data: ${JSON.stringify({ ...about, object: "chat.completion.chunk", choices, ...more })}\n\n`,
    );
  send([{ index: 0, delta: { role: "assistant", content: "", reasoning: "Look." } }]);
  for (const word of content.split(/(?<= )/))
    send([{ index: 0, delta: { content: word }, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: "stop" }]);
  send([], { usage });
  response.end("data: [DONE]\n\n");
}
