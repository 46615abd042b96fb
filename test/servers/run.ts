/**
 * Against servers that the project did not write, each from its package and on loopback: prints server × operation. Installs
 * them into this folder the first time.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { operations } from "./operations.ts";
import { servers, start } from "./servers.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
if (!existsSync(`${folder}node_modules`)) {
  console.error("Installing the servers (140 MB)…");
  execFileSync("npm", ["ci", "--silent"], { cwd: folder, stdio: "inherit" });
}

const names = Object.keys(operations);
const rows = [["server", ...names], Array.from({ length: names.length + 1 }, () => "---")];
for (const server of servers) {
  const running = await start(server);
  const cells: string[] = [];
  for (const [name, operation] of Object.entries(operations)) {
    try {
      await operation({ url: running.url, ...(server.samplesOnly && { samplesOnly: true }) });
      cells.push("yes");
    } catch (error) {
      cells.push("**no**");
      console.error(`${server.name}, ${name}: ${error}`);
      process.exitCode = 1;
    }
  }
  await running.stop();
  rows.push([server.name, ...cells]);
}
for (const cells of rows) console.log(`| ${cells.join(" | ")} |`);
