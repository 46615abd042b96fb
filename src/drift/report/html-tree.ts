/** Where in the answer: the fields of each kind of answer as a tree, with marks where it drifted. */

import { jsonType } from "../../openapi/json.ts";
import { isObject } from "../../provider/base/values.ts";
import { formatPlace } from "../base/problem.ts";
import type { Finding } from "../check/findings.ts";
import { type Anchor, severityOf } from "./html-parts.ts";
import { html, type Markup } from "./markup.ts";
import { bySchema, schemaTitle } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";

interface TreeNode {
  types: Set<string>;
  children: Map<string, TreeNode>;
  findings: Finding[];
}

const MAX_CHILDREN = 40;

const newNode = (): TreeNode => ({ types: new Set(), children: new Map(), findings: [] });

/** A tree for each schema that drifted, grown from the samples of its findings. */
export function answerTrees(report: JudgedReport, anchorOf: (finding: Finding) => Anchor): Markup[] {
  return bySchema(report).flatMap(([schema, all]) => {
    const findings = all.filter(
      ({ kind, place }) => kind !== "status" && kind !== "event" && !place.startsWith("("),
    );
    if (findings.length === 0) return [];
    const root = newNode();
    const places = new Map<string, TreeNode>([["(root)", root]]);
    for (const { samples } of findings) for (const { value } of samples) grow(root, value, [], places);
    for (const finding of findings) {
      const node = places.get(finding.place) ?? plant(root, finding, places);
      node.findings.push(finding);
    }
    return [
      html`<article class="tree"><h3>${schemaTitle(schema)}</h3><ul>${branches(root, anchorOf)}</ul></article>`,
    ];
  });
}

/** Adds the fields of a value. */
function grow(node: TreeNode, value: unknown, path: readonly string[], places: Map<string, TreeNode>): void {
  node.types.add(jsonType(value));
  if (Array.isArray(value))
    for (const item of value) grow(childOf(node, "[]", path, places), item, [...path, "[]"], places);
  else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (name === "…") continue;
      grow(childOf(node, name, path, places), inner, [...path, name], places);
    }
  }
}

function childOf(
  node: TreeNode,
  name: string,
  path: readonly string[],
  places: Map<string, TreeNode>,
): TreeNode {
  let child = node.children.get(name);
  if (!child) {
    child = newNode();
    node.children.set(name, child);
    places.set(formatPlace([...path, name]), child);
  }
  return child;
}

/** A place that no sample shows: a missing field, below the deepest part of its place that is there. */
function plant(root: TreeNode, finding: Finding, places: Map<string, TreeNode>): TreeNode {
  const { field } = finding.evidence;
  const parents = [...places].filter(
    ([place]) => field !== undefined && isParent(place, field, finding.place),
  );
  const parent = parents[0]?.[1] ?? root;
  const node = newNode();
  parent.children.set(parents.length > 0 && field !== undefined ? field : finding.place, node);
  places.set(finding.place, node);
  return node;
}

const isParent = (parent: string, field: string, place: string): boolean => {
  const inner = formatPlace([field]);
  const prefix = parent === "(root)" ? "" : parent;
  return place === `${prefix}${prefix === "" || inner.startsWith("[") ? "" : "."}${inner}`;
};

function branches(node: TreeNode, anchorOf: (finding: Finding) => Anchor): Markup[] {
  const children = [...node.children];
  const shown = children.filter(([, child], index) => index < MAX_CHILDREN || hasFinding(child));
  const lines = shown.map(([name, child]) => {
    // A list and its items are one line.
    const items = child.children.get("[]");
    const inner = items && child.children.size === 1 ? items : child;
    const label = items && inner === items ? `${name}[]` : name;
    const findings = inner === child ? child.findings : [...child.findings, ...inner.findings];
    const marks = findings.map(
      (finding) =>
        html` <a class="tag ${severityOf(finding)}" href="#${anchorOf(finding)}">${finding.problem}</a>`,
    );
    const types =
      findings.length === 0 ? html` <span class="types">${[...inner.types].join(" | ")}</span>` : "";
    const hasBelow = inner.children.size > 0;
    const head = html`<span class="name">${label}</span>${types}${marks}`;
    if (!hasBelow) return html`<li class="${findings.length > 0 ? "drifted" : "calm"}">${head}</li>`;
    const list = html`<ul>${branches(inner, anchorOf)}</ul>`;
    // What did not drift stays folded, so that what did stands out.
    return hasFinding(child)
      ? html`<li class="drifted">${head}${list}</li>`
      : html`<li class="calm"><details><summary>${head}</summary>${list}</details></li>`;
  });
  if (shown.length < children.length)
    lines.push(html`<li class="calm">… ${children.length - shown.length} more</li>`);
  return lines;
}

const hasFinding = (node: TreeNode): boolean =>
  node.findings.length > 0 || [...node.children.values()].some(hasFinding);
