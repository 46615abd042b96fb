/** The built package as a user gets it: packed, and installed into an empty project. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** Its folder, the tarball's file names, and how to remove it. Needs no network: nothing is installed beside it. */
export async function createProject() {
  const folder = await mkdtemp(join(tmpdir(), "groq-provider-"));
  const packed = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
  });
  // Older versions of npm give a list, newer ones an object by package name.
  const [{ filename, files }] = Object.values(JSON.parse(packed.stdout));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const tarball = join(folder, filename);
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", tarball], {
    cwd: folder,
  });
  await cp(fileURLToPath(new URL("inside", import.meta.url)), join(folder, "inside"), { recursive: true });
  await writeFile(
    join(folder, "model.yaml"),
    "name: a\nprovider: groq\nmodel: openai/gpt-oss-20b\nconfig:\n  api_key: k\n",
  );
  return {
    folder,
    tarball,
    files: files.map(({ path }) => path),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
