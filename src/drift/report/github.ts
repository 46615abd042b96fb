/** The report as annotations for GitHub's workflow logs. */
import { escapeData, workflowCommand } from "../base/escape.ts";
import type { Finding } from "../check/findings.ts";
import { summarise } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";
import { describeEvidence } from "./words.ts";

/** One annotation for each finding that the baseline does not have: breaking ones as errors, the others as warnings. */
export function formatGithub(report: JudgedReport): string {
  const findings = report.findings.filter(({ accepted }) => !accepted);
  const { head, tail } = summarise(report);
  return [
    ...findings.map(annotate),
    ...report.unusable.map(({ source, line, message }) =>
      workflowCommand("error", { file: source, line, title: "Unusable input" }, `${source}: ${message}`),
    ),
    ...report.gone.map(({ schema, finding }) =>
      workflowCommand("notice", { title: "Drift no longer seen" }, `${schema} ${finding}`),
    ),
    escapeData(`${head[0]}: ${tail.at(-1)}`),
    "",
  ].join("\n");
}

function annotate(finding: Finding): string {
  const level = finding.breaking ? "error" : "warning";
  const [sample] = finding.samples;
  const title = `${finding.breaking ? "Breaking" : "Additive"} drift: ${finding.place}`;
  return workflowCommand(
    level,
    { file: sample?.source, line: sample?.line, title },
    describeEvidence(finding),
  );
}
