/** The report as annotations for GitHub's workflow logs. */
import { escapeData, workflowCommand } from "../base/escape.ts";
import type { Finding } from "../check/findings.ts";
import { groupUnusable, summarise } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";
import { describeEvidence } from "./words.ts";

/** One annotation for each finding that the baseline does not have: breaking ones as errors, the others as warnings. */
export function formatGithub(report: JudgedReport): string {
  const findings = report.findings.filter(({ accepted }) => !accepted);
  const { head, tail } = summarise(report);
  return [
    ...findings.map(annotate),
    ...groupUnusable(report.unusable).map(({ message, positions, more, first }) =>
      workflowCommand(
        "error",
        { file: first.source, line: first.line, title: "Unusable input" },
        `${positions.join(", ")}${more > 0 ? `, and ${more} more` : ""}: ${message}`,
      ),
    ),
    ...report.gone.map(({ schema, finding }) =>
      workflowCommand("notice", { title: "Drift no longer seen" }, `${schema} ${finding}`),
    ),
    ...(report.next ?? []).map(({ text, commands }) =>
      workflowCommand("notice", { title: "What now" }, [text, ...commands].join("\n")),
    ),
    escapeData(`${head[0]}: ${tail.at(-1)}`),
    "",
  ].join("\n");
}

function annotate(finding: Finding): string {
  const { breaking, breaksClient, place, host, correction } = finding;
  const level = breaking || breaksClient ? "error" : "warning";
  const [sample] = finding.samples;
  const what = breaksClient ? "Breaks this client" : breaking ? "Breaking drift" : "Additive drift";
  const message = [
    `${describeEvidence(finding)}${host === undefined ? "" : ` (${host})`}`,
    ...(correction === undefined ? [] : ["Overlay:", correction.trimEnd()]),
  ].join("\n");
  return workflowCommand(
    level,
    { file: sample?.source, line: sample?.line, title: `${what}: ${place}` },
    message,
  );
}
