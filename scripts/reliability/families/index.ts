/** The kinds of assault. */
import type { Assault, Operation } from "../attack.ts";
import type { Random } from "../random.ts";
import { bytes, framing, texts } from "./bodies.ts";
import { errors, statuses } from "./errors.ts";
import { encoding, headers, limits } from "./heads.ts";
import { objects, toolCalls } from "./model.ts";
import { events, streamErrors } from "./streams.ts";
import { floods, timing } from "./timing.ts";

export interface Family {
  name: string;
  weight: number;
  /** Default: every operation. */
  operations?: readonly Operation[];
  make(random: Random, operation: Operation): Assault;
}

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
