/** Each bundler as it comes, with no flag for this package: for a browser, and for a server on Node. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";

const failing = (logger) => ({
  ...logger,
  // Vite puts an empty object in place of a module of Node, and only warns.
  warn(text) {
    throw new Error(text);
  },
});

/** It is run here, where there is no page that could load another part of it. */
const ONE_FILE = { asyncChunks: false };

/** Each takes a program, and gives the path of what it made of it. */
export const forBrowsers = {
  async esbuild(entry, folder) {
    const outfile = join(folder, "esbuild.mjs");
    await esbuild.build({ entryPoints: [entry], outfile, bundle: true, minify: true, format: "esm" });
    return outfile;
  },
  async Vite(entry, folder) {
    const outDir = join(folder, "vite");
    await vite.build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      customLogger: failing(vite.createLogger("warn")),
      build: { outDir, rollupOptions: { input: entry, output: { entryFileNames: "out.mjs" } } },
    });
    return join(outDir, "out.mjs");
  },
  async webpack(entry, folder) {
    return runWebpack(entry, { output: { path: folder, filename: "webpack.cjs", ...ONE_FILE } });
  },
  async Rollup(entry, folder) {
    const bundle = await rollup({
      input: entry,
      plugins: [nodeResolve()],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    const file = join(folder, "rollup.mjs");
    await bundle.write({ file, format: "esm", inlineDynamicImports: true });
    await bundle.close();
    return file;
  },
};

export const forNode = {
  async "esbuild, ES module"(entry, folder) {
    const outfile = join(folder, "node.mjs");
    await esbuild.build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm" });
    return outfile;
  },
  async "esbuild, CommonJS"(entry, folder) {
    const outfile = join(folder, "node.cjs");
    // It has no `await` outside of functions.
    await esbuild.build({
      entryPoints: [await inFunction(entry, folder)],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
    });
    return outfile;
  },
  async webpack(entry, folder) {
    return runWebpack(entry, { target: "node", output: { path: folder, filename: "webpack-node.cjs" } });
  },
  async "Vite, server"(entry, folder) {
    const outDir = join(folder, "vite-server");
    await vite.build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      customLogger: failing(vite.createLogger("warn")),
      ssr: { noExternal: true },
      build: { outDir, ssr: entry, rollupOptions: { output: { entryFileNames: "out.mjs" } } },
    });
    return join(outDir, "out.mjs");
  },
};

async function runWebpack(entry, { output, target }) {
  const compiler = webpack({
    mode: "production",
    context: output.path,
    entry,
    output,
    ...(target && { target }),
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  );
  await new Promise((resolve) => compiler.close(resolve));
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  const problem = [...errors, ...warnings].find(({ message }) => !/size limit|performance/i.test(message));
  if (problem) throw new Error(problem.message);
  return join(output.path, output.filename);
}

async function inFunction(entry, folder) {
  const file = join(folder, "in-function.js");
  await mkdir(folder, { recursive: true });
  await writeFile(file, `import { main } from ${JSON.stringify(entry)};\nmain();\n`);
  return file;
}
