import { expect, test } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";

function watch(isTTY: boolean) {
  const written: string[] = [];
  let time = 0;
  const output = { isTTY, write: (text: string) => written.push(text) };
  const progress = createProgress(
    output,
    () => time * 100,
    () => time,
  );
  const pass = (ms: number) => {
    time += ms;
    progress.add(1_000_000);
  };
  return { written, pass, end: () => progress.end() };
}

test("nothing is written of what is soon done", () => {
  const { written, pass, end } = watch(true);
  for (const ms of [100, 500, 1_300]) pass(ms);
  end();
  expect(written).toEqual([]);
});

test("on a terminal one line changes, and goes", () => {
  const { written, pass, end } = watch(true);
  for (const ms of [2_000, 100, 150]) pass(ms);
  end();
  expect(written).toEqual([
    "\r\u001b[K200,000 answers, 1 MB, 100,000/s",
    "\r\u001b[K225,000 answers, 3 MB, 100,000/s",
    "\r\u001b[K",
  ]);
});

test("in a log there is a line now and then", () => {
  const { written, pass, end } = watch(false);
  for (const ms of [2_000, 5_000, 5_000]) pass(ms);
  end();
  expect(written).toEqual(["200,000 answers, 1 MB, 100,000/s\n", "1,200,000 answers, 3 MB, 100,000/s\n"]);
});
