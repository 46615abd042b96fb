/** What is measured, how often, and what it is held against. */
import { SUBJECTS } from "./subjects.js";

const stubbed = Object.keys(SUBJECTS).filter((name) => !SUBJECTS[name].loopbackOnly);
const all = Object.keys(SUBJECTS);

/**
 * Warm-up is long enough for the compiler to have done its work: a library of many functions needs more of it than a loop.
 * `value` is what a row of the table shows of a worker's figures, `base` the subject that it is divided by or set off
 * against in the same round.
 */
export const SCENARIOS = [
  {
    id: "chatStub",
    title: "Chat, stub transport (CPU µs a call)",
    subjects: stubbed,
    base: "raw",
    full: { warmup: 10_000, count: 8000 },
    quick: { warmup: 300, count: 500 },
  },
  {
    id: "chatLoopback",
    title: "Chat, loopback (CPU µs a call)",
    subjects: all,
    base: "raw",
    loopback: true,
    full: { warmup: 3000, count: 4000 },
    quick: { warmup: 100, count: 200 },
  },
  {
    id: "streamStub",
    title: "Stream, stub transport, one chunk a read (CPU µs a chunk)",
    subjects: stubbed,
    base: "raw",
    full: { warmup: 30, count: 40, chunks: 1000 },
    quick: { warmup: 2, count: 4, chunks: 500 },
  },
  {
    id: "streamCoalesced",
    title: "Stream, stub transport, reads of 16 KB (CPU µs a chunk)",
    subjects: stubbed,
    base: "raw",
    full: { warmup: 30, count: 40, chunks: 1000 },
    quick: { warmup: 2, count: 4, chunks: 500 },
  },
  {
    id: "streamLoopback",
    title: "Stream, loopback, a write for each chunk (CPU µs a chunk)",
    subjects: all,
    base: "raw",
    loopback: true,
    full: { warmup: 10, count: 30, chunks: 500 },
    quick: { warmup: 2, count: 3, chunks: 200 },
  },
  {
    id: "firstChunk",
    title: "First text of a stream, loopback (wall µs from the call)",
    subjects: all,
    base: "raw",
    loopback: true,
    figure: "wallUs",
    full: { warmup: 1500, count: 400 },
    quick: { warmup: 20, count: 40 },
  },
  {
    id: "memory",
    title: "Memory that stays for each chunk while a stream is read (bytes)",
    subjects: stubbed,
    figure: "bytesPerChunk",
    flags: ["--expose-gc"],
    rounds: 3,
    full: { chunks: 100_000 },
    quick: { chunks: 8000 },
  },
];

export const ROUNDS = { full: 7, quick: 1 };
