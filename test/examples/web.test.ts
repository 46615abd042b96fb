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

describe.runIf(existsSync(executablePath))("examples/web", { timeout: 60_000 }, () => {
  let server: ChildProcess;
  let profile: string;
  let browser: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const { GROQ_API_KEY: _, ...env } = process.env;
    server = spawn(process.execPath, [tsx, "examples/web/server.ts"], {
      cwd: root,
      env: { ...env, PORT: "0" },
    });
    profile = await mkdtemp(join(tmpdir(), "web-"));
    const [address] = await Promise.all([
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

  test("stops on the button", async () => {
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => page.textContent("#figures")).toBe("stopped");
    expect(await page.isDisabled("#stop")).toBe(true);
  });
});
