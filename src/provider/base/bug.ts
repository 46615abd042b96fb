/** Whether code that was handed in has a bug, or what it asked could not be reached. */
import isNetworkError from "is-network-error";
import { memberOf } from "./error.ts";

const BUGS = new Set(["TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError", "EvalError"]);
/** Codes of Node and undici for arguments that are wrong. */
const MISUSE = /^(UND_)?ERR_(INVALID|UNESCAPED|MISSING_ARGS|NOT_SUPPORTED|OUT_OF_RANGE)/;

/**
 * Engines throw a `TypeError` for a failed connection, as a bug does. The two differ by their message, or by a
 * code somewhere in the chain of causes.
 */
export function isBug(fault: unknown): boolean {
  if (tellsNothing(fault)) return true;
  if (!BUGS.has(String(memberOf(fault, "name")))) return false;
  let current = fault;
  for (let depth = 0; depth < 5 && current !== undefined; depth++) {
    const code = memberOf(current, "code");
    if (typeof code === "string") return MISUSE.test(code);
    if (depth > 0 && !BUGS.has(String(memberOf(current, "name")))) return false;
    current = memberOf(current, "cause");
  }
  return !isNetworkError(fault);
}

/** No client tells a fault of the network so: neither a text, nor anything with a name, a message or a code. */
function tellsNothing(fault: unknown): boolean {
  const told = [fault, ...["name", "message", "code"].map((member) => memberOf(fault, member))];
  return !told.some((value) => typeof value === "string");
}
