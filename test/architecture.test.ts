import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  findCircles,
  findUpwardImports,
  findWay,
  type Graph,
  type Import,
  importsOf,
  type Rooms,
  readGraph,
  roomsBelow,
} from "./architecture/imports.ts";

/** The house, as ARCHITECTURE.md draws it: of each room, those that stand directly below it. It may import all below. */
const ROOMS: Rooms = {
  generated: [],

  // The client.
  "provider/base": ["generated"],
  "provider/services": ["provider/base"],
  "provider/schema": ["provider/base"],
  "provider/config": ["provider/services", "provider/schema"],
  "provider/wire": ["provider/config"],
  "provider/limits": ["provider/config"],
  "provider/http": ["provider/wire", "provider/limits"],
  "provider/call": ["provider/http"],
  "provider/stream": ["provider/http"],
  "provider/tools": ["provider/call", "provider/stream"],
  "provider/object": ["provider/call", "provider/stream"],
  provider: ["provider/tools", "provider/object"],

  // Operations and fields of any document, on a provider.
  api: ["provider"],

  // Decorators of any `LlmProvider`: they know its words, and no provider of ours.
  router: ["provider/base"],
  telemetry: ["provider/base"],
  // Which schemas strict mode takes is said once.
  "ai-sdk": ["provider/schema"],

  // Documents, and what is made of them.
  openapi: ["provider/base"],
  generator: ["openapi"],

  // A Groq to test against.
  testing: ["provider/schema", "generator"],

  // The client against what a document says.
  trial: ["provider", "testing"],

  // What the wire shows, beside what the document says.
  "drift/base": ["openapi"],
  "drift/privacy": ["drift/base"],
  // Whether this client can go on with an answer is for the client's own rooms to say.
  "drift/check": ["drift/privacy", "provider/wire"],
  "drift/presence": ["drift/check"],
  "drift/read": ["drift/privacy"],
  "drift/record": ["drift/privacy"],
  "drift/spec": ["drift/base"],
  "drift/live": ["drift/read", "drift/record"],
  "drift/report": ["drift/check"],
  drift: ["drift/report", "drift/presence", "drift/live", "drift/spec"],

  // The loop from a changed document to types that compile.
  sync: ["drift", "generator"],

  cli: ["sync", "trial"],
};

const SRC = fileURLToPath(new URL("../src", import.meta.url));
const graph = await readGraph(SRC);

const atRunTime = ({ isType }: Import) => !isType;
/** What importing a file loads. */
const atOnce = ({ isType, isLazy }: Import) => !isType && !isLazy;

