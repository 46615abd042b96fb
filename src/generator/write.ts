/** Puts generated files in place, all or none, or says which are stale. */
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GeneratedFiles } from "./generate.ts";
import { GenerateError } from "./schema.ts";

/** Names of the files in `directory` that are missing or differ. */
export async function staleFiles(files: GeneratedFiles, directory: string): Promise<string[]> {
  const states = await Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const current = await readFile(join(directory, name), "utf8").catch(() => undefined);
      return current === content ? [] : [name];
    }),
  );
  return states.flat().sort();
}

/** Writes everything beside its place first: what can fail has failed before the first old file is replaced. */
export async function writeFiles(files: GeneratedFiles, directory: string): Promise<void> {
  let temporary: string | undefined;
  try {
    await mkdir(directory, { recursive: true });
    // In the directory itself, because a rename is atomic only within one file system.
    temporary = await mkdtemp(join(directory, ".generate-"));
    for (const [name, content] of Object.entries(files)) await writeFile(join(temporary, name), content);
    // The one thing that could still stop a rename halfway through the list.
    for (const name of Object.keys(files)) await refuseDirectory(join(directory, name));
    for (const name of Object.keys(files)) await rename(join(temporary, name), join(directory, name));
  } catch (error) {
    throw new GenerateError(
      `${directory}: cannot be written (${error instanceof Error ? error.message : String(error)})`,
    );
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

async function refuseDirectory(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`expected a file at ${target}, found a directory`);
}

/** One file, in place of what was there. */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new GenerateError(
      `${file}: cannot be written (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
