/** What is measured, how often, on which Node, and what it is held against. */
import { fileURLToPath } from "node:url";

/** Which clients run on which Node: the newest majors of openai and the AI SDK need Node 22. */
export const LINEUPS = [
  {
    id: "now",
    binary: process.execPath,
    subjects: [
      "raw-http",
      "raw-undici",
      "raw",
      "ours",
      "ours-fetch",
      "ours-telemetry",
      "openapi-fetch",
      "groq-sdk",
      "openai",
      "ai-sdk-model",
      "ai",
      "langchain",
    ],
  },
  {
    id: "newest",
    binary: fileURLToPath(new URL("../node_modules/node22/bin/node", import.meta.url)),
    subjects: [
      "raw-http",
      "raw",
      "ours",
      "ours-telemetry",
      "groq-sdk",
      "openai-newest",
      "ai-sdk-model-newest",
      "ai-newest",
    ],
  },
];

/**
 * Warm-up is long enough for the compiler to have done its work: a library of many functions needs more of it than a loop.
 * `figure` is what a row shows of a worker's figures. `bases` are the subjects that it is divided by and set off against,
 * in the same round.
 */
export const SCENARIOS = [
  {
    id: "chatStub",
    title: "Chat, stub transport (CPU µs a call)",
    bases: ["raw"],
    full: { warmup: 10_000, count: 8000 },
    quick: { warmup: 300, count: 500 },
  },
  {
    id: "chatLoopback",
    title: "Chat, loopback (CPU µs a call)",
    bases: ["raw", "raw-http"],
    loopback: true,
    full: { warmup: 3000, count: 4000 },
    quick: { warmup: 100, count: 200 },
  },
  {
    id: "streamStub",
    title: "Stream, stub transport, one chunk a read (CPU µs a chunk)",
    bases: ["raw"],
    full: { warmup: 30, count: 40, chunks: 1000 },
    quick: { warmup: 2, count: 4, chunks: 500 },
  },
  {
    id: "streamCoalesced",
    title: "Stream, stub transport, reads of 16 KB (CPU µs a chunk)",
    bases: ["raw"],
    full: { warmup: 30, count: 40, chunks: 1000 },
    quick: { warmup: 2, count: 4, chunks: 500 },
  },
  {
    id: "streamLoopback",
    title: "Stream, loopback, a write for each chunk (CPU µs a chunk)",
    bases: ["raw", "raw-http"],
    loopback: true,
    full: { warmup: 10, count: 30, chunks: 500 },
    quick: { warmup: 2, count: 3, chunks: 200 },
  },
  {
    id: "firstChunk",
    title: "First text of a stream, loopback (wall µs from the call)",
    bases: ["raw", "raw-http"],
    loopback: true,
    figure: "wallUs",
    full: { warmup: 1500, count: 400 },
    quick: { warmup: 20, count: 40 },
  },
  {
    id: "memory",
    title: "Memory that stays for each chunk while a stream is read (bytes)",
    bases: [],
    figure: "bytesPerChunk",
    flags: ["--expose-gc"],
    rounds: 3,
    full: { chunks: 100_000 },
    quick: { chunks: 8000 },
  },
];

export const ROUNDS = { full: 5, quick: 1 };
