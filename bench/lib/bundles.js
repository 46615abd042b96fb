/** A program of one chat as four bundlers make it for a browser, with what they do by default. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import { HELLO_PRELUDE, SUBJECTS } from "./subjects.js";

const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));

/** Each takes the path of a program, and a folder to write to; it gives the texts of its files. */
const BUNDLERS = {
  async esbuild(entry) {
    const { outputFiles } = await esbuild.build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: "esm",
      write: false,
      logLevel: "silent",
    });
    return outputFiles.map(({ text }) => text);
  },
  async vite(entry, folder) {
    const problems = [];
    const logger = vite.createLogger("warn", { allowClearScreen: false });
    logger.warn = (text) => problems.push(text);
    logger.warnOnce = logger.warn;
    const { output } = await vite.build({
      root: folder,
      configFile: false,
      customLogger: logger,
      logLevel: "warn",
      build: { write: false, rollupOptions: { input: entry } },
    });
    // It puts an empty object in place of a module of Node, which fails when it is used.
    const external = problems.find((text) => /externalized for browser/.test(text));
    if (external) throw new Error(external);
    return output.filter(({ type }) => type === "chunk").map(({ code }) => code);
  },
  async webpack(entry, folder) {
    const path = join(folder, "webpack");
    const stats = await new Promise((done, fail) =>
      webpack({ mode: "production", context: folder, entry, output: { path } }, (error, result) =>
        error ? fail(error) : done(result),
      ),
    );
    if (stats.hasErrors()) throw new Error(stats.toJson({ errors: true }).errors[0].message);
    const names = (await readdir(path)).filter((name) => name.endsWith(".js"));
    return Promise.all(names.map((name) => readFile(join(path, name), "utf8")));
  },
  async rollup(entry) {
    const bundle = await rollup({
      input: entry,
      plugins: [resolve({ browser: true })],
      onwarn: () => {},
    });
    const { output } = await bundle.generate({ format: "esm" });
    await bundle.close();
    const own = new Set(output.map(({ fileName }) => fileName));
    const left = output.flatMap(({ imports, dynamicImports }) =>
      [...imports, ...dynamicImports].filter((name) => !own.has(name)),
    );
    if (left.length > 0) throw new Error(`"${left[0]}" is left to the browser`);
    // It does not minify by itself.
    const minify = ({ code }) => esbuild.transform(code, { minify: true, format: "esm" });
    return (await Promise.all(output.map(minify))).map(({ code }) => code);
  },
};

export const BUNDLER_NAMES = Object.keys(BUNDLERS);

/** For each subject and bundler: bytes of all JavaScript that it makes, `minified` and `gzip`; or what it `failed` with. */
export async function measureBundles(subjects, note) {
  const sizes = {};
  await mkdir(MODULES, { recursive: true });
  for (const name of subjects.filter((name) => SUBJECTS[name].hello)) {
    sizes[name] = {};
    for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
      note(`bundle ${name} ${bundler}`);
      // Beside the installed packages, or a bundler would not find them.
      const folder = await mkdtemp(join(MODULES, ".hello-"));
      const entry = join(folder, "hello.mjs");
      try {
        await writeFile(entry, importsFirst(HELLO_PRELUDE, SUBJECTS[name].hello));
        const texts = await bundle(entry, folder);
        const sum = (sizeOf) => texts.reduce((bytes, text) => bytes + sizeOf(text), 0);
        sizes[name][bundler] = {
          minified: sum((text) => Buffer.byteLength(text)),
          gzip: sum((text) => gzipSync(text, { level: 9 }).length),
        };
      } catch (error) {
        sizes[name][bundler] = { failed: reasonOf(error) };
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  }
  return sizes;
}

/** One line, without the paths of this machine. */
function reasonOf(error) {
  const text = error.errors?.[0]?.text ?? error.message;
  const line =
    String(text)
      .split("\n")
      .find((line) => line.trim() !== "") ?? "";
  return line
    .replaceAll(dirname(MODULES), "")
    .replaceAll(/\/\.hello-\w+/g, "")
    .slice(0, 160);
}

const importsFirst = (prelude, hello) => {
  const lines = hello.split("\n");
  const isImport = (line) => line.startsWith("import ");
  return [...lines.filter(isImport), prelude, ...lines.filter((line) => !isImport(line))].join("\n");
};
