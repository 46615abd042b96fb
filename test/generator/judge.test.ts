/**
 * Documents of one keyword or two, judged by a JSON Schema validator: what is generated agrees with it on every value, or the
 * keyword is named as not checked.
 */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generate } from "../../src/generator/generate.ts";
import { schemaKit } from "../../src/generator/schemas.ts";
import { select } from "../../src/generator/select.ts";
import { openDocument } from "../../src/openapi/document.ts";
import { Sampler } from "../../src/testing/described/sampler.ts";
import { answer, json, list, object, ref, smallDocument } from "./small-document.ts";
import { documentOf, importText } from "./support.ts";
import { vendorShapes } from "./vendor-shapes.ts";

interface Parsed {
  safeParse(value: unknown): { success: boolean };
}

const zod = import.meta.resolve("zod/mini");
const dataUrl = (text: string) =>
  `data:text/javascript,${encodeURIComponent(
    ts.transpileModule(text.replaceAll('"zod/mini"', JSON.stringify(zod)), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    }).outputText,
  )}`;
const kit = dataUrl(schemaKit);

async function generated(schema: unknown) {
  const { files, notes } = await generate(documentOf({ Root: schema, ...others }), { schemas: true });
  const { requestSchemas } = await importText<{ requestSchemas: { ChatRequest(): Parsed } }>(
    files["requests.ts"] ?? "",
    { "zod/mini": zod, "./schema-kit.ts": kit },
  );
  const unread = notes.filter((note) => note.startsWith("/components/"));
  return { accepts: (value: unknown) => requestSchemas.ChatRequest().safeParse(value).success, unread };
}

const others = {
  Text: { type: "string", minLength: 2 },
  Thing: { type: "object", required: ["a"], properties: { a: { type: "integer" } } },
  Closed: { type: "object", additionalProperties: false, properties: { a: { type: "integer" } } },
  Tree: {
    type: "object",
    properties: { a: { type: "integer" }, kids: { type: "array", items: ref("Tree") } },
  },
};

const values: unknown[] = [
  ...[null, true, false, 0, 1, 2, 3, 4, 6, -1, 1.5, 2.5, 12],
  ...["", "a", "ab", "abc", "abcd", "1", "é", "👍", "👍👍"],
  ...[
    [],
    [1],
    [1, 1],
    [1, 2],
    [1, "a"],
    ["a"],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [[]],
    [null],
  ],
  ...[{}, { a: 1 }, { a: "a" }, { a: null }, { a: 3, b: "b" }, { b: "b" }, { a: 1, b: 1 }, { c: 1 }],
  ...[
    { a: 1, c: "c" },
    { kids: [] },
    { kids: [{ a: 1 }, { kids: [{ a: "a" }] }] },
    { a: 2, b: "b", c: true },
  ],
];

