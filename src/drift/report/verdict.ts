/** Whether a report is a failure, and for which findings. */

import { expectList, expectObject, expectWord } from "../../openapi/arguments.ts";
import type { DriftReport } from "../check/check.ts";
import type { Finding } from "../check/findings.ts";
import type { BaselineEntry } from "./baseline.ts";

/**
 * Which findings are a failure.
 *
 * - `client`: what breaks this client.
 * - `breaking`: that, and what breaks whoever trusts the document, as generated types do.
 * - `any`: every difference. `none`: nothing is.
 */
export type FailOn = "client" | "breaking" | "any" | "none";

/** One thing to do about a report. */
export interface NextStep {
  /** What, in a sentence. */
  text: string;
  /** The commands that do it, in their order. */
  commands: string[];
}

/** A report, judged: what the forms of output are made from. */
export interface JudgedReport extends DriftReport {
  /** What it was judged by. */
  failOn: FailOn;
  /** `unusable`: some input could not be read, so nothing is certain. */
  verdict: "clean" | "drift" | "unusable";
  /** Entries of the baseline that no longer occur. */
  gone: BaselineEntry[];
  /** What to do about it; see `withNextSteps`. */
  next?: NextStep[];
}

/** Judges a report; findings that the baseline has never fail it. */
export function judge(report: DriftReport, failOn: FailOn, gone: BaselineEntry[] = []): JudgedReport {
  expectObject("judge", "report", report, { findings: "list" });
  expectWord("judge", "failOn", failOn, ["client", "breaking", "any", "none"]);
  expectList("judge", "gone", gone, "object");
  const hasDrift = report.findings.some((finding) => isFailing(finding, failOn));
  const isUnusable = report.unusableCount > 0 || report.samples === 0;
  return { ...report, failOn, verdict: isUnusable ? "unusable" : hasDrift ? "drift" : "clean", gone };
}

export function isFailing(finding: Finding, failOn: FailOn): boolean {
  if (finding.accepted || failOn === "none") return false;
  return failOn === "any" || finding.breaksClient || (failOn === "breaking" && finding.breaking);
}

/** Exit codes: 0 clean, 1 drift, 2 unusable input. */
export const EXIT_CODES = { clean: 0, drift: 1, unusable: 2 } as const;
