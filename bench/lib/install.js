/** Puts the package into bench/node_modules as npm would. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPacked } from "../../test/runtimes/install-packed.js";

const BENCH = fileURLToPath(new URL("..", import.meta.url));

export function install() {
  if (!existsSync(join(BENCH, "node_modules/node22"))) {
    execFileSync("npm", ["ci"], { cwd: BENCH, stdio: "inherit" });
  }
  installPacked(BENCH);
}
