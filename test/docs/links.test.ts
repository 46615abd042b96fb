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

const { files, homepage } = JSON.parse(read("package.json")) as { files: string[]; homepage: string };
const isPacked = (path: string) =>
  path === "README.md" ||
  path === "LICENSE" ||
  files.some((file) => path === file || path.startsWith(`${file}/`));

test.each(pages.filter(isPacked))(
  "%s, as it is installed, links to what is packed, or to the repository",
  (page) => {
    const base = new URL(page, `file://${root}`);
    const links = [...read(page).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, link = ""]) => link);
    const notPacked = links.filter(
      (link) => !/^[a-z]+:/.test(link) && !isPacked(new URL(link, base).pathname.slice(root.length)),
    );
    const repository = homepage.replace(/#.*/, "");
    const gone = links
      .filter((link) => link.startsWith(repository))
      .map((link) => link.slice(repository.length).replace(/^\/(?:blob|tree)\/main\//, ""))
      .filter((path) => !existsSync(`${root}${path}`));
    expect([notPacked, gone]).toEqual([[], []]);
  },
);

test("the README is short", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(221);
});
