import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { services } from "../../src/provider/services/index.ts";
import { columns } from "./columns.ts";
import { fixtures } from "./fixtures/index.ts";
import { toMarkdown, tryAll } from "./table.ts";

test("docs/services.md has the table as it comes out", async () => {
  const document = await readFile("docs/services.md", "utf8");
  expect(document).toContain(toMarkdown(await tryAll()));
});

test("each stands in the table under its own name", () => {
  for (const [name, service] of services) expect(service.provider).toBe(name);
});

test("each service has a fixture", () => {
  expect(fixtures.map(({ service }) => service).sort()).toEqual([...services.keys()].sort());
});

describe.each(fixtures)("$service", (fixture) => {
  test.each(Object.entries(columns))("%s", async (_, column) => {
    await column(fixture);
  });
});
