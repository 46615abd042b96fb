/** What to do about a report: the overlay that corrects the document, and the commands that go on from here. */
import { expectDocument, expectObject } from "../../openapi/arguments.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import type { DriftReport } from "../check/check.ts";
import type { Finding } from "../check/findings.ts";
import { formatActions, suggestFor } from "./suggest.ts";
import type { JudgedReport, NextStep } from "./verdict.ts";
import { plural } from "./words.ts";

/** How the check was called, so that the next commands can be told. */
export interface CalledAs {
  /** What answers were checked: `recordings/`, `--live`. */
  answers?: string | undefined;
  /** The document, where one was named. */
  schema?: string | undefined;
  /** The overlays that were named. */
  overlays?: readonly string[] | undefined;
  /** The file of the baseline, where one was named. */
  baseline?: string | undefined;
  /** The file of the profile of presence, where one was named. */
  presence?: string | undefined;
}

const OVERLAY = "drift.overlay.yaml";
const DRIFT = "npx groq-provider drift";

/** The report with what to do about it; each finding with the actions of an overlay that make the answers fit. */
export function withNextSteps(
  report: JudgedReport,
  document: OpenApiDocument,
  called: CalledAs = {},
): JudgedReport {
  expectObject("withNextSteps", "report", report, { findings: "list" });
  expectDocument("withNextSteps", "document", document);
  expectObject("withNextSteps", "called", called);
  const fresh: DriftReport = { ...report, findings: report.findings.filter(({ accepted }) => !accepted) };
  // Of another service's answers the document is not to be corrected.
  const { overlay, actionsOf } = report.clientOnly
    ? { overlay: undefined, actionsOf: () => [] }
    : suggestFor(document, fresh);
  const findings = report.findings.map((finding) => {
    const actions = finding.accepted ? [] : actionsOf(finding);
    return actions.length === 0 ? finding : { ...finding, correction: formatActions(actions) };
  });
  const next = stepsFor(fresh.findings, overlay?.actions.length ?? 0, called);
  return { ...report, findings, ...(next.length > 0 && { next }) };
}

function stepsFor(findings: readonly Finding[], actions: number, called: CalledAs): NextStep[] {
  if (findings.length === 0) return [];
  const { answers = "FILES", schema, overlays = [], baseline = "drift-baseline.json", presence } = called;
  const document = [...(schema === undefined ? [] : [`--schema ${quoted(schema)}`]), ...flags(overlays)];
  const check = [DRIFT, answers, ...document].join(" ");
  const broken = findings.filter(({ breaksClient }) => breaksClient);
  const gone = findings.filter(({ presenceOf, kind }) => presenceOf !== undefined && kind !== "appeared");
  const steps: NextStep[] = [];
  if (broken.length > 0)
    steps.push({
      text: `${plural(broken.length, "difference")} ${broken.length === 1 ? "breaks" : "break"} this client: see whether a newer version reads ${places(broken)}, or report it with this page`,
      commands: ["npm outdated groq-provider"],
    });
  if (actions > 0)
    steps.push(
      {
        text: `${plural(actions, "action")} of an overlay ${actions === 1 ? "makes" : "make"} the document fit these answers: write them to a file, and see what is left`,
        commands: [`${check} --suggest > ${OVERLAY}`, `${check} --overlay ${OVERLAY}`],
      },
      {
        text: "Bring types and checks along; the compiler then shows what else has to follow",
        commands: [
          [
            "npx groq-provider generate",
            ...spec(schema),
            ...flags([...overlays, OVERLAY]),
            "--out src/llm",
          ].join(" "),
        ],
      },
    );
  const accept = [check, ...(presence === undefined ? [] : [`--presence ${quoted(presence)}`])].join(" ");
  steps.push({
    text: "Or accept what was found, so that only what is new is told",
    commands: [
      `${accept} --baseline ${quoted(baseline)} --update-baseline`,
      // Then the kinds of which something vanished begin anew.
      ...(gone.length > 0 && presence !== undefined
        ? [`${accept} --baseline ${quoted(baseline)} --update-presence`]
        : []),
    ],
  });
  return steps;
}

const flags = (overlays: readonly string[]): string[] => overlays.map((file) => `--overlay ${quoted(file)}`);
const spec = (schema: string | undefined): string[] =>
  schema === undefined ? [] : [`--spec ${quoted(schema)}`];

const MAX_PLACES = 3;

function places(findings: readonly Finding[]): string {
  const all = [...new Set(findings.map(({ place }) => place))];
  const more = all.length - MAX_PLACES;
  return `${all.slice(0, MAX_PLACES).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

/** As one word of a shell. */
export const quoted = (word: string): string =>
  /^[\w./:@%+=,~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
