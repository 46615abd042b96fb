/** docs/router.md: its program is the example that runs, and its pieces have the types that they show. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/router.md`, "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);

test("its program is the example, which a test runs", () => {
  expect(page).toContain("<!-- example: examples/router.ts -->\n```ts");
  expect(blocks[0]).toBe(readFileSync(`${root}examples/router.ts`, "utf8"));
});

test("its pieces have the types that they show", { timeout: 120_000 }, () => {
  const name = `${root}examples/pieces-of-docs.ts`;
  const text = [
    'import type { LlmProvider, Message } from "groq-provider";',
    'import { createRedisBudgetStore, createRouter, routeOf, type Router } from "groq-provider/router";',
    "declare const groq: LlmProvider, openRouter: LlmProvider, spare: LlmProvider, router: Router;",
    "declare const redis: { sendCommand(args: string[]): Promise<unknown> };",
    "declare const messages: Message[];",
    ...blocks.slice(1).map((code) => `{\n${code}\n}`),
  ].join("\n");
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const checked = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(checked);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], checked, host);
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(name));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))).toEqual([]);
  expect(blocks.length).toBeGreaterThan(4);
});
