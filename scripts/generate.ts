/** npm run generate -- [--check] [--spec FILE|URL] [--out DIR]: writes src/generated from openapi/groq.yaml. */
import { run } from "../src/generator/command.ts";

process.exitCode = await run(process.argv.slice(2), console);
