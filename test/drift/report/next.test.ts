/** What a report says of what to do, in every format. */
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { formatReport, REPORT_FORMATS } from "../../../src/drift/report/index.ts";
import { withNextSteps } from "../../../src/drift/report/next.ts";
import { judge } from "../../../src/drift/report/verdict.ts";
import { applyOverlay } from "../../../src/openapi/apply-overlay.ts";
import { loadDocument, openDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { openOverlay } from "../../../src/openapi/overlay.ts";

const document = await loadDocument(await packagedDocument());
const URL = "https://api.example.com/v1/chat/completions";
const post = { method: "POST", url: URL, status: 200, source: "a.jsonl", line: 3 } as const;
const message = { role: "assistant", content: "Hi", mood: "fine" };
const choice = { index: 0, message, logprobs: null, finish_reason: "stop" };
const answer = { id: "c", object: "chat.completion", created: 1_790_000_000, model: "m", choices: [choice] };
const delta = { index: 0, delta: { mood: "fine" }, finish_reason: null };
const chunk = { ...answer, object: "chat.completion.chunk", choices: [delta] };

function reportOn(called = {}) {
  const check = createDriftCheck(document);
  check.add({ kind: "body", value: { ...answer, id: null, choices: [] }, ...post });
  check.add({ kind: "body", value: answer, ...post });
  check.add({ kind: "event", value: chunk, ...post });
  check.add({ kind: "body", value: answer, ...post, url: "https://api.example.com/v9/rerank" });
  for (let line = 1; line <= 5; line++)
    check.unusable({ source: "b.jsonl", line, message: `expected a JSON object, found ${line}` });
  check.unusable({ source: "c.jsonl", message: "is empty" });
  return withNextSteps(judge(check.report(), "breaking"), document, called);
}

describe("what now", () => {
  test("the overlay, the commands with the options that were given, and acceptance", () => {
    const { next } = reportOn({
      answers: "my recordings/",
      schema: "it's.yaml",
      overlays: ["a.yaml"],
      baseline: "b.json",
    });
    const check = "npx groq-provider drift my recordings/ --schema 'it'\\''s.yaml' --overlay a.yaml";
    expect(next?.map(({ commands }) => commands)).toEqual([
      ["npm outdated groq-provider"],
      [`${check} --suggest > drift.overlay.yaml`, `${check} --overlay drift.overlay.yaml`],
      [
        "npx groq-provider generate --spec 'it'\\''s.yaml' --overlay a.yaml --overlay drift.overlay.yaml --out src/llm",
      ],
      [`${check} --baseline b.json --update-baseline`],
    ]);
    expect(next?.[0]?.text).toContain("1 difference breaks this client");
    expect(next?.[1]?.text).toMatch(/^\d actions of an overlay make the document fit these answers/);
  });

  test("each finding has its own actions, which make the answers fit; twins have theirs too", () => {
    const { findings } = reportOn();
    const mood = findings.find(({ place }) => place === "choices[].message.mood");
    const actions: unknown = parse(mood?.correction ?? "");
    expect(actions).toHaveLength(2);
    const overlay = openOverlay({ overlay: "1.0.0", info: {}, actions }, "correction");
    const corrected = openDocument(applyOverlay(document.written, overlay).content, "corrected");
    const check = createDriftCheck(corrected);
    check.add({ kind: "body", value: answer, ...post });
    check.add({ kind: "event", value: chunk, ...post });
    expect(check.report().findings).toEqual([]);
    expect(findings.find(({ kind }) => kind === "client")?.correction).toBeUndefined();
  });

  test("nothing where nothing is new", () => {
    const check = createDriftCheck(document);
    check.add({
      kind: "body",
      value: { ...answer, choices: [{ ...choice, message: { role: "assistant" } }] },
      ...post,
    });
    expect(withNextSteps(judge(check.report(), "any"), document).next).toBeUndefined();
    const known = reportOn();
    const accepted = {
      ...known,
      findings: known.findings.map((one) => ({ ...one, accepted: true as const })),
    };
    const { next: _, ...bare } = accepted;
    expect(withNextSteps(bare, document).next).toBeUndefined();
  });
});

describe.each(REPORT_FORMATS.filter((format) => format !== "json"))("%s", (format) => {
  const text = formatReport(reportOn(), format);

  test("has both columns, the twin, the host, what now with its commands", () => {
    expect(text).toMatch(
      format === "table" ? /BREAKS +fits +choices/ : /breaks( this)? client|client: breaks/i,
    );
    for (const part of ["choices[].delta.mood", "api.example.com", "--suggest", "--update-baseline"])
      expect(text).toContain(part);
  });

  test("groups what can't be used by its reason", () => {
    expect(text).toContain("expected a JSON object");
    expect(text).toContain("b.jsonl:3");
    expect(text).not.toContain("b.jsonl:4");
    expect(text).toMatch(/and 2 more/);
    expect(text).toContain("is empty");
  });
});

test.each(["table", "html"] as const)("%s tells what was asked that the document does not have", (format) => {
  const text = formatReport(reportOn(), format);
  expect(text).toContain("POST https://api.example.com/v9/rerank");
  expect(text).toContain("the document has no such operation");
});

test("html: rows that open say so", () => {
  const page = formatReport(reportOn(), "html");
  expect(page).toMatch(/\.finding > summary::after \{ content: "\+"/);
  expect(page).toContain('.finding[open] > summary::after { content: "\\2013"');
});
