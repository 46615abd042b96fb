/** A server that answers as its handler says, and a recorder in a folder of its own. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Exchange } from "../../../src/drift/base/exchange.ts";
import {
  createRecorder,
  type RecorderEvent,
  type RecorderOptions,
} from "../../../src/drift/record/record.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** The base URL of a server that lives as long as the test. */
export async function serve(handler: Handler): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    handler(request, response, Buffer.concat(chunks).toString());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/openai/v1`;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "recorder-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function recorderIn(options: Partial<RecorderOptions> = {}) {
  const file = options.file ?? join(await temporaryFolder(), "deep", "exchanges.jsonl");
  const events: RecorderEvent[] = [];
  const recorder = createRecorder({
    file,
    wallClock: () => Date.UTC(2026, 0, 2),
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => recorder.close());
  const text = () => readFile(file, "utf8");
  const exchanges = async (): Promise<Exchange[]> => {
    await recorder.flush();
    return (await text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  return { recorder, file, events, text, exchanges };
}

export const json = (response: ServerResponse, status: number, body: unknown, headers: object = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};
