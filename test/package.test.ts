/** What package.json promises of `dist/`, and src/package.json of the sources, is the same. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { libraries } from "../scripts/bundles.ts";

const read = async (path: string) => JSON.parse(await readFile(new URL(path, import.meta.url), "utf8"));
const published = await read("../package.json");
const sources = await read("../src/package.json");
/** Of each file that `dist/` gets, its source. */
const entries = new Map<string, string>(
  Object.entries(libraries).map(([name, file]) => [name, file.replace("src/", "")]),
);

test("the exchange of each runtime is the same in the package and in the sources", () => {
  const name = "#default-exchange";
  const inSources: [string, string][] = Object.entries(sources.imports[name]);
  const conditions = Object.entries<Record<string, string>>(published.imports[name]).map(
    ([condition, files]) => {
      const [esm = "", cjs = ""] = [files.import, files.require];
      expect(cjs).toBe(esm.replace(/\.js$/, ".cjs"));
      return [condition, `./${entries.get(esm.replace(/^\.\/dist\/|\.js$/g, ""))}`];
    },
  );
  expect(conditions).toEqual(inSources);
  // Bun and Deno call themselves "node" too, so they must be asked for first.
  expect(inSources.map(([condition]) => condition).slice(-2)).toEqual(["node", "default"]);
});

test("each entry point is built, for import and for require, with its types", () => {
  for (const [specifier, target] of Object.entries<Record<string, unknown>>(published.exports)) {
    if (specifier.endsWith(".json")) continue;
    const name = specifier === "." ? "index" : specifier.slice(2).replaceAll("/", "-");
    expect(entries.has(name), specifier).toBe(true);
    const esm = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    const cjs = { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` };
    // No `module-sync`, which would give both the same classes: tsx can't require what it leads to, on Node 20.
    expect(Object.entries(target), specifier).toEqual([
      ["import", esm],
      ["require", cjs],
    ]);
    if (specifier !== ".") expect(published.typesVersions["*"][specifier.slice(2)]).toEqual([cjs.types]);
  }
});
