/** Each runtime: where it is, and how the suite runs on it. */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const at = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const LONGEST_MS = 180_000;

const program = (name, binary, args = []) => ({
  name,
  binary,
  async run({ folder, front }) {
    // A program that does not end by itself is a failure: something was left open.
    const { stdout } = await run(binary, [...args, "inside/program.js", front.url], {
      cwd: folder,
      timeout: LONGEST_MS,
      maxBuffer: 1e8,
      // Nothing of this machine's settings, proxies among them.
      env: { PATH: process.env.PATH, HOME: folder, DENO_NO_UPDATE_CHECK: "1" },
    });
    return JSON.parse(stdout.trim().split("\n").at(-1));
  },
});

const DENO = [
  "run",
  "--quiet",
  "--no-prompt",
  "--cached-only",
  "--node-modules-dir=manual",
  "--allow-net=127.0.0.1",
  "--allow-read=.",
];

export const runtimes = [
  program("Node, this one", process.execPath),
  program("Node 20.19", at("node20-floor/bin/node")),
  program("Node 20", at("node20/bin/node")),
  program("Node 22", at("node22/bin/node")),
  program("Node 24", at("node24/bin/node")),
  program("Node 26", at("node26/bin/node")),
  program("Bun", at("@oven/bun-linux-x64/bin/bun")),
  program("Deno", at("@deno/linux-x64-glibc/deno"), DENO),
  { name: "workerd", binary: at("@cloudflare/workerd-linux-64/bin/workerd"), run: runWorkerd },
  {
    name: "Chromium",
    binary: process.env.CHROMIUM ?? "/usr/bin/chromium",
    needs: at("playwright-core"),
    run: runChromium,
  },
];

export const isThere = ({ binary, needs }) => existsSync(binary) && (!needs || existsSync(needs));

export async function versionOf({ name, binary }) {
  const { stdout } = await run(binary, ["--version", ...(name === "Chromium" ? ["--no-sandbox"] : [])]);
  return /\d[\d.-]+\d/.exec(stdout)?.[0] ?? "";
}

async function runWorkerd({ folder, front }) {
  const [port, dist] = await Promise.all([
    freePort(),
    readdir(join(folder, "node_modules/groq-provider/dist")),
  ]);
  const isOurs = (name) => /^(run|suite|expect|connect|scenarios)\.js$/.test(name);
  const inside = (await readdir(join(folder, "inside"))).filter(isOurs);
  const esModule = (name, path) => `(name = "${name}", esModule = embed "${path}")`;
  const alias = (name, file) => `(name = "inside/${name}", esModule = "export * from '/dist/${file}';")`;
  const modules = [
    esModule("inside/worker.js", "inside/worker.js"),
    ...inside.map((name) => esModule(`inside/${name}`, `inside/${name}`)),
    // Dist as it is, by its own relative names. Commands and files are for Node.
    ...dist
      .filter(
        (name) =>
          name.endsWith(".js") && !/^(cli|drift|node-exchange.*|default-exchange-node)\.js$/.test(name),
      )
      .map((name) => esModule(`dist/${name}`, `node_modules/groq-provider/dist/${name}`)),
    // What a bundler would choose for workerd.
    esModule("dist/#default-exchange", "node_modules/groq-provider/dist/default-exchange-fetch.js"),
    alias("groq-provider", "index.js"),
    alias("groq-provider/config", "config.js"),
    alias("groq-provider/testing", "testing.js"),
    alias("groq-provider/drift/in-app", "drift-in-app.js"),
  ];
  await writeFile(
    join(folder, "workerd.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (compatibilityDate = "2026-01-01", globalOutbound = "loopback", modules = [
      ${modules.join(",\n      ")}
    ])),
    (name = "loopback", network = (allow = ["local", "private"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  );
  const child = spawn(runtimes.find(({ name }) => name === "workerd").binary, ["serve", "workerd.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.on("data", (part) => {
    complaint += part;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  try {
    const answer = await whenUp(`http://127.0.0.1:${port}/?front=${encodeURIComponent(front.url)}`, child);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`workerd answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${error.message}\n${complaint}`, { cause: error });
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

async function whenUp(url, child) {
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS) });
    } catch (error) {
      const isRefused = error.cause?.code === "ECONNREFUSED";
      if (!isRefused || tries > 200 || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function runChromium({ front }) {
  const { chromium } = await import("playwright-core");
  const profile = await mkdtemp(join(tmpdir(), "chromium-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: runtimes.find(({ name }) => name === "Chromium").binary,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push({ way: "page", name: "no error", error: String(error) }));
    await page.goto(`${front.url}/inside/page.html`);
    await page.waitForFunction(() => globalThis.results !== undefined, undefined, { timeout: 10_000 });
    return [...(await page.evaluate(() => globalThis.results)), ...complaints];
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}
