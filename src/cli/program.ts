/** The commands with their options, as `--help` shows them. */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { services } from "../provider/services/index.ts";
import { chat } from "./commands/chat.ts";
import { drift } from "./commands/drift.ts";
import { generate } from "./commands/generate.ts";
import { limits } from "./commands/limits.ts";
import { models } from "./commands/models.ts";
import { serve } from "./commands/serve.ts";
import { syncCommand } from "./commands/sync.ts";
import { DEFAULT_MODEL } from "./connection.ts";
import type { Io } from "./io.ts";

const AFTER_HELP = `
The key is read from the environment, never from the command line: GROQ_API_KEY, another service's own variable with
--provider, or the one that --key-env names. GROQ_BASE_URL leads to another server, as "groq-provider serve" is one.

Exit codes: 0 fine; 1 drift, stale files, or a call that failed; 2 a command line or input that can't be used; 130 stopped.
`;

const KEY_ENV = ["--key-env <name>", "the environment's variable that holds the key"] as const;
const BASE_URL = ["--base-url <url>", "of another server that speaks the OpenAI chat protocol"] as const;
const MODEL = ["-m, --model <id>", `default: ${DEFAULT_MODEL}`] as const;
const OPERATIONS = [
  "--operations <list>",
  "also these, as 'POST /audio/transcriptions'; may be repeated",
] as const;
const ALL = ["--all", "every operation of the document"] as const;
const SCHEMAS = ["--schemas", "also schemas for zod, which then has to be installed"] as const;
const IMPORT_EXTENSION = [
  "--import-extension <extension>",
  "how the files import each other: .js, .ts or none; default: as those that are there, else .js",
] as const;
const PROVIDER = [
  "--provider <name>",
  `default: groq; also ${[...services.keys()].slice(1).join(", ")}`,
] as const;

/**
 * The whole command line. `done` gets the exit code of the command that ran; faults are thrown by `parseAsync`, those of
 * the command line itself as `CommanderError`.
 */
