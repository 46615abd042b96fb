/** The project's document blown up to a size: what vendors publish is mostly of no use to a generator that prunes. */
import { readFile, writeFile } from "node:fs/promises";
import { parse, stringify } from "yaml";

/** Writes `from` with so many copies of its schemas and paths, under names of their own, that it has `bytes`. */
export async function writeLargeDocument(from, to, bytes) {
  const text = await readFile(from, "utf8");
  const document = parse(text);
  const schemas = Object.entries(document.components.schemas);
  const paths = Object.entries(document.paths);
  const copies = Math.ceil(bytes / text.length);
  for (let copy = 1; copy < copies; copy++) {
    const renamed = (value) =>
      JSON.parse(
        JSON.stringify(value)
          .replaceAll(/"#\/components\/schemas\/(\w+)"/g, `"#/components/schemas/$1Copy${copy}"`)
          .replaceAll(/"operationId":"(\w+)"/g, `"operationId":"$1Copy${copy}"`),
      );
    for (const [name, schema] of schemas) document.components.schemas[`${name}Copy${copy}`] = renamed(schema);
    for (const [path, item] of paths) document.paths[`/copy-${copy}${path}`] = renamed(item);
  }
  await writeFile(to, stringify(document, { aliasDuplicateObjects: false }));
}
