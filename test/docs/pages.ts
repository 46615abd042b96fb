/** The pages that users read, and the code on them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md") || name === "llms.txt"),
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].filter((name) => name !== "CHANGELOG.md");

/** A fenced block of code. */
export interface Block {
  page: string;
  /** The line of its first line of code, from 1. */
  line: number;
  /** As the fence names it: `ts`, `sh`, …; empty where it names none. */
  language: string;
  code: string;
  /** The file that it becomes, which a comment `<!-- file: FILE -->` before it names: imports are relative to it. */
  file?: string;
  /** The file in `examples/` that a comment `<!-- example: FILE -->` before it names. */
  example?: string;
  /**
   * What the page takes as known: the code in the last comment `<!-- given … -->` above the block. Readers of the page
   * don't see it, and it spares them the same three imports before each of five short pieces.
   */
  given: string;
}

const TOKEN =
  /<!-- given\n(?<given>.*?)\n-->|(?:<!-- example: (?<example>\S+) -->\s*|<!-- file: (?<file>\S+) -->\s*)?^(?<indent> *)```(?<language>\w*)\n(?<code>.*?)^ *```$/gms;

/** The blocks of a page in their order. */
export function blocksOf(page: string, text = read(page)): Block[] {
  const blocks: Block[] = [];
  let given = "";
  for (const match of text.matchAll(TOKEN)) {
    const { given: known, example, file, indent = "", language = "", code = "" } = match.groups ?? {};
    if (known !== undefined) {
      given = known;
      continue;
    }
    const lineOfFence = text.slice(0, match.index + match[0].indexOf("```")).split("\n").length;
    blocks.push({
      page,
      line: lineOfFence + 1,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      ...(example !== undefined && { example }),
      ...(file !== undefined && { file }),
      given,
    });
  }
  return blocks;
}

export const blocks: readonly Block[] = pages.flatMap((page) => blocksOf(page));

/** Where a reader finds it. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
