/** The real `ai` 6 on this library; `npm run test:ai-sdk` does the same with `ai` 7. */
import * as ai from "ai";
import { test } from "vitest";
import * as sdk from "../../src/ai-sdk/index.ts";
import * as groq from "../../src/provider/index.ts";
import { SCENARIOS } from "./scenarios.ts";

// `ai` tells warnings on the console, too.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

test.each(SCENARIOS)("$name", ({ run }) => run({ ai, sdk, groq }));
