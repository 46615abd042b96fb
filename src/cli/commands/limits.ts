/** `groq-provider limits`: what the service's headers say of the limits now. */
import type { RateLimitBucket } from "../../provider/base/limits.ts";
import { formatColumns, formatCount, formatMs } from "../columns.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { EXIT, type Io, say } from "../io.ts";

export interface LimitsOptions extends ConnectionOptions {
  json?: boolean | undefined;
}

type Row = RateLimitBucket & { counts: "requests" | "tokens" };

/** Asks the model for one token, since only answers to chats tell the limits. Prints a table, or with `json` the figures. */
export async function limits({ json = false, ...options }: LimitsOptions, io: Io): Promise<number> {
  const provider = connect(options, io);
  const { rateLimits = {}, model } = await provider.chat([{ role: "user", content: "Hi" }], {
    maxTokens: 1,
    maxRetries: 0,
    signal: io.signal,
  });
  const { requests, tokens, others = [] } = rateLimits;
  const rows: Row[] = [
    ...(requests ? [{ counts: "requests" as const, ...requests }] : []),
    ...(tokens ? [{ counts: "tokens" as const, ...tokens }] : []),
    ...others,
  ];
  if (json) io.stdout.write(`${JSON.stringify({ model, limits: rows }, undefined, 2)}\n`);
  else if (rows.length > 0) io.stdout.write(formatColumns(rows, COLUMNS, io));
  if (rows.length > 0) return EXIT.ok;
  say(io, "the answer's headers say nothing of limits");
  return EXIT.no;
}

const COLUMNS = [
  { title: "LIMIT", cell: ({ counts }: Row) => counts },
  { title: "PER", cell: ({ periodMs }: Row) => formatMs(periodMs) },
  { title: "ALLOWED", cell: ({ limit }: Row) => formatCount(limit), align: "right" },
  { title: "LEFT", cell: ({ remaining }: Row) => formatCount(remaining), align: "right" },
  { title: "FULL AGAIN IN", cell: ({ resetMs }: Row) => formatMs(resetMs), align: "right" },
] as const;
