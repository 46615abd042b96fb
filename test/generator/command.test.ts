import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Api } from "../../src/api/index.ts";
import { type Defaults, runGenerate } from "../../src/generator/command.ts";
import { smallDocument } from "./small-document.ts";
import { importText } from "./support.ts";

const names = [
  ...["checks.ts", "fields.ts", "requests.ts", "schema-kit.ts", "schemas.ts", "types.ts", "wire.ts"],
];
let directory: string;
let out: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "generate-"));
  out = join(directory, "out");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const generate = (...argv: string[]) => generateAs({ api: false, importExtension: ".ts" }, ...argv);

async function generateAs(defaults: Defaults, ...argv: string[]) {
  const lines: string[] = [];
  const errors: string[] = [];
  const output = { log: (line: string) => lines.push(line), error: (line: string) => errors.push(line) };
  const code = await runGenerate(argv, output, {
    spec: "openapi/groq.yaml",
    out: "src/generated",
    schemas: true,
    ...defaults,
  });
  return { code, lines, errors };
}

async function documentFile(document: unknown, name = "document.yaml"): Promise<string> {
  const file = join(directory, name);
  await writeFile(
    file,
    typeof document === "string" ? document : stringify(document, { aliasDuplicateObjects: false }),
  );
  return file;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
}

describe("how the files are written", () => {
  const importsOf = async () =>
    Object.values(await contents(out)).flatMap((text) => text.match(/(?<=^import .* from ")\.[^"]*/gm) ?? []);

  test("in an empty folder with .js and api.ts, and afterwards as they are", async () => {
    const spec = ["--spec", await documentFile(smallDocument()), "--out", out];
    expect((await generateAs({}, ...spec)).code).toBe(0);
    expect(new Set(await importsOf())).toEqual(new Set(["./types.js", "./fields.js", "./schema-kit.js"]));
    expect(Object.keys(await contents(out))).toContain("api.ts");
    await generateAs({}, ...spec, "--import-extension", "none");
    expect(new Set(await importsOf())).toEqual(new Set(["./types", "./fields", "./schema-kit"]));
    expect((await generateAs({}, ...spec, "--check")).code).toBe(0);
    expect((await generateAs({}, ...spec, "--import-extension", ".mts")).errors).toEqual([
      "generate: --import-extension: expected one of .ts, .js, none, got .mts",
    ]);
  });

  test("api.ts has the fields of requests, and a check for each operation that answers JSON", async () => {
    const document = smallDocument({ prefix: "/v1" });
    document.paths["/admin/keys"] = document.paths["/v1/files"] ?? {};
    await generateAs({}, "--spec", await documentFile(document), "--out", out, "--all");
    const text = (await contents(out))["api.ts"] ?? "";
    const linked = text.replace(
      '"./fields.js"',
      `"data:text/javascript,${encodeURIComponent("export const chatRequestFields = ['n']")}"`,
    );
    const { api } = await importText<{ api: Api<unknown> }>(linked);
    expect(api.chatRequestFields).toEqual(["n"]);
    expect(Object.keys(api.checks)).toEqual([
      ...["POST /chat/completions", "GET /models", "GET /models/{model}", "POST /embeddings"],
      ...["GET /files", "GET /admin/keys"],
    ]);
    expect(api.above).toEqual({ "GET /admin/keys": "/.." });
    const check = api.checks["GET /models"];
    expect(check?.({ data: [{ id: "a", new: 1 }] })).toBeUndefined();
    expect(check?.({ data: "none" })).toEqual({ expected: "array", got: "string", place: ".data" });
    expect(check?.([])).toEqual({ expected: "object", got: "array", place: "" });
  });
});

