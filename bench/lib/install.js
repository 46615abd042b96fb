/** Puts the package into bench/node_modules as npm would: what its tarball holds, and nothing else of the checkout. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function install() {
  if (!existsSync(join(ROOT, "dist/index.js"))) {
    throw new Error("Expected dist/index.js, found none: `npm run build` makes it");
  }
  if (!existsSync(join(BENCH, "node_modules/node22"))) {
    execFileSync("npm", ["ci"], { cwd: BENCH, stdio: "inherit" });
  }
  const packed = mkdtempSync(join(tmpdir(), "groq-provider-pack-"));
  const target = join(BENCH, "node_modules/groq-provider");
  try {
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", packed];
    const [{ filename }] = JSON.parse(
      execFileSync("npm", args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] }),
    );
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    execFileSync("tar", ["-xzf", join(packed, filename), "-C", target, "--strip-components=1"]);
  } finally {
    rmSync(packed, { recursive: true });
  }
}
