/**
 * Text made to provoke backtracking, given to all of drift and the test kit that reads foreign text: 64 KB of each kind,
 * and megabytes of all kinds, one after the other. Each may cost at most `RATIO` linear scans of as much text, made in
 * the same run: a quadratic reader costs tens of thousands.
 */
import { describe, expect, test } from "vitest";
import { escapeMarkup, plainJson, plainLog, workflowCommand } from "../../src/drift/base/escape.ts";
import { EventLines, splitLines } from "../../src/drift/base/event-lines.ts";
import { brief, printable } from "../../src/drift/base/json.ts";
import { createAnswerCheck, createDriftCheck } from "../../src/drift/check/check.ts";
import { createDriftChecker } from "../../src/drift/in-app.ts";
import { chooseModel } from "../../src/drift/live/questions.ts";
import { isNamed, quote, quoteKind, quoteUrl } from "../../src/drift/privacy/quote.ts";
import { withoutSecrets, withoutTexts } from "../../src/drift/privacy/redact.ts";
import {
  createScrub,
  headersWithoutSecrets,
  secretsOfHeaders,
  secretsOfUrl,
  urlWithoutSecrets,
} from "../../src/drift/privacy/secrets.ts";
import { readText } from "../../src/drift/read/input.ts";
import { brokenLine, canGoOn, reason } from "../../src/drift/read/json-text.ts";
import { addRecord } from "../../src/drift/read/unpack.ts";
import { formatReport, REPORT_FORMATS } from "../../src/drift/report/index.ts";
import { formatOverlay, suggestChanges } from "../../src/drift/report/suggest.ts";
import { judge } from "../../src/drift/report/verdict.ts";
import { loadDocument, packagedDocument } from "../../src/openapi/document.ts";
import { findOperation, readOperations } from "../../src/openapi/operations.ts";
import { createEmbeddedGroq } from "../../src/testing/embedded-groq.ts";
import { checkValues, documentOf } from "./support.ts";

const RATIO = 4_000;
const LENGTH = 1 << 16;

const FRAGMENTS = [
  ...[
    "eyJ-",
    "eyJaaaaaaaa.",
    "eyJaaaaaaaa",
    "sk-",
    "gsk_a-",
    "Bearer ",
    "Bearer\t\t\t\t",
    "org-",
    "org_a",
    "org_1-",
  ],
  ...['"', "'", "\"'`", "`a", "don't ", '\\"', "\\", "data:", "data:a", "a/", "/", "//", "+", ";base64"],
  ...[" ", "\n", "\r", "\t", "\n\n", "data: {}\n\n", "data:\n", "a b", "a", "Aa ", "é", "\u202e", "\ud83d"],
  ...[
    "[",
    "{",
    '{"a":',
    "1",
    "1.",
    "::",
    "\n::",
    " ::",
    "##",
    "##[",
    "#",
    "<",
    "&",
    "%",
    "%25",
    "...",
    ", ",
    ",.",
  ],
  ...["/models/", "/models/a/", "/chat/completions", "/v1/", "?key=a&", "__proto__", "constructor."],
];

const hostile = FRAGMENTS.map((fragment): [string, string] => [
  JSON.stringify(fragment),
  fragment.repeat(Math.ceil(LENGTH / fragment.length)),
]);

const everything = hostile.map(([, text]) => text).join("");

const document = await loadDocument(await packagedDocument());
const operations = readOperations(document);
const compare = createAnswerCheck(document);
const inApp = createDriftChecker({ sample: 1 });
const scrub = createScrub(["a secret of the application"]);
const nowhere = { add() {}, unusable() {}, skip() {} };
const headerOf = (text: string) => new Headers({ "x-text": text.replace(/[^\x20-\x7e]/g, "a") });
const groq = createEmbeddedGroq();

const completion = (content: unknown) => ({
  id: "1",
  object: "chat.completion",
  created: 1_760_000_000,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
});

const body = {
  kind: "body",
  method: "POST",
  url: "http://localhost/v1/chat/completions",
  status: 200,
} as const;

async function* once(text: string) {
  yield text;
}

