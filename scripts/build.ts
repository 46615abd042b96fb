/** `npm run build`: `dist/`, one tree-shaken bundle of shared chunks with declarations. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { build, type InlineConfig } from "tsdown";

/**
 * Bundled, so that nothing is installed beside this package: as installed, zod's many files alone take longer to import
 * than all of it does.
 */
const bundled = ["zod", "openapi-fetch", "eventsource-parser", "is-network-error", "yaml"];

/** By the name of the file in `dist/`, to which package.json leads. */
const libraries = {
  index: "src/provider/index.ts",
  config: "src/provider/config/load-config.ts",
  testing: "src/testing/index.ts",
  drift: "src/drift/index.ts",
  "drift-in-app": "src/drift/in-app.ts",
  redis: "src/provider/limits/redis/index.ts",
  router: "src/router/index.ts",
  telemetry: "src/telemetry/index.ts",
  // Which of these it is, the conditions of `imports` in package.json say.
  "default-exchange-node": "src/provider/http/default-exchange-node.ts",
  "default-exchange-fetch": "src/provider/http/default-exchange-fetch.ts",
};

const common: InlineConfig = {
  config: false,
  platform: "neutral",
  target: "es2022",
  dts: true,
  failOnWarn: true,
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
  deps: { onlyBundle: bundled, neverBundle: [/^node:/, "#default-exchange", "@opentelemetry/api"] },
};

await build({ ...common, entry: { ...libraries, cli: "src/cli/index.ts" }, format: "esm" });
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