const cases: [name: string, schema: object][] = [
  ["type", { type: "string" }],
  ["several types", { type: ["string", "integer", "null"] }],
  ["integer", { type: "integer" }],
  ["minimum", { type: "number", minimum: 1 }],
  ["maximum", { type: "number", maximum: 1 }],
  ["exclusiveMinimum", { type: "number", exclusiveMinimum: 1 }],
  ["exclusiveMaximum", { type: "number", exclusiveMaximum: 1 }],
  ["multipleOf", { type: "number", multipleOf: 1.5 }],
  ["minLength, in characters", { type: "string", minLength: 2 }],
  ["maxLength, in characters", { type: "string", maxLength: 1 }],
  ["pattern", { type: "string", pattern: "b" }],
  ["format, which binds nobody", { type: "string", format: "uuid" }],
  ["enum", { enum: ["a", 1, null] }],
  ["enum with a type", { type: "string", enum: ["a", "b", 1] }],
  ["const", { const: "a" }],
  ["items", { type: "array", items: { type: "integer" } }],
  ["minItems", { type: "array", minItems: 1 }],
  ["maxItems", { type: "array", maxItems: 1 }],
  ["uniqueItems", { type: "array", uniqueItems: true }],
  ["properties", { type: "object", properties: { a: { type: "integer" } } }],
  ["required", { type: "object", required: ["a"] }],
  [
    "required beside properties",
    { type: "object", properties: { a: { type: "integer" } }, required: ["a", "b"] },
  ],
  ["additionalProperties", { type: "object", additionalProperties: { type: "integer" } }],
  ["no additionalProperties", { type: "object", properties: { a: {} }, additionalProperties: false }],
  ["nothing at all in an object", { type: "object", additionalProperties: false }],
  [
    "additionalProperties beside properties",
    { type: "object", properties: { a: { type: "integer" } }, additionalProperties: { type: "string" } },
  ],
  ["minProperties", { type: "object", minProperties: 2 }],
  ["maxProperties", { type: "object", maxProperties: 1 }],
  ["anyOf", { anyOf: [{ type: "string" }, { type: "number", minimum: 2 }] }],
  [
    "oneOf",
    { oneOf: [{ type: "string", minLength: 2 }, { type: "string", maxLength: 3 }, { type: "null" }] },
  ],
  ["oneOf of references", { oneOf: [ref("Thing"), ref("Closed")] }],
  [
    "allOf",
    {
      allOf: [
        { type: "number", minimum: 1 },
        { type: "integer", maximum: 3 },
      ],
    },
  ],
  [
    "allOf of objects",
    { allOf: [ref("Thing"), { type: "object", properties: { b: { type: "string" } }, required: ["b"] }] },
  ],
  [
    "allOf with one member in two parts",
    {
      allOf: [
        ref("Thing"),
        { type: "object", properties: { a: { minimum: 2 } } },
        { properties: { a: { maximum: 3 } } },
      ],
    },
  ],
  ["allOf with a union", { allOf: [ref("Thing"), { anyOf: [{ required: ["b"] }, { required: ["c"] }] }] }],
  [
    "allOf with an exclusive union",
    { allOf: [ref("Thing"), { oneOf: [{ required: ["b"] }, { required: ["c"] }] }] },
  ],
  ["allOf of what excludes itself", { allOf: [{ type: "string" }, { type: "number" }] }],
  ["allOf of patterns", { allOf: [{ type: "string", pattern: "^a" }, { pattern: "c$" }, { pattern: "b" }] }],
  ["allOf of steps", { allOf: [{ type: "integer", multipleOf: 2 }, { multipleOf: 3 }] }],
  ["a reference", ref("Text")],
  ["a bound beside a reference", { ...ref("Text"), maxLength: 3 }],
  ["a member beside a reference", { ...ref("Thing"), properties: { b: { type: "string" } } }],
  ["a description beside a reference", { ...ref("Text"), description: "d" }],
  ["a bound beside a union", { anyOf: [{ type: "integer" }, { type: "null" }], minimum: 2 }],
  ["a type beside a union", { type: "object", anyOf: [{ required: ["a"] }, { required: ["b"] }] }],
  [
    "two unions",
    {
      anyOf: [{ type: "string" }, { type: "integer" }],
      oneOf: [{ minLength: 2, type: "string" }, { type: "integer" }],
    },
  ],
  ["what contains itself", ref("Tree")],
  ["true", { type: "array", items: true }],
  ["false", { type: "object", properties: { a: false } }],
  [
    "annotations",
    { type: "string", title: "t", default: "x", deprecated: true, examples: ["a"], $comment: "c" },
  ],
  ["vendors' words", { type: "string", "x-vendor": 1, order: 3, contentEncoding: "base64" }],
  ["not", { not: { type: "string" } }],
  // Not as a literal: the linter takes an object with a `then` for a promise.
  ["if, then, else", JSON.parse('{ "if": { "type": "string" }, "then": { "minLength": 2 } }')],
  ["contains", { type: "array", contains: { type: "string" } }],
  ["prefixItems", { type: "array", prefixItems: [{ type: "string" }] }],
  ["patternProperties", { type: "object", patternProperties: { "^a": { type: "string" } } }],
  ["propertyNames", { type: "object", propertyNames: { maxLength: 0 } }],
  ["dependentRequired", { type: "object", dependentRequired: { a: ["b"] } }],
  ["dependentSchemas", { type: "object", dependentSchemas: { a: { required: ["b"] } } }],
  ["unevaluatedProperties", { type: "object", unevaluatedProperties: false }],
  ["an enum of objects", { enum: [{ a: 1 }, "a"] }],
];

