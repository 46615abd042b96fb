/** Foreign text inside markup, and inside commands that a build server reads from the log. */

// At the beginning of a line, blanks before it or not.
const LINE_COMMAND = /^([^\S\n\r\u2028\u2029]*):(?=:)/gm;

/**
 * The text for XML and HTML, in elements and in quoted attributes. Marks that turn or hide text are written as escapes;
 * what XML can't hold at all becomes `\uFFFD`.
 */
export const escapeMarkup = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replace(
      /[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (mark) => `\\u${mark.charCodeAt(0).toString(16)}`,
    )
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("##", "#&#35;")
    .replace(LINE_COMMAND, "$1&#58;");

/**
 * Lines for the log of a build server, of which none is a command to it: `::` at the beginning of a line is one to
 * GitHub, `##[`, `##vso[` and `##teamcity[` anywhere are to others, and to GitHub's older runners.
 */
export const plainLog = (text: string): string =>
  text.replace(/##(?=[a-z]{0,20}\[)/gi, "#\\u0023").replace(LINE_COMMAND, "$1\\u003a");

/** JSON with the same value and no command to a build server in it. */
export const plainJson = (json: string): string => json.replaceAll("##", "#\\u0023");

/** A workflow command of GitHub, such as `::error file=a.json,line=3::text`. Properties that are undefined are left out. */
export function workflowCommand(
  level: "error" | "warning" | "notice",
  properties: Record<string, string | number | undefined>,
  message: string,
): string {
  const list = Object.entries(properties).filter(([, value]) => value !== undefined);
  const written = list.map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${level} ${written.join(",")}::${escapeData(message)}`;
}

/** The text as one line of a workflow's log: it can't begin a command of its own, nor end the one that it is in. */
export const escapeData = (text: string): string =>
  plainLog(text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A"));

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
