/**
 * `npm run measure:schemas [-- SUITE]`: the validator of this library beside `@cfworker/json-schema`, after
 * `npm run test:schemas`, which installs it.
 *
 * SUITE is a folder with a copy of github.com/json-schema-org/JSON-Schema-Test-Suite. Hostile cases run in processes of their
 * own, each for at most ten seconds.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Validator } from "@cfworker/json-schema";
import { build } from "esbuild";
import { compileJsonSchema } from "../../src/provider/schema/json-schema.ts";
import { checkJsonSchema } from "../../src/provider/schema/json-schema-check.ts";

const OURS = "this library";
const THEIRS = "@cfworker/json-schema";
/** Each gives a function that says whether a value fits. Theirs writes into the schema, so it gets a copy. */
const PREPARE = {
  [OURS]: (schema) => {
    checkJsonSchema(schema, "schema");
    const problemsOf = compileJsonSchema(schema);
    return (value) => problemsOf(value).length === 0;
  },
  [THEIRS]: (schema) => {
    const validator = new Validator(structuredClone(schema), "2020-12");
    return (value) => validator.validate(value).valid;
  },
};

const list = (length, make) => Array.from({ length }, (_, i) => make(i));
const chain = (levels) => {
  let value = 1;
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
};
const RECURSIVE = {
  $ref: "#/$defs/n",
  $defs: {
    n: {
      oneOf: [
        { type: "object", properties: { a: { $ref: "#/$defs/n" } }, required: ["a"] },
        { type: "object", properties: { a: { $ref: "#/$defs/n" } }, required: ["a", "b"] },
        { type: "string" },
      ],
    },
  },
};
const HOSTILE = {
  "a recursive oneOf, 22 levels": [RECURSIVE, () => chain(22)],
  "a recursive oneOf, 100 levels": [RECURSIVE, () => chain(100)],
  "uniqueItems of 40,000 numbers": [{ uniqueItems: true }, () => list(40_000, (i) => i)],
  "uniqueItems of 40,000 objects": [{ uniqueItems: true }, () => list(40_000, (i) => ({ i }))],
  "300,000 items that do not fit": [{ items: { type: "string" } }, () => list(300_000, (i) => i)],
  "5,000 levels": [{ items: { $ref: "#" } }, () => JSON.parse("[".repeat(5000) + "]".repeat(5000))],
  "a reference to itself": [{ $ref: "#" }, () => 1],
  "a pattern over a million blanks": [{ pattern: "\\s+$" }, () => `${" ".repeat(1_000_000)}x`],
};

const [mode, who, what] = process.argv.slice(2);
if (mode === "--hostile") runHostile(who, what);
else {
  await showSizes();
  showSpeed();
  showHostile();
  if (mode) showSuite(mode);
  else console.log("\nright answers: not measured, as no folder of the test suite was given");
}

async function showSizes() {
  const entries = {
    [OURS]: `export { compileJsonSchema } from "../../src/provider/schema/json-schema.ts";
             export { checkJsonSchema } from "../../src/provider/schema/json-schema-check.ts";`,
    [THEIRS]: 'export { Validator } from "@cfworker/json-schema";',
  };
  for (const [name, contents] of Object.entries(entries)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      minify: true,
      format: "esm",
      write: false,
    });
    console.log(
      `size, minified and gzipped   ${name.padEnd(24)}${gzipSync(outputFiles[0].contents).length} bytes`,
    );
  }
}

function showSpeed() {
  const schema = {
    type: "object",
    properties: {
      city: { type: "string", minLength: 1 },
      days: { type: "integer", minimum: 1, maximum: 14 },
      unit: { enum: ["celsius", "fahrenheit"] },
      places: {
        type: "array",
        items: {
          type: "object",
          properties: {
            lat: { type: "number" },
            lon: { type: "number" },
            name: { anyOf: [{ type: "string" }, { type: "null" }] },
          },
          required: ["lat", "lon"],
          additionalProperties: false,
        },
      },
    },
    required: ["city"],
    additionalProperties: false,
  };
  const places = [
    { lat: 1.5, lon: 2.5, name: "a" },
    { lat: 3, lon: 4, name: null },
    { lat: 3, lon: 4 },
  ];
  const value = { city: "Oslo", days: 3, unit: "celsius", places };
  const ways = Object.entries(PREPARE).flatMap(([name, prepare]) => {
    const fits = prepare(schema);
    return [
      [`${name}, each value`, () => fits(value)],
      [`${name}, made ready for it`, () => prepare(schema)(value)],
    ];
  });
  const costs = new Map(ways.map(([name]) => [name, []]));
  for (let round = 0; round < 9; round++) {
    for (const [name, run] of ways) {
      const before = process.cpuUsage();
      for (let i = 0; i < 5000; i++) run();
      const { user, system } = process.cpuUsage(before);
      costs.get(name).push((user + system) / 5000);
    }
  }
  for (const [name, all] of costs) {
    const median = all.toSorted((a, b) => a - b)[4];
    console.log(`a tool's arguments           ${name.padEnd(44)}${median.toFixed(1)} µs of processor time`);
  }
}

function showHostile() {
  for (const what of Object.keys(HOSTILE)) {
    for (const who of Object.keys(PREPARE)) {
      const { stdout, signal } = spawnSync(
        process.execPath,
        [...process.execArgv, fileURLToPath(import.meta.url), "--hostile", who, what],
        { encoding: "utf8", timeout: 10_000 },
      );
      const result = signal ? "did not end in 10 s" : stdout.trim();
      console.log(`${what.padEnd(34)}${who.padEnd(24)}${result}`);
    }
  }
}

function runHostile(who, what) {
  const [schema, make] = HOSTILE[what];
  const value = make();
  const before = process.cpuUsage();
  try {
    const fits = PREPARE[who](schema)(value);
    const { user, system } = process.cpuUsage(before);
    console.log(`${fits ? "fits" : "does not fit"}, ${((user + system) / 1000).toFixed(0)} ms`);
  } catch (error) {
    console.log(`${error.name}: ${error.message.slice(0, 60)}`);
  }
}

function showSuite(folder) {
  const tests = join(folder, "tests/draft2020-12");
  const groups = readdirSync(tests)
    .filter((file) => file.endsWith(".json"))
    .flatMap((file) => JSON.parse(readFileSync(join(tests, file), "utf8")));
  for (const [name, prepare] of Object.entries(PREPARE)) {
    const counts = { right: 0, wrong: 0, refused: 0, crashed: 0 };
    for (const { schema, tests } of groups) for (const one of tests) counts[judge(prepare, schema, one)]++;
    const told = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
    console.log(`the official test suite      ${name.padEnd(24)}${told.join(", ")}`);
  }
}

function judge(prepare, schema, { data, valid }) {
  try {
    return prepare(schema)(data) === valid ? "right" : "wrong";
  } catch (error) {
    return error.kind === "InvalidRequest" ? "refused" : "crashed";
  }
}
