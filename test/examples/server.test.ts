/** The web server of the README: an answer as it comes, a status for each kind of error, and what a browser leaves. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedGroqServer, type Fault, startEmbeddedGroq } from "../../src/testing/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

/** By what the question has in it. */
const FAULTS: [string, Fault][] = [
  ["too many", { type: "answer", status: 429, headers: { "retry-after": "120" }, body: "{}" }],
  ["wrong key", { type: "answer", status: 401, body: '{"error":{"message":"Invalid API Key"}}' }],
  ["breaks off", { type: "cutStream" }],
  ["endless", { type: "stall", when: "inBody" }],
];

let groq: EmbeddedGroqServer;
let server: ChildProcess;
let address: string;
const said: string[] = [];

beforeAll(async () => {
  groq = await startEmbeddedGroq({
    fault: ({ body }) => FAULTS.find(([word]) => JSON.stringify(body).includes(word))?.[1],
  });
  const env = { ...process.env, GROQ_API_KEY: "any", GROQ_BASE_URL: groq.baseUrl, PORT: "0" };
  server = spawn(process.execPath, [tsx, "examples/server.ts"], { cwd: root, env });
  server.stderr?.on("data", (line: Buffer) => said.push(String(line)));
  address = await new Promise<string>((resolve) => {
    server.stdout?.once("data", (line: Buffer) => resolve(String(line).trim()));
  });
}, 60_000);

afterAll(async () => {
  server.kill();
  await groq.close();
});

const ask = (question: string, signal?: AbortSignal) =>
  fetch(`${address}/chat`, { method: "POST", body: JSON.stringify({ question }), signal: signal ?? null });

test("streams the answer", async () => {
  const response = await ask("Hello there");
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const text = (await response.text())
    .split("\n\n")
    .filter((block) => block.startsWith("data: "))
    .map((block) => JSON.parse(block.slice(6)))
    .join("");
  expect(text).toBe("You said: Hello there");
});

test("a failure before the first chunk has its own status, and tells no more than its kind", async () => {
  const refused = await ask("a wrong key");
  expect([refused.status, await refused.json()]).toEqual([500, { kind: "Authentication" }]);
});

test("a failure after it is an event", async () => {
  const text = await (await ask("it breaks off")).text();
  expect(text).toContain("event: error\ndata: InvalidResponse");
});

test("a browser that leaves closes the connection to Groq", async () => {
  const controller = new AbortController();
  const response = await ask(
    "endless, in so many words that half of them come before it stalls",
    controller.signal,
  );
  const reader = response.body?.getReader();
  await reader?.read();
  expect(groq.openAnswers).toBe(1);
  controller.abort();
  await expect.poll(() => groq.openAnswers).toBe(0);
  expect(said).toEqual([]);
});

test.each(["{", "null", "[]", "{}"])("a body that is no question is 400: %s", async (body) => {
  expect((await fetch(`${address}/chat`, { method: "POST", body })).status).toBe(400);
});

// The last one: what asks to wait pauses all calls of this key and model.
test("a refusal that names a wait tells it on", async () => {
  const limited = await ask("too many");
  expect([limited.status, await limited.json()]).toEqual([429, { kind: "RateLimitExceeded" }]);
  expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(100);
});
