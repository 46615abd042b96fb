/** Small pieces of the HTML report that its sections share. */

import { formatPlace } from "../base/problem.ts";
import type { Finding } from "../check/findings.ts";
import { html, type Markup } from "./markup.ts";

/** The `id` of a finding in the page. */
export type Anchor = string;

export type Severity = "breaking" | "additive" | "known";

export const severityOf = ({ accepted, breaking, breaksClient }: Finding): Severity =>
  accepted ? "known" : breaking || breaksClient ? "breaking" : "additive";

/** A share as a bar; the number stands beside it. */
export const shareBar = (share: number, severity: Severity | "fit"): Markup =>
  html`<svg class="share" width="84" height="8" aria-hidden="true"><rect class="rail" width="84" height="8" rx="4"/><rect class="${severity}" width="${Math.max(3, share * 84).toFixed(1)}" height="8" rx="4"/></svg>`;

// Off the finding's path, what fits on a line stays on one.
const LINE = 96;

/** A sample as indented JSON, with the finding's place marked; a missing field stands there as a gap. */
export function jsonWithMark(value: unknown, { place, evidence, kind }: Finding): Markup {
  const gap = kind === "missing" ? evidence.field : undefined;
  const draw = (inner: unknown, path: readonly string[], indent: string): Markup => {
    const isMarked = kind !== "missing" && formatPlace(path) === place;
    const drawn = drawPlain(inner, path, indent);
    return isMarked ? html`<mark>${drawn}</mark>` : drawn;
  };
  const drawPlain = (inner: unknown, path: readonly string[], indent: string): Markup => {
    const line = JSON.stringify(inner) ?? "";
    if (typeof inner !== "object" || inner === null) {
      return html`<span class="${inner === null ? "null" : typeof inner}">${line}</span>`;
    }
    const isOnPath = path.length === 0 || isWithin(place, formatPlace(path));
    if (!isOnPath && line.length + indent.length <= LINE) return html`${line}`;
    return Array.isArray(inner)
      ? drawList(inner, path, indent)
      : drawObject(Object.entries(inner), path, indent);
  };
  const drawList = (list: readonly unknown[], path: readonly string[], indent: string): Markup => {
    const deeper = `${indent}  `;
    return block(
      "[",
      list.map((item) => html`${deeper}${draw(item, [...path, "[]"], deeper)}`),
      `${indent}]`,
    );
  };
  const drawObject = (
    entries: readonly [string, unknown][],
    path: readonly string[],
    indent: string,
  ): Markup => {
    const deeper = `${indent}  `;
    const key = (name: string) => html`<span class="key">${JSON.stringify(name)}</span>: `;
    const lines = entries.map(
      ([name, inner]) => html`${deeper}${key(name)}${draw(inner, [...path, name], deeper)}`,
    );
    const isHere =
      gap !== undefined && formatPlace([...path, gap]) === place && !entries.some(([name]) => name === gap);
    if (isHere) lines.push(html`${deeper}<mark class="gap">${key(gap)}missing</mark>`);
    return block("{", lines, `${indent}}`);
  };
  return draw(value, [], "");
}

function block(open: string, lines: readonly Markup[], close: string): Markup {
  if (lines.length === 0) return html`${open}${close.trimStart()}`;
  return html`${open}\n${lines.map((line, index) => html`${index > 0 && ",\n"}${line}`)}\n${close}`;
}

const isWithin = (place: string, outer: string): boolean =>
  place === outer || (place.startsWith(outer) && /[.[]/.test(place.charAt(outer.length)));
