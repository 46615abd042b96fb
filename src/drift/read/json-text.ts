/** What can be told of a text that is not JSON, or not yet. */

/** Why `JSON.parse` failed, on one line and without a piece of the text, which may hold what is not ours to show. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // V8 quotes the text behind the first quotation mark.
  const quotation = message.indexOf('"');
  const words = quotation < 0 ? message : message.slice(0, quotation).replace(/,? ?\.{0,3}$/, "");
  return words.replace(/\s+/g, " ");
}

/** The number of the line where JSON over several lines goes wrong: the first whose text can't be the start of any. */
export function brokenLine(lines: readonly string[]): number {
  let [good, bad] = [0, lines.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (canGoOn(lines.slice(0, middle).join("\n"))) good = middle;
    else bad = middle;
  }
  return bad;
}

/** Whether the text is JSON so far: its only fault is that it ends. */
export function canGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = String(error);
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? -1);
    return /end of JSON input/.test(message) || position >= text.length;
  }
}
