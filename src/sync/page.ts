/** What `sync` found and did, on one page of Markdown: for a pull request, or for whoever runs it by hand. */
import { printable } from "../drift/base/json.ts";
import { plural } from "../drift/report/words.ts";
import type { ChangeLevel, SpecChange } from "../drift/spec/change.ts";
import { isBroken, isSame, type SyncResult } from "./sync.ts";

/** Rows of one table or list; a whole new document has thousands. */
const MOST_ROWS = 50;
const MOST_LINES_OF_OUTPUT = 30;

/** The page, with a line break at its end. Foreign text stands in code spans, where it is no markup and mentions nobody. */
export function formatPage(result: SyncResult): string {
  const parts = [
    `# Sync with ${code(result.vendor)}`,
    summary(result),
    ...section("Changed", changed(result)),
    ...section("Breaks", breaks(result)),
    ...section("Adapted", adapted(result)),
    ...section("Left to a person", left(result)),
    ...section("By hand", byHand(result)),
  ];
  return `${parts.join("\n\n")}\n`;
}

const section = (title: string, parts: readonly string[]): string[] =>
  parts.length === 0 ? [] : [`## ${title}`, ...parts];

function summary(result: SyncResult): string {
  const since = result.lastSeen ? `last seen ${result.lastSeen}` : "seen for the first time";
  const verdict = isSame(result)
    ? "Nothing changed."
    : isBroken(result)
      ? "**Changed, and breaks.**"
      : "**Changed.**";
  const figures = [
    `${plural(result.changes.length, "change")} of the document`,
    `${plural(result.appended.length, "action")} for the overlay`,
    ...(result.samples > 0 ? [`${plural(result.samples, "sample")} of answers`] : []),
  ];
  return `${result.day}, ${since}. ${verdict} ${figures.join(", ")}.`;
}

const LEVELS: readonly ChangeLevel[] = ["breaking", "additive", "annotation"];

function changed({ changes, lastSeen, presence }: SyncResult): string[] {
  const parts: string[] = [];
  const own = changes.filter(({ rule }) => rule !== "operation-added");
  const others = changes.filter(({ rule }) => rule === "operation-added");
  const sorted = LEVELS.flatMap((level) => [...own, ...others].filter((change) => change.level === level));
  if (sorted.length > 0) parts.push(table(["", "Where", "What", "Rule"], sorted.map(changeRow)));
  else if (lastSeen !== undefined) parts.push("The document says the same as before to a caller.");
  if (presence.length > 0) parts.push("In the answers, against earlier ones:", list(presence.map(code)));
  return parts;
}

const changeRow = ({ level, subject, place, text, places, rule }: SpecChange): string[] => [
  level,
  `${code(subject)} ${code(place)}${places > 1 ? `, and ${plural(places - 1, "further place")}` : ""}`,
  code(text),
  rule,
];

function breaks({ types, test, client, breaking }: SyncResult): string[] {
  const parts: string[] = [];
  if (breaking.length > 0)
    parts.push("The answers break who trusts the document, or this client:", list(breaking.map(code)));
  if (types?.isGood === false) {
    const rows = types.problems.map(({ file, line, message }) => [code(`${file}:${line}`), code(message)]);
    parts.push(
      rows.length > 0
        ? `Types no longer check, at ${plural(rows.length, "place")}:`
        : `${code(types.command)} fails:`,
      rows.length > 0 ? table(["Where", "What"], rows) : fenced(lastLines(types.output)),
    );
  }
  if (client && client.length > 0)
    parts.push("The client could not read what the document allows:", list(client.map(code)));
  if (test && test.code !== 0)
    parts.push(`${code(test.command)} fails against tomorrow's server:`, fenced(lastLines(test.output)));
  return parts;
}

function adapted(result: SyncResult): string[] {
  const { overlay, out, files, appended, needless, dead, notes, types, test, client, isWritten, toldBefore } =
    result;
  const items: string[] = [];
  const gone = needless.length + dead.length;
  if (appended.length > 0)
    items.push(
      `${code(overlay)}: ${plural(appended.length, "action")} more, from the answers: ${some(appended.map(({ target }) => code(target)))}`,
    );
  if (needless.length > 0)
    items.push(
      `${code(overlay)}: ${plural(needless.length, "action")} less, for the document says so by itself: ${some(needless.map(({ target }) => code(target)))}`,
    );
  if (files.length > 0) items.push(`${code(out)}: ${some(files.map(code))}`);
  if (notes.length > 0) items.push(`The generator notes: ${some(notes.map(code))}`);
  if (types?.isGood) items.push(`${code(types.command)}: no error`);
  if (client?.length === 0)
    items.push("The client reads all that the document allows, in its least and in its fullest form");
  if (test?.code === 0) items.push(`${code(test.command)}: passes against tomorrow's server`);
  if (!isWritten && files.length + appended.length + gone > 0)
    items.push("Tried in a copy; nothing is written without `--write`");
  if (toldBefore > 0)
    items.push(
      `${plural(toldBefore, "difference")} of the answers that no action mends, told on an earlier page`,
    );
  return items.length === 0 ? [] : [list(items)];
}

