/** The web example in a real browser: what a person sees. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// In CI it must be there: a skipped test would pass.
describe.runIf(existsSync(executablePath) || process.env.CI)("examples/web", { timeout: 60_000 }, () => {
  let server: ChildProcess;
  let profile: string;
  let browser: BrowserContext;
  let page: Page;
  let address: string;
  const stop = new AbortController();

  beforeAll(async () => {
    const { GROQ_API_KEY: _, ...env } = process.env;
    server = spawn(process.execPath, [tsx, "examples/web/server.ts"], {
      cwd: root,
      env: { ...env, PORT: "0" },
    });
    profile = await mkdtemp(join(tmpdir(), "web-"));
    [address] = await Promise.all([
      new Promise<string>((resolve, reject) => {
        server.stdout?.once("data", (line: Buffer) => resolve(String(line).trim()));
        server.stderr?.once("data", (line: Buffer) => reject(new Error(String(line))));
      }),
      chromium.launchPersistentContext(profile, { executablePath, args: FLAGS }).then((context) => {
        browser = context;
      }),
    ]);
    page = await browser.newPage();
    await page.goto(address);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.kill();
    await rm(profile, { recursive: true, force: true });
  });

  test("shows the tool call, the answer as it comes, what to ask next, and the figures", async () => {
    await page.getByRole("button", { name: "Ask" }).click();
    await expect
      .poll(() => page.textContent("#figures"), { timeout: 20_000 })
      .toMatch(/^\d+ tokens, \d+ a second; \d+ of 30 calls left this minute$/);
    expect(await page.textContent("#tools")).toContain("get_weather(");
    expect(await page.textContent("#answer")).toContain("celsius");
    expect(await page.locator("#followUps li").count()).toBeGreaterThan(0);
    expect(await page.isDisabled("#stop")).toBe(true);
  });

  test("a second question ends the first, and shows alone", async () => {
    const question = page.getByLabel("Question");
    await question.fill("first question");
    await page.getByRole("button", { name: "Ask" }).click();
    await question.fill("second question");
    await page.getByRole("button", { name: "Ask" }).click();
    await expect.poll(() => page.textContent("#figures"), { timeout: 20_000 }).toContain("calls left");
    expect((await page.textContent("#answer"))?.match(/The tool says/g)).toHaveLength(1);
    expect((await page.textContent("#tools"))?.match(/get_weather/g)).toHaveLength(1);
  });

  test.each(["{", "null", "[]", '{"question":5}'])("what is no question is a status: %s", async (body) => {
    const answer = await fetch(`${address}/chat`, { method: "POST", body });
    expect([answer.status, await answer.json()]).toEqual([400, { kind: "InvalidRequest" }]);
  });

  test("says so where the server refuses", async () => {
    await page.route("**/chat", (route) =>
      route.fulfill({ status: 503, json: { kind: "ServiceUnavailable" } }),
    );
    await page.getByRole("button", { name: "Ask" }).click();
    await expect.poll(() => page.textContent("#answer")).toContain("503: ServiceUnavailable");
    await page.unroute("**/chat");
  });

  test("stops on the button", async () => {
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => page.textContent("#figures")).toBe("stopped");
    expect(await page.isDisabled("#stop")).toBe(true);
  });

  test("tells that it waits for the limit", async () => {
    // Three calls a question, thirty a minute.
    const body = JSON.stringify({ question: "And now?" });
    await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`${address}/chat`, { method: "POST", body, signal: stop.signal }).catch(() => {}),
      ),
    );
    await page.getByRole("button", { name: "Ask" }).click();
    await expect
      .poll(() => page.textContent("#figures"), { timeout: 20_000 })
      .toMatch(/^the limit is used up; the next call goes in \d+ s$/);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => page.textContent("#figures")).toBe("stopped");
    stop.abort();
  });

  test("says so where the server is gone", async () => {
    server.kill();
    await new Promise((resolve) => server.once("exit", resolve));
    await page.getByRole("button", { name: "Ask" }).click();
    await expect.poll(() => page.textContent("#answer")).toContain("The server can't be reached");
    expect(await page.isDisabled("#stop")).toBe(true);
  });
});
