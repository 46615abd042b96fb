/** The command that tries the promises: its attacks can be had again, and what breaks a promise is seen. */
import { describe, expect, test } from "vitest";
import { isStreamed, OPERATIONS } from "../../scripts/reliability/assault.ts";
import { attackOf } from "../../scripts/reliability/attack.ts";
import { FAMILIES } from "../../scripts/reliability/families/index.ts";
import { mostWithin } from "../../scripts/reliability/limits.ts";
import { isPlain } from "../../scripts/reliability/plain.ts";
import { type Played, playAll, Server } from "../../scripts/reliability/player.ts";
import { breaksOf } from "../../scripts/reliability/verdict.ts";
import type { Request } from "../../scripts/reliability/wire.ts";

const request = (stream: boolean): Request => ({
  method: "POST",
  path: "/case/1-0/openai/v1/chat/completions",
  headers: {},
  body: { messages: [{ role: "user" }], ...(stream && { stream }) },
});

/** The first bytes that an attack sends; a flood has no end. */
function sent(number: number, family: string): string {
  const attack = attackOf(5, number, { family });
  const parts: Uint8Array[] = [];
  for (const step of attack.answer(request(isStreamed(attack.operation)))) {
    if ("bytes" in step) parts.push(step.bytes);
    if (parts.length > 300) break;
  }
  return Buffer.concat(parts).subarray(0, 100_000).toString("latin1");
}

describe("attacks", () => {
  test.each(FAMILIES.map(({ name }) => name))("%s: the same number gives the same bytes", (family) => {
    for (let number = 0; number < 15; number++) expect(sent(number, family)).toBe(sent(number, family));
  });

  test.each(FAMILIES)("$name: only operations that it is for", ({ name, operations = OPERATIONS }) => {
    for (let number = 0; number < 50; number++)
      expect(operations).toContain(attackOf(5, number, { family: name }).operation);
  });
});

const attack = attackOf(1, 0, { family: "statuses" });
const fine: Played = {
  attack,
  openAnswers: 0,
  outcome: {
    ms: 5,
    broken: [],
    next: { ms: 5, broken: [] },
    left: { timers: 0, listeners: 0, active: 0, waiting: 0 },
  },
};
const outcome = fine.outcome as NonNullable<Played["outcome"]>;

describe("verdicts", () => {
  test("nothing is said of a case in good order", () => expect(breaksOf(fine, 20)).toEqual([]));

  test.each<[string, Partial<Played>]>([
    ["no call hangs", { process: "the call does not end" }],
    ["no call hangs", { outcome: { ...outcome, ms: 60_000 } }],
    ["the next call works", { process: "the call does not end: the next one" }],
    ["the next call works", { outcome: { ...outcome, next: { ms: 5, broken: ["the next call fails: x"] } } }],
    ["nothing a server sends stops or blocks the process", { process: "the process dies (134)" }],
    [
      "nothing a server sends stops or blocks the process",
      { alone: { blockMs: 900, heapMb: 1, bytes: 100_000 } },
    ],
    [
      "nothing a server sends stops or blocks the process",
      { alone: { blockMs: 1, heapMb: 240, bytes: 100_000 } },
    ],
    ["nothing is left behind", { openAnswers: 1 }],
    ["nothing is left behind", { outcome: { ...outcome, left: { ...outcome.left, timers: 2 } } }],
    ["LlmError and nothing else", { outcome: { ...outcome, broken: ["no LlmError"] } }],
    ["nothing lost", { outcome: { ...outcome, broken: ["the server's sentence is lost"] } }],
    ["no secret told", { outcome: { ...outcome, broken: ["a secret in the error"] } }],
  ])("%s: %j", (promise, change) => {
    expect(breaksOf({ ...fine, ...change }, 20)).toMatchObject([{ promise }]);
  });

  test("a long answer may take as long as reading it does", () => {
    expect(breaksOf({ ...fine, alone: { blockMs: 900, heapMb: 1, bytes: 30_000_000 } }, 20)).toEqual([]);
  });

  test("values: plain, finite, nothing undefined", () => {
    expect(isPlain({ a: [1, "b", null], c: { d: true } })).toBeUndefined();
    expect(isPlain({ a: [1, Number.NaN] })).toBe("value.a[1] is NaN");
    expect(isPlain({ a: undefined })).toBe("value.a is undefined");
    expect(isPlain({ a: new Map() })).toBe("value.a is a Map");
  });

  test("the fullest period", () => {
    expect(mostWithin([], 10)).toBe(0);
    expect(mostWithin([0, 1, 9, 10, 11, 30], 10)).toBe(3);
    expect(mostWithin([0, 10, 20], 10)).toBe(1);
  });
});

test("a family is played over real sockets, and every case has its end", { timeout: 60_000 }, async () => {
  const choice = { family: "errors in streams" };
  const server = await Server.start(3, choice);
  const all: Played[] = [];
  try {
    await playAll(server, { seed: 3, choice, seconds: 1, onPlayed: (played) => all.push(played) });
  } finally {
    server.stop();
  }
  expect(all.length).toBeGreaterThan(0);
  for (const { outcome, process } of all) {
    expect(process).toBeUndefined();
    expect(outcome).toBeDefined();
  }
});
