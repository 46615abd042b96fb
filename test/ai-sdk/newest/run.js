/** `npm run test:ai-sdk`: the packed package with `ai` 7 on Node 22, its types and its scenarios. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPacked } from "../../runtimes/install-packed.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
if (!existsSync(`${HERE}node_modules/ai`))
  execFileSync("npm", ["ci"], { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
installPacked(HERE);

const run = (command, ...args) => execFileSync(command, args, { cwd: HERE, stdio: "inherit" });
const STRICT = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck"];
try {
  run(
    process.execPath,
    `${ROOT}node_modules/typescript/bin/tsc`,
    ...["--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom,dom.iterable"],
    ...STRICT,
    "types.ts",
  );
  console.log("✓ types");
  run(`${HERE}node_modules/node22/bin/node`, "program.js");
} catch (error) {
  process.exitCode = error.status ?? 1;
}
