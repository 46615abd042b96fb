/** The built package in a project's node_modules as npm would put it: what its tarball holds, and nothing else. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Puts it into `project`'s node_modules. Throws where it was not built. */
export function installPacked(project) {
  if (!existsSync(join(ROOT, "dist/index.js"))) {
    throw new Error("Expected dist/index.js, found none: `npm run build` makes it");
  }
  const packed = mkdtempSync(join(tmpdir(), "groq-provider-pack-"));
  const target = join(project, "node_modules/groq-provider");
  try {
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", packed];
    const told = execFileSync("npm", args, { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] });
    // Older versions of npm give a list, newer ones an object by package name.
    const [{ filename }] = Object.values(JSON.parse(told));
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", join(packed, filename), "-C", target, "--strip-components=1"]);
  } finally {
    rmSync(packed, { recursive: true });
  }
}
