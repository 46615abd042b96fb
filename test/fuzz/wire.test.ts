/** Whatever bytes a server writes, head and body, a call ends on either exchange: in its answer, or in an `LlmError`. */
import { type AddressInfo, createServer } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { GroqProvider } from "../../src/provider/groq-provider.ts";
import { completion, groqConfig } from "../provider/support.ts";
import { type Ends, expectEnd, isChatResponse, mutatedBytes, numRuns, timeout } from "./support.ts";

const text = JSON.stringify(completion("Hello"));
const head = (...lines: string[]) =>
  ["HTTP/1.1 200 OK", "content-type: application/json", ...lines, "", ""].join("\r\n");
const encoded = (encoding: string, bytes: Buffer) =>
  Buffer.concat([
    Buffer.from(head(`content-encoding: ${encoding}`, `content-length: ${bytes.length}`)),
    bytes,
  ]).toString("latin1");
const chunk = (part: string) => `${part.length.toString(16)}\r\n${part}\r\n`;
const middle = text.length >> 1;

const answers: [string, string][] = [
  ["with a length", head(`content-length: ${text.length}`) + text],
  [
    "in chunks",
    head("transfer-encoding: chunked") + chunk(text.slice(0, middle)) + chunk(text.slice(middle)) + chunk(""),
  ],
  ["to the connection's end", head("connection: close") + text],
  ["in gzip", encoded("gzip", gzipSync(text))],
  ["in Brotli", encoded("br", brotliCompressSync(text))],
];

let bytes = new Uint8Array();
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(bytes));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => server.close());
const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
const config = groqConfig({ max_retries: 0, base_url });
const providers = {
  node: new GroqProvider(config),
  fetch: new GroqProvider(config, { fetch: globalThis.fetch }),
};

test.each(
  (["node", "fetch"] as const).flatMap((exchange) =>
    answers.map(([how, answer]) => ({ exchange, how, answer })),
  ),
)(
  "changed bytes of an answer $how, on $exchange",
  async ({ exchange, answer }) => {
    const ends: Ends = { good: 0, bad: 0 };
    // Latin-1, so that each character of what is encoded is one byte again.
    const changed = mutatedBytes(answer, "latin1");
    await fc.assert(
      fc.asyncProperty(changed, async (mutant) => {
        bytes = mutant;
        await expectEnd(
          ends,
          () => providers[exchange].chat([{ role: "user", content: "Hello" }]),
          isChatResponse,
        );
      }),
      { numRuns },
    );
    expect(ends.bad).toBeGreaterThan(numRuns / 20);
  },
  timeout,
);
