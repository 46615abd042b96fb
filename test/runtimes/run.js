/**
 * `npm run test:runtimes`: the built package, installed from its tarball, on every runtime.
 *
 * `--installed-only` installs nothing and leaves out what is not there; `--only NAME` takes those whose name has it.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createProject } from "./project.js";
import { isThere, runtimes, versionOf } from "./runtimes.js";
import { startFront } from "./servers.js";
import { checkTypes, compilers } from "./types.js";

const { values } = parseArgs({
  options: { "installed-only": { type: "boolean" }, only: { type: "string" } },
});
if (!values["installed-only"]) {
  execFileSync("npm", ["ci"], { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: "inherit" });
}

const { folder, remove } = await createProject();
const rows = [];
try {
  const entry = pathToFileURL(join(folder, "node_modules/groq-provider/dist/testing.js"));
  const { startEmbeddedGroq } = await import(entry.href);
  for (const runtime of runtimes) {
    if (values.only && !runtime.name.includes(values.only)) continue;
    rows.push(await tryRuntime(runtime, startEmbeddedGroq));
  }
  for (const compiler of compilers) {
    if (values.only && !"TypeScript".includes(values.only)) continue;
    rows.push(await checkTypes(compiler, folder));
  }
} finally {
  await remove();
}

for (const { name, version, ran, failures, missing } of rows) {
  const outcome = missing ? "not here" : `${ran - failures.length} of ${ran} passed`;
  console.log(`${name.padEnd(18)} ${version.padEnd(16)} ${outcome}`);
  for (const { way, name: of, error } of failures) console.log(`  ✗ ${way}: ${of}\n    ${error}`);
}
const isMissing = !values["installed-only"] && rows.some(({ missing }) => missing);
if (isMissing || rows.length === 0 || rows.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

async function tryRuntime(runtime, startEmbeddedGroq) {
  const row = { name: runtime.name, version: "", ran: 0, failures: [], missing: !isThere(runtime) };
  if (row.missing) return row;
  row.version = await versionOf(runtime);
  const front = await startFront(startEmbeddedGroq, folder);
  try {
    const results = await runtime.run({ folder, front });
    return { ...row, ran: results.length, failures: results.filter(({ error }) => error) };
  } catch (error) {
    const told = `${error.message}\n${error.stderr ?? ""}`;
    return { ...row, ran: 1, failures: [{ way: "all", name: "runs and ends", error: told }] };
  } finally {
    await front.close();
  }
}
