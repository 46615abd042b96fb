/** Prints the table of services; `--write` puts it into docs/services.md, with the date. */
import { readFile, writeFile } from "node:fs/promises";
import { toMarkdown, tryAll } from "./table.ts";

const DOCUMENT = new URL("../../docs/services.md", import.meta.url);
const PLACE = /(<!-- table -->\n)[\s\S]*?(<!-- \/table -->)/;

const rows = await tryAll();
const table = toMarkdown(rows);
console.log(table);
for (const { service, faults } of rows) {
  for (const [column, fault] of faults) {
    process.exitCode = 1;
    console.error(`${service}, ${column}: ${fault}`);
  }
}
if (process.argv.includes("--write")) {
  const today = new Date().toISOString().slice(0, 10);
  const document = await readFile(DOCUMENT, "utf8");
  const dated = `Tried on ${today}, by \`npm run test:services\`:\n\n${table}`;
  await writeFile(
    DOCUMENT,
    document.replace(PLACE, (_, begin, end) => `${begin}${dated}\n\n${end}`),
  );
}
