import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

interface Block {
  file: string;
  code: string;
}

/** The blocks that a comment `<!-- example: FILE -->` stands before. */
function exampleBlocks(markdown: string): Block[] {
  const blocks = markdown.matchAll(/<!-- example: (\S+) -->\s*```ts\n(.*?)^```$/gms);
  return [...blocks].map(([, file = "", code = ""]) => ({ file, code }));
}

describe("exampleBlocks", () => {
  it("finds marked blocks and no others", () => {
    const markdown = [
      "```ts",
      "unmarked();",
      "```",
      "<!-- example: examples/a.ts -->",
      "```ts",
      "a();",
      "",
      "b();",
      "```",
      "Text.",
      "<!-- example: examples/b.ts -->",
      "",
      "```ts",
      "c();",
      "```",
    ].join("\n");
    expect(exampleBlocks(markdown)).toEqual([
      { file: "examples/a.ts", code: "a();\n\nb();\n" },
      { file: "examples/b.ts", code: "c();\n" },
    ]);
  });
});

describe.runIf(existsSync(new URL("README.md", root)))("README.md", () => {
  it("shows streaming, tools and structured output as programs", () => {
    const shown = exampleBlocks(read("README.md")).map(({ file }) => file);
    expect(shown).toEqual(
      expect.arrayContaining(["examples/streaming.ts", "examples/tools.ts", "examples/structured-output.ts"]),
    );
  });

  it("shows each example as the file has it", () => {
    const markdown = read("README.md");
    const blocks = exampleBlocks(markdown);
    expect(blocks, "markers without a block").toHaveLength(markdown.match(/<!-- example: /g)?.length ?? 0);
    for (const { file, code } of blocks) expect(code, file).toBe(read(file));
  });
});