function left(result: SyncResult): string[] {
  const items = leftToAPerson(result);
  if (items.length === 0) return [];
  const shown = items.slice(0, MOST_ROWS).map((item) => `- [ ] ${item}`);
  return [shown.join("\n") + more(items)];
}

/** What the loop can't do by itself, as items of a list in Markdown. */
export function leftToAPerson(result: SyncResult): string[] {
  const { types, dead, leftDrift, unusable, client, test, changes, presence, typecheck } = result;
  return [
    ...(types?.isGood === false ? [`Mend what ${code(types.command)} tells above`] : []),
    ...(client?.length ? ["Teach the client what it could not read, above"] : []),
    ...(test && test.code !== 0 ? [`Mend what fails in ${code(test.command)}, above`] : []),
    ...dead.map(
      ({ target, reason, yaml }) =>
        `The overlay's action on ${code(target)} ${reason}. It left the overlay; aim it anew, or let it go:\n\n${indented(fenced(yaml.trimEnd()))}\n`,
    ),
    ...leftDrift.map((finding) => `No action mends ${code(finding)}`),
    ...unusable.map((input) => `Could not be read, so nothing is written: ${code(input)}`),
    ...(types === undefined && typecheck !== false
      ? ["Check the types: the folder has no `typecheck` script and no tsconfig.json"]
      : []),
    ...breakingChanges(changes),
    ...(presence.length > 0
      ? ["Read what the answers no longer have, above: does the application use it?"]
      : []),
    ...removedOperations(changes),
  ];
}

/** Neither the compiler nor the trial sees an optional member go. */
function breakingChanges(changes: readonly SpecChange[]): string[] {
  const count = changes.filter(({ level }) => level === "breaking").length;
  return count === 0
    ? []
    : [`Read the ${plural(count, "breaking change")} above: does the application use what changed?`];
}

/** The compiler can't see that a path is gone. */
const removedOperations = (changes: readonly SpecChange[]): string[] =>
  changes
    .filter(({ rule }) => rule === "operation-removed")
    .map(({ subject }) => `Does the application call ${code(subject)}? It was removed`);

function byHand({ overlay, out, isWritten, vendor, hasOverlay }: SyncResult): string[] {
  const corrected = hasOverlay ? ` --overlay ${word(overlay)}` : "";
  const commands = [
    ...(isWritten ? [] : [`groq-provider sync --vendor ${vendor} --overlay ${overlay} --out ${out} --write`]),
    `groq-provider generate --spec ${word(vendor)}${corrected} --out ${word(out)} --check`,
    `groq-provider serve --document ${word(vendor)}${corrected}`,
  ];
  return [fenced(commands.map(printable).join("\n"), "sh")];
}

/** One word of a shell's line. */
const word = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const shown = rows.slice(0, MOST_ROWS);
  return [line(heads), line(heads.map(() => "---")), ...shown.map(line)].join("\n") + more(rows);
}

const list = (items: readonly string[]): string =>
  items
    .slice(0, MOST_ROWS)
    .map((item) => `- ${item}`)
    .join("\n") + more(items);

const more = (items: readonly unknown[]): string =>
  items.length > MOST_ROWS ? `\n\n… and ${items.length - MOST_ROWS} more` : "";

const SOME = 5;

const some = (items: readonly string[]): string =>
  items.slice(0, SOME).join(", ") + (items.length > SOME ? ` and ${items.length - SOME} more` : "");

/** One line, in which nothing is markup. A bar would end the cell of a table, a backtick the span. */
function code(text: string): string {
  const line = printable(text.replace(/\s+/g, " ").trim()).slice(0, 400);
  return `\`${line.replaceAll("`", "'").replaceAll("|", "\\|") || " "}\``;
}

const fenced = (text: string, language = ""): string =>
  `\`\`\`${language}\n${text.replaceAll("```", "'''")}\n\`\`\``;

const indented = (text: string): string => text.replace(/^(?=.)/gm, "  ");

const lastLines = (text: string): string =>
  text.trimEnd().split("\n").slice(-MOST_LINES_OF_OUTPUT).join("\n");