export function createProgram(io: Io, version: string, done: (code: number) => void): Command {
  const program = new Command("groq-provider");
  program
    .description("Ask Groq, and any server that speaks the OpenAI chat protocol; watch what they answer.")
    .version(version, "--version", "the version")
    .helpOption("-h, --help", "this text")
    .helpCommand("help [command]", "the same, of a command")
    .addHelpText("after", AFTER_HELP)
    .usage("<command> [options]")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // What is wrong is said once, where all faults are.
      writeErr: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });

  program
    .command("chat")
    .summary("ask a question; the answer comes as it is written")
    .description(
      "Asks a question; the answer comes as it is written. Without words, or where one of them is -, the question is read from standard input.",
    )
    .argument("[words...]", "the question; - stands for standard input")
    .option("-s, --system <text>", "what the model is told before it")
    .option(...MODEL)
    .addOption(
      new Option(
        "--json",
        "print the whole answer as JSON, when it is there; not with --schema or --reasoning",
      ).conflicts(["schema", "reasoning"]),
    )
    .addOption(
      new Option(
        "--schema <file>",
        "print an object that fits this JSON Schema; not with --json or --reasoning",
      ).conflicts("reasoning"),
    )
    .option("--max-tokens <n>", "the longest answer", wholeNumber(1))
    .option("--temperature <n>", "from 0, the likeliest words, to 2", number(0, 2))
    .option("--reasoning", "show what a reasoning model thinks, on standard error")
    .option(...PROVIDER)
    .option(...BASE_URL)
    .option(...KEY_ENV)
    .addHelpText(
      "after",
      `
Examples:
  groq-provider chat "Why is the sky blue?"
  groq-provider chat "Summarise this:" - < report.txt
  groq-provider chat --schema person.schema.json "Ada Lovelace, born 1815" | jq .name
`,
    )
    .action(async (words, options) => done(await chat(words, options, io)));

  program
    .command("models")
    .summary("what there is to ask: windows, prices, features")
    .description(
      "Lists the models: context window and longest answer in tokens, dollars for a million tokens, features.",
    )
    .option("--json", "as JSON")
    .option(...PROVIDER)
    .option(...BASE_URL)
    .option(...KEY_ENV)
    .action(async (options) => done(await models(options, io)));

  program
    .command("limits")
    .summary("what the headers say of the limits now")
    .description(
      "Tells the limits of a model as the service's headers say them now. Only answers to chats have these headers, so it asks for one token.",
    )
    .option(...MODEL)
    .option("--json", "as JSON")
    .option(...PROVIDER)
    .option(...BASE_URL)
    .option(...KEY_ENV)
    .action(async (options) => done(await limits(options, io)));

  program
    .command("serve")
    .summary("a Groq on this machine, for tests of any client in any language")
    .description(
      "Runs the embedded Groq as a server on this machine, until Ctrl-C: it takes any key and answers in the shapes of the wire, with tools, structured output, streams, errors and limits. It costs nothing and needs no network.",
    )
    .option("-p, --port <n>", "on 127.0.0.1; 0 takes any free one", wholeNumber(0, 65_535), 8787)
    .option("--latency <ms>", "milliseconds before each answer", wholeNumber(0))
    .option("--requests-per-minute <n>", "refuse more with 429, as Groq does", wholeNumber(1))
    .option("--tokens-per-minute <n>", "the same for tokens", wholeNumber(1))
    .option(
      "--document <file|url>",
      "answer by this OpenAPI document: each operation with a body of its schema",
    )
    .option("--overlay <file|url>", "an OpenAPI Overlay that corrects it; may be repeated", collect)
    .option(
      "--bodies <kind>",
      "minimal (default), only what is required; or maximal, every member and branch",
    )
    .option(
      "--check",
      "don't serve: ask all of this client's calls of the document, tell what it can't read, and end",
    )
    .option("-q, --quiet", "don't tell of requests")
    .action(async (options) => done(await serve(options, io)));

  program
    .command("generate")
    .summary("types and checks from an OpenAPI document")
    .description(
      "Writes types, checks and the names of request fields from an OpenAPI document, as this package's own are.",
    )
    .option("--spec <file|url>", "the document; default: the package's openapi/groq.yaml")
    .option("--overlay <file|url>", "an OpenAPI Overlay that corrects the document; may be repeated", collect)
    .option("--complete", "take what the document is silent on from this package's own, and say so")
    .option("--write-overlay <file>", "with --complete: keep what it takes, as an overlay")
    .requiredOption("--out <folder>", "where the files go")
    .option("--check", "write nothing; exit code 1 when the files there are stale")
    .option(...OPERATIONS, collect)
    .option(...ALL)
    .option(...SCHEMAS)
    .option(...IMPORT_EXTENSION)
    .action(async ({ writeOverlay, importExtension, ...options }) => {
      const given = { ...options, "write-overlay": writeOverlay, "import-extension": importExtension };
      done(await generate(given, io));
    });

  addDrift(program, io, done);
  addSync(program, io, done);
  return program as Command;
}

