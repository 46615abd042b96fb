/** When each difference began: a row for each, on one time axis. */
import { DAY_MS, type Finding } from "../check/findings.ts";
import { type Anchor, severityOf } from "./html-parts.ts";
import { html, type Markup } from "./markup.ts";
import type { JudgedReport } from "./verdict.ts";
import { formatPeriod } from "./words.ts";

const BINS = 120;

interface Axis {
  start: number;
  end: number;
}

/** The time line; undefined when no answer told its time. */
export function timeline(report: JudgedReport, anchorOf: (finding: Finding) => Anchor): Markup | undefined {
  const axis = axisOf(report);
  if (!axis) return undefined;
  const timed = report.findings.filter(({ firstSeen, days }) => firstSeen !== undefined && days.length > 0);
  const rows = timed.toSorted(
    (a, b) => compareText(a.firstSeen, b.firstSeen) || compareText(a.place, b.place),
  );
  const totals = new Map(report.schemas.map(({ name, days }) => [name, binned(days, axis)]));
  const untimed = report.findings.length - timed.length;
  return html`<div class="timeline" role="list">
<div class="row axis" aria-hidden="true"><span></span><svg class="track" height="18">${ticks(axis).map(
    ({ share, label }) =>
      html`<line x1="${percent(share)}" x2="${percent(share)}" y1="13" y2="18"/><text x="${percent(share)}" y="9">${label}</text>`,
  )}</svg><span></span></div>
${rows.map((finding) => row(finding, totals.get(finding.schema), axis, anchorOf(finding)))}
${rows.length === 0 ? allRows(report, axis) : ""}
</div>
${rows.length > 0 && legend(untimed)}`;
}

function legend(untimed: number): Markup {
  return html`<p class="legend"><svg width="10" height="14" aria-hidden="true"><rect class="breaking" width="10" height="14" rx="2"/></svg> breaking
<svg width="10" height="14" aria-hidden="true"><rect class="additive" width="10" height="14" rx="2"/></svg> additive
<svg width="10" height="14" aria-hidden="true"><rect class="known" width="10" height="14" rx="2"/></svg> known
<svg width="10" height="14" aria-hidden="true"><rect class="quiet" y="5" width="10" height="4"/></svg> answers without it
${untimed > 0 && html`<span class="aside">${untimed === 1 ? "One more tells" : `${untimed} more tell`} no time.</span>`}</p>`;
}

/** One finding: coloured where it was seen, paler the smaller its share, grey where answers were without it. */
function row(finding: Finding, total: number[] = [], axis: Axis, anchor: Anchor): Markup {
  const seen = binned(finding.days, axis);
  const severity = severityOf(finding);
  const hit = seen.flatMap((count, bin) => (count > 0 ? [bin] : []));
  const [first = 0, last = 0] = [hit[0], hit.at(-1)];
  const looks = total.map((count, bin): Look | undefined => {
    const hits = seen[bin] ?? 0;
    if (hits === 0) return count > 0 ? { className: "quiet", opacity: 1 } : undefined;
    const share = Math.min(1, hits / Math.max(1, count));
    return { className: severity, opacity: 0.4 + 0.2 * Math.ceil(share * 3) };
  });
  const bars = runs(looks).map(({ start, length, look }) => {
    const [y, height] = look.className === "quiet" ? [8, 4] : [2, 16];
    return html`<rect class="${look.className}" x="${percent(start / BINS)}" width="${percent(length / BINS)}" y="${y}" height="${height}" opacity="${look.opacity.toFixed(1)}"/>`;
  });
  const label = `${finding.place}, ${finding.problem}: ${formatPeriod(finding)}`;
  return html`<div class="row" role="listitem"><a class="place" href="#${anchor}" title="${finding.schema} ${finding.place}">${finding.place}</a>
<svg class="track" height="20" shape-rendering="crispEdges" role="img" aria-label="${label}">${grid(axis)}<rect class="${severity}" x="${percent(first / BINS)}" width="${percent((last - first + 1) / BINS)}" y="8" height="4" opacity=".3"/>${bars}</svg><span class="since">${since(finding)}</span></div>`;
}

