/** What a page says that came instead of JSON, as gateways and load balancers send them: its title, and the text that it shows. */

export interface HtmlPage {
  isXml: boolean;
  title: string;
  text: string;
}

/** Pages of gateways have long heads, of styles and scripts. */
const LONGEST = 64_000;
const LONGEST_TAG_NAME = 20;
/** Their content is not shown. */
const HIDDEN = new Set(["script", "style", "svg", "template", "title", "noscript"]);
/** They part no words. */
const INLINE = new Set(["a", "b", "code", "em", "font", "i", "mark", "small", "span", "strong", "u", "wbr"]);
const ENTITIES = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&#39;", "'"],
  ["&apos;", "'"],
  ["&nbsp;", " "],
  ["&amp;", "&"],
]);

/** Of object stores and SOAP; XHTML is a page. */
const isXml = (head: string): boolean => /^\s*<(?:\?xml|Error\b)/.test(head) && !/<html/i.test(head);

export function isPage(text: string): boolean {
  return /^\s*</.test(text.slice(0, 4000));
}

/** Looks at each character of the page's beginning once, whatever it is. */
export function readPage(html: string): HtmlPage {
  const shown: string[] = [];
  /** Where a page shows nothing else, as one that is made by a script. */
  const withoutScript: string[] = [];
  const title: string[] = [];
  let hidden: string | undefined;
  for (const piece of beginning(html).split("<")) {
    const end = piece.indexOf(">");
    const name = /^\/?[a-z0-9!-]*/i.exec(piece.slice(0, LONGEST_TAG_NAME))?.[0].toLowerCase() ?? "";
    if (hidden === undefined && HIDDEN.has(name)) hidden = name;
    else if (name === `/${hidden}`) hidden = undefined;
    const text = `${INLINE.has(name.replace("/", "")) ? "" : " "}${piece.slice(end + 1)}`;
    if (hidden === undefined) shown.push(text);
    else if (hidden === "title") title.push(text);
    else if (hidden === "noscript") withoutScript.push(text);
  }
  return {
    isXml: isXml(html.slice(0, 4000)),
    title: toLine(title),
    text: toLine(shown) || toLine(withoutScript),
  };
}

/** Ends with a whole word: half a secret would not be found. */
function beginning(html: string): string {
  if (html.length <= LONGEST) return html;
  const head = html.slice(0, LONGEST);
  return head.slice(0, Math.max(0, head.lastIndexOf(" "), head.lastIndexOf("\n")));
}

function toLine(texts: string[]): string {
  const text = texts
    .join("")
    .replace(/&(?:lt|gt|quot|#39|apos|nbsp|amp);/g, (one) => ENTITIES.get(one) ?? one);
  return text.split(/\s/).filter(Boolean).join(" ");
}
