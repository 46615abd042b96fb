/** The program as it is built, as a process of its own. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { program } from "../../scripts/bundles.ts";
import { embedded } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeAll(async () => {
  // Beside package.json, as `dist/` is: the program looks for the version and the document there.
  folder = await mkdtemp(join(ROOT, "dist-of-a-test-"));
  await build({ ...program, cwd: ROOT, outDir: folder, dts: false, clean: false });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(folder, "cli.js"), ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  const written = { out: "", err: "" };
  child.stdout.on("data", (piece) => {
    written.out += piece;
  });
  child.stderr.on("data", (piece) => {
    written.err += piece;
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...written })),
  );
  return { child, ended };
}

const finish = (args: readonly string[], env: Record<string, string>, stdin = "") => {
  const { child, ended } = start(args, env);
  child.stdin.end(stdin);
  return ended;
};

test("asks, lists, and tells limits over a socket", async () => {
  const { env } = await embedded({ limits: { requestsPerDay: 1000 } });
  expect(await finish(["chat", "-"], env, "Hello")).toEqual({ code: 0, out: "You said: Hello\n", err: "" });
  expect((await finish(["models"], env)).out).toContain("openai/gpt-oss-120b");
  expect((await finish(["limits"], env)).out).toMatch(/^requests +24 h +1,000 +/m);
  expect(await finish(["chat", "Hi"], {})).toMatchObject({ code: 2, out: "" });
});

test("has its version, its document, and its generator", async () => {
  expect((await finish(["--version"], {})).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  const { code, out } = await finish(["drift", "test/fixtures/recorded", "--fail-on", "any"], {});
  expect([code, out]).toEqual([0, expect.stringContaining("answers against openapi/groq.yaml")]);
}, 60_000);

// The device that is always full is Linux's.
test.skipIf(process.platform !== "linux")("a disk that is full is one line", async () => {
  const { env } = await embedded();
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [join(folder, "cli.js"), "chat", "Hi"], {
    env,
    stdio: ["ignore", full, "pipe"],
  });
  let err = "";
  child.stderr?.on("data", (piece: Buffer) => {
    err += piece;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  closeSync(full);
  expect([code, err]).toEqual([2, expect.stringMatching(/^groq-provider: .*ENOSPC.*\n$/)]);
});

test.each([
  ["SIGINT", "serve", 0],
  ["SIGTERM", "serve", 0],
  ["SIGINT", "chat", 130],
] as const)(
  "%s ends %s with %i",
  async (signal, command, code) => {
    const { env } = await embedded({ reply: { text: "a b c d e f", eventDelayMs: 5_000 } });
    const { child, ended } = start(command === "serve" ? ["serve", "--port", "0"] : ["chat", "Hi"], env);
    if (command === "serve") child.stdout.once("data", () => child.kill(signal));
    else setTimeout(() => child.kill(signal), 3_000);
    expect(await ended).toMatchObject({ code, err: "" });
  },
  60_000,
);
