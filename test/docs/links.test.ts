/** What a reader can follow: each relative link of a page leads to a file. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { pages, read, root } from "./pages.ts";

test.each(pages)("%s has no link that leads nowhere", (page) => {
  const base = new URL(page, `file://${root}`);
  const broken = [...read(page).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(new URL(link, base)));
  expect(broken).toEqual([]);
});

test("the README is short", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(221);
});