function addDrift(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("drift")
    .summary("where recorded or live answers differ from the OpenAPI document")
    .description(
      `Compares recorded answers with the OpenAPI document, and tells every difference once, with its place, its count, and when it was first and last seen. Recordings: JSON bodies, JSON lines, event streams, HAR files, or exchanges as createRecorder writes them; folders are searched for .json, .jsonl, .ndjson, .sse and .har; - is standard input.`,
    )
    .usage(
      "[options] <files or folders…>\n       groq-provider drift --live [options]\n       groq-provider drift --spec [OLD] NEW",
    )
    .argument("[files...]", "recordings; with --spec, documents")
    .optionsGroup("Recordings:")
    .option("--schema <file|url>", "compare with this document; default: the package's openapi/groq.yaml")
    .option("--overlay <file|url>", "an OpenAPI Overlay that corrects the document; may be repeated", collect)
    .option(
      "--service <name>",
      "whose answers they are, default: groq; of another, without --schema, only what breaks this client is told",
    )
    .option(
      "--format <name[=file]>",
      "table (default), json, github, junit, html; may be repeated, one of them without a file",
      collect,
    )
    .option(
      "--fail-on <what>",
      "which new drift gives exit code 1: client (what breaks this client), breaking (default: that, and what breaks the document's types), any, none",
    )
    .option("--baseline <file>", "known drift, which never fails; what no longer occurs is told")
    .option("--update-baseline", "write what was found now to the baseline")
    .option(
      "--presence <file>",
      "how often each member was there before: what vanished, was renamed or appeared since is told",
    )
    .option("--update-presence", "add these answers to that file, but for kinds of which something vanished")
    .option(
      "--suggest",
      "print the change to the document that would make the answers fit, as an OpenAPI Overlay",
    )
    .optionsGroup("Real questions:")
    .option("--live", "ask the service a few real questions instead: some hundred tokens")
    .option(...BASE_URL)
    .option(...KEY_ENV)
    .option("--model <id>", "ask this model")
    .option("--record <file>", "keep the exchanges, one JSON object a line; the key is not in them")
    .optionsGroup("Documents:")
    .option(
      "--spec",
      "compare two documents instead, in a caller's terms; default OLD: the package's document; with --format table, json, github or junit, and --fail-on",
    )
    .option("--scope <what>", "with --spec: adapter (default), what the adapter uses; all, whole documents")
    .option(
      "--rules <file>",
      "with --spec: YAML or JSON of rules and their levels: breaking, additive, annotation, off",
    )
    .addHelpText("after", "\nExit codes: 0 clean, 1 drift, 2 input or options that can't be used.\n")
    .action(async (files, options) => done(await drift(files, options, io)));
}

function addSync(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command("sync")
    .summary("when the vendor's document or answers change: overlay, types, and what is left to do")
    .description(
      "Compares the vendor's document with the one seen last, drops what the overlay no longer needs, adds to it what the answers ask for, generates, checks types, asks the client whether it reads all that the document allows, and tells of it on one page of Markdown. Without --write all of it happens in a copy of the project.",
    )
    .requiredOption("--vendor <file|url>", "the vendor's document")
    .requiredOption("--overlay <file>", "the OpenAPI Overlay that corrects it; may be new")
    .requiredOption("--out <folder>", "where the generated files are")
    .option("--state <file>", "keeps what was seen last; default: beside the overlay, as NAME.seen.json")
    .option("--write", "change overlay, generated files and state; else nothing here is changed")
    .option("--pr-body <file>", "the page also goes here")
    .optionsGroup("Answers:")
    .option("--answers <path>", "recordings: a file or folder, as drift reads them; may be repeated", collect)
    .option(
      "--presence <file>",
      "keeps how often each member was there; default: beside the overlay, as NAME.presence.json",
    )
    .option("--live", "ask the service a few real questions instead: some hundred tokens")
    .option(...BASE_URL)
    .option(...KEY_ENV)
    .option("--model <id>", "ask this model")
    .optionsGroup("Generating, as in groq-provider generate:")
    .option("--complete", "take what the document is silent on from this package's own")
    .option(...OPERATIONS, collect)
    .option(...ALL)
    .option(...SCHEMAS)
    .optionsGroup("Trying:")
    .option(
      "--typecheck <command>",
      "default: the project's typecheck script, else tsc where there is a tsconfig.json",
    )
    .option("--no-typecheck", "none")
    .option("--test <command>", "run against tomorrow's server, which it finds at GROQ_BASE_URL")
    .addHelpText(
      "after",
      "\nExit codes: 0 all is as it was, 1 changed, 2 input or options that can't be used.\n",
    )
    .action(async (options) => done(await syncCommand(options, io)));
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const read = number(least, most);
  return (text: string): number => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError("Expected a whole number.");
    return value;
  };
};

function number(least: number, most: number) {
  return (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a number, ${bounds}.`);
  };
}
