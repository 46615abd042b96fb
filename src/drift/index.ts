/**
 * `groq-provider/drift`: tells when real answers and an OpenAPI document part.
 *
 * `checkFiles` does it all for recordings; the rest are its parts, for tools with needs of their own.
 */
export {
  applyBaseline,
  type Baseline,
  type BaselineEntry,
  BaselineError,
  type BaselineResult,
  formatBaseline,
  parseBaseline,
  updateBaseline,
} from "./baseline.ts";
export {
  createAnswerCheck,
  createDriftCheck,
  type DriftCheck,
  type DriftReport,
  type SchemaProblem,
  type SchemaSummary,
} from "./check.ts";
export { type CheckFilesOptions, checkFiles } from "./check-files.ts";
export {
  DocumentError,
  loadDocument,
  type OpenApiDocument,
  openDocument,
  packagedDocument,
  readDocument,
} from "./document.ts";
export type { Exchange, ExchangeEvent } from "./exchange.ts";
export type { Evidence, Finding, FindingSample } from "./findings.ts";
export { type ReadOptions, readInputs, readText } from "./input.ts";
export { LiveError, type LiveOptions, type LiveResult, runLive } from "./live.ts";
export { addLiveResult, formatLiveResult } from "./live-result.ts";
export { isBreaking, type Problem, type ProblemKind } from "./problem.ts";
export { createRecorder, type Recorder, type RecorderEvent, type RecorderOptions } from "./record.ts";
export { formatReport, REPORT_FORMATS, type ReportFormat } from "./report/index.ts";
export type { Sample, SampleSink, StreamState, UnusableInput } from "./sample.ts";
export { type CompareSpecsOptions, compareSpecs, type SpecChange, specExitCode } from "./spec.ts";
export { renderSpecChanges, SPEC_FORMATS, type SpecFormat } from "./spec-report.ts";
export { formatOverlay, type Overlay, type OverlayAction, suggestChanges } from "./suggest.ts";
export { addRecord } from "./unpack.ts";
export { EXIT_CODES, type FailOn, type JudgedReport, judge } from "./verdict.ts";
