/** Who imports whom in a folder of TypeScript, and what can be asked of that. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import ts from "typescript";

export interface Import {
  /** The file from the root of the sources, or the package's or Node's own name: `node:fs`, `yaml`. */
  to: string;
  /** Erased by the compiler: `import type`, `export type … from`. */
  isType: boolean;
  /** `import("…")`: loaded when it is called. */
  isLazy: boolean;
}

/** The imports of each file; names are relative to the root, with slashes. */
export type Graph = ReadonlyMap<string, readonly Import[]>;

/** Reads every file of TypeScript or JavaScript below `root`, but what is installed there. */
export async function readGraph(root: string): Promise<Graph> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
    .map((entry) => posix.relative(root, posix.join(entry.parentPath, entry.name)))
    .filter((file) => !file.split("/").includes("node_modules"))
    .sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  const subpaths = await readSubpaths(root);
  return new Map(files.map((file, index) => [file, importsOf(file, texts[index] ?? "", subpaths)]));
}

/** Where a name such as `#default-exchange` leads to that is told from others by where the code runs: off Node. */
async function readSubpaths(root: string): Promise<ReadonlyMap<string, string>> {
  const path = join(root, "package.json");
  const { imports = {} } = existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : {};
  return new Map(
    Object.entries<Record<string, string>>(imports).map(([name, targets]) => [
      name,
      posix.normalize(targets.default ?? ""),
    ]),
  );
}

/** The imports that a text has, as if it stood in `file`. */
export function importsOf(
  file: string,
  text: string,
  subpaths: ReadonlyMap<string, string> = new Map(),
): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, isType: boolean, isLazy: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const { text: name } = specifier;
    const to = name.startsWith(".") ? posix.join(posix.dirname(file), name) : (subpaths.get(name) ?? name);
    imports.push({ to, isType, isLazy });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true, false);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false, true);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return imports;
}

/** Files that import each other in a round, types included; each list is one such group, and none is listed twice. */
export function findCircles(graph: Graph): string[][] {
  const reach = new Map([...graph.keys()].map((file) => [file, reachableFrom(graph, file)]));
  const circles = new Map<string, string[]>();
  for (const [file, others] of reach) {
    if (!others.has(file)) continue;
    const circle = [...others].filter((other) => reach.get(other)?.has(file)).sort();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

/** Everything that `file` imports, directly or through others; itself only where a circle leads back to it. */
function reachableFrom(graph: Graph, file: string): Set<string> {
  const found = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { to } of graph.get(next) ?? []) {
      if (found.has(to)) continue;
      found.add(to);
      waiting.push(to);
    }
  }
  return found;
}

/** The room of a file: the longest of these folders that it is in. Undefined for a file in none. */
export function roomOf(file: string, rooms: Iterable<string>): string | undefined {
  return [...rooms].filter((room) => file.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0];
}

/** Of each room, those that stand directly below it. */
export type Rooms = Readonly<Record<string, readonly string[]>>;

/** Every room below each room, directly or through others. Throws where the table leads in a circle or to no room. */
export function roomsBelow(rooms: Rooms): Map<string, ReadonlySet<string>> {
  const below = new Map<string, ReadonlySet<string>>();
  const fill = (room: string, above: readonly string[]): ReadonlySet<string> => {
    const known = below.get(room);
    if (known) return known;
    const direct = rooms[room];
    if (!direct) throw new Error(`the table has no room ${room}`);
    if (above.includes(room)) throw new Error(`the rooms stand in a circle: ${[...above, room].join(" → ")}`);
    const all = new Set(direct.flatMap((next) => [next, ...fill(next, [...above, room])]));
    below.set(room, all);
    return all;
  };
  for (const room of Object.keys(rooms)) fill(room, []);
  return below;
}

/** What breaks the order of the rooms, a line each: an import of a room that is not below, or a file in no room. */
export function findUpwardImports(graph: Graph, rooms: Rooms): string[] {
  const below = roomsBelow(rooms);
  const faults: string[] = [];
  for (const [file, imports] of graph) {
    const room = roomOf(file, below.keys());
    if (room === undefined) faults.push(`${file} is in no room`);
    for (const { to } of imports) {
      const target = roomOf(to, below.keys());
      if (!graph.has(to) || target === room || target === undefined || room === undefined) continue;
      if (!below.get(room)?.has(target)) faults.push(`${file} imports ${to}: ${target} is not below ${room}`);
    }
  }
  return faults;
}

/** How to get from `file` to something that matches, as a list of files; undefined where there is no way. */
export function findWay(
  graph: Graph,
  file: string,
  isGoal: (name: string) => boolean,
  counts: (imported: Import) => boolean = () => true,
): string[] | undefined {
  const ways: string[][] = [[file]];
  const seen = new Set([file]);
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const imported of graph.get(way.at(-1) ?? "") ?? []) {
      if (!counts(imported) || seen.has(imported.to)) continue;
      if (isGoal(imported.to)) return [...way, imported.to];
      seen.add(imported.to);
      ways.push([...way, imported.to]);
    }
  }
  return undefined;
}
