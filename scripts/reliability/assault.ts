/** What one family of attacks does to one operation. */
import type { Random } from "./random.ts";
import type { Request, Step } from "./wire.ts";

export const OPERATIONS = [
  "chat",
  "chatStream",
  "complete",
  "embed",
  "listModels",
  "retrieveModel",
  "runTools",
  "runToolsStream",
  "chatObject",
  "chatObjectStream",
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const isStreamed = (operation: Operation) => operation.endsWith("Stream");

/** What a family makes of a case. */
export interface Assault {
  /** A few words for people. */
  name: string;
  /** Answers one request. Called again for each try, and must then do the same. */
  answer(request: Request): Iterable<Step>;
  /** A sentence of the server that must not be lost when the call fails. */
  says?: string;
  /** The assault does no harm: the call must give this text. */
  text?: string;
  /** Large enough to be measured alone. */
  heavy?: boolean;
}

/** A kind of assault. */
export interface Family {
  name: string;
  weight: number;
  /** Default: every operation. */
  operations?: readonly Operation[];
  make(random: Random, operation: Operation): Assault;
}
