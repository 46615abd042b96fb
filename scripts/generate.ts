/**
 * npm run generate -- [--check] [--spec FILE|URL] [--overlay FILE|URL] [--out DIR]: writes src/generated from openapi/groq.yaml, and the JSON Schema of
 * configurations.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runGenerate } from "../src/generator/command.ts";
import { modelConfigSchema } from "./model-config-schema.ts";

const argv = process.argv.slice(2);
const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const schemaFile = new URL("../openapi/model-config.schema.json", import.meta.url);
// What the nightly `sync` found, until somebody has written it into openapi/groq.yaml.
const learned = inPackage("openapi/wire.yaml");

process.exitCode = await runGenerate(argv, console, {
  spec: inPackage("openapi/groq.yaml"),
  ...(existsSync(learned) && { overlay: [learned] }),
  out: inPackage("src/generated"),
  schemas: true,
  api: false,
  importExtension: ".ts",
});
// Another document or another place is not a matter of this package's own configurations.
if (process.exitCode === 0 && !argv.some((word) => /^--(spec|overlay|out)\b/.test(word))) {
  const schema = await modelConfigSchema();
  if (!argv.includes("--check")) {
    await writeFile(schemaFile, schema);
    console.log("generate: wrote openapi/model-config.schema.json");
  } else if ((await readFile(schemaFile, "utf8").catch(() => "")) !== schema) {
    console.error("generate: stale: openapi/model-config.schema.json");
    process.exitCode = 1;
  }
}