describe("generate", () => {
  test("twice gives the same bytes, and leaves nothing else behind", async () => {
    expect(await generate("--out", out)).toMatchObject({ code: 0, errors: [] });
    const first = await contents(out);
    expect(Object.keys(first)).toEqual(names);
    await generate("--out", out);
    expect(await contents(out)).toEqual(first);
  });

  test("the committed files are those of openapi/groq.yaml", async () => {
    expect(await generate("--check")).toMatchObject({ code: 0, errors: [] });
  });

  test("the order of a document's members makes no difference", async () => {
    const document = smallDocument();
    const reversed = {
      ...document,
      components: { schemas: Object.fromEntries(Object.entries(document.components.schemas).reverse()) },
      paths: Object.fromEntries(Object.entries(document.paths).reverse()),
    };
    await generate("--spec", await documentFile(document, "a.yaml"), "--out", out);
    await generate("--spec", await documentFile(reversed, "b.yaml"), "--out", join(directory, "other"));
    expect(await contents(join(directory, "other"))).toEqual(await contents(out));
  });

  test("every file says how it is made", async () => {
    await generate("--out", out);
    for (const text of Object.values(await contents(out)))
      expect(text).toMatch(/^\/\/ Generated by `groq-provider generate`.*\n\/\/ Do not edit/);
  });

  test("runs as a command", async () => {
    const command = ["--import", "tsx/esm", "scripts/generate.ts", "--check"];
    await expect(promisify(execFile)(process.execPath, command)).resolves.toMatchObject({ stderr: "" });
    await expect(promisify(execFile)(process.execPath, [...command, "--wrong"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^generate: Unknown option '--wrong'; expected .*\n$/),
    });
  });
});