interface Look {
  className: string;
  opacity: number;
}

/** Neighbours that look the same, as one: between two rectangles there may be a hairline. */
function runs(looks: readonly (Look | undefined)[]): { start: number; length: number; look: Look }[] {
  const found: { start: number; length: number; look: Look }[] = [];
  for (const [bin, look] of looks.entries()) {
    const last = found.at(-1);
    const isNext = last !== undefined && last.start + last.length === bin;
    if (!look) continue;
    if (isNext && last.look.className === look.className && last.look.opacity === look.opacity) last.length++;
    else found.push({ start: bin, length: 1, look });
  }
  return found;
}

/** Without findings: when there were answers at all. */
function allRows(report: JudgedReport, axis: Axis): Markup[] {
  return report.schemas
    .filter(({ days }) => days.length > 0)
    .map(({ name, days }) => {
      const looks = binned(days, axis).map((count) =>
        count > 0 ? { className: "fit", opacity: 1 } : undefined,
      );
      const bars = runs(looks).map(
        ({ start, length }) =>
          html`<rect class="fit" x="${percent(start / BINS)}" width="${percent(length / BINS)}" y="4" height="12"/>`,
      );
      return html`<div class="row" role="listitem"><span class="place">${name}</span>
<svg class="track" height="20" shape-rendering="crispEdges" role="img" aria-label="Answers: ${name}">${grid(axis)}${bars}</svg><span class="since">${days[0]?.[0] ?? ""}</span></div>`;
    });
}

const grid = (axis: Axis): Markup[] =>
  ticks(axis).map(({ share }) => html`<line x1="${percent(share)}" x2="${percent(share)}" y1="-6" y2="26"/>`);

const since = ({ firstSeen = "" }: Finding) => `since ${firstSeen.slice(0, 10)}`;

function axisOf({ from, to }: JudgedReport): Axis | undefined {
  if (!from || !to) return undefined;
  const start = Math.floor(Date.parse(from) / DAY_MS) * DAY_MS;
  const end = (Math.floor(Date.parse(to) / DAY_MS) + 1) * DAY_MS;
  return { start, end };
}

function binned(days: readonly [day: string, count: number][], { start, end }: Axis): number[] {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const [day, count] of days) {
    const bin = Math.floor(((Date.parse(day) - start) / (end - start)) * BINS);
    if (bin >= 0 && bin < BINS) bins[bin] = (bins[bin] ?? 0) + count;
  }
  return bins;
}

/** From four to about eight round dates. */
function ticks({ start, end }: Axis): { share: number; label: string }[] {
  const days = (end - start) / DAY_MS;
  const share = (time: number) => (time - start) / (end - start);
  if (days <= 62) {
    const step = Math.max(1, Math.ceil(days / 7)) * DAY_MS;
    const times = Array.from({ length: Math.ceil((end - start) / step) }, (_, index) => start + index * step);
    return times.map((time) => ({ share: share(time), label: new Date(time).toISOString().slice(5, 10) }));
  }
  const months = days / 30;
  const step = [1, 2, 3, 6, 12, 24, 60].find((candidate) => months / candidate <= 8) ?? 120;
  const found: { share: number; label: string }[] = [];
  const first = new Date(start);
  for (let month = 0; ; month++) {
    const time = Date.UTC(first.getUTCFullYear(), month, 1);
    if (time >= end) return found;
    if (time < start || month % step !== 0) continue;
    found.push({ share: share(time), label: new Date(time).toISOString().slice(0, 7) });
  }
}

const percent = (share: number) => `${(share * 100).toFixed(4)}%`;

const compareText = (a = "", b = "") => (a < b ? -1 : a > b ? 1 : 0);
