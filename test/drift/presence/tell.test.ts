import { beforeAll, describe, expect, test } from "vitest";
import { changeAt } from "../../../scripts/presence/plant.ts";
import type { Exchange } from "../../../src/drift/base/exchange.ts";
import { type CheckedAnswers, openAnswersCheck } from "../../../src/drift/check-files.ts";
import {
  formatPresence,
  PresenceError,
  type PresenceProfile,
  parsePresence,
} from "../../../src/drift/presence/profile.ts";
import { updatePresence } from "../../../src/drift/presence/tell.ts";
import { addRecord } from "../../../src/drift/read/unpack.ts";
import { applyBaseline, updateBaseline } from "../../../src/drift/report/baseline.ts";
import { suggestChanges } from "../../../src/drift/report/suggest.ts";
import { judge } from "../../../src/drift/report/verdict.ts";
import {
  loadDocument,
  type OpenApiDocument,
  openDocument,
  packagedDocument,
} from "../../../src/openapi/document.ts";
import { applyOverlay } from "../support.ts";
import { invent } from "./answers.ts";

let document: OpenApiDocument;
let earlier: PresenceProfile;
const OCTOBER = Date.UTC(2026, 9, 1);
const now = (count = 60) => invent(count, 2, OCTOBER);

async function look(exchanges: readonly Exchange[], presence?: PresenceProfile): Promise<CheckedAnswers> {
  const check = await openAnswersCheck({ schema: document, presence });
  for (const exchange of exchanges) addRecord(exchange, { source: "answers.jsonl" }, check.sink);
  return check.finish();
}

beforeAll(async () => {
  document = await loadDocument(await packagedDocument());
  earlier = (await look(invent(240))).observer.profile();
});

/** The findings as `place kind found`. */
const told = ({ report }: CheckedAnswers) =>
  report.findings.map(({ place, kind, found }) => `${place} ${kind}: ${found}`);

type Change = (name: string, value: unknown) => [string, unknown][];
const drop: Change = () => [];
const call =
  (other: string): Change =>
  (_, value) => [[other, value]];

/** The exchanges with members of their bodies and events changed. */
const changed = (exchanges: readonly Exchange[], place: string, change: Change): Exchange[] =>
  exchanges.map(({ body, events, ...rest }) => ({
    ...rest,
    ...(body !== undefined && { body: changeAt(body, place, change) }),
    ...(events && { events: events.map((one) => ({ ...one, data: changeAt(one.data, place, change) })) }),
  }));

test("later answers of the same kind are no finding", async () => {
  const { report, notes } = await look(now(), earlier);
  expect(report.findings).toEqual([]);
  expect(notes).toEqual([]);
});

test("message.content renamed to text is one finding, for answers and chunks, and fails the check", async () => {
  const both = changed(
    changed(now(), "choices[].message.content", call("text")),
    "choices[].delta.content",
    call("text"),
  );
  const found = await look(both, earlier);
  expect(told(found)).toEqual(["choices[].message.content renamed: now choices[].message.text"]);
  const [finding] = found.report.findings;
  expect(finding).toMatchObject({ breaksClient: true, host: "api.example.com" });
  expect(finding?.also?.map(({ kind, place }) => `${place} ${kind}`).sort()).toEqual([
    "choices[].delta.content renamed",
    "choices[].message.text unknown",
  ]);
  expect(judge(found.report, "breaking").verdict).toBe("drift");
  expect(judge(found.report, "client").verdict).toBe("drift");
});

test("what --suggest says of a rename makes the answers fit", async () => {
  const { report } = await look(changed(now(), "usage", call("costs")), earlier);
  const corrected = applyOverlay(document.written, suggestChanges(document, report));
  const check = await openAnswersCheck({ schema: openDocument(corrected, "corrected") });
  for (const one of changed(now(), "usage", call("costs"))) addRecord(one, { source: "a" }, check.sink);
  expect(check.finish().report.findings).toEqual([]);
});

test("a vanished usage fails the check; one that the client does not read is told, and does not", async () => {
  const usage = await look(changed(now(), "usage", drop), earlier);
  expect(told(usage)).toEqual([expect.stringMatching(/^usage vanished: now in none of \d+$/)]);
  expect(judge(usage.report, "breaking").verdict).toBe("drift");
  const other = await look(changed(now(), "usage_breakdown", drop), earlier);
  expect(told(other)).toEqual(["usage_breakdown vanished: now in none of 30"]);
  expect(judge(other.report, "breaking").verdict).toBe("clean");
  expect(judge(other.report, "any").verdict).toBe("drift");
});

