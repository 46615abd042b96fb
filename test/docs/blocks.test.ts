/** Every block of code on every page: it is an example that runs, has the types that it shows, or names what there is. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseRules } from "../../src/drift/spec/rules.ts";
import { isObject, valueAt } from "../../src/provider/base/values.ts";
import { parseModelConfig } from "../../src/provider/config/load-config.ts";
import { createProvider } from "../../src/provider/create-provider.ts";
import { commandsOf, isOption, problemOf } from "./commands.ts";
import { type Block, blocks, blocksOf, pages, placeOf, read, root } from "./pages.ts";
import { typeProblems } from "./types.ts";

const of = (language: string) => blocks.filter((block) => block.language === language);

describe("the reader of pages", () => {
  test("finds blocks with their examples, and what is given", () => {
    const page = [
      "```ts",
      "a();",
      "```",
      "<!-- example: examples/b.ts -->",
      "```ts",
      "b();",
      "```",
      "<!-- given",
      "declare const c: () => void;",
      "-->",
      "1. text",
      "   ```js",
      "   c();",
      "   ```",
    ].join("\n");
    expect(blocksOf("p.md", page)).toEqual([
      { page: "p.md", line: 2, language: "ts", code: "a();\n", given: "" },
      { page: "p.md", line: 6, language: "ts", code: "b();\n", given: "", example: "examples/b.ts" },
      { page: "p.md", line: 13, language: "js", code: "c();\n", given: "declare const c: () => void;" },
    ]);
  });

  test("misses none", () => {
    for (const page of pages)
      expect(blocksOf(page).length * 2, page).toBe(read(page).match(/^ *```/gm)?.length ?? 0);
  });

  test("knows what to do with each language", () => {
    // Pictures say nothing that could be run.
    const known = new Set(["ts", "sh", "yaml", "html", "mermaid"]);
    expect(blocks.filter(({ language }) => !known.has(language)).map(placeOf)).toEqual([]);
  });
});

describe("programs", () => {
  test("an example stands on the page as in its file", () => {
    const examples = blocks.filter(({ example }) => example !== undefined);
    expect(examples.length).toBeGreaterThan(5);
    for (const block of examples) expect(block.code, placeOf(block)).toBe(read(block.example ?? ""));
    const markers = pages.flatMap((page) => read(page).match(/^<!-- example: /gm) ?? []);
    expect(examples, "markers without a block").toHaveLength(markers.length);
  });

  test("the README shows the first answer, streams, tools, data and a server as examples", () => {
    const shown = blocksOf("README.md").map(({ example }) => example);
    for (const name of ["chat", "streaming", "tools", "structured-output", "server"])
      expect(shown).toContain(`examples/${name}.ts`);
  });

  test("all of them have the types that they show", { timeout: 120_000 }, () => {
    // It needs what the packed package generates: `npm run lint:package` compiles and runs it.
    const isPacked = ({ example }: Block) => example?.startsWith("examples/own-document/") === true;
    expect(typeProblems(of("ts").filter((block) => !isPacked(block)))).toEqual([]);
  });

  test("a block with a mistake is told with its place", { timeout: 120_000 }, () => {
    const code = 'import { createGroq } from "groq-provider";\n\ncreateGroq({ model: 1 });\n';
    const block: Block = { page: "p.md", line: 10, language: "ts", code, given: "declare const x: 1;" };
    expect(typeProblems([block])).toEqual(["p.md:12: Type 'number' is not assignable to type 'GroqModel'."]);
  });
});

describe("commands", () => {
  test.each(of("sh").map((block) => [placeOf(block), block.code]))("%s", (_place, code) => {
    const commands = code.replaceAll("\\\n", " ").split("\n").flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.map(problemOf).filter(Boolean)).toEqual([]);
  });

  test.each(pages)("in the sentences of %s", (page) => {
    const spans = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
    const typed = spans.filter((text) => /^(npx |npm |node |groq-provider [a-z])/.test(text));
    expect(typed.flatMap(commandsOf).map(problemOf).filter(Boolean)).toEqual([]);
  });

  test.each(["docs/cli.md", "docs/drift.md"])("options in the sentences of %s", (page) => {
    const flags = [...read(page).matchAll(/`(--[a-z-]+)[^`]*`/g)].map(([, flag = ""]) => flag);
    expect(flags.filter((flag) => flag !== "--help" && !isOption(flag))).toEqual([]);
  });

  test.each([
    ["npm run nothing", "no script nothing"],
    ["npx groq-provider caht Hi", "no command caht"],
    ["X=1 groq-provider chat --modle m Hi | jq .x", "chat has no option --modle"],
    ["npx tsx examples/none.ts", "no file examples/none.ts"],
    ["npm install left-pad", "never tried with left-pad"],
    ["frobnicate all", "unknown command frobnicate all"],
  ])("%s would be told", (line, problem) => {
    expect(commandsOf(line).map(problemOf).filter(Boolean)).toEqual([problem]);
  });
});

describe("data", () => {
  const isConfig = (value: unknown): value is Record<string, unknown> =>
    isObject(value) && "provider" in value;

  test.each(of("yaml").map((block) => [placeOf(block), block.code]))("%s is what it says", (place, code) => {
    const value: unknown = parse(code);
    if (isConfig(value)) {
      const env = { GROQ_API_KEY: "a", OPENROUTER_API_KEY: "b" };
      expect(createProvider(parseModelConfig(code, { env })).config).toMatchObject({
        name: value.name,
        provider: value.provider,
        model: value.model,
      });
      return;
    }
    // A file of levels for a comparison of documents.
    if (place.startsWith("docs/drift.md") && !isObject(valueAt(value, ["x-event-stream"]))) {
      expect(Object.keys(parseRules(code, place)).length).toBeGreaterThan(0);
      return;
    }
    // The only other thing that pages show: an extension of the document, with places in it.
    const schemas = Object.values(valueAt(value, ["x-event-stream"]) ?? {});
    expect(schemas.length).toBeGreaterThan(0);
    const document: unknown = parse(read("openapi/groq.yaml"));
    for (const { $ref } of schemas as { $ref: string }[])
      expect(valueAt(document, $ref.slice(2).split("/")), $ref).toBeDefined();
  });

  test.each(of("html").map((block) => [placeOf(block), block.code]))(
    "%s is an import map of the package",
    (_place, code) => {
      const { imports } = JSON.parse(/<script type="importmap">(.*?)<\/script>/s.exec(code)?.[1] ?? "");
      const manifest = read("package.json");
      for (const [name, file] of Object.entries<string>(imports)) {
        expect(manifest).toContain(name.startsWith("#") ? `"${name}"` : `"name": "${name}"`);
        expect(manifest).toContain(file.replace("/node_modules/groq-provider/", "./"));
      }
    },
  );
});

test("files that pages for users name are there", () => {
  const users = pages.filter((page) => page.startsWith("docs/") || page === "README.md");
  const named = users.flatMap((page) => [
    ...read(page).matchAll(/`((?:src|test|bench|examples|scripts|openapi|\.github)\/[\w./-]+)`/g),
  ]);
  expect(named.length).toBeGreaterThan(3);
  expect(named.map(([, path = ""]) => path).filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});