describe("--check", () => {
  test("names what is stale or missing, exits 1 and writes nothing", async () => {
    await generate("--out", out);
    await writeFile(join(out, "types.ts"), "// edited by hand\n");
    await rm(join(out, "fields.ts"));
    const before = await contents(out);
    const modified = (await stat(join(out, "types.ts"))).mtimeMs;
    const { code, errors } = await generate("--check", "--out", out);
    expect(code).toBe(1);
    expect(errors).toEqual([
      expect.stringMatching(/stale: .*fields\.ts$/),
      expect.stringMatching(/stale: .*types\.ts$/),
    ]);
    expect(await contents(out)).toEqual(before);
    expect((await stat(join(out, "types.ts"))).mtimeMs).toBe(modified);
  });

  test("does not make the directory", async () => {
    expect((await generate("--check", "--out", out)).code).toBe(1);
    await expect(stat(out)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("--spec", () => {
  test("takes OpenAPI 3.0 with nullable, under a prefix, as YAML or JSON", async () => {
    const document = smallDocument({ version: "3.0.1", prefix: "/openai/v1" });
    const { Question } = document.components.schemas;
    Object.assign(Question?.properties as object, {
      effort: { type: "string", enum: ["low", "high"], nullable: true },
    });
    expect((await generate("--spec", await documentFile(document), "--out", out)).code).toBe(0);
    const files = await contents(out);
    expect(files["types.ts"]).toContain('effort?: "low" | "high" | null;');
    expect(files["types.ts"]).toContain('"/chat/completions": {');
    expect(files["types.ts"]).not.toContain("/openai/v1");
    expect(files["requests.ts"]).toContain('effort: z.exactOptional(z.nullable(z.enum(["low", "high"])))');
    await generate(
      "--spec",
      await documentFile(JSON.stringify(document), "d.json"),
      "--out",
      join(directory, "json"),
    );
    expect(await contents(join(directory, "json"))).toEqual(files);
  });

  test("fetches a URL", async () => {
    const { url, close } = await serve(200, JSON.stringify(smallDocument()));
    try {
      expect(await generate("--spec", `${url}/openapi.json`, "--out", out)).toMatchObject({
        code: 0,
        errors: [],
      });
    } finally {
      close();
    }
    expect(Object.keys(await contents(out))).toEqual(names);
  });
});

describe("--overlay", () => {
  const path = "$.components.schemas.Question.properties";
  const overlayFile = (name: string, ...actions: object[]) =>
    documentFile({ overlay: "1.1.0", info: { title: "o", version: "1" }, actions }, name);

  test("corrects the document, in order, and the types cite what was seen", async () => {
    const spec = await documentFile(smallDocument());
    const evidence = { seen: 3, of: 4, from: "2026-01", to: "2026-02", source: "recorded requests" };
    const first = await overlayFile("1.yaml", {
      target: path,
      description: "Taken, though the document does not say so.",
      update: { extra: { type: "string" } },
      "x-evidence": evidence,
    });
    const second = await overlayFile("2.yaml", { target: `${path}.extra`, update: { enum: ["a"] } });
    const told = await generate("--spec", spec, "--overlay", first, "--overlay", second, "--out", out);
    expect(told).toMatchObject({ code: 0, errors: [] });
    const types = (await contents(out))["types.ts"] ?? "";
    expect(types).toContain('extra?: "a";');
    expect(types).toContain(
      `@observed in 3 of 4, 2026-01 to 2026-02: Taken, though the document does not say so. ${JSON.stringify(evidence)}`,
    );
    expect((await generate("--spec", spec, "--overlay", second, "--out", out)).errors).toEqual([
      `generate: ${second}: actions[0] (${path}.extra): matches nothing`,
    ]);
  });

  test("tells what the document has come to say by itself", async () => {
    const overlay = await overlayFile("o.yaml", { target: "$", update: { openapi: "3.1.0" } });
    const { code, lines } = await generate(
      ...["--spec", await documentFile(smallDocument()), "--overlay", overlay, "--out", out],
    );
    expect(code).toBe(0);
    expect(lines).toContain(
      `generate: note: ${overlay}: actions[0] ($) can go: the document says so by itself`,
    );
  });
});

async function serve(status: number, body: string): Promise<{ url: string; close(): void }> {
  const server: Server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe("what is at fault is said in one line, with exit code 2, and old files stay whole", () => {
  type Document = ReturnType<typeof smallDocument>;
  const changed = (change: (document: Document) => void) => {
    const document = smallDocument();
    change(document);
    return document;
  };
  const cases: [name: string, document: unknown, message: RegExp][] = [
    [
      "the chat operation is missing",
      changed((d) => delete d.paths["/chat/completions"]),
      /lacks the operation POST \/chat\/completions$/,
    ],
    ["it is Swagger", { swagger: "2.0", paths: {} }, /expected an OpenAPI 3 document, found swagger: 2\.0$/],
    ["it is of a later version", changed((d) => (d.openapi = "4.0.0")), /found openapi: "4\.0\.0"$/],
    ["it is no object", "just words", /expected an OpenAPI document, found no object$/],
    ["it has no paths", { openapi: "3.1.0" }, /lacks the operation POST \/chat\/completions$/],
    ["it is broken YAML", "openapi: 3.1.0\npaths: [", /document\.yaml: .+ at line 2/],
    ["it is broken JSON", '{"openapi": "3.1.0", "paths": ', /document\.yaml: .+/],
    ["its aliases contain each other", "openapi: 3.1.0\npaths: &a { b: *a }", /document\.yaml: .+/],
  ];

  async function expectFault(argv: string[], message: RegExp) {
    await generate("--out", out);
    const before = await contents(out);
    const { code, lines, errors } = await generate(...argv);
    expect(code).toBe(2);
    expect(lines).toEqual([]);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(errors[0]).toMatch(/^generate: .+$/);
    expect(await contents(out)).toEqual(before);
  }

  test.each(cases)("%s", async (_, document, message) => {
    await expectFault(["--spec", await documentFile(document), "--out", out], message);
  });

  test("the file is not there", () =>
    expectFault(["--spec", join(directory, "none.yaml"), "--out", out], /none\.yaml: no such file$/));

  test("the URL does not answer 200", async () => {
    const { url, close } = await serve(404, "no such page");
    await expectFault(["--spec", url, "--out", out], /expected status 200, came 404$/);
    close();
  });

  test("the URL cannot be reached", async () => {
    const { url, close } = await serve(200, "");
    close();
    await expectFault(["--spec", url, "--out", out], /fetch failed: .*ECONNREFUSED.*$/);
  });

  test.each([
    [["--nope"], /Unknown option '--nope'; expected \[--spec FILE\|URL\]/],
    [["stray"], /Unexpected argument 'stray'/],
    [["--spec"], /'--spec <value>' argument missing/],
  ])("the command line is %j", (argv, message) => expectFault(argv, message));

  test("the directory is a file", async () => {
    const file = await documentFile("in the way", "file");
    expect(await generate("--out", file)).toMatchObject({
      code: 2,
      errors: [expect.stringMatching(/file: cannot be written \(.+\)$/)],
    });
    expect(await readFile(file, "utf8")).toBe("in the way");
  });

  test("a directory stands where a file should go", async () => {
    await generate("--out", out);
    await rm(join(out, "types.ts"));
    await mkdir(join(out, "types.ts"));
    await writeFile(join(out, "fields.ts"), "// old\n");
    const { code, errors } = await generate("--out", out);
    expect({ code, errors }).toEqual({
      code: 2,
      errors: [
        expect.stringMatching(/cannot be written \(expected a file at .*types\.ts, found a directory\)$/),
      ],
    });
    expect(await readFile(join(out, "fields.ts"), "utf8")).toBe("// old\n");
    expect((await readdir(out)).sort()).toEqual(names);
  });
});
