/** HTML as tagged templates: whatever is put in is escaped, unless it is markup itself. */
import { escapeMarkup } from "../base/escape.ts";

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** A piece of HTML. Texts and numbers are escaped, lists joined, `false` and undefined left out. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string));

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "string") return escapeMarkup(part);
  if (typeof part === "number") return String(part);
  if (part === undefined || part === false) return "";
  return part.map(render).join("");
}
