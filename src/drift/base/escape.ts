/** Foreign text inside markup, and inside commands that a build server reads from the log. */

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
    .replaceAll("'", "&#39;");

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
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
