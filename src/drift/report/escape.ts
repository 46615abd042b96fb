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
