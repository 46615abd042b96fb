/** With what the functions of a room may fail. */
import type { libraries } from "../../scripts/bundles.ts";
import * as drift from "../../src/drift/index.ts";
import { LlmError } from "../../src/provider/base/error.ts";

export type Room = keyof typeof libraries;

/** Of the rooms that know no provider: a mistake of the caller is a `TypeError` that names function, place and what came. */
const WITHOUT_LLM_ERROR: readonly string[] = ["drift", "drift-in-app", "testing"];

/** Whether arguments that throw when they are read are the room's concern: without secrets and calls, a bug may show as it is. */
export const meetsHostile = (room: Room): boolean => !WITHOUT_LLM_ERROR.includes(room);

/** Those that the drift room exports. */
const EXPORTED = Object.values<unknown>({ ...drift }).filter(
  (value) => typeof value === "function" && value.prototype instanceof Error,
) as (new () => Error)[];

export function isDocumented(room: Room, name: string, error: unknown): boolean {
  if (LlmError.is(error)) return true;
  if (!WITHOUT_LLM_ERROR.includes(room)) return false;
  if (EXPORTED.some((kind) => error instanceof kind)) return true;
  return error instanceof TypeError && error.message.startsWith(`${name}: expected `);
}
