#!/usr/bin/env node
import { EXIT } from "./io.ts";
import { main } from "./main.ts";

// A reader that has seen enough (`… | head`) closes the pipe; that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  process.stderr.write(`groq-provider: standard output can't be written: ${error.message}\n`);
  process.exit(EXIT.unusable);
});

const stop = new AbortController();
// The second time, Node ends the process at once.
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const { stdin, stdout, stderr, env } = process;
process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, signal: stop.signal });
