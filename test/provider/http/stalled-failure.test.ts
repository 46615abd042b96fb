import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { LlmError } from "../../../src/provider/base/error.ts";
import { createGroq } from "../../../src/provider/create-provider.ts";

async function serverThat(answers: (response: ServerResponse) => void) {
  let hits = 0;
  const server = createServer((_, response) => {
    hits++;
    answers(response);
  });
  await new Promise<void>((listening) => {
    server.listen(0, "127.0.0.1", listening);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const groq = createGroq({ apiKey: "gsk_any", model: "m", baseUrl: `http://127.0.0.1:${port}/v1` });
  const failure = () =>
    groq.chat([{ role: "user", content: "Hello" }]).then(
      () => undefined,
      (error: unknown) => (LlmError.is(error) ? error : undefined),
    );
  return { failure, hits: () => hits };
}

const stalls =
  (status: number, body: string, headers = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json", "content-length": "4000", ...headers });
    response.write(body);
  };

test.each([
  [401, "Authentication"],
  [400, "InvalidRequest"],
])("a %i whose body never ends is %s, with what it said, and is not tried again", async (status, kind) => {
  const { failure, hits } = await serverThat(stalls(status, '{"error":{"message":"No such thing."}}'));
  const error = await failure();
  expect(error).toMatchObject({ kind, status });
  expect(error?.message).toContain("No such thing.");
  expect(hits()).toBe(1);
});

test("a wait is obeyed though the body of the refusal never ends", async () => {
  const { failure, hits } = await serverThat(stalls(429, '{"error":{"mess', { "retry-after": "3600" }));
  expect(await failure()).toMatchObject({ kind: "RateLimitExceeded", status: 429, retryAfterMs: 3_600_000 });
  expect(hits()).toBe(1);
});