test("null from now on, and missing in some where it was always there, are told too", async () => {
  const nulls = await look(
    changed(now(), "system_fingerprint", (name) => [[name, null]]),
    earlier,
  );
  expect(told(nulls).filter((line) => line.includes("vanished"))).toEqual([
    "system_fingerprint vanished: now always null",
  ]);
  const some = now().map((one, index) =>
    index % 3 === 0 ? (changed([one], "x_groq", drop)[0] ?? one) : one,
  );
  expect(told(await look(some, earlier))).toEqual([
    expect.stringMatching(/^x_groq vanished: now in 20 of 30$/),
  ]);
});

test("streams without [DONE], another content type, and headers of limits", async () => {
  const noDone = now().map(({ events, ...rest }) => ({
    ...rest,
    ...(events && { events: events.filter(({ data }) => data !== "[DONE]") }),
  }));
  const done = await look(noDone, earlier);
  expect(told(done)).toEqual(["(end) [DONE] vanished: now in none of 30"]);
  expect(judge(done.report, "breaking").verdict).toBe("drift");

  const typed = now().map((one) => ({ ...one, headers: { ...one.headers, "content-type": "text/plain" } }));
  const texts = typed.filter(({ events }) => !events);
  expect(told(await look(texts, earlier))).toEqual([
    "(headers) content-type: application/json renamed: now (headers) content-type: text/plain",
  ]);

  const limits = now().map(({ headers, ...one }) => ({
    ...one,
    headers: { "content-type": headers["content-type"] ?? "", "x-ratelimit-remaining-tokens": "6000" },
  }));
  const found = await look(limits, earlier);
  expect(told(found)).toEqual(["(headers) x-ratelimit-limit-requests vanished: now in none of 30"]);
  expect(found.report.findings.every(({ breaksClient }) => breaksClient)).toBe(true);
  const unknown = now().map(({ headers: _, ...one }) => ({ ...one, headers: {} }));
  expect(told(await look(unknown, earlier))).toEqual([]);
});

describe("another mix is no finding", () => {
  const modelOf = ({ request }: Exchange) => (request as { model: string }).model;

  test("answers of the models that never had a member", async () => {
    const others = now(120).filter((one) => modelOf(one) !== "plover-think");
    expect(told(await look(others, earlier))).toEqual([]);
  });

  test("questions that don't ask for it", async () => {
    const plain = now(120).filter(({ request }) => !("tools" in (request as object)));
    expect(told(await look(plain, earlier))).toEqual([]);
  });

  test("a model that is new; but what all others had, it is expected to have", async () => {
    const fresh = now(60).map((one) => ({
      ...one,
      request: { ...(one.request as object), model: "knot-1" },
    }));
    expect(told(await look(fresh, earlier))).toEqual([]);
    expect(told(await look(changed(fresh, "usage", drop), earlier))).toEqual([
      expect.stringMatching(/^usage vanished/),
    ]);
  });

  test("the model itself can vanish", async () => {
    const bare = changed(now(), "model", drop).map(({ request: _, ...one }) => one);
    const { report } = await look(bare, earlier);
    expect(report.findings.find(({ place }) => place === "model")).toMatchObject({ kind: "vanished" });
  });
});

test("an answer counts once, however often it was recorded; a stream once, whatever its chunks", async () => {
  const exchanges = invent(20);
  const { observer } = await look([...exchanges, ...exchanges]);
  const kinds = [...observer.profile().kinds].map(([name, { groups }]) => [
    name,
    [...groups.values()].reduce((sum, count) => sum + count, 0),
  ]);
  expect(kinds).toEqual([
    ["api.example.com POST /chat/completions 200", 10],
    ["api.example.com POST /chat/completions stream", 10],
  ]);
});

test("with fewer than thirty earlier answers nothing is told but that", async () => {
  const few = (await look(invent(40))).observer.profile();
  const { report, notes } = await look(changed(now(), "usage", drop), few);
  expect(report.findings).toEqual([]);
  expect(notes).toEqual([
    "api.example.com POST /chat/completions 200: presence is told from 30 earlier answers on, the profile has 20; now 30",
    "api.example.com POST /chat/completions stream: presence is told from 30 earlier answers on, the profile has 20; now 30",
  ]);
});