const readers: Record<string, (text: string) => unknown> = {
  "the scrubber of secrets": (text) => scrub(text),
  "a recording's error message": (text) => withoutTexts({ error: { message: text } }, scrub),
  "a recording's texts": (text) =>
    withoutTexts({ content: text, url: text, id: text, name: text, arguments: text, [text]: [text] }, scrub),
  "a recording with its texts": (text) => withoutSecrets({ [text]: [text] }, scrub),
  "URLs in recordings": (text) => [
    urlWithoutSecrets(`http://localhost/${text}`, scrub),
    urlWithoutSecrets(text, scrub),
    secretsOfUrl(
      `http://a:${encodeURIComponent(text.slice(0, 1000).replace(/[\ud800-\udfff]/g, ""))}@localhost/?${text}`,
    ),
    quoteUrl(text),
  ],
  "headers in recordings": (text) => [
    headersWithoutSecrets(headerOf(text), scrub, true),
    secretsOfHeaders(headerOf(text)),
  ],
  "what reports quote": (text) => [
    quote(text),
    quoteKind(text),
    quote({ [text]: text }),
    isNamed(text),
    brief(text),
  ],
  "what reports escape": (text) => [
    printable(text),
    escapeMarkup(text),
    plainLog(text),
    plainJson(JSON.stringify(text)),
    workflowCommand("error", { file: text }, text),
  ],
  "the lines of an event stream": (text) => {
    const lines = new EventLines(() => {});
    for (const [index, line] of splitLines(text).entries()) lines.line(line, index);
    lines.end();
  },
  "a recording": (text) => readText(once(text), "r.jsonl", nowhere),
  "a recording that begins in the middle": (text) =>
    readText(once(`{"a${text}\n{"b":1}\n`), "r.jsonl", nowhere),
  "an event stream as text": (text) =>
    addRecord(
      { status: 200, headers: { "content-type": "text/event-stream" }, body: text },
      { source: "" },
      nowhere,
    ),
  "broken JSON": (text) => [reason(new SyntaxError(text)), canGoOn(text), brokenLine([text, text])],
  "the URL of an exchange": (text) => [
    findOperation(operations, "GET", `http://localhost/${text}`),
    findOperation(
      operations,
      "GET",
      `http://localhost/models/${encodeURIComponent(text.slice(0, LENGTH).replace(/[\ud800-\udfff]/g, ""))}%0A`,
    ),
  ],
  "the check": (text) => [
    compare({ ...body, value: completion(text) }),
    compare({ ...body, value: completion({ [text]: text }) }),
    compare({ ...body, value: text }),
    compare({ ...body, status: 500, value: { error: { message: text, type: text, code: text } } }),
    compare({ ...body, kind: "event", event: text, value: { error: text } }),
  ],
  "a whole report": (text) => {
    const check = createDriftCheck(document);
    check.add({ ...body, source: text.slice(0, 1_000), value: completion({ [text]: text }) });
    check.add({
      ...body,
      source: "b",
      value: { ...completion(text), [text.slice(0, 60)]: text, role: text },
    });
    const report = check.report();
    formatOverlay(suggestChanges(document, report));
    return REPORT_FORMATS.map((format) => formatReport(judge(report, "any"), format));
  },
  "the check inside the application": (text) =>
    inApp.check("ChatAnswer", { ...completion({ [text]: 1 }), [text]: text }),
  "the choice of a live check": (text) => chooseModel({ data: [{ id: text, object: "model" }] }),
  "the embedded Groq": async (text) => {
    const request = {
      model: "openai/gpt-oss-20b",
      messages: [{ role: "user", content: text.slice(0, LENGTH / 4) }],
    };
    for (const more of [{ stream: true }, { response_format: { type: "json_object" } }, { [text]: 1 }]) {
      const answer = await groq.fetch("http://localhost/v1/chat/completions", {
        method: "POST",
        headers: { authorization: "Bearer a" },
        body: JSON.stringify({ ...request, ...more }),
      });
      await answer.text();
    }
  },
};

/** Milliseconds of one look at each character of a text. */
function scanMs(text: string): number {
  const start = performance.now();
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index);
  expect(sum).toBeGreaterThan(0);
  return performance.now() - start;
}

