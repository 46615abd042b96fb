/** The report as annotations for GitHub's workflow logs. */
import type { Finding } from "../check/findings.ts";
import { summarise } from "./summary.ts";
import type { JudgedReport } from "./verdict.ts";
import { describeEvidence } from "./words.ts";

type Level = "error" | "warning" | "notice";

/** One annotation for each finding that the baseline does not have: breaking ones as errors, the others as warnings. */
export function formatGithub(report: JudgedReport): string {
  const findings = report.findings.filter(({ accepted }) => !accepted);
  const { head, tail } = summarise(report);
  return [
    ...findings.map(annotate),
    ...report.unusable.map(({ source, line, message }) =>
      annotation("error", { file: source, line, title: "Unusable input" }, `${source}: ${message}`),
    ),
    ...report.gone.map(({ schema, finding }) =>
      annotation("notice", { title: "Drift no longer seen" }, `${schema} ${finding}`),
    ),
    escapeData(`${head[0]}: ${tail.at(-1)}`),
    "",
  ].join("\n");
}

function annotate(finding: Finding): string {
  const level = finding.breaking ? "error" : "warning";
  const [sample] = finding.samples;
  const title = `${finding.breaking ? "Breaking" : "Additive"} drift: ${finding.place}`;
  return annotation(level, { file: sample?.source, line: sample?.line, title }, describeEvidence(finding));
}

function annotation(
  level: Level,
  properties: Record<string, string | number | undefined>,
  message: string,
): string {
  const list = Object.entries(properties).filter(([, value]) => value !== undefined);
  const written = list.map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${level} ${written.join(",")}::${escapeData(message)}`;
}

// A message may not begin a command of its own, nor end this one.
const escapeData = (text: string) =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string) => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