describe("the file", () => {
  test("is read as it was written, and holds no value and no text", () => {
    const text = formatPresence(earlier);
    expect(formatPresence(parsePresence(text, "p.json"))).toBe(text);
    expect(text).not.toMatch(/\[text|call_1|look|fp_1|req_1|stop/);
    const kinds = JSON.parse(text).kinds;
    const { places } = kinds["api.example.com POST /chat/completions 200"];
    expect(places.usage).toBe("120/120 object");
    expect(places["choices[].message.reasoning"].in["plover-think"]).toMatch(/^(\d+)\/\1$/);
  });

  test.each([
    ["{", "p.json: expected a profile of presence in JSON; write one with --update-presence"],
    ["{}", 'p.json: expected an object "kinds"'],
    ['{"presence":2,"kinds":{}}', 'p.json: expected "presence": 1, found 2'],
    ['{"presence":1,"kinds":{"a":{}}}', 'p.json: kinds["a"]: expected "groups" and "places"'],
    [
      '{"presence":1,"kinds":{"a":{"groups":{"m":-1},"places":{}}}}',
      'p.json: kinds["a"].groups["m"]: expected a count',
    ],
    [
      '{"presence":1,"kinds":{"a":{"groups":{"m":1},"places":{"id":"x"}}}}',
      'p.json: kinds["a"].places["id"]: expected 1/1, as many as there are answers',
    ],
    [
      '{"presence":1,"kinds":{"a":{"groups":{"m":1},"places":{"id":{"in":{"m":"one"}}}}}}',
      'p.json: kinds["a"].places["id"].in["m"]: expected counts, as 3/12, of its answers',
    ],
    [
      '{"presence":1,"kinds":{"a":{"groups":{"m":100},"places":{"id":"999/100 object"}}}}',
      'p.json: kinds["a"].places["id"]: expected 100/100, as many as there are answers',
    ],
    [
      '{"presence":1,"kinds":{"a":{"groups":{"m":2},"places":{"id":{"in":{"m":"3/3"}}}}}}',
      'p.json: kinds["a"].places["id"].in["m"]: expected counts, as 3/12, of its answers',
    ],
  ])("that is none is refused: %s", (text, message) => {
    expect(() => parsePresence(text, "p.json")).toThrow(new PresenceError(message));
  });
});

describe("the update", () => {
  const answers = (profile: PresenceProfile) =>
    [...profile.kinds.values()].map(({ groups }) => [...groups.values()].reduce((sum, one) => sum + one, 0));

  test("adds later answers; the same or more take the place of those that are there", async () => {
    const { observer, report } = await look(now(), earlier);
    const joined = updatePresence(earlier, observer, report.findings);
    expect(answers(joined)).toEqual([150, 150]);
    expect(answers(updatePresence(joined, observer, []))).toEqual([150, 150]);
    const more = (await look([...invent(240), ...now()])).observer;
    expect(answers(updatePresence(joined, more, []))).toEqual([150, 150]);
  });

  test("a stream a night: what vanished is told after some nights, and a night that has it again ends the doubt", async () => {
    const nights = (place: string | undefined) =>
      invent(20, 3, OCTOBER)
        .filter(({ events }) => events)
        .map((one) => (place === undefined ? one : changed([one], place, drop)[0]))
        .filter((one) => one !== undefined);
    const run = async (exchanges: readonly Exchange[], start: PresenceProfile) => {
      let profile = start;
      for (const [night, exchange] of exchanges.entries()) {
        const { report, observer } = await look([exchange], profile);
        if (report.findings.length > 0)
          return { night: night + 1, told: told({ report, notes: [], observer }) };
        profile = parsePresence(formatPresence(updatePresence(profile, observer, [])), "p.json");
      }
      return profile;
    };
    const start = (await look(invent(120))).observer.profile();
    expect(await run(nights("system_fingerprint"), start)).toEqual({
      night: 2,
      told: ["system_fingerprint vanished: now in none of 2"],
    });
    const [gone] = nights("system_fingerprint");
    if (!gone) throw new Error("expected a night");
    const doubt = await run([gone], start);
    expect(
      JSON.stringify(doubt instanceof Object && "kinds" in doubt ? formatPresence(doubt) : ""),
    ).toContain("recent");
    const over = await run([gone, ...nights(undefined).slice(1)], start);
    expect("kinds" in over && formatPresence(over)).not.toContain("recent");
    expect("kinds" in over && answers(over)).toEqual([60, 70]);
  });

  test("leaves a kind of which something vanished, until that is accepted; then it begins anew", async () => {
    const { observer, report } = await look(changed(now(), "system_fingerprint", drop), earlier);
    expect(formatPresence(updatePresence(earlier, observer, report.findings))).toBe(formatPresence(earlier));
    const accepted = applyBaseline(report, updateBaseline(report)).report;
    expect(judge(accepted, "any").verdict).toBe("clean");
    expect(answers(updatePresence(earlier, observer, accepted.findings))).toEqual([30, 30]);
  });
});
