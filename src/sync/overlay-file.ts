/** The overlay that `sync` keeps up to date: a YAML file with comments, of which actions go and to which some come. */
import { readFile } from "node:fs/promises";
import { type Alias, Document, isMap, isSeq, type Node, parseDocument, visit } from "yaml";
import { applyOverlay } from "../openapi/apply-overlay.ts";
import { DocumentError, type OpenApiDocument, openDocument, readFault } from "../openapi/document.ts";
import { type Overlay, openOverlay } from "../openapi/overlay.ts";

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

  private constructor(name: string, yaml: Document, isNew: boolean) {
    this.name = name;
    this.#yaml = yaml;
    this.#isNew = isNew;
  }

  /** A file that is not there yet begins empty. Throws `DocumentError` for one that is no overlay. */
  static async open(name: string): Promise<OverlayFile> {
    let text: string;
    try {
      text = await readFile(name, "utf8");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT"))
        throw new DocumentError(`${name}: ${readFault(error)}`);
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
      const note = (reason: string): ActionNote => ({
        target: action.target,
        reason,
        yaml: this.#yamlOf(index),
      });
      try {
        const applied = applyOverlay(content, { source: this.name, actions: [action] });
        content = applied.content;
        if (applied.needless.length === 0) return;
        needless.push(note("the document says so by itself"));
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
        dead.push(note(error.message.slice(error.message.indexOf("): ") + 3)));
      }
      gone.add(index);
    });
    this.#remove(gone);
    return { document: openDocument(content, document.source), dead, needless };
  }

  /** Adds actions at the end. */
  append(actions: readonly object[]): void {
    const list = this.#actions();
    for (const action of actions) list.add(this.#yaml.createNode(action));
  }

  /** The file's new text. An overlay without an action is none by the specification: `undefined`. */
  text(): string | undefined {
    return this.size === 0 ? undefined : this.#yaml.toString({ lineWidth: 120 });
  }

  /** What others refer to with `*name` is written out where it is first needed. */
  #remove(gone: ReadonlySet<number>): void {
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
