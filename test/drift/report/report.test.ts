import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createDriftCheck } from "../../../src/drift/check/check.ts";
import { formatLiveResult } from "../../../src/drift/live/result.ts";
import { formatReport, type ReportFormat } from "../../../src/drift/report/index.ts";
import { formatOverlay, suggestChanges } from "../../../src/drift/report/suggest.ts";
import { judge } from "../../../src/drift/report/verdict.ts";
import { renderSpecChanges } from "../../../src/drift/spec/report.ts";
import { answer, documentOf } from "../support.ts";

const schema = {
  type: "object",
  required: ["id"],
  properties: {
    id: { type: "string" },
    mode: { enum: ["a", "b"] },
    list: { type: "array", items: { type: "object", properties: { n: { type: "integer" } } } },
  },
};

const HOSTILE = `</style><script>alert(1)</script><img src=x onerror=alert(1)> "' ]]> \u0000 \u202e %0A::error::x\n::error::y`;

function sampleReport({ hostile = false, failOn = "breaking" as const } = {}) {
  const check = createDriftCheck(documentOf(schema));
  const day = (number: number) => Date.UTC(2026, 4, number);
  check.add(answer({ id: "x" }, { time: day(1), line: 1 }));
  check.add(answer({ mode: "c", list: [{ n: 1 }, { n: "2" }] }, { time: day(9), line: 2 }));
  check.add(answer({ id: "y", more: { deep: [1] } }, { time: day(20), line: 3 }));
  if (hostile) {
    check.add(answer({ id: "y", [HOSTILE]: HOSTILE, mode: HOSTILE }, { time: day(21), source: HOSTILE }));
    check.unusable({ source: HOSTILE, line: 1, message: HOSTILE });
  }
  return judge(check.report(), failOn);
}

const clean = () => {
  const check = createDriftCheck(documentOf(schema));
  check.add(answer({ id: "x" }, { time: Date.UTC(2026, 4, 1) }));
  return judge(check.report(), "breaking");
};

test("table", () => {
  expect(formatReport(sampleReport(), "table").split("\n")).toEqual([
    "3 answers against test.yaml, 2026-05-01 to 2026-05-20",
    "",
    "  client  document",
    "GET /answer, localhost  3 checked, all fit",
    "GET /answer 200, localhost  3 checked, 1 fit",
    "  -       BREAKING  id        missing required field           1 (33.3 %)  2026-05-09",
    "                    answers.jsonl:2",
    "  -       BREAKING  list[].n  other type: string, not integer  1 (33.3 %)  2026-05-09",
    '                    e.g. "2"  answers.jsonl:2',
    '  -       BREAKING  mode      value outside the enum: "c"      1 (33.3 %)  2026-05-09',
    '                    e.g. "c"  answers.jsonl:2',
    "  -       additive  more      unknown field: object            1 (33.3 %)  2026-05-20",
    '                    e.g. {"deep":[1]}  answers.jsonl:3',
    "",
    "Drift: 3 breaking differences (3 breaking, 0 of them to this client, 1 additive)",
    "",
  ]);
});

test("table, coloured: the same text", () => {
  const coloured = formatReport(sampleReport(), "table", { colour: true });
  expect(coloured).toContain("\u001b[");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away
  expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(formatReport(sampleReport(), "table"));
});

test("github: errors, warnings, and no command from a sample", () => {
  const lines = formatReport(sampleReport(), "github").trim().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "::error",
    "::error",
    "::error",
    "::warning",
    "3",
  ]);
  expect(lines[0]).toBe(
    "::error file=answers.jsonl,line=2,title=Breaking drift%3A id::GET /answer 200 id: missing required field (expected string) in 1 of 3, 2026-05-09 (localhost)",
  );
  const hostile = formatReport(sampleReport({ hostile: true }), "github")
    .trim()
    .split("\n");
  expect(
    hostile
      .slice(0, -1)
      .every((line) => /^::(error|warning) file=[^,]*,(line=\d+,)?title=[^:]*::/.test(line)),
  ).toBe(true);
  expect(hostile.filter((line) => line.startsWith("::error::y"))).toEqual([]);
});

