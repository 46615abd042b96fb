/** The peer is loaded by need: what is asked first, before it is there, is told as all that follows. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const script = fileURLToPath(new URL("first-call.ts", import.meta.url));

const INFERENCE = "gen_ai.client.inference.duration";
const ROUTER = "groq_provider.router.asks";
const chat = ["attempt 1", "chat m"];

test.concurrent.each<[operation: string, spans: string[], parents: number, metric: string | undefined]>([
  ["chat", chat, 1, INFERENCE],
  ["stream", chat, 1, INFERENCE],
  ["complete", chat, 1, INFERENCE],
  ["embed", ["attempt 1", "embeddings m"], 1, "gen_ai.client.embeddings.duration"],
  ["models", ["attempt 1", "listModels"], 1, undefined],
  ["tool", ["execute_tool add"], 0, "gen_ai.execute_tool.duration"],
  ["tools", [...chat, "execute_tool add", ...chat], 2, INFERENCE],
  ["router chat", [...chat, "chat router"], 2, ROUTER],
  ["router stream", [...chat, "chat router"], 2, ROUTER],
  ["router route", [...chat, "chat router"], 2, ROUTER],
  ["router loop", [...chat, "chat router"], 2, ROUTER],
  ["router response", [...chat, "chat router"], 2, ROUTER],
  ["router complete", [...chat, "complete router"], 2, ROUTER],
  ["router embed", ["attempt 1", "embeddings m", "embed router"], 2, ROUTER],
])("of a process: %s", { timeout: 90_000 }, async (operation, spans, parents, metric) => {
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, script, operation]);
  const told: { spans: string[]; parents: number; metrics: string[]; given?: string } = JSON.parse(stdout);
  expect(told.spans).toEqual(spans);
  expect(told.parents).toBe(parents);
  if (operation === "router route") expect(told.given).toBe("test");
  if (metric !== undefined) expect(told.metrics).toContain(metric);
});
