/** Which promises a case breaks. */
import type { Played } from "./player.ts";

export const PROMISES = [
  "no call hangs",
  "nothing is left behind",
  "nothing a server sends stops or blocks the process",
  "LlmError and nothing else",
  "nothing lost",
  "no secret told",
  "the next call works",
] as const;
export type Promised = (typeof PROMISES)[number];

export interface Break {
  promise: Promised;
  what: string;
}

/** CPU of one turn of the event loop, beyond which a case is looked at, ms; and how often that of a linear scan. */
const BLOCK_MS = 250;
const TIMES_SCAN = 10;
const HEAP_MB = 200;

/** Longest that the time limits of a call add up to: three tries of each of three turns, and the waits between. */
const LONGEST_MS = 3 * (3 * 700 + 1000) + 3000;

export function breaksOf({ attack, outcome, alone, process, openAnswers }: Played, scanNs: number): Break[] {
  const breaks: Break[] = [];
  const add = (promise: Promised, what: string) => breaks.push({ promise, what });
  if (process) {
    const hangs = process.startsWith("the call does not end");
    const next = process.endsWith("the next one");
    add(
      next
        ? "the next call works"
        : hangs
          ? "no call hangs"
          : "nothing a server sends stops or blocks the process",
      process,
    );
  }
  if (alone) {
    const scanMs = (alone.bytes * scanNs) / 1e6;
    if (alone.blockMs > BLOCK_MS && alone.blockMs > TIMES_SCAN * scanMs)
      add(
        "nothing a server sends stops or blocks the process",
        `blocks for ${Math.round(alone.blockMs)} ms of CPU, a scan of the ${alone.bytes} bytes takes ${scanMs.toFixed(1)} ms`,
      );
    if (alone.heapMb > HEAP_MB)
      add(
        "nothing a server sends stops or blocks the process",
        `takes ${Math.round(alone.heapMb)} MB for ${alone.bytes} bytes`,
      );
  }
  if (!outcome) return breaks;
  const { left, next } = outcome;
  const waits = attack.family === "floods" ? 3 * 8000 : 0;
  if (outcome.ms > LONGEST_MS + waits) add("no call hangs", `ends after ${Math.round(outcome.ms)} ms`);
  for (const what of outcome.broken) add(promiseOf(what), what);
  for (const what of next.broken) add("the next call works", what);
  if (next.ms > LONGEST_MS) add("the next call works", `the next call takes ${Math.round(next.ms)} ms`);
  for (const [name, count] of Object.entries(left))
    if (count > 0) add("nothing is left behind", `${count} ${name} left`);
  if (openAnswers > 0) add("nothing is left behind", `${openAnswers} connections left open`);
  return breaks;
}

function promiseOf(what: string): Promised {
  if (/secret/.test(what)) return "no secret told";
  if (/sentence|partial|text is/.test(what)) return "nothing lost";
  if (/^went on/.test(what)) return "no call hangs";
  return "LlmError and nothing else";
}
