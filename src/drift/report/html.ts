/** The report as one page that needs nothing else: no script, no font, no picture from elsewhere. */
import { createHash } from "node:crypto";
import type { Finding, FindingSample } from "../check/findings.ts";
import { type Anchor, jsonWithMark, severityOf, shareBar } from "./html-parts.ts";
import { STYLE } from "./html-style.ts";
import { timeline } from "./html-timeline.ts";
import { answerTrees } from "./html-tree.ts";
import { html, Markup } from "./markup.ts";
import {
  bySchema,
  detailedProblem,
  formatPosition,
  groupUnusable,
  schemaTitle,
  UNDESCRIBED,
  verdictWords,
} from "./summary.ts";
import { isFailing, type JudgedReport } from "./verdict.ts";
import { describeTwin, formatCount, formatPeriod, formatShare, plural, severityWords } from "./words.ts";

/** A self-contained page. Its policy allows the page's own style and nothing more, so a sample can't do anything. */
export function formatHtml(report: JudgedReport): string {
  const anchors = new Map(
    report.findings.map((finding, index): [Finding, Anchor] => [finding, `f${index + 1}`]),
  );
  const anchorOf = (finding: Finding): Anchor => anchors.get(finding) ?? "";
  const hash = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drift: ${verdictWords(report)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${header(report)}
${section("What drifted", findingList(report, anchorOf))}
${section("What now", nextList(report))}
${section(report.findings.length > 0 ? "When it began" : "When there were answers", timeline(report, anchorOf))}
${section("Where in the answer", joined(answerTrees(report, anchorOf), "trees"))}
${section("No longer seen", goneList(report))}
${section("What could not be used", unusableList(report))}
${section("What was checked", schemaTable(report))}
</main>
<footer>Made by <code>groq-provider drift</code>. Client: whether this client can go on with
the answer. Document: breaking, where a caller who trusts it can fail; additive, where there is only more than it says.</footer>
</body>
</html>
`;
  return page.text;
}

const section = (title: string, content: Markup | undefined): Markup | "" =>
  content ? html`<section><h2>${title}</h2>${content}</section>` : "";

const joined = (parts: readonly Markup[], className: string): Markup | undefined =>
  parts.length > 0 ? html`<div class="${className}">${parts}</div>` : undefined;

function header(report: JudgedReport): Markup {
  const { findings, verdict, failOn } = report;
  const period = formatPeriod({
    ...(report.from ? { firstSeen: report.from } : {}),
    ...(report.to ? { lastSeen: report.to } : {}),
  });
  const count = (severity: string) => findings.filter((finding) => severityOf(finding) === severity).length;
  const broken = findings.filter(({ breaksClient, accepted }) => breaksClient && !accepted).length;
  const fails = findings.filter((finding) => isFailing(finding, failOn)).length;
  const title =
    verdict === "unusable"
      ? "Not certain"
      : findings.length === 0
        ? "Everything fits"
        : fails > 0
          ? "The wire has drifted"
          : "Nothing new drifted";
  const figures = [
    ...(["breaking", "additive", "known"] as const).map((severity) => {
      const number = count(severity);
      // Nothing found is good news, unless nothing was looked at.
      return {
        number,
        label: severity,
        className: number > 0 ? severity : verdict === "unusable" ? "plain" : "zero",
      };
    }),
    { number: broken, label: "break this client", className: broken > 0 ? "breaking" : "plain" },
    { number: report.samples, label: "answers checked", className: "plain" },
  ].filter(({ label, number }) => (label !== "known" && label !== "break this client") || number > 0);
  return html`<header class="${verdict}">
<p class="kicker"><span class="badge">${{ clean: "clean", drift: "drift", unusable: "unusable input" }[verdict]}</span> groq-provider drift</p>
<h1>${title}</h1>
<p class="lead">${verdictWords(report)}. ${plural(report.samples, "answer")} compared with <code>${report.document}</code>${period && html`, <span class="nowrap">${period}</span>`}.</p>
<dl class="figures">${figures.map(({ number, label, className }) => html`<div class="${className}"><dt>${label}</dt><dd>${formatCount(number)}</dd></div>`)}</dl>
</header>`;
}

function findingList(report: JudgedReport, anchorOf: (finding: Finding) => Anchor): Markup | undefined {
  if (report.findings.length === 0) return undefined;
  const order = new Map(report.findings.map((finding, index) => [finding, index]));
  const worst = ([, [first]]: [unknown, Finding[]]) => (first && order.get(first)) ?? 0;
  const groups = bySchema(report)
    .filter(([, list]) => list.length > 0)
    .sort((a, b) => worst(a) - worst(b));
  return html`${groups.map(
    ([schema, list]) =>
      html`<div class="group"><h3>${schemaTitle(schema)}</h3>${list.map((finding) => findingCard(finding, anchorOf(finding)))}</div>`,
  )}`;
}

function nextList({ next = [] }: JudgedReport): Markup | undefined {
  if (next.length === 0) return undefined;
  const items = next.map(
    ({ text, commands }) => html`<li>${text}<pre tabindex="0">${commands.join("\n")}</pre></li>`,
  );
  return html`<ol class="next">${items}</ol>`;
}

function findingCard(finding: Finding, anchor: Anchor): Markup {
  const severity = severityOf(finding);
  const { client, document } = severityWords(finding);
  const isCompared = finding.presenceOf !== undefined;
  const facts: [string, Markup | string][] = [
    ["Client", CLIENT_WORDS[client]],
    [isCompared ? "Before" : finding.kind === "client" ? "Needed" : "Document", finding.expected],
    [isCompared ? "Now" : "Wire", finding.kind === "missing" ? "nothing" : finding.found || finding.example],
    ["Example", finding.example && html`<code>${finding.example}</code>`],
    ["Seen", formatPeriod(finding)],
    ...(finding.also ?? []).map((one): [string, string] => ["Also", describeTwin(one)]),
    ["Schema", finding.evidence.site && html`<code>${finding.evidence.site}</code>`],
  ];
  return html`<details class="finding ${severity}" id="${anchor}"><summary>
<span class="tags"><span class="tag ${finding.accepted ? "known" : DOCUMENT_CLASSES[document]}">${finding.accepted ? "known" : document}</span>${!finding.accepted && CLIENT_TAGS[client]}</span>
<span class="what"><code class="place">${finding.place}</code> <span class="problem">${detailedProblem(finding)}</span></span>
<span class="much">${shareBar(finding.share, severity)} <b>${formatShare(finding.share)}</b> <span class="count">${formatCount(finding.count)} of ${formatCount(finding.of)}</span></span>
</summary>
<div class="inside"><dl>${facts.map(([name, value]) => value !== "" && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${finding.correction !== undefined && html`<figure><figcaption>Overlay that makes the document fit</figcaption><pre tabindex="0">${finding.correction.trimEnd()}</pre></figure>`}
${finding.samples.map((sample, index) => sampleFigure(sample, finding, index))}</div></details>`;
}

const DOCUMENT_CLASSES = {
  breaking: "breaking",
  additive: "additive",
  differs: "additive",
  fits: "known",
} as const;

const CLIENT_TAGS = {
  breaks: html` <span class="tag breaking">breaks client</span>`,
  reads: html` <span class="tag known">client reads</span>`,
  sends: html` <span class="tag known">was sent</span>`,
  "-": "",
} as const;

const CLIENT_WORDS = {
  breaks: "it can't read the answer there, or what it reads there is gone",
  reads: "it reads the answer",
  sends: "it was sent, and the service took it",
  "-": "",
} as const;

/** The first sample stands open, the others wait. */
function sampleFigure({ source, line, time, value }: FindingSample, finding: Finding, index: number): Markup {
  const caption = html`${formatPosition(source, line)}${time && ` · ${time.slice(0, 10)}`}`;
  const sample = html`<pre tabindex="0">${jsonWithMark(value, finding)}</pre>`;
  if (index === 0) return html`<figure><figcaption>${caption}</figcaption>${sample}</figure>`;
  return html`<details class="more"><summary>${caption}</summary>${sample}</details>`;
}

function schemaTable({ schemas, skipped, undescribed, clientOnly }: JudgedReport): Markup | undefined {
  if (schemas.length === 0) return undefined;
  return html`<table><thead><tr><th scope="col">Kind of answer</th><th scope="col" class="amount">Checked</th><th scope="col">${clientOnly ? "Readable to this client" : "Fit the document"}</th></tr></thead>
<tbody>${schemas.map(
    ({ samples, fitting, ...schema }) =>
      html`<tr><td>${schemaTitle(schema)}</td><td class="amount">${formatCount(samples)}</td><td>${shareBar(fitting / samples, "fit")} ${formatShare(fitting / samples)}</td></tr>`,
  )}</tbody></table>${skipped > 0 && html`<p class="aside">Skipped, as no answers that the document describes: ${formatCount(skipped)}.</p>`}${undescribed.length > 0 && html`<ul>${undescribed.map(({ asked, count, lacks }) => html`<li>${formatCount(count)} × <code>${asked}</code>: ${UNDESCRIBED[lacks].why}</li>`)}</ul>`}`;
}

function goneList({ gone }: JudgedReport): Markup | undefined {
  if (gone.length === 0) return undefined;
  const items = gone.map(({ schema, finding }) => html`<li><code>${schema}</code> ${finding}</li>`);
  return html`<p>The baseline has these, and answers of their kind were checked, but they did not occur.</p><ul>${items}</ul>`;
}

function unusableList({ unusable, unusableCount, samples }: JudgedReport): Markup | undefined {
  if (unusableCount === 0) return samples === 0 ? html`<p>There was no answer to check.</p>` : undefined;
  const more = unusableCount - unusable.length;
  const items = groupUnusable(unusable).map(
    (group) =>
      html`<li>${group.message}: <code>${group.positions.join(", ")}</code>${group.more > 0 && html`, and ${group.more} more`}</li>`,
  );
  return html`<ul>${items}${more > 0 && html`<li>… ${formatCount(more)} more</li>`}</ul>`;
}
