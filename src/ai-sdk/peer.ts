/** The optional peer, whose errors `ai` knows: loaded by the first call, so that who lacks it is told what to install. */
import type * as Sdk from "@ai-sdk/provider";
import { describeCause, LlmError } from "../provider/base/error.ts";

type Errors = Pick<typeof Sdk, "APICallError" | "UnsupportedFunctionalityError">;

let loaded: Errors | undefined;

/** Comes before all else in a call. Rejects with `ConfigError` where the peer is not installed. */
export async function loadPeer(): Promise<void> {
  try {
    loaded ??= await import("@ai-sdk/provider");
  } catch (cause) {
    throw new LlmError("ConfigError", MISSING, { cause: describeCause(cause, (text) => text) });
  }
}

/** The errors of the peer. */
export function peer(): Errors {
  if (loaded) return loaded;
  throw new LlmError("ConfigError", MISSING);
}

export const unsupported = (functionality: string): Error =>
  new (peer().UnsupportedFunctionalityError)({ functionality });

const MISSING = "groq-provider/ai-sdk needs @ai-sdk/provider: npm install @ai-sdk/provider";
