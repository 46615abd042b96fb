/** `npm run build`: `dist/`, one tree-shaken bundle of shared chunks with declarations. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { build } from "tsdown";
import { bundled, common, libraries, program } from "./bundles.ts";

await build({ ...program, entry: { ...libraries, ...program.entry } });
// For what can't load the other: Jest as it comes, and TypeScript that compiles to CommonJS.
await build({ ...common, entry: libraries, format: "cjs", clean: false });

// What is bundled is redistributed, and its licences ask to be told.
const licences = await Promise.all(
  bundled.map(async (name) => {
    const folder = new URL(`../node_modules/${name}/`, import.meta.url);
    const { version } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
    const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${name} has no licence to tell`);
    return `${name} ${version}\n\n${(await readFile(new URL(file, folder), "utf8")).trim()}\n`;
  }),
);
await writeFile(
  new URL("../dist/THIRD-PARTY-LICENSES.txt", import.meta.url),
  `This package contains code of:\n\n${licences.join("\n----\n\n")}`,
);
