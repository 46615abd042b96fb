/** Each way in which Node, a compiler or a test runner loads the package. Each runs a chat and gives what it printed. */
import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ROOT } from "../runtimes/project.js";

const run = promisify(execFile);
const at = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const LONGEST_MS = 120_000;

const chat = `createGroq({ apiKey: "any", model: "openai/gpt-oss-20b", baseUrl: process.env.GROQ }).chat([{ role: "user", content: "Hi" }])`;

const typed = (start) => `${start}
async function main(): Promise<void> {
  const { createGroq, LlmError } = library;
  const options: library.GroqOptions = { apiKey: "any", model: "openai/gpt-oss-20b", baseUrl: process.env.GROQ ?? "" };
  const answer: library.ChatResponse = await createGroq(options).chat([{ role: "user", content: "Hi" }]);
  console.log(LlmError.is(answer), testing.createEmbeddedGroq().requests.length, answer.content);
}
void main();
`;
const imported = typed(
  'import * as library from "groq-provider";\nimport * as testing from "groq-provider/testing";',
);
const required = typed(
  'import library = require("groq-provider");\nimport testing = require("groq-provider/testing");',
);
const typedAnswer = "false 0 You said: Hi";

const program = (name, file, text, args = []) => ({
  name,
  answer: "You said: Hi",
  run: async (folder, env) => {
    await writeFile(join(folder, file), text);
    const { stdout } = await run(process.execPath, [...args, file], {
      cwd: folder,
      env,
      timeout: LONGEST_MS,
    });
    return stdout.trim();
  },
});

/** Compiles, with every check there is, and runs what came out. */
const compiled = (
  name,
  { type, file, text, compilerOptions, typescript = join(ROOT, "node_modules/typescript") },
) => ({
  name,
  answer: typedAnswer,
  needs: typescript,
  run: async (project, env) => {
    const folder = join(project, `compiled-${name.replace(/\W+/g, "-")}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ type, private: true }));
    await writeFile(join(folder, file), text);
    const options = {
      target: "es2022",
      lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      strict: true,
      outDir: "out",
      rootDir: ".",
      ...compilerOptions,
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: [file] }),
    );
    await run(process.execPath, [join(typescript, "bin/tsc"), "-p", folder], { timeout: LONGEST_MS });
    const [made] = (await readdir(join(folder, "out"))).filter((name) => /\.[cm]?js$/.test(name));
    const { stdout } = await run(process.execPath, [join("out", made)], {
      cwd: folder,
      env,
      timeout: LONGEST_MS,
    });
    return stdout.trim();
  },
});

const newest = fileURLToPath(new URL("../runtimes/node_modules/typescript", import.meta.url));
const node16 = { module: "node16", moduleResolution: "node16" };
const nodenext = { module: "nodenext", moduleResolution: "nodenext" };

/** As it comes: CommonJS, and no flag of Node. */
const jest = (environment) => ({
  name: `Jest 30, ${environment}`,
  answer: "1 passed",
  run: async (project, env) => {
    const folder = join(project, `jest-${environment}`);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, "package.json"),
      JSON.stringify({ private: true, jest: { testEnvironment: "node" } }),
    );
    await writeFile(
      join(folder, "chat.test.js"),
      `const { createGroq, LlmError } = require("groq-provider");
const { createEmbeddedGroq } = require("groq-provider/testing");
const { parseModelConfig } = require("groq-provider/config");
test("chats, over a socket and without one", async () => {
  expect((await ${chat}).content).toBe("You said: Hi");
  const { fetch } = createEmbeddedGroq({ reply: "Hello" });
  const groq = createGroq({ apiKey: "any", model: "openai/gpt-oss-20b", fetch });
  expect((await groq.chat([{ role: "user", content: "Hi" }])).content).toBe("Hello");
  expect(LlmError.is(await groq.chat([]).catch((error) => error))).toBe(true);
  expect(parseModelConfig("model: m\\nconfig: {}").model).toBe("m");
});
`,
    );
    const options = { cwd: folder, env, timeout: LONGEST_MS };
    const { stderr } = await run(
      process.execPath,
      [at("jest/bin/jest.js"), "--ci", "--watchman=false"],
      options,
    );
    return /Tests:\s+(\d+ passed), 1 total/.exec(stderr)?.[1] ?? stderr;
  },
});

export const loaders = [
  program(
    "Node, import",
    "load.mjs",
    `import { createGroq } from "groq-provider";\nconsole.log((await ${chat}).content);\n`,
  ),
  program(
    "Node, require",
    "load.cjs",
    `const { createGroq } = require("groq-provider");\n${chat}.then(({ content }) => console.log(content));\n`,
    ["--no-warnings"],
  ),
  program(
    "CommonJS beside ES modules: LlmError.is",
    "copies.cjs",
    `const { LlmError } = require("./node_modules/groq-provider/dist/index.cjs");
import("groq-provider").then(async ({ createGroq }) => {
  const groq = createGroq({ apiKey: "any", model: "m", baseUrl: process.env.GROQ });
  const error = await groq.chat([]).catch((error) => error);
  console.log(LlmError.is(error) && !(error instanceof LlmError) ? (await ${chat}).content : "not known");
});\n`,
  ),
  program(
    "tsx, ES module",
    "tsx.mts",
    `import { createGroq } from "groq-provider";\nconsole.log((await ${chat}).content as string);\n`,
    [at("tsx/dist/cli.mjs")],
  ),
  program(
    "tsx, CommonJS",
    "tsx.cts",
    `import { createGroq } from "groq-provider";\nvoid ${chat}.then(({ content }) => console.log(content as string));\n`,
    [at("tsx/dist/cli.mjs")],
  ),
  compiled("TypeScript, node16, ES module", {
    type: "module",
    file: "a.ts",
    text: imported,
    compilerOptions: node16,
  }),
  compiled("TypeScript, node16, CommonJS", {
    type: "commonjs",
    file: "a.ts",
    text: imported,
    compilerOptions: node16,
  }),
  compiled("TypeScript, node16, import = require", {
    type: "commonjs",
    file: "a.cts",
    text: required,
    compilerOptions: node16,
  }),
  compiled("TypeScript, nodenext, CommonJS", {
    type: "commonjs",
    file: "a.ts",
    text: imported,
    compilerOptions: nodenext,
  }),
  compiled("TypeScript, commonjs, as it was before node16", {
    type: "commonjs",
    file: "a.ts",
    text: imported,
    compilerOptions: { module: "commonjs", moduleResolution: "node10", esModuleInterop: true },
  }),
  compiled("TypeScript, preserve and bundler", {
    type: "module",
    file: "a.ts",
    text: imported,
    compilerOptions: { module: "preserve", moduleResolution: "bundler" },
  }),
  compiled("TypeScript 7, node16, CommonJS", {
    type: "commonjs",
    file: "a.ts",
    text: imported,
    compilerOptions: node16,
    typescript: newest,
  }),
  compiled("TypeScript 7, commonjs and bundler", {
    type: "commonjs",
    file: "a.ts",
    text: imported,
    compilerOptions: { module: "commonjs", moduleResolution: "bundler" },
    typescript: newest,
  }),
  jest("node"),
];