describe("agrees with the validator, or says what is not checked", () => {
  test.each(cases)("%s", async (_, schema) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
    const judge = ajv.compile({ ...schema, components: { schemas: others } });
    const { accepts, unread } = await generated(schema);
    for (const value of values) {
      const verdict = judge(value);
      if (unread.length > 0) {
        // Never refused what is valid.
        if (verdict) expect({ value, accepted: accepts(value) }).toEqual({ value, accepted: true });
      } else expect({ value, accepted: accepts(value) }).toEqual({ value, accepted: verdict });
    }
  });

  test("and what is not checked is these and no others", async () => {
    const named = await Promise.all(
      cases.map(async ([name, schema]) => ((await generated(schema)).unread.length > 0 ? [name] : [])),
    );
    expect(named.flat()).toEqual([
      ...["not", "if, then, else", "contains", "prefixItems", "patternProperties", "propertyNames"],
      ...["dependentRequired", "dependentSchemas", "unevaluatedProperties", "an enum of objects"],
    ]);
  });
});

describe("what is generated compiles", () => {
  const odd = [
    "my-model",
    "my.model",
    "4o",
    "class",
    "z",
    "lazily",
    "components",
    "paths",
    "ChatAnswer",
    "Usage",
  ];

  const documents: [name: string, make: () => object][] = [
    ["a small document", smallDocument],
    [
      "names that are no names of TypeScript, and members likewise",
      () => {
        const document = smallDocument();
        const { schemas } = document.components;
        for (const name of odd)
          schemas[name] = object({ [name]: ref("my-model"), "a b": {}, __proto__x: {} }, [name]);
        schemas.Answer = object(
          {
            choices: list(object({ message: object({ content: { anyOf: odd.map(ref) } }) })),
            usage: ref("Usage"),
          },
          ["choices"],
        );
        schemas.Question = object({ messages: list({ anyOf: odd.map(ref) }), constructor: {} }, ["messages"]);
        return document;
      },
    ],
    [
      "nothing but chat",
      () => {
        const document = smallDocument();
        for (const path of ["/embeddings", "/models", "/models/{model}"]) delete document.paths[path];
        const {
          CreateChatCompletionStreamResponse: _,
          ErrorResponse: __,
          ...schemas
        } = document.components.schemas;
        document.components.schemas = schemas;
        return document;
      },
    ],
    [
      "every form of a schema",
      () => {
        const document = smallDocument();
        const { schemas } = document.components;
        Object.assign(schemas, others);
        cases.forEach(([, schema], index) => {
          schemas[`Case${index}`] = schema as Record<string, unknown>;
        });
        const all = object(
          Object.fromEntries(cases.map((_, index) => [`case${index}`, ref(`Case${index}`)])),
        );
        schemas.Question = { allOf: [object({ messages: list(ref("Tree")) }), all] };
        schemas.Answer = { allOf: [object({ choices: list(object({ message: all })) }, ["choices"]), all] };
        return document;
      },
    ],
    ["this project's own", () => parse(readFileSync("openapi/groq.yaml", "utf8"))],
    [
      "answers of which nothing is known, and constants beside their type",
      () => {
        const document = smallDocument();
        const { schemas } = document.components;
        schemas.Answer = object(
          {
            "a === b": { enum: ["x", "y"] },
            "a && b": { type: "string" },
            "under (wrong)": {},
            isObject: { not: {} },
            open: { anyOf: [{ enum: ["auto", "flex"] }, { type: "string" }, { not: {} }] },
            lists: list(list(list({ enum: [1, null] }))),
            maps: { type: "object", additionalProperties: { not: {} } },
            either: { anyOf: [{ type: "string" }, list({ type: "number" }), list({ enum: [true] })] },
          },
          ["a === b", "open"],
        );
        document.paths["/nothing"] = { get: { responses: answer({ not: {} }) } };
        document.paths["/null"] = { get: { responses: answer({ type: "null" }) } };
        document.paths["/text"] = { get: { responses: answer({ type: ["string", "null"] }) } };
        document.paths["/list"] = { get: { responses: answer({ type: "array" }) } };
        document.paths["/open"] = { get: { responses: answer(object({})) } };
        return document;
      },
    ],
    [
      "300 schemas, one in the other",
      () => {
        const document = smallDocument();
        const { schemas } = document.components;
        schemas.Answer = object({ choices: list(object({ message: object({}) })) }, ["choices"]);
        for (let level = 0; level < 300; level++) {
          schemas[`Level${level}`] = object({ next: ref(`Level${level + 1}`) }, ["next"]);
          schemas.Answer = object({ choices: list(object({ message: object({}) })), inner: schemas.Answer });
        }
        schemas.Level300 = { type: "string" };
        schemas.Question = object({ messages: list({ type: "string" }), level: ref("Level0") });
        return document;
      },
    ],
    [
      "descriptions that end a comment, and parameters and headers of all kinds",
      () => {
        const document = smallDocument();
        const evil = 'ends */ here `${1}` "\n\n* @deprecated';
        Object.assign(document.components.schemas.Answer ?? {}, { description: evil });
        document.paths["/odd path/{a-b}"] = {
          delete: {
            summary: evil,
            parameters: ["query", "header", "path", "cookie"].map((where) => ({
              in: where,
              name: "a-b",
              description: evil,
              schema: { type: "string", default: "*/" },
            })),
            requestBody: {
              content: {
                "multipart/form-data": { schema: object({ file: { type: "string", format: "binary" } }) },
              },
            },
            responses: {
              "2XX": { description: evil, headers: { "x-a": { schema: {} } } },
              default: { content: { "text/plain": {}, ...json(ref("Answer")) } },
            },
          },
        };
        document.paths["/empty"] = { get: { responses: answer({}) } };
        return document;
      },
    ],
  ];

  test("for documents of all kinds", async () => {
    const files = [...documents, ...vendorShapes].map(async ([name, make]) => {
      const { files } = await generate(openDocument(make(), "document"), {
        operations: "all",
        schemas: true,
        api: true,
      });
      return Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]);
    });
    const all = (await Promise.all(files)).flat();
    expect(all).toHaveLength(8 * (documents.length + vendorShapes.length));
    // The type of a zod schema is what its expression gives, so these two files can't spell it out.
    const isInferred = /\/(schemas|requests)\.ts:.* explicit type annotation with --isolatedDeclarations/;
    expect(compileErrors(Object.fromEntries(all)).filter((error) => !isInferred.test(error))).toEqual([]);
  });

  test("the judge of this can tell", () => {
    expect(compileErrors({ "types.ts": "export const a: string = 1;\n" })).toHaveLength(1);
  });
});

