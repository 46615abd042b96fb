/** docs/watching.md names what events and logs really have. */
import { expect, test } from "vitest";
import { LLM_ERROR_KINDS, LlmError } from "../../src/provider/base/error.ts";
import type { ProviderEvent } from "../../src/provider/base/events.ts";
import { completion, json, stubbed } from "../provider/support.ts";
import { read } from "./pages.ts";

const page = read("docs/watching.md");
const words = (text: string) => [...text.matchAll(/`([\w:]+)`/g)].map(([, word = ""]) => word);
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

test("the table of `end` has its fields, all of them", async () => {
  const rows = section("One end for each call").matchAll(/^\| (`[^|]*) \|/gm);
  const told = [...rows].flatMap(([, cell = ""]) => words(cell));
  const events: ProviderEvent[] = [];
  const onEvent = (event: ProviderEvent) => events.push(event);
  const { provider } = stubbed(
    (_, count) => json(count === 1 ? completion("Hi") : {}, count === 1 ? 200 : 400),
    undefined,
    {
      onEvent,
    },
  );
  await provider.chat([{ role: "user", content: "Hi" }], { id: "a" });
  await provider.chat([{ role: "user", content: "Hi" }], { id: "b" }).catch(() => {});
  const ends = events.filter(({ type }) => type === "end");
  const fields = new Set(ends.flatMap((event) => Object.keys(event)));
  fields.delete("type");
  expect(new Set(told)).toEqual(fields);
  expect(ends).toHaveLength(2);
});

test("every event but `end` has its row", () => {
  // The compiler holds this list to the type.
  const types: Record<Exclude<ProviderEvent["type"], "end">, true> = {
    request: true,
    response: true,
    error: true,
    retry: true,
    limitWait: true,
    pause: true,
    limitLearned: true,
    limitStore: true,
    fault: true,
    drift: true,
  };
  const rows = section("What happens on the way").matchAll(/^\| (`[^|]*) \|/gm);
  expect([...rows].flatMap(([, cell = ""]) => words(cell)).sort()).toEqual(Object.keys(types).sort());
});

test("a logged error has what the page says, and not what it leaves out", () => {
  const refusal = { metric: "tokensPerMinute", limit: 1 } as const;
  const known = { status: 429, code: "c", type: "t", param: "p", requestId: "r", retryAfterMs: 1 };
  const error = new LlmError("Timeout", "m", {
    ...known,
    ...{ refusal, timeout: "total", body: "b", partial: "b", failedGeneration: "b", cause: "b" },
  });
  const [logged = "", hidden = ""] = section("Errors in logs").split("Left out are");
  const fields = Object.keys(JSON.parse(JSON.stringify(error)));
  expect(fields.sort()).toEqual([...new Set(words(logged))].filter((word) => /^[a-z]/.test(word)).sort());
  for (const name of ["body", "partial", "failedGeneration", "cause"]) expect(words(hidden)).toContain(name);
  expect(JSON.parse(JSON.stringify(new LlmError("Timeout", "m")))).not.toHaveProperty("retryAfterMs");
});

test("every kind that pages name is one", () => {
  const told = [...page.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(([, word = ""]) => word);
  const others = new Set(["LlmError", "ProviderEvent"]);
  expect(told.filter((word) => !others.has(word) && !LLM_ERROR_KINDS.some((kind) => kind === word))).toEqual(
    [],
  );
});
