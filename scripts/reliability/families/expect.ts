/** Which operations give the plain text of an answer, so that a right one is known. */
import type { Operation } from "../assault.ts";

export const isPlainText = (operation: Operation) =>
  operation === "chat" || operation === "chatStream" || operation === "complete";
