/** What is paid before the first call, the time of import; and the generator. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeLargeDocument } from "./large-document.js";
import { node } from "./process.js";
import { median, paired } from "./statistics.js";
import { importsOf, SUBJECTS } from "./subjects.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Milliseconds of a whole process that only imports, beyond one that does nothing: wall and CPU. */
export async function measureImports({ subjects, binary, version }, rounds, note) {
  const imported = subjects.filter((name) => SUBJECTS[name].hello);
  const names = ["nothing", ...imported];
  const wall = Object.fromEntries(names.map((name) => [name, []]));
  const cpu = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    note(`import, Node ${version}, ${round + 1}/${rounds}`);
    for (const name of names) {
      const code = `${name === "nothing" ? "" : importsOf(name)}\nconsole.log(JSON.stringify(process.cpuUsage()));`;
      const start = performance.now();
      const { user, system } = JSON.parse(await node(["--input-type=module", "-e", code], { binary }));
      wall[name].push(performance.now() - start);
      cpu[name].push((user + system) / 1000);
    }
  }
  const beyond = (figures, name) => paired(figures[name], figures.nothing, (a, b) => a - b);
  return Object.fromEntries(
    imported.map((name) => [name, { wallMs: beyond(wall, name), cpuMs: beyond(cpu, name) }]),
  );
}

/** Seconds of the generator on the project's document, on one of 3 MB, and on `others`, its start included. */
export async function measureGenerator(others, rounds, note) {
  const folder = await mkdtemp(join(tmpdir(), "groq-provider-bench-"));
  const own = join(ROOT, "openapi/groq.yaml");
  const large = join(folder, "groq-3mb.yaml");
  await writeLargeDocument(own, large, 3_000_000);
  const results = [];
  try {
    for (const spec of [own, large, ...others]) {
      const seconds = [];
      for (let round = 0; round < rounds; round++) {
        note(`generator ${basename(spec)} ${round + 1}/${rounds}`);
        const args = [
          "--import",
          "tsx/esm",
          "scripts/generate.ts",
          "--spec",
          spec,
          "--out",
          join(folder, "out"),
        ];
        const start = performance.now();
        await node(args, { cwd: ROOT });
        seconds.push((performance.now() - start) / 1000);
      }
      results.push({ document: basename(spec), seconds: median(seconds) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return results;
}
