import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { checkFiles } from "../../src/drift/check-files.ts";
import { DocumentError, loadDocument, packagedDocument, readDocument } from "../../src/openapi/document.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/recorded", import.meta.url));
const MINIMAL = "openapi: 3.1.0\npaths: {}\n";

test.each([
  ["openapi: [", /^d.yaml: .*line 1/],
  ["- a", /^d.yaml: expected an OpenAPI document, found no object$/],
  ["swagger: '2.0'", /^d.yaml: expected an OpenAPI 3 document, found swagger: 2.0$/],
  ["openapi: 4.0.0", /^d.yaml: expected an OpenAPI 3 document, found openapi: "4.0.0"$/],
])("%j is refused in one line", (text, message) => {
  expect(() => readDocument(text, "d.yaml")).toThrow(DocumentError);
  expect(() => readDocument(text, "d.yaml")).toThrow(message);
});

test("a document comes from a path, a file URL, or the web", async () => {
  const url = await packagedDocument();
  expect((await loadDocument(url)).root.paths).toHaveProperty(["/chat/completions"]);
  expect((await loadDocument(fileURLToPath(url))).version).toMatch(/^3\./);
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/d.yaml" ? 200 : 404;
    response.end(MINIMAL);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await loadDocument(`${base}/d.yaml`)).source).toBe(`${base}/d.yaml`);
  await expect(loadDocument(`${base}/gone`)).rejects.toThrow(`${base}/gone: expected status 200, came 404`);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await expect(loadDocument(`${base}/d.yaml`)).rejects.toThrow(DocumentError);
});

test("a file that is not there, or is a folder", async () => {
  await expect(loadDocument("gone.yaml")).rejects.toThrow("gone.yaml: no such file");
  await expect(loadDocument(FIXTURES)).rejects.toThrow("is a folder, expected a file");
});

test("checkFiles compares with the packaged document, or with one that is given", async () => {
  const report = await checkFiles([FIXTURES]);
  expect(report).toMatchObject({ document: "openapi/groq.yaml", findings: [], unusable: [], skipped: 1 });
  const other = await checkFiles([FIXTURES], { schema: readDocument(MINIMAL, "minimal.yaml") });
  expect(other.unusableCount).toBeGreaterThan(0);
  const same = await checkFiles([FIXTURES], {
    schema: pathToFileURL(fileURLToPath(await packagedDocument())),
  });
  expect(same.samples).toBe(report.samples);
});
