/** One change of a service shows in whole answers and in streams: it is told once. */
import type { Finding } from "./findings.ts";

/** The findings, those of a stream's chunks under the same of the whole answer. */
export function withoutTwins(findings: readonly Finding[]): Finding[] {
  const whole = new Map<string, Finding>();
  for (const finding of findings)
    if (finding.role === "ChatAnswer") whole.set(twinKey(finding, finding.place), finding);
  const twins = new Map<Finding, Finding[]>();
  const alone = findings.filter((finding) => {
    if (finding.role !== "StreamChunk") return true;
    const answer = whole.get(
      twinKey(finding, finding.place.replace(/^choices\[\]\.delta(?=\.|$)/, "choices[].message")),
    );
    if (!answer) return true;
    twins.set(answer, [...(twins.get(answer) ?? []), finding]);
    return false;
  });
  return alone.map((finding) => {
    const also = twins.get(finding);
    if (!also) return finding;
    return {
      ...finding,
      breaking: finding.breaking || also.some(({ breaking }) => breaking),
      breaksClient: finding.breaksClient || also.some(({ breaksClient }) => breaksClient),
      also: [...(finding.also ?? []), ...also],
    };
  });
}

// What was found is part of it: another value of an enum is another change.
const twinKey = ({ host = "", kind, found }: Finding, place: string): string =>
  [host, kind, place, COUNTED.has(kind) ? "" : found.replace("choices[].delta", "choices[].message")].join(
    "\n",
  );

// What these found is how often.
const COUNTED: ReadonlySet<Finding["kind"]> = new Set(["vanished", "appeared", "missing", "null"]);

/** What breaks this client first, then what breaks whoever trusts the document; otherwise as it was. */
export const bySeverity = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) => Number(b.breaksClient) - Number(a.breaksClient) || Number(b.breaking) - Number(a.breaking),
  );