test("junit: a suite for each schema, failures for what fails, and well-formed with any sample", () => {
  const text = formatReport(sampleReport(), "junit");
  expect(text).toContain('<testsuites name="drift" tests="5" failures="3" errors="0" skipped="1">');
  expect(text).toContain('<testcase name="fits the document" classname="GET /answer, localhost"/>');
  expect(text).toContain(
    '<testcase name="more: unknown field" classname="GET /answer 200, localhost"><skipped message="unknown field">',
  );
  const hostile = formatReport(sampleReport({ hostile: true }), "junit");
  expect(hostile).not.toContain("<script");
  expect(hostile).not.toContain("\u0000");
  expect(hostile).toContain('errors="1"');
  // Every tag is one of ours, and closed in its order.
  const open: string[] = [];
  for (const [, close, name, empty] of hostile.matchAll(/<(\/?)([a-z]+)(?:\s[a-z]+="[^"<]*")*(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!empty) open.push(String(name));
  }
  expect(open).toEqual([]);
});

test("json: the report as it is", () => {
  const report = sampleReport();
  expect(JSON.parse(formatReport(report, "json"))).toEqual(JSON.parse(JSON.stringify(report)));
});

describe("html", () => {
  const page = formatReport(sampleReport(), "html");

  test("needs nothing else, and its policy allows its own style alone", () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;;`);
    expect(page).not.toMatch(/<script|<link|<img|\sstyle=|\son\w+=|@import|url\(|https?:/);
  });

  test("has what drifted, when it began, where, and samples with the place marked", () => {
    expect(page.match(/<details class="finding/g)).toHaveLength(4);
    expect(page.match(/<div class="row" role="listitem">/g)).toHaveLength(4);
    expect(page).toContain('<span class="since">since 2026-05-09</span>');
    expect(page).toContain('<span class="name">list[]</span>');
    expect(page).toContain('<mark class="gap"><span class="key">&quot;id&quot;</span>: missing</mark>');
    expect(page).toContain('<mark><span class="string">&quot;2&quot;</span></mark>');
    for (const [, anchor] of page.matchAll(/href="#(\w+)"/g)) expect(page).toContain(`id="${anchor}"`);
  });

  test("shows any sample as text", () => {
    const hostile = formatReport(sampleReport({ hostile: true }), "html");
    expect(hostile).toContain("&lt;script&gt;");
    for (const part of ["<script", "<img", "\u0000", "\u202e"]) expect(hostile).not.toContain(part);
    expect(hostile.match(/<\/style>/g)).toHaveLength(1);
  });

  test("is a good page without findings, and without answers", () => {
    const calm = formatReport(clean(), "html");
    expect(calm).toContain("<h1>Everything fits</h1>");
    expect(calm).not.toContain("What drifted");
    expect(calm).toContain("When there were answers");
    const empty = formatReport(judge(createDriftCheck(documentOf(schema)).report(), "any"), "html");
    expect(empty).toContain("<h1>Not certain</h1>");
    expect(empty).toContain("There was no answer to check.");
  });
});

test.each<ReportFormat>(["table", "github", "junit", "html"])("%s tells what no longer occurs", (format) => {
  const gone = [{ key: "k", schema: "Chat", finding: "usage: null where not allowed", breaking: true }];
  const text = formatReport(judge(clean(), "breaking", gone), format);
  if (format !== "junit") expect(text).toContain("usage: null where not allowed");
  else expect(text).toContain('failures="0"');
});

describe("no line of a report is a command to a build server", () => {
  const COMMANDS = [
    "##[error]x",
    "##vso[task.complete]x",
    "##teamcity[x]",
    "::error::x",
    "\n::error::x",
    "\r::stop-commands::x",
  ];

  const reportOn = (text: string) => {
    const check = createDriftCheck({ ...documentOf(schema), source: text });
    const name = text.replace(/\s/g, "");
    check.add(answer({ id: "y", [name]: { [name]: name }, mode: name }, { source: text }));
    check.unusable({ source: text, line: 1, message: text });
    const report = check.report();
    report.schemas.push({ name: text, side: "answer", host: text, samples: 1, fitting: 0, days: [] });
    return { ...judge(report, "any"), gone: [{ key: text, schema: text, finding: text, breaking: true }] };
  };

  test.each(COMMANDS)("%j", (text) => {
    const report = reportOn(text);
    const outputs = [
      ...(["table", "json", "junit", "html"] as const).map((format) => formatReport(report, format)),
      formatOverlay(suggestChanges(documentOf(schema), report)),
      formatLiveResult({
        baseUrl: text,
        model: text,
        exchanges: [],
        tokens: 0,
        questions: [{ name: text, answered: false, asksRefusal: false, tokens: 0, problem: text }],
      }),
      renderSpecChanges(
        [
          {
            level: "breaking",
            rule: "request-type-changed",
            direction: "request",
            subject: text,
            place: text,
            text,
            places: 2,
            also: [{ subject: text, place: text }],
          },
        ],
        "table",
        { oldName: text, newName: text },
      ),
    ];
    for (const output of outputs) {
      expect(output).not.toMatch(/##[a-z]*\[/i);
      for (const line of output.split(/[\r\n]/)) expect(line.trimStart()).not.toMatch(/^::/);
    }
    const github = formatReport(report, "github");
    for (const line of github.split(/[\r\n]/).filter((line) => line.trimStart().startsWith("::")))
      expect(line).toMatch(/^::(error|warning|notice) (file=|title=)/);
    expect(github).not.toMatch(/##[a-z]*\[/i);
  });

  test("and what they say stays the same", () => {
    const report = reportOn("##[error]x");
    expect(JSON.parse(formatReport(report, "json"))).toEqual(JSON.parse(JSON.stringify(report)));
    const overlay = suggestChanges(documentOf(schema), report);
    expect(parse(formatOverlay(overlay))).toEqual(JSON.parse(JSON.stringify(overlay)));
  });
});
