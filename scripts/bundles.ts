/** What `npm run build` bundles, and how. */
import type { InlineConfig } from "tsdown";

/**
 * Bundled, so that nothing is installed beside this package: as installed, zod's many files alone take longer to import
 * than all of it does.
 */
export const bundled = [
  "zod",
  "openapi-fetch",
  "eventsource-parser",
  "is-network-error",
  "yaml",
  "jsonpath-rfc9535",
  "commander",
  "@commander-js/extra-typings",
];

/** By the name of the file in `dist/`, to which package.json leads. */
export const libraries = {
  index: "src/provider/index.ts",
  config: "src/provider/config/load-config.ts",
  testing: "src/testing/index.ts",
  drift: "src/drift/index.ts",
  "drift-in-app": "src/drift/in-app.ts",
  redis: "src/provider/limits/redis/index.ts",
  router: "src/router/index.ts",
  telemetry: "src/telemetry/index.ts",
  "ai-sdk": "src/ai-sdk/index.ts",
  api: "src/api/index.ts",
  // Which of these it is, the conditions of `imports` in package.json say.
  "default-exchange-node": "src/provider/http/default-exchange-node.ts",
  "default-exchange-fetch": "src/provider/http/default-exchange-fetch.ts",
};

export const common: InlineConfig = {
  config: false,
  platform: "neutral",
  target: "es2022",
  dts: true,
  failOnWarn: true,
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
  deps: {
    onlyBundle: bundled,
    neverBundle: [
      /^node:/,
      "#default-exchange",
      "@opentelemetry/api",
      "@ai-sdk/provider",
      "openapi-typescript",
      "typescript",
    ],
  },
};

const CREATE_REQUIRE = `import { createRequire as requireOf } from "node:module";
const require = requireOf(import.meta.url);`;

/** The program, alone: what its chunk begins with. commander is CommonJS, and asks for modules of Node. */
export const program = {
  ...common,
  entry: { cli: "src/cli/index.ts" },
  format: "esm",
  outputOptions: { banner: ({ name }) => (name === "cli" ? CREATE_REQUIRE : "") },
} satisfies InlineConfig;