describe("the sources", () => {
  test("are read: the entry imports the provider, and the provider its rooms", () => {
    expect(graph.size).toBeGreaterThan(100);
    expect(findWay(graph, "provider/index.ts", (file) => file.startsWith("provider/limits/"))).toBeDefined();
  });

  test("have no circle", () => {
    expect(findCircles(graph)).toEqual([]);
  });

  test("import only rooms below", () => {
    expect(findUpwardImports(graph, ROOMS)).toEqual([]);
  });

  test("know what the exchange is where there is no Node", () => {
    const isExchange = (file: string) => file === "provider/http/default-exchange-fetch.ts";
    expect(findWay(graph, "provider/index.ts", isExchange, atRunTime)).toBeDefined();
  });

  test.each([
    "provider/index.ts",
    "provider/config/load-config.ts",
    "drift/in-app.ts",
    "router/index.ts",
    "telemetry/index.ts",
    "ai-sdk/index.ts",
    "api/index.ts",
  ])("%s runs where there is no Node", (entry) => {
    expect(findWay(graph, entry, (name) => name.startsWith("node:"), atRunTime)).toBeUndefined();
  });

  test.each(["zod", "yaml"])("load no %s with the provider", (library) => {
    const isLibrary = (name: string) => name === library || name.startsWith(`${library}/`);
    expect(findWay(graph, "provider/index.ts", isLibrary, atOnce)).toBeUndefined();
    expect([...graph.keys()].some((file) => findWay(graph, file, isLibrary, atOnce))).toBe(true);
  });

  test("say only once what an object is", async () => {
    const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith(".ts"));
    const texts = await Promise.all(files.map((file) => readFile(`${SRC}/${file}`, "utf8")));
    // However it is named, and in whatever order it asks.
    const defines = /\bvalue is [^=]*(?:=>|\{\s*return)\s*[^;]*!(?:Array\.isArray|isList)\(/;
    // Generated files stand alone, wherever they are put.
    const isOurs = (file: string) => !file.startsWith("generated/") && file !== "generator/checks-runtime.ts";
    const definers = files.filter((file, index) => isOurs(file) && defines.test(texts[index] ?? ""));
    expect(definers).toEqual(["provider/base/values.ts"]);
  });
});

describe("what is around the sources", () => {
  test.each(["scripts", "test", "bench"])("%s has no circle", async (folder) => {
    const around = await readGraph(fileURLToPath(new URL(`../${folder}`, import.meta.url)));
    expect(around.size).toBeGreaterThan(20);
    expect(findCircles(around)).toEqual([]);
  });
});

describe("the guard can fail", () => {
  const house = (files: Record<string, string>): Graph =>
    new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]));

  test("it reads every form of import, and not what only looks like one", () => {
    const text = `
      /** import { a } from "./comment.ts" */
      import type { A } from "./type.ts";
      import { b, type B } from "../up/value.ts";
      import "./effect.ts";
      export * from "./all.ts";
      export type { C } from "./c.ts";
      const text = 'import x from "./text.ts"';
      const lazy = () => import("node:fs");
      let d: import("./d.ts").D;
    `;
    expect(importsOf("room/file.ts", text).map(({ to, isType, isLazy }) => [to, isType, isLazy])).toEqual([
      ["room/type.ts", true, false],
      ["up/value.ts", false, false],
      ["room/effect.ts", false, false],
      ["room/all.ts", false, false],
      ["room/c.ts", true, false],
      ["node:fs", false, true],
      ["room/d.ts", true, false],
    ]);
  });

  test("it finds circles, also of types and through several files", () => {
    const graph = house({
      "a/1.ts": 'import "./2.ts"',
      "a/2.ts": 'import type { X } from "../b/3.ts"',
      "b/3.ts": 'import "../a/1.ts"; import "./4.ts"',
      "b/4.ts": "",
      "b/5.ts": 'import "./5.ts"',
    });
    expect(findCircles(graph)).toEqual([["a/1.ts", "a/2.ts", "b/3.ts"], ["b/5.ts"]]);
  });

  test("it finds imports that go up or sideways, and files in no room", () => {
    const rooms: Rooms = { ground: [], left: ["ground"], right: ["ground"], top: ["left"], "top/inner": [] };
    const graph = house({
      "ground/a.ts": 'import "../left/b.ts"',
      "left/b.ts": 'import "../right/c.ts"; import "../ground/a.ts"',
      "right/c.ts": 'import "yaml"',
      "top/d.ts": 'import "../ground/a.ts"; import "./inner/e.ts"',
      "top/inner/e.ts": "",
      "lost.ts": "",
    });
    expect(findUpwardImports(graph, rooms)).toEqual([
      "ground/a.ts imports left/b.ts: left is not below ground",
      "left/b.ts imports right/c.ts: right is not below left",
      "top/d.ts imports top/inner/e.ts: top/inner is not below top",
      "lost.ts is in no room",
    ]);
  });

  test("its table can't contradict itself", () => {
    expect(() => roomsBelow({ a: ["b"], b: ["a"] })).toThrow("the rooms stand in a circle: a → b → a");
    expect(() => roomsBelow({ a: ["b"] })).toThrow("the table has no room b");
  });

  test("it finds the way to what must not be reached", () => {
    const graph = house({
      "a.ts": 'import "./b.ts"; import type { T } from "./c.ts"',
      "b.ts": 'const load = () => import("./c.ts")',
      "c.ts": 'import "node:fs"',
    });
    const isNode = (name: string) => name.startsWith("node:");
    expect(findWay(graph, "a.ts", isNode)).toEqual(["a.ts", "c.ts", "node:fs"]);
    expect(findWay(graph, "a.ts", isNode, atRunTime)).toEqual(["a.ts", "b.ts", "c.ts", "node:fs"]);
    expect(findWay(graph, "a.ts", isNode, ({ isLazy, isType }) => !isLazy && !isType)).toBeUndefined();
  });
});
