/** Findings in words, the same for every form of report. */

import { printable } from "../base/json.ts";
import type { Finding } from "../check/findings.ts";

/** `usage_breakdown: null where not allowed (expected object)`. */
export function describeFinding({ kind, place, problem, expected, found, example }: Finding): string {
  const details: Record<Finding["kind"], string> = {
    missing: `expected ${expected}`,
    null: `expected ${expected}`,
    type: `expected ${expected}, found ${found}`,
    enum: `expected ${expected}; found ${found}`,
    unknown: `for instance ${example}`,
    event: `expected ${expected}, found ${found}`,
    status: `expected ${expected}, found ${found}`,
    client: `expected ${expected}, found ${found}`,
    vanished: `${found}, before ${expected}`,
    renamed: `${found}, before ${expected}`,
    appeared: `${found}, before ${expected}`,
  };
  return printable(`${place}: ${problem} (${details[kind]})`);
}

/** The two columns of a finding: whether it breaks this client, and how it stands to the document. */
export function severityWords({ breaking, breaksClient, kind, side, role }: Finding): {
  /** `-`: it asks for no such answer. */
  client: "breaks" | "reads" | "sends" | "-";
  document: "breaking" | "additive" | "differs" | "fits";
} {
  const client = side === "request" ? "sends" : breaksClient ? "breaks" : role ? "reads" : "-";
  if (breaking) return { client, document: "breaking" };
  if (FITTING.has(kind)) return { client, document: "fits" };
  return { client, document: side === "request" && kind !== "unknown" ? "differs" : "additive" };
}

/** Kinds of which the document says nothing. */
const FITTING: ReadonlySet<Finding["kind"]> = new Set(["client", "vanished", "renamed", "appeared"]);

/** A finding that is told in another one. */
export const describeTwin = ({ schema, place, problem, count, of }: Finding): string =>
  printable(`${schema} ${place}: ${problem} in ${formatCount(count)} of ${formatCount(of)}`);

/** The finding with its count and times: `… in 405 of 436, 2025-09-16 to 2026-02-11`. */
export function describeEvidence(finding: Finding): string {
  const times = formatPeriod(finding);
  const also = (finding.also ?? []).map((one) => `; also ${describeTwin(one)}`).join("");
  return `${finding.schema} ${describeFinding(finding)} in ${finding.count} of ${finding.of}${times && `, ${times}`}${also}`;
}

/** `2025-09-16 to 2026-02-11`, one day, or nothing when no time is known. */
export function formatPeriod({ firstSeen, lastSeen }: Pick<Finding, "firstSeen" | "lastSeen">): string {
  if (!firstSeen || !lastSeen) return "";
  const [first, last] = [firstSeen.slice(0, 10), lastSeen.slice(0, 10)];
  return first === last ? first : `${first} to ${last}`;
}

/** `92.9 %`; a share that is not all or nothing never reads as `100 %` or `0 %`. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  const percent = Math.min(99.9, Math.max(0.1, share * 100));
  const prefix = share * 100 < 0.1 ? "< " : "";
  return `${prefix}${percent.toFixed(1)} %`;
}

export const formatCount = (count: number): string => count.toLocaleString("en");

/** `1 answer`, `2 answers`. */
export const plural = (count: number, word: string): string =>
  `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
