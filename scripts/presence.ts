/**
 * `npm run measure:presence -- FILES [--schema FILE] [--overlay FILE …] [--halves N] [--seed N]`
 *
 * How far the check of presence can be trusted, over recordings of your own: false findings between random halves, and
 * members that were taken out of one half, or called otherwise there, as far as they were found.
 */
import { parseArgs } from "node:util";
import { readInputs } from "../src/drift/read/input.ts";
import { loadDocument, packagedDocument } from "../src/openapi/document.ts";
import { Answers, profileOf } from "./presence/answers.ts";
import { falseFindings, kindSizes, type Planted, plantShapes, plantVanishings } from "./presence/measure.ts";

/** One way to halve them is one draw. */
const SPLITS = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    schema: { type: "string" },
    overlay: { type: "string", multiple: true, default: [] },
    halves: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
  },
});
const document = await loadDocument(values.schema ?? (await packagedDocument()), values.overlay);
const answers = new Answers(document);
await readInputs(positionals, answers);
const [times, seed] = [Number(values.halves), Number(values.seed)];

console.log("| Kind of answer | answers |\n|---|---|");
for (const [kind, count] of kindSizes(profileOf(answers.all).kinds))
  console.log(`| \`${kind}\` | ${count} |`);

const wrong = falseFindings(answers.all, times, seed);
console.log(`\nFalse findings between random halves: ${wrong.length} in ${times} halves`);
for (const line of wrong) console.log(`  ${line}`);

const rows: [string, (planted: Planted) => boolean][] = [
  ["in every answer", ({ seen, of }) => of >= 30 && seen === of],
  ["in 20 or more", ({ seen, of }) => of >= 30 && seen < of && seen >= 20],
  ["in 10 to 19", ({ seen, of }) => of >= 30 && seen < of && seen >= 10 && seen < 20],
  ["in fewer than 10", ({ seen, of }) => of >= 30 && seen < 10],
  ["of a kind with fewer than 30 answers", ({ of }) => of < 30],
];
console.log(`\nPlanted in one half, over ${SPLITS} ways to halve them:`);
console.log("\n| Member, in the half before | vanished: found | renamed: told as one |\n|---|---|---|");
const splits = Array.from({ length: SPLITS }, (_, index) => seed + index);
const [vanished, renamed] = (["vanished", "renamed"] as const).map((how) =>
  splits.flatMap((split) => plantVanishings(answers.all, split, how)),
);
for (const [name, isOf] of rows) {
  const cells = [vanished, renamed].map((planted = []) => {
    const own = planted.filter(isOf);
    return `${own.filter(({ isFound }) => isFound).length} of ${own.length}`;
  });
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
const { planted, missed } = plantShapes(answers.all, document);
console.log(`\nOther shapes planted in single answers: ${planted - missed.length} of ${planted} found`);
for (const line of missed) console.log(`  not found: ${line}`);
