import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { evidenceOf, wordsOf } from "../../src/generator/docs.ts";

/** What a program that reads docstrings finds in them. */
const figuresIn = (text: string): unknown[] =>
  [...text.matchAll(/@observed .*?(\{.*\})(?: \*\/)?$/gm)].map(([, json = ""]) => JSON.parse(json));

test("evidence is words for a reader, and figures for a machine", () => {
  const figures = { seen: 71, of: 71, from: "2025-10", to: "2026-07", source: "recorded answers" };
  const said = evidenceOf({ "x-evidence": { ...figures, note: "Never {null}." } });
  expect(said).toBe(`@observed in 71 of 71, 2025-10 to 2026-07: Never {null}. ${JSON.stringify(figures)}`);
  expect(evidenceOf({ "x-evidence": [figures, { seen: 0, of: 3 }] })?.split("\n")).toHaveLength(2);
  expect([evidenceOf({}), wordsOf({})]).toEqual([undefined, undefined]);
});

test("the package's own types cite the wire, where a program finds it", async () => {
  for (const file of ["types.ts", "wire.ts"]) {
    const text = await readFile(`src/generated/${file}`, "utf8");
    const figures = figuresIn(text);
    expect(figures.length).toBe(text.match(/@observed/g)?.length);
    expect(figures).toContainEqual({
      ...{ seen: 94, of: 98, from: "2024-04-20", to: "2026-02-18" },
      source: "recorded answers that call tools",
    });
  }
});
