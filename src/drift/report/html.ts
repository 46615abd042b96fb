import type { JudgedReport } from "../verdict.ts";
export const formatHtml = (report: JudgedReport): string => String(report.samples);
