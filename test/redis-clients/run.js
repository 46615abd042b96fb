/**
 * `npm run test:redis-clients`: limits and budgets in a real Redis, and in a cluster of one node, through each client that
 * package.json names as a peer: the first and the last version of each major.
 *
 * `--installed-only` installs nothing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRateLimiter } from "../../src/provider/index.ts";
import { createRedisLimitStore } from "../../src/provider/limits/redis/index.ts";
import { createRedisBudgetStore } from "../../src/router/index.ts";
import { startRedis } from "../provider/limits/redis/redis-server.ts";

const LONGEST_MS = 30_000;
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** By library: how its clients are made and closed. */
const LIBRARIES = {
  ioredis: {
    single: ({ default: Redis }, port) => quiet(new Redis(port, "127.0.0.1", { retryStrategy: () => 50 })),
    cluster: ({ default: Redis }, port) => quiet(new Redis.Cluster([{ host: "127.0.0.1", port }])),
    close: (client) => client.disconnect(),
    flush: (client) => client.call("SCRIPT", "FLUSH"),
  },
  redis: {
    single: async ({ createClient }, port) => {
      const client = quiet(createClient({ url: `redis://127.0.0.1:${port}` }));
      await client.connect();
      return client;
    },
    cluster: async ({ createCluster }, port) => {
      const client = quiet(createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] }));
      await client.connect();
      return client;
    },
    close: (client) => (client.destroy ?? client.disconnect).call(client),
    flush: (client) => client.sendCommand(["SCRIPT", "FLUSH"]),
  },
};

/** Each in a process of its own, as clients that were closed may go on. */
async function tryAll() {
  if (!process.argv.includes("--installed-only"))
    execFileSync("npm", ["ci"], { cwd: HERE, stdio: "inherit" });
  const { dependencies } = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
  console.log(
    "| client | version | limits | budget | restart | cluster |\n| --- | --- | --- | --- | --- | --- |",
  );
  for (const client of Object.keys(dependencies)) {
    const args = ["--import", "tsx/esm", fileURLToPath(import.meta.url), "--client", client];
    const { status, stdout } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 4 * LONGEST_MS,
    });
    process.stdout.write(stdout || `| ${client} | | fails | | | |\n`);
    if (status !== 0) process.exitCode = 1;
  }
}

let single;
let cluster;
let names = 0;

/** Prints its row. */
async function tryClient(alias) {
  const library = LIBRARIES[alias.split("-")[0]];
  const { version } = createRequire(import.meta.url)(`${alias}/package.json`);
  const module = await import(alias);
  const folder = await mkdtemp(join(tmpdir(), "redis-clients-"));
  const cells = [];
  try {
    single = await startRedis();
    cluster = await startRedis([
      ...["--cluster-enabled", "yes", "--dir", folder],
      // A node that is alone knows no address of its own.
      ...["--cluster-announce-ip", "127.0.0.1"],
    ]);
    await formCluster(cluster.port);
    for (const attempt of [limits, budget, restart, inCluster])
      cells.push(await result(attempt, library, module));
  } finally {
    await single?.stop();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`| ${[alias.split("-")[0], version, ...cells].join(" | ")} |`);
  process.exit(cells.every((cell) => cell === "works") ? 0 : 1);
}

/** Two clients on one window of five calls let five go. */
async function limits(library, module) {
  await withClients(library, module, "single", single.port, async (clients) => {
    await takesFive(clients);
    // A Redis that forgot the script is told it again.
    await library.flush(clients[0]);
    await takesFive(clients);
  });
}

async function budget(library, module) {
  await withClients(library, module, "single", single.port, spendsOnce);
}

/** While Redis is away calls fail and say so; when it is back they go. */
async function restart(library, module) {
  await withClients(library, module, "single", single.port, async (clients) => {
    const options = { onUnavailable: "closed", patienceMs: 200, commandTimeoutMs: 300 };
    const [limiter] = limitersOf(clients.slice(0, 1), options);
    (await limiter.acquire({})).release();
    await single.stop();
    const error = await limiter.acquire({ maxQueueMs: 3000 }).catch((error) => error);
    await single.start();
    expect(error.kind, "ServiceUnavailable");
    const back = async () => {
      for (let tries = 0; tries < 100; tries++) {
        const permit = await limiter.acquire({ maxQueueMs: 500 }).catch(() => undefined);
        if (permit) return permit;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("it did not come back");
    };
    (await back()).release();
    limiter.close();
  });
}

async function inCluster(library, module) {
  await withClients(library, module, "cluster", cluster.port, async (clients) => {
    await takesFive(clients);
    await spendsOnce(clients);
  });
}

async function takesFive(clients) {
  const limiters = limitersOf(clients);
  const asked = Array.from({ length: 12 }, (_, index) =>
    limiters[index % limiters.length].acquire({ maxQueueMs: 1000 }).then(
      () => "went",
      (error) => error.kind,
    ),
  );
  const outcomes = await Promise.all(asked);
  for (const limiter of limiters) limiter.close();
  expect(outcomes.filter((outcome) => outcome === "went").length, 5);
  expect(outcomes.filter((outcome) => outcome === "RateLimitExceeded").length, 7);
}

async function spendsOnce(clients) {
  const key = `budget-${process.pid}-${++names}`;
  const stores = clients.map((client) => createRedisBudgetStore({ client }));
  const sums = [];
  for (let index = 0; index < 4; index++) {
    sums.push(await stores[index % stores.length].add({ key, usd: 0.4, periodMs: 60_000, maxUsd: 1 }));
  }
  expect(sums.map(({ added }) => added).join(), "true,true,false,false");
  expect(sums[3].spentUsd, 0.8);
}

function limitersOf(clients, options = {}) {
  const key = `clients-${process.pid}-${++names}`;
  return clients.map((client) =>
    createRateLimiter({
      windows: [{ periodMs: 60_000, calls: 5 }],
      store: createRedisLimitStore({ client, key, recoveryMs: 0, ...options }),
    }),
  );
}

async function withClients(library, module, kind, port, work) {
  const clients = [await library[kind](module, port), await library[kind](module, port)];
  try {
    await work(clients);
  } finally {
    for (const client of clients) await library.close(client);
  }
}

async function result(attempt, library, module) {
  try {
    await Promise.race([attempt(library, module), tooLong()]);
    return "works";
  } catch (error) {
    return `fails: ${String(error?.message ?? error).split("\n", 1)[0]}`;
  }
}

async function tooLong() {
  await new Promise((resolve) => setTimeout(resolve, LONGEST_MS).unref());
  throw new Error(`not done within ${LONGEST_MS} ms`);
}

async function formCluster(port) {
  const client = await LIBRARIES.ioredis.single(await import("ioredis"), port);
  await client.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  for (let tries = 0; tries < 100; tries++) {
    if (String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok")) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  client.disconnect();
}

/** Faults of the connection are told by what is tried. */
function quiet(client) {
  client.on("error", () => {});
  return client;
}

function expect(got, expected) {
  if (got !== expected) throw new Error(`expected ${expected}, got ${got}`);
}

const alias = process.argv[process.argv.indexOf("--client") + 1] ?? "";
if (process.argv.includes("--client")) await tryClient(alias);
else await tryAll();
