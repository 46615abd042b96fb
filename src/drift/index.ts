/**
 * `groq-provider/drift`: tells when real answers and an OpenAPI document part.
 *
 * `checkFiles` does it all for recordings; the rest are its parts, for tools with needs of their own.
 */

export {
  DocumentError,
  loadDocument,
  type OpenApiDocument,
  openDocument,
  packagedDocument,
  readDocument,
} from "../openapi/document.ts";
export type { Exchange, ExchangeEvent } from "./base/exchange.ts";
export { isBreaking, type Problem, type ProblemKind } from "./base/problem.ts";
export type { Sample, SampleSink, StreamState, UnusableInput } from "./base/sample.ts";
export {
  createAnswerCheck,
  createDriftCheck,
  type DriftCheck,
  type DriftReport,
  type Onlooker,
  type SchemaProblem,
  type SchemaSummary,
  type Undescribed,
} from "./check/check.ts";
export type { Evidence, Finding, FindingSample } from "./check/findings.ts";
export {
  type AnswerCheckOptions,
  type AnswersCheck,
  type CheckedAnswers,
  type CheckFilesOptions,
  checkFiles,
  openAnswersCheck,
} from "./check-files.ts";
export { LiveError, type LiveOptions, type LiveResult, runLive } from "./live/live.ts";
export { addLiveResult, formatLiveResult } from "./live/result.ts";
export type { KindFacts, PresenceObserver } from "./presence/observe.ts";
export { createPresence } from "./presence/observe.ts";
export {
  formatPresence,
  PresenceError,
  type PresenceKind,
  type PresencePlace,
  type PresenceProfile,
  parsePresence,
} from "./presence/profile.ts";
export { type PresenceResult, tellPresence, updatePresence } from "./presence/tell.ts";
export { type ReadOptions, readInputs, readText } from "./read/input.ts";
export { addRecord } from "./read/unpack.ts";
export { createRecorder, type Recorder, type RecorderEvent, type RecorderOptions } from "./record/record.ts";
export {
  applyBaseline,
  type Baseline,
  type BaselineEntry,
  BaselineError,
  type BaselineResult,
  formatBaseline,
  parseBaseline,
  updateBaseline,
} from "./report/baseline.ts";
export { formatReport, REPORT_FORMATS, type ReportFormat } from "./report/index.ts";
export { type CalledAs, withNextSteps } from "./report/next.ts";
export { formatOverlay, type Overlay, type OverlayAction, suggestChanges } from "./report/suggest.ts";
export { EXIT_CODES, type FailOn, type JudgedReport, judge, type NextStep } from "./report/verdict.ts";
export { renderSpecChanges, SPEC_FORMATS, type SpecFormat } from "./spec/report.ts";
export {
  type ChangeLevel,
  checkRules,
  type Direction,
  parseRules,
  type RuleLevel,
  RulesError,
  SPEC_RULES,
  type SpecRule,
  type SpecRuleInfo,
  type SpecRules,
  type SpecScope,
} from "./spec/rules.ts";
export {
  type CompareSpecsOptions,
  compareSpecs,
  type SpecChange,
  specExitCode,
} from "./spec/spec.ts";
