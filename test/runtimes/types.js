/** Whether the declarations resolve and hold for users of each compiler and each way of resolving. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ROOT } from "./project.js";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL(".", import.meta.url));

export const compilers = [
  { name: "TypeScript 5.9", folder: join(ROOT, "node_modules/typescript") },
  { name: "TypeScript 7", folder: join(HERE, "node_modules/typescript") },
];

const RESOLUTIONS = {
  node16: { module: "node16", moduleResolution: "node16" },
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "preserve", moduleResolution: "bundler" },
};

const CONSUMER = `
import { chatObject, type ChatResponse, GroqProvider, LlmError, type LlmProvider } from "groq-provider";
import { createDriftCheck } from "groq-provider/drift";
import { createDriftChecker } from "groq-provider/drift/in-app";
import * as redis from "groq-provider/redis";
import { createEmbeddedGroq, startEmbeddedGroq } from "groq-provider/testing";
import { loadModelConfig } from "groq-provider/config";

const groq = createEmbeddedGroq({ reply: "Hello" });
export const provider: LlmProvider = new GroqProvider(
  { name: "a", provider: "groq", model: "m", config: { api_key: "k" } },
  { fetch: groq.fetch, drift: createDriftChecker() },
);
export const answer: Promise<ChatResponse> = provider.chat([{ role: "user", content: "Hi" }]);
export const isOurs = (error: unknown): number | undefined => (LlmError.is(error) ? error.status : undefined);
export const all = [createDriftCheck, redis, startEmbeddedGroq, loadModelConfig, chatObject];
// @ts-expect-error: declarations that were lost would make this \`any\`, and no error.
export const wrong: number = provider.config.model;
`;

/** Declarations are checked too: \`skipLibCheck\` is off. */
export async function checkTypes({ name, folder: compiler }, project) {
  const row = { name, version: "", ran: 0, failures: [], missing: !existsSync(compiler) };
  if (row.missing) return row;
  row.version = JSON.parse(await readFile(join(compiler, "package.json"), "utf8")).version;
  for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
    const folder = join(project, `types-${resolution}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "consumer.ts"), CONSUMER);
    const compilerOptions = {
      ...options,
      target: "es2022",
      lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
    );
    row.ran++;
    try {
      await run(process.execPath, [join(compiler, "bin/tsc"), "-p", folder]);
    } catch (error) {
      row.failures.push({ way: resolution, name: "type-checks", error: error.stdout || error.message });
    }
  }
  return row;
}
