/** The measure that `npm run measure:presence` prints, over invented answers. */
import { beforeAll, expect, test } from "vitest";
import { Answers } from "../../../scripts/presence/answers.ts";
import { falseFindings, plantShapes, plantVanishings } from "../../../scripts/presence/measure.ts";
import { addRecord } from "../../../src/drift/read/unpack.ts";
import { loadDocument, type OpenApiDocument, packagedDocument } from "../../../src/openapi/document.ts";
import { invent } from "./answers.ts";

let answers: Answers;
let document: OpenApiDocument;
beforeAll(async () => {
  document = await loadDocument(await packagedDocument());
  answers = new Answers(document);
  for (const exchange of invent(240)) addRecord(exchange, { source: "invented" }, answers);
});

test("random halves of the same answers: nothing is said to have changed", () => {
  expect(answers.all).toHaveLength(240);
  expect(falseFindings(answers.all, 200, 3)).toEqual([]);
});

test.each(["vanished", "renamed"] as const)(
  "what was planted as %s is found, and nothing beside it",
  (how) => {
    const planted = plantVanishings(answers.all, 5, how);
    expect(planted.length).toBeGreaterThan(40);
    const telling = planted.filter(({ seen }) => seen >= 15);
    expect(telling.length).toBeGreaterThan(40);
    expect(telling.filter(({ isFound }) => !isFound)).toEqual([]);
    expect(planted.flatMap(({ others }) => others)).toEqual([]);
  },
);

test("other shapes at any place of an answer are found", () => {
  const { planted, missed } = plantShapes(answers.all, document);
  expect(planted).toBeGreaterThan(100);
  expect(missed).toEqual([]);
});
