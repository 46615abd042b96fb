/** What is paid before the first call: time of import, size of a bundle; and the generator. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { node } from "./process.js";
import { median, paired } from "./statistics.js";
import { HELLO_PRELUDE, importsOf, SUBJECTS, withHello } from "./subjects.js";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Milliseconds of a whole process that only imports, beyond one that does nothing: wall and CPU. */
export async function measureImports(rounds, note) {
  const names = ["nothing", ...withHello()];
  const wall = Object.fromEntries(names.map((name) => [name, []]));
  const cpu = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    note(`import ${round + 1}/${rounds}`);
    for (const name of names) {
      const code = `${name === "nothing" ? "" : importsOf(name)}\nconsole.log(JSON.stringify(process.cpuUsage()));`;
      const start = performance.now();
      const { user, system } = JSON.parse(await node(["--input-type=module", "-e", code]));
      wall[name].push(performance.now() - start);
      cpu[name].push((user + system) / 1000);
    }
  }
  const beyond = (figures, name) => paired(figures[name], figures.nothing, (a, b) => a - b);
  return Object.fromEntries(
    withHello().map((name) => [name, { wallMs: beyond(wall, name), cpuMs: beyond(cpu, name) }]),
  );
}

/** Bytes of a program that says hello, as esbuild makes it: whole, and gzipped as servers do. */
export async function measureBundles() {
  const sizes = {};
  for (const name of withHello()) {
    const { outputFiles } = await build({
      stdin: { contents: HELLO_PRELUDE + SUBJECTS[name].hello, resolveDir: BENCH, sourcefile: "hello.js" },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "es2022",
      logLevel: "error",
    });
    const [file] = outputFiles;
    sizes[name] = { minified: file.contents.length, gzip: gzipSync(file.contents, { level: 9 }).length };
  }
  return sizes;
}

/** Seconds of the generator on the project's own document and on `others`, its start included. */
export async function measureGenerator(others, rounds, note) {
  const results = [];
  for (const spec of [join(ROOT, "openapi/groq.yaml"), ...others]) {
    const seconds = [];
    for (let round = 0; round < rounds; round++) {
      note(`generator ${basename(spec)} ${round + 1}/${rounds}`);
      const out = await mkdtemp(join(tmpdir(), "groq-provider-bench-"));
      const start = performance.now();
      await node(["--import", "tsx/esm", "scripts/generate.ts", "--spec", spec, "--out", out], ROOT);
      seconds.push((performance.now() - start) / 1000);
      await rm(out, { recursive: true });
    }
    results.push({ document: basename(spec), seconds: median(seconds) });
  }
  return results;
}
