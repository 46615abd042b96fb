/** The kinds of assault. */
import type { Family } from "../assault.ts";
import { bytes, framing, texts } from "./bodies.ts";
import { errors, statuses } from "./errors.ts";
import { encoding, headers, limits } from "./heads.ts";
import { objects, toolCalls } from "./model.ts";
import { events, streamErrors } from "./streams.ts";
import { floods, timing } from "./timing.ts";

export const FAMILIES: readonly Family[] = [
  statuses,
  errors,
  headers,
  limits,
  encoding,
  texts,
  bytes,
  framing,
  timing,
  floods,
  events,
  streamErrors,
  toolCalls,
  objects,
];
