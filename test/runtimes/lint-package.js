/**
 * `npm run lint:package`: what must hold of the built package, quickly and without a network: publint, attw, knip, what
 * is in the tarball, what the declarations show, types as this compiler resolves them, and that an unused import of it
 * is nothing in a bundle. Build first.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "tsdown";
import { createProject, ROOT } from "./project.js";
import { checkTypes, compilers } from "./types.js";

const run = promisify(execFile);
const tool = (name, ...args) => run(join(ROOT, "node_modules/.bin", name), args, { cwd: ROOT });
const { folder, tarball, files, remove } = await createProject();
const dist = join(folder, "node_modules/groq-provider/dist");

/** Puts a library of this repository into the project, as if it were installed there. */
async function link(name) {
  const target = join(folder, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), target);
}

const checks = {
  publint: () => tool("publint", tarball, "--strict"),
  attw: () => tool("attw", tarball),
  knip: () => tool("knip"),

  async "tarball: only what is used"() {
    const allowed =
      /^(dist\/[\w-]+(\.d)?\.c?[jt]s|dist\/THIRD-PARTY-LICENSES\.txt|openapi\/groq\.yaml|openapi\/model-config\.schema\.json|openapi\/overlays\/[\w-]+\.yaml|docs\/[\w-]+\.(md|png)|llms\.txt|(README|ARCHITECTURE|CHANGELOG|SECURITY)\.md|LICENSE|package\.json)$/;
    const odd = files.filter((path) => !allowed.test(path));
    if (odd.length > 0) throw new Error(`in the tarball, but of no use there: ${odd.join(", ")}`);
    for (const path of files.filter((path) => /\.c?[jt]s$/.test(path))) {
      const text = await readFile(join(dist, "..", path), "utf8");
      if (/^\/\/# sourceMappingURL=/m.test(text)) throw new Error(`${path} names a map, and there is none`);
    }
  },

  async "declarations: nothing of zod"() {
    const names = (await readdir(dist)).filter((name) => /\.d\.c?ts$/.test(name));
    for (const name of names) {
      const code = (await readFile(join(dist, name), "utf8")).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      const found = /.*(\bzod\b|\$Zod|\bZodMini).*/.exec(code)?.[0];
      if (found) throw new Error(`${name} shows zod: ${found.trim()}`);
    }
  },

  async "declarations: types for this compiler"() {
    const { failures } = await checkTypes(compilers[0], folder);
    const [failure] = failures;
    if (failure) throw new Error(`${failure.way}: ${failure.error}`);
  },

  // It chats with the vendor's document, as the vendor would answer.
  async "generate: by the package's own command; a provider that speaks the document compiles and runs"() {
    for (const name of ["openapi-typescript", "typescript", "@types/node"]) await link(name);
    const example = join(folder, "examples/own-document");
    await cp(join(ROOT, "examples/own-document"), example, { recursive: true });
    const spec = "examples/own-document/vendor.yaml";
    const command = join(dist, "cli.js");
    const args = ["generate", "--spec", spec, "--all", "--out", "examples/own-document/llm"];
    await run("node", [command, ...args], { cwd: folder });
    await run("node", [command, ...args, "--check"], { cwd: folder });
    const compilerOptions = {
      ...{
        module: "nodenext",
        target: "es2022",
        lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
      },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: ["node"] },
      outDir: "built",
    };
    await writeFile(join(example, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    await run("node", [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", example], { cwd: folder });
    const { readDocument, startEmbeddedGroq } = await import(pathToFileURL(join(dist, "testing.js")).href);
    const document = await readDocument(join(folder, spec));
    const server = await startEmbeddedGroq({ document, bodies: "maximal" });
    const env = { PATH: process.env.PATH, ACME_BASE_URL: server.baseUrl, ACME_API_KEY: "any" };
    const { stdout } = await run("node", [join(example, "built/main.js")], { cwd: folder, env });
    if (stdout !== "content 1\ntext\n") throw new Error(`printed ${JSON.stringify(stdout)}`);
    const asked = server.requests.map(({ path, body }) => `${path} ${body.mood ?? ""}`);
    if (asked.join() !== "/openai/v1/chat/completions wild,/openai/v1/audio/transcriptions ")
      throw new Error(`asked for ${asked}`);
  },

  // The project has none of them: every entry loads, and the first call that needs one says in one line what to install.
  async "peers: missed only where they are needed, and told with the command"() {
    const { exports } = JSON.parse(await readFile(join(dist, "../package.json"), "utf8"));
    const chat = `[{ role: "user", content: "Hi" }]`;
    const first = `createGroq({ apiKey: "any", model: "m", baseUrl: "http://127.0.0.1:9/v1"`;
    const calls = {
      "./telemetry": {
        call: (loaded) => `main.${first}, layers: ${loaded}.createTelemetry() }).chat(${chat})`,
        says: "npm install @opentelemetry/api",
      },
      "./ai-sdk": {
        call: (loaded) =>
          `${loaded}.toLanguageModel(main.${first} })).doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] })`,
        says: "npm install @ai-sdk/provider",
      },
    };
    for (const entry of Object.keys(exports).filter((name) => !name.endsWith(".json"))) {
      const specifier = JSON.stringify(`groq-provider${entry.slice(1)}`);
      for (const load of [`await import(${specifier})`, `createRequire(import.meta.url)(${specifier})`]) {
        const { call, says = "loaded" } = calls[entry] ?? {};
        const code = `import { createRequire } from "node:module";
          import * as main from "groq-provider";
          try { const loaded = ${load}; ${call ? `await ${call("loaded")};` : ""} console.log("loaded"); }
          catch (error) { console.log(error.message); }`;
        const { stdout } = await run("node", ["--input-type=module", "--eval", code], { cwd: folder });
        const lines = stdout.trim().split("\n");
        if (lines.length !== 1 || !lines[0].endsWith(says))
          throw new Error(`${load}: expected one line that ends with "${says}", got "${stdout.trim()}"`);
      }
    }
  },

  async "bundle: an unused import is nothing"() {
    const entry = join(folder, "unused.js");
    const specifiers = ["", "/api", "/testing", "/drift", "/drift/in-app", "/redis", "/config", "/router"];
    const lines = specifiers.map((end, i) => `import * as unused${i} from "groq-provider${end}";`);
    await writeFile(entry, lines.join("\n"));
    await build({
      config: false,
      cwd: folder,
      entry,
      outDir: join(folder, "bundle"),
      platform: "node",
      dts: false,
      minify: true,
      logLevel: "silent",
      deps: { alwaysBundle: [/^groq-provider/], onlyBundle: false },
    });
    for (const name of await readdir(join(folder, "bundle"))) {
      const text = await readFile(join(folder, "bundle", name), "utf8");
      if (text.replace(/export\s*\{\s*\};?/, "").trim() !== "") {
        throw new Error(`${name} has ${text.length} characters: ${text.slice(0, 200)}`);
      }
    }
  },
};

try {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`✓ ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`✗ ${name}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join("\n")}`);
    }
  }
} finally {
  await remove();
}
