/** Whose answers are compared, and with which document. */
import { type AnswersCheck, openAnswersCheck } from "../../drift/check-files.ts";
import type { PresenceProfile } from "../../drift/presence/profile.ts";
import { services } from "../../provider/services/index.ts";
import { type Io, oneOf, say } from "../io.ts";
import type { DriftOptions } from "./drift-options.ts";

/** The service's name, as `--service` has it. Throws `UsageError` for one that is unknown. */
export const serviceOf = ({ service = "groq" }: DriftOptions): string =>
  oneOf("--service", service, [...services.keys()]);

/** A check against the document that is meant. Rejects with `UsageError`, `DocumentError`. */
export async function openCheck(
  options: DriftOptions,
  presence: PresenceProfile | undefined,
  io: Io,
): Promise<AnswersCheck> {
  const { schema, overlay: overlays } = options;
  // The package has Groq's document, and no other's.
  const clientOnly = schema === undefined && serviceOf(options) !== "groq";
  const check = await openAnswersCheck({ schema, overlays, presence, clientOnly });
  for (const line of check.document.needless ?? []) say(io, line);
  return check;
}
