/** The overlay that `sync` keeps up to date: a YAML file with comments, of which actions go and to which some come. */
import { isDeepStrictEqual } from "node:util";
import { type Alias, Document, isMap, isSeq, type Node, parseDocument, visit } from "yaml";
import { applyOverlay } from "../openapi/apply-overlay.ts";
import { DocumentError, type OpenApiDocument, openDocument, readIfThere } from "../openapi/document.ts";
import { type Overlay, type OverlayAction, openOverlay } from "../openapi/overlay.ts";

/** Something that `sync` found about an action. */
export interface ActionNote {
  /** JSONPath of what it changes. */
  target: string;
  /** Why it went, or why it can't be used. */
  reason: string;
  /** As it stood in the file. */
  yaml: string;
}

export interface Corrected {
  /** The vendor's document with the overlay's actions that still fit. */
  document: OpenApiDocument;
  /** Those that match nothing, or that don't fit what they match. */
  dead: ActionNote[];
  /** Those whose change the vendor has made. */
  needless: ActionNote[];
}

/** An overlay in a file, as text that keeps its comments. */
export class OverlayFile {
  readonly name: string;
  readonly #yaml: Document;
  readonly #isNew: boolean;
  /** Whether it holds other actions than the file: one that says the same keeps its form. */
  isChanged = false;

  private constructor(name: string, yaml: Document, isNew: boolean) {
    this.name = name;
    this.#yaml = yaml;
    this.#isNew = isNew;
  }

  /** A file that is not there yet begins empty. Throws `DocumentError` for one that is no overlay. */
  static async open(name: string): Promise<OverlayFile> {
    const text = await readIfThere(name);
    if (text === undefined) {
      const info = { title: "What the wire teaches about the document", version: "1" };
      return new OverlayFile(name, new Document({ overlay: "1.1.0", info, actions: [] }), true);
    }
    const yaml = parseDocument(text);
    const [fault] = yaml.errors;
    if (fault) throw new DocumentError(`${name}: ${fault.message.split("\n")[0]}`);
    openOverlay(yaml.toJS({ maxAliasCount: 1_000 }), name);
    return new OverlayFile(name, yaml, false);
  }

  get size(): number {
    return this.#actions().items.length;
  }

  /** Applies its actions one by one; those that are dead or needless leave the overlay, and are told. */
  correct(document: OpenApiDocument): Corrected {
    const dead: ActionNote[] = [];
    const needless: ActionNote[] = [];
    let content: unknown = document.written;
    if (this.#isNew && this.size === 0) return { document, dead, needless };
    const { actions } = this.#read();
    const gone = new Set<number>();
    actions.forEach((action, index) => {
      if (gone.has(index)) return;
      const leave = (list: ActionNote[], at: number, reason: string) => {
        const { target = "" } = actions[at] ?? {};
        list.push({ target, reason, yaml: this.#yamlOf(at) });
        gone.add(at);
      };
      try {
        if (isPairNeedless(content, action, actions[index + 1])) {
          for (const at of [index, index + 1]) leave(needless, at, SAYS_SO);
          return;
        }
        const applied = applyOverlay(content, { source: this.name, actions: [action] });
        content = applied.content;
        if (applied.needless.length > 0) leave(needless, index, SAYS_SO);
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
        leave(dead, index, error.message.slice(error.message.indexOf("): ") + 3));
      }
    });
    if (gone.size > 0) this.#remove(gone);
    return { document: openDocument(content, document.source), dead, needless };
  }

  /** Adds actions at the end. */
  append(actions: readonly object[]): void {
    const list = this.#actions();
    if (actions.length > 0) this.isChanged = true;
    for (const action of actions) list.add(this.#yaml.createNode(action));
  }

  /** The file's new text. An overlay without an action is none by the specification: `undefined`. */
  text(): string | undefined {
    return this.size === 0 ? undefined : this.#yaml.toString({ lineWidth: 120 });
  }

  /** What others refer to with `*name` is written out where it is first needed. */
  #remove(gone: ReadonlySet<number>): void {
    this.isChanged = true;
    const list = this.#actions();
    const lost = new Set<unknown>();
    list.items.forEach((item, index) => {
      if (gone.has(index)) visit(item as Node, { Node: (_, node) => void lost.add(node) });
    });
    const targets = new Map<Alias, Node>();
    visit(this.#yaml, {
      Alias: (_, alias) => {
        const target = alias.resolve(this.#yaml);
        if (target && lost.has(target)) targets.set(alias, target);
      },
    });
    list.items = list.items.filter((_, index) => !gone.has(index));
    visit(this.#yaml, {
      Alias: (_, alias) => {
        const target = targets.get(alias);
        // The first of them has the anchor from then on.
        return target && lost.delete(target) ? (target.clone() as Node) : undefined;
      },
    });
  }

  #read(): Overlay {
    return openOverlay(this.#yaml.toJS({ maxAliasCount: 1_000 }), this.name);
  }

  #yamlOf(index: number): string {
    return new Document(this.#yaml.toJS({ maxAliasCount: 1_000 }).actions[index]).toString({
      lineWidth: 100,
    });
  }

  #actions() {
    const actions = this.#yaml.get("actions");
    if (!isSeq(actions) || !actions.items.every((item) => isMap(item)))
      throw new DocumentError(`${this.name}: actions: expected a list of mappings, each written out`);
    return actions;
  }
}

const SAYS_SO = "the document says so by itself";

/** What replaces a list is two actions, one that removes it and one that sets it anew: together they may change nothing. */
function isPairNeedless(content: unknown, first: OverlayAction, second: OverlayAction | undefined): boolean {
  if (!("remove" in first.change) || !second || !("update" in second.change)) return false;
  if (!first.target.startsWith(second.target)) return false;
  // Without evidence, which would be a difference of its own.
  const actions = [first, second].map((action) => ({ ...action, evidence: undefined }));
  try {
    return isDeepStrictEqual(applyOverlay(content, { source: "", actions }).content, content);
  } catch (error) {
    if (error instanceof DocumentError) return false;
    throw error;
  }
}
