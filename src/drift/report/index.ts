/** The forms that a report can be written in. */

import { expectObject, expectWord } from "../../openapi/arguments.ts";
import { plainJson } from "../base/escape.ts";
import { formatGithub } from "./github.ts";
import { formatHtml } from "./html.ts";
import { formatJunit } from "./junit.ts";
import { formatTable, type TableOptions } from "./table.ts";
import type { JudgedReport } from "./verdict.ts";

/** The forms that `formatReport` writes. */
export const REPORT_FORMATS = ["table", "json", "github", "junit", "html"] as const;

/** One of `REPORT_FORMATS`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The report in this form, with a line feed at its end. */
export function formatReport(report: JudgedReport, format: ReportFormat, options: TableOptions = {}): string {
  expectObject("formatReport", "report", report, { findings: "list", schemas: "list", unusable: "list" });
  expectWord("formatReport", "format", format, REPORT_FORMATS);
  expectObject("formatReport", "options", options);
  switch (format) {
    case "table":
      return formatTable(report, options);
    case "json":
      return `${plainJson(JSON.stringify(report, undefined, 2))}\n`;
    case "github":
      return formatGithub(report);
    case "junit":
      return formatJunit(report);
    case "html":
      return formatHtml(report);
  }
}
