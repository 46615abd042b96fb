import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/provider/index.ts",
    testing: "src/testing/index.ts",
    drift: "src/drift/index.ts",
    redis: "src/provider/redis.ts",
    undici: "src/provider/undici.ts",
    cli: "src/cli/index.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  dts: true,
  failOnWarn: true,
  deps: {
    // Bundled and tree-shaken: as installed, zod's many files alone take longer to import than all of this package.
    onlyBundle: ["zod", "openapi-fetch", "openapi-typescript-helpers", "eventsource-parser", "yaml"],
    neverBundle: [/^node:/, "undici"],
  },
});
