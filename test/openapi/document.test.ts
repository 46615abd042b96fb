import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { checkFiles } from "../../src/drift/check-files.ts";
import {
  DocumentError,
  loadDocument,
  packagedDocument,
  readDocument,
  readIfThere,
  resolveReference,
} from "../../src/openapi/document.ts";

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

test.each([
  [
    "aliases of aliases of aliases",
    `openapi: 3.1.0\nx0: &x0 [1, 1]\n${Array.from({ length: 40 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}, *x${i}]`).join("\n")}`,
  ],
  ["an alias within its own anchor", "openapi: 3.1.0\npaths: &a { b: *a }\n"],
  ["lists by the thousand", `openapi: 3.1.0\npaths: ${"[".repeat(50_000)}${"]".repeat(50_000)}`],
  ["objects by the thousand", `{"openapi":"3.1.0","paths":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`],
])("%s: one line", (_, text) => {
  expect(() => readDocument(text, "d.yaml")).toThrow(DocumentError);
  expect(() => readDocument(text, "d.yaml")).toThrow(/^d\.yaml: [^\n]+$/);
});

test("a reference to what every object has points to nothing", () => {
  const document = readDocument(MINIMAL, "d.yaml");
  expect(() => resolveReference(document, "#/paths/constructor")).toThrow("points to nothing");
});

test("a download that does not end is left", async () => {
  const megabyte = new Uint8Array(1_000_000).fill(32);
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(megabyte),
    cancel: () => {
      cancelled = true;
    },
  });
  vi.stubGlobal("fetch", async () => new Response(body));
  onTestFinished(() => void vi.unstubAllGlobals());
  await expect(loadDocument("https://vendor.example/openapi.yaml")).rejects.toThrow(
    "https://vendor.example/openapi.yaml: expected a document of at most 64 MB",
  );
  expect(cancelled).toBe(true);
});

test("a file that may be missing is read without the mark of its encoding, or told from one that can't be read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "may-be-missing-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "marked"), "\ufeffa: 1");
  expect(await readIfThere(join(folder, "marked"))).toBe("a: 1");
  expect(await readIfThere(join(folder, "none"))).toBeUndefined();
  await expect(readIfThere(folder)).rejects.toThrow(
    new DocumentError(`${folder}: is a folder, expected a file`),
  );
});