describe("documents in the shapes of vendors", () => {
  test.each(vendorShapes)("%s", async (_, make) => {
    const document = openDocument(make(), "document");
    const { notes } = await generate(document, { operations: "all" });
    expect(notes.filter((note) => !/lacks|says nothing/.test(note))).toEqual([]);
    const { schemas, roles } = select(document, "all");
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "document", components: document.root.components as object });
    for (const bodies of ["minimal", "maximal"] as const) {
      const sampler = new Sampler(schemas, bodies);
      for (const name of Object.keys(schemas)) {
        const validate = ajv.getSchema(`document#/components/schemas/${name}`);
        const values = Array.from({ length: 4 }, () => sampler.sample(ref(name)));
        // What the generator understood of a schema is what the schema says.
        if (validate) expect(values.filter((value) => !validate(value))).toEqual([]);
      }
    }
    expect(roles.has("StreamChunk")).toBe(true);
  });
});

/** What the compiler says of files, by the strictest settings that they may meet. */
function compileErrors(files: Record<string, string>): string[] {
  const root = `${process.cwd()}/test/generator/generated-nowhere/`;
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true },
    ...{
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      types: [],
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    },
    ...{
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      noImplicitReturns: true,
      noImplicitOverride: true,
      noFallthroughCasesInSwitch: true,
      allowUnreachableCode: false,
      allowUnusedLabels: false,
    },
    ...{
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      declaration: true,
      isolatedDeclarations: true,
    },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  const own = (path: string) => (path.startsWith(root) ? files[path.slice(root.length)] : undefined);
  host.readFile = (path) => own(path) ?? readFile(path);
  host.directoryExists = () => true;
  host.fileExists = (path) => own(path) !== undefined || fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = own(path) ?? readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram(
    Object.keys(files).map((name) => root + name),
    options,
    host,
  );
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file && start !== undefined ? file.text.slice(0, start).split("\n").length : 0;
    return `${file?.fileName.slice(root.length)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ").slice(0, 300)}`;
  });
}
