/** `npm run build`: `dist/`, one tree-shaken bundle of shared chunks with declarations. */
import { readFile, writeFile } from "node:fs/promises";
import { build } from "tsdown";

/**
 * Bundled, so that nothing is installed beside this package: as installed, zod's many files alone take longer to import
 * than all of it does.
 */
const bundled = ["zod", "openapi-fetch", "eventsource-parser", "yaml"];

await build({
  config: false,
  entry: {
    index: "src/provider/index.ts",
    testing: "src/testing/index.ts",
    drift: "src/drift/index.ts",
    "drift-in-app": "src/drift/in-app.ts",
    redis: "src/provider/limits/redis/index.ts",
    undici: "src/provider/http/undici.ts",
    router: "src/router/index.ts",
    cli: "src/cli/index.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  failOnWarn: true,
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
  deps: { onlyBundle: bundled, neverBundle: [/^node:/, "undici"] },
});

// What is bundled is redistributed, and its licences ask to be told.
const licences = await Promise.all(
  bundled.map(async (name) => {
    const folder = new URL(`../node_modules/${name}/`, import.meta.url);
    const { version } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
    return `${name} ${version}\n\n${(await readFile(new URL("LICENSE", folder), "utf8")).trim()}\n`;
  }),
);
await writeFile(
  new URL("../dist/THIRD-PARTY-LICENSES.txt", import.meta.url),
  `This package contains code of:\n\n${licences.join("\n----\n\n")}`,
);
