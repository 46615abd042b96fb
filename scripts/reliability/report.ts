/** The tables of a run. */
import type { LimitFigures } from "./limits.ts";
import type { Played } from "./player.ts";
import { type Break, breaksOf, PROMISES } from "./verdict.ts";

const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [row(head), row(head.map((_, index) => (index ? "---:" : "---"))), ...rows.map(row)].join("\n");

function countBy<T>(list: readonly T[], keyOf: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of list) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Prints it; how many cases broke a promise. */
export function printReport(all: readonly Played[], limits: readonly LimitFigures[], scanNs: number): number {
  const judged = all.map((played) => ({ played, breaks: breaksOf(played, scanNs) }));
  const broken = judged.filter(({ breaks }) => breaks.length > 0);
  console.log(
    `\n${all.length} cases, ${broken.length} of which break a promise; a linear scan: ${scanNs.toFixed(1)} ns a byte\n`,
  );
  const tried = (promise: string) =>
    promise === "the next call works" || promise === "nothing is left behind"
      ? all.filter(({ outcome }) => outcome).length
      : promise === "nothing lost"
        ? all.filter(({ attack }) => attack.says ?? attack.text ?? attack.operation === "chatStream").length
        : all.length;
  console.log(
    table(
      ["promise", "cases", "broken"],
      PROMISES.map((promise) => [
        promise,
        tried(promise),
        broken.filter(({ breaks }) => breaks.some((one) => one.promise === promise)).length,
      ]),
    ),
  );
  console.log(
    `\n${table(
      ["what the server did", "cases"],
      countBy(all, ({ attack }) => attack.family),
    )}`,
  );
  console.log(
    `\n${table(
      ["operation", "cases"],
      countBy(all, ({ attack }) => attack.operation),
    )}`,
  );
  console.log(
    `\n${table(
      ["ending", "cases"],
      countBy(all, ({ outcome }) => (outcome ? (outcome.kind ?? "success") : "none")),
    )}`,
  );
  console.log("\nNever more than: calls that reached the server, in the fullest period of all\n");
  console.log(
    table(
      ["limit", "allowed", "most", "calls", "used", "callers not answered"],
      limits.map(({ name, allowed, most, arrivals, used, failures }) => [
        name,
        allowed,
        most,
        arrivals,
        `${Math.round(used * 100)} %`,
        Object.entries(failures)
          .map(([kind, count]) => `${kind} ${count}`)
          .join(", "),
      ]),
    ),
  );
  printBreaks(judged);
  return broken.length + limits.filter(({ most, allowed }) => most > allowed).length;
}

function printBreaks(judged: readonly { played: Played; breaks: readonly Break[] }[]): void {
  const groups = new Map<string, { first: Played; what: string; cases: number }>();
  for (const { played, breaks } of judged) {
    for (const { promise, what } of breaks) {
      // One kind of break has many figures in it.
      const sort = what.replaceAll(/"[^"]*"?/g, '"…"').replaceAll(/\d+(\.\d+)?/g, "#");
      const key = `${promise}: ${played.attack.family}: ${sort.slice(0, 70)}`;
      const group = groups.get(key);
      if (group) group.cases++;
      else groups.set(key, { first: played, what, cases: 1 });
    }
  }
  if (groups.size === 0) return;
  console.log("\nBreaks, each with the first case that shows it:\n");
  for (const [key, { first, what, cases }] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    const { number, name, operation, reader, limit, exchange } = first.attack;
    console.log(`- ${key.split(":").slice(0, 2).join(":")}, ${cases} × ${what.slice(0, 400)}`);
    console.log(
      `    case ${number}: ${operation}, ${name.slice(0, 160)}; reader ${reader}, limit ${limit}, ${exchange}, times ${first.attack.times}`,
    );
  }
}
