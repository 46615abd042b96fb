/** The scenarios with `ai` 7, on the Node that it needs. */
import * as ai from "ai";
import * as groq from "groq-provider";
import * as sdk from "groq-provider/ai-sdk";
import { SCENARIOS } from "../scenarios.ts";

globalThis.AI_SDK_LOG_WARNINGS = false;
for (const { name, run } of SCENARIOS) {
  try {
    await run({ ai, sdk, groq });
    console.log(`✓ ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`✗ ${name}\n${error.stack}`);
  }
}