const scans = Array.from({ length: 9 }, () => scanMs(everything)).sort((a, b) => a - b);
const scanMsPerCharacter = (scans[4] ?? 0) / everything.length;

describe.each(Object.entries(readers))("%s", (_, read) => {
  test("is linear in a megabyte of everything, and in each kind by itself", {
    timeout: 120_000,
  }, async () => {
    const slow: string[] = [];
    for (const [name, text] of [...hostile, ["everything", everything] as const]) {
      let ratio = Number.POSITIVE_INFINITY;
      // Whatever else the machine does, it does not always do.
      for (let attempt = 1; attempt <= 3 && ratio > RATIO; attempt++) {
        const start = performance.now();
        await read(text);
        ratio = (performance.now() - start) / (scanMsPerCharacter * text.length);
      }
      if (ratio > RATIO) slow.push(`${name}: ${Math.round(ratio)} scans`);
    }
    expect(slow).toEqual([]);
  });
});

describe("what is many", () => {
  test("sixty thousand unknown fields cost as little each as six hundred", () => {
    const answerWith = (count: number) => ({
      ...completion("x"),
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`field_${index}`, index])),
    });
    const msFor = (count: number) => {
      const check = createDriftCheck(document);
      const value = answerWith(count);
      const start = performance.now();
      check.add({ ...body, source: "a", value });
      check.add({ kind: "body", source: "a", value });
      check.report();
      inApp.check("ChatAnswer", value);
      return performance.now() - start;
    };
    msFor(600);
    const small = Math.max(...[1, 2, 3].map(() => msFor(600)));
    // A hundred times as many; each answer's description is copied once, not once for each of them.
    expect(msFor(60_000) / small).toBeLessThan(1_500);
  });

  test("a union within itself is compared once at each place, however deep it goes", () => {
    const node = (kind: string) => ({
      type: "object",
      properties: { next: { $ref: "#/components/schemas/Node" }, [kind]: { type: "string" } },
      required: ["next"],
    });
    let reads = 0;
    const deep = (levels: number): object => {
      // Each look of the check at a member is counted.
      const inner = levels === 0 ? 1 : deep(levels - 1);
      return Object.defineProperty({}, "next", {
        enumerable: true,
        get: () => {
          reads++;
          return inner;
        },
      });
    };
    const document = documentOf(
      { $ref: "#/components/schemas/Node" },
      { Node: { oneOf: [node("a"), node("b")] } },
    );
    const report = checkValues(document, deep(60));
    expect(report.findings.map(({ kind }) => kind)).toEqual(["type"]);
    expect(reads).toBeLessThan(60 * 10);
  });

  test("a name that fits several patterns, at every level, too", () => {
    const schema = (pattern: string) => ({ [pattern]: { $ref: "#/components/schemas/Node" } });
    const document = documentOf(
      { $ref: "#/components/schemas/Node" },
      { Node: { type: "object", patternProperties: { ...schema("^n"), ...schema("t$"), ...schema("x") } } },
    );
    let value: unknown = "end";
    for (let level = 0; level < 60; level++) value = { next: value };
    expect(checkValues(document, value).findings.map(({ kind }) => kind)).toEqual(["type"]);
  });

  test.each(["array", "object"])("an %s of a hundred thousand levels ends no check", async (kind) => {
    const [open, close] = kind === "array" ? ["[", "]"] : ['{"a":', "}"];
    const text = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const faults: string[] = [];
    const sink = {
      add() {},
      unusable: ({ message }: { message: string }) => void faults.push(message),
      skip() {},
    };
    await readText(once(text), "deep.json", sink);
    expect(faults.length).toBe(kind === "array" ? 1 : 0);
    const value: unknown = JSON.parse(text);
    expect(() => JSON.stringify(withoutTexts(value, scrub))).not.toThrow();
    expect(() => JSON.stringify(withoutSecrets(value, scrub))).not.toThrow();
    const any = documentOf(
      { $ref: "#/components/schemas/Any" },
      {
        Any: {
          type: ["array", "object"],
          items: { $ref: "#/components/schemas/Any" },
          additionalProperties: { $ref: "#/components/schemas/Any" },
        },
      },
    );
    expect(checkValues(any, value).samples).toBe(1);
  });
});
