/** What a reader can follow: each relative link of the README and the docs leads to a file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const pages = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "llms.txt"],
  ...readdirSync(new URL("docs/", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test.each(pages)("%s has no link that leads nowhere", (page) => {
  const links = [...readFileSync(new URL(page, root), "utf8").matchAll(/\]\(([^)\s#]+)[^)]*\)/g)];
  const broken = links
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(new URL(link, new URL(page, root))));
  expect(broken).toEqual([]);
});

test("the README is short", () => {
  expect(readFileSync(new URL("README.md", root), "utf8").split("\n").length).toBeLessThanOrEqual(221);
});
