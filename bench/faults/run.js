/**
 * The faults of test/faults, beside other clients: `npm run bench:faults -- [--only WORDS]`; through `ai`, with models of the
 * AI SDK: `npm run bench:ai-sdk`
 *
 * Prints Markdown. Each client runs in a process of its own, all at one case at the same time, each against a server of
 * its own. `--only` takes cases whose name holds one of these words, with a comma between them; `closing` those after the list.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bodyCases, connectionCases, refusalCases } from "../../test/faults/cases.ts";
import { hostileCases } from "../../test/faults/hostile-cases.ts";
import { TEXT } from "../../test/faults/target.ts";
import { CONTESTANTS, GROUPS } from "./contestants.js";
import { Player } from "./play.js";
import { judge } from "./verdict.js";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
if (!existsSync(`${BENCH}/node_modules/groq-sdk`))
  execFileSync("npm", ["ci"], { cwd: BENCH, stdio: ["ignore", "ignore", "inherit"] });

const { values: flags } = parseArgs({
  options: { only: { type: "string", default: "" }, through: { type: "string", default: "clients" } },
});
const names = GROUPS[flags.through];
const isThroughAi = flags.through === "ai";
const players = Object.fromEntries(names.map((name) => [name, new Player(name)]));
const losses = Object.fromEntries(names.map((name) => [name, 0]));
const note = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);

const words = flags.only.split(",");
const lines = [];
const cases = [...connectionCases, ...bodyCases, ...refusalCases, ...hostileCases];
for (const row of cases.filter(({ name }) => words.some((word) => name.includes(word)))) {
  for (const operation of ["chat", "stream"]) {
    const ending = row[operation];
    if (!ending) continue;
    note(`${row.name}: ${operation}`);
    const cells = await Promise.all(
      names.map(async (name) => {
        const { text, loss } = judge(await players[name].play(row, operation), ending, TEXT);
        if (loss) losses[name]++;
        return loss ? `**${text}**` : text;
      }),
    );
    lines.push([`${row.name}, ${operation}`, ...cells]);
  }
}
if (words.includes("") || words.includes("closing")) {
  note("stop");
  const stopping = await Promise.all(
    names.map(async (name) => {
      const ms = await players[name].playStopping();
      if (ms === undefined) losses[name]++;
      return ms === undefined ? "**does not end**" : `ends, ${Math.round(ms)} ms`;
    }),
  );
  lines.push([
    "process asked to stop (SIGTERM aborts its signal) while 2 chats and 2 streams wait",
    ...stopping,
  ]);
  for (const operation of ["chat", "stream"]) {
    const cells = await Promise.all(
      names.map(async (name) => {
        const { failures, hungMs } = await players[name].playClosing(operation);
        if (failures === 0) return "none fails";
        losses[name]++;
        return hungMs ? "**no end**" : `**${failures} fail**`;
      }),
    );
    lines.push([
      `server that closes kept-alive sockets, 200 calls with default retries${isThroughAi ? "" : " (@ai-sdk/groq has none)"}, ${operation}`,
      ...cells,
    ]);
  }
}
note("");
for (const player of Object.values(players)) player.stop();

const versionOf = (path) =>
  JSON.parse(readFileSync(`${BENCH}/node_modules/${path}/package.json`, "utf8")).version;
const version = (name) => {
  const path = CONTESTANTS[name].package;
  if (!path) return "";
  return ` ${versionOf(path)}`;
};
const row = (cells) => `| ${cells.join(" | ")} |`;
const limitsOfClients = `Where a case needs a time limit, it is the client's own option, set to 0.3 to 1 s: the SDKs' does not cover the body, and
@ai-sdk/groq has none, so there only a signal of the caller's helps, or Node, whose fetch gives up after 300 s of silence.`;
const limitsOfModels =
  () => `Both through \`generateText\` and \`streamText\` of ai ${versionOf("ai")}. Where a case needs a time limit, it is the provider's, and beneath
@ai-sdk/groq the \`timeout\` of \`ai\`, set to 0.3 to 1 s.`;
console.log(
  `Node ${process.version}, no retries except where said. Bold, and a loss: no end, a wrong answer taken for a right one, a right one
lost, an error that is not the client's own (\`TypeError\`, \`SyntaxError\`), a prompt sent to another host, anything left open.
${isThroughAi ? limitsOfModels() : limitsOfClients}
A client without an end after 200 MB is busy rather than hung. \`finishReason: other\` is no error: the stream ends in good
order, and says "other" where it says "stop" of a whole answer; it does not count as a loss here.
Times are of one run, ${names.length} clients at once on ${cpus().length} cores: they tell hangs from answers, and nothing finer.\n`,
);
console.log(row(["case", ...names.map((name) => `${CONTESTANTS[name].label}${version(name)}`)]));
console.log(row(["---", ...names.map(() => "---")]));
for (const line of lines) console.log(row(line));
console.log(row(["**losses**", ...names.map((name) => `**${losses[name]}**`)]));
