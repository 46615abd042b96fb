/** Rows of text in columns, as a terminal shows them. */
import { plainLog } from "../drift/base/escape.ts";
import { printable } from "../drift/base/json.ts";
import { type Io, paint } from "./io.ts";

export interface Column<T> {
  title: string;
  /** Nothing for a figure that is not known. */
  cell(row: T): string | undefined;
  /** Figures stand right. Default `left`. */
  align?: "left" | "right";
}

/** The table, for standard output, with a line break at its end. Columns in which nothing is known are left out. */
export function formatColumns<T>(rows: readonly T[], columns: readonly Column<T>[], io: Io): string {
  const filled = columns
    .map(({ title, cell, align = "left" }) => ({
      title,
      align,
      cells: rows.map((row) => printable(cell(row) ?? "")),
    }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
    .map((column) => ({
      ...column,
      width: Math.max(column.title.length, ...column.cells.map((c) => c.length)),
    }));
  const line = (textOf: (column: (typeof filled)[number]) => string): string =>
    filled
      .map((column) =>
        column.align === "right"
          ? textOf(column).padStart(column.width)
          : textOf(column).padEnd(column.width),
      )
      .join("  ")
      .trimEnd();
  const head = paint(
    io.stdout,
    io,
    "bold",
    line(({ title }) => title),
  );
  const body = rows.map((_, index) => line(({ cells }) => cells[index] ?? ""));
  return plainLog(`${[head, ...body].join("\n")}\n`);
}

/** `131,072`; nothing for undefined. */
export const formatCount = (count: number | undefined): string | undefined => count?.toLocaleString("en");

/** `1.5 s`, `2 min`, `3.5 h`. */
export function formatMs(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined;
  const round = (value: number) => String(Math.round(value * 10) / 10);
  if (ms < 60_000) return `${round(ms / 1000)} s`;
  return ms < 3_600_000 ? `${round(ms / 60_000)} min` : `${round(ms / 3_600_000)} h`;
}
