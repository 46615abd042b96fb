import { describe, expect, test } from "vitest";
import { loadDocument, openDocument } from "../../src/openapi/document.ts";
import { type Trial, tryDocument } from "../../src/trial/try-document.ts";
import { list, object, smallDocument } from "../generator/small-document.ts";

const faultsOf = (trials: readonly Trial[]) =>
  trials.flatMap(({ operation, bodies, faults }) =>
    faults.map(({ what, message }) => `${operation}, ${bodies}: ${what}: ${message}`),
  );

describe("the client", () => {
  test("bears all that the package's document says", async () => {
    const trials = await tryDocument(await loadDocument("openapi/groq.yaml"));
    expect(faultsOf(trials)).toEqual([]);
    const operations = [
      "chat",
      "chatStream",
      "complete",
      "runTools",
      "chatObject",
      "runToolsStream",
      "chatObjectStream",
      "embed",
      "listModels",
    ];
    for (const bodies of ["minimal", "maximal"])
      expect(trials.filter((one) => one.bodies === bodies).map(({ operation }) => operation)).toEqual([
        ...operations,
        ...[400, 401, 403, 404, 408, 413, 422, 429, 498, 500, 502, 503].map((status) => `chat ${status}`),
      ]);
    // Every branch was met: more than one call was needed.
    expect(trials.find((one) => one.operation === "chat" && one.bodies === "maximal")?.calls).toBeGreaterThan(
      3,
    );
  });

  const small = (change: (document: ReturnType<typeof smallDocument>) => void) => {
    const document = smallDocument();
    document.components.schemas.CreateChatCompletionStreamResponse = object(
      {
        choices: list(
          object({ delta: object({ content: { type: "string" } }), finish_reason: { type: "string" } }),
        ),
      },
      ["choices"],
    );
    document.components.schemas.Texts = object({ input: list({ type: "string" }) }, ["input"]);
    change(document);
    return openDocument(document, "document");
  };

  test.each<[string, (document: ReturnType<typeof smallDocument>) => void, RegExp]>([
    [
      "an answer whose choices are called otherwise",
      ({ components: { schemas } }) => {
        schemas.Answer = object({ id: { type: "string" }, options: list({}) }, ["id", "options"]);
      },
      /^chat, minimal: refused: InvalidResponse: .*choices/,
    ],
    [
      "a member of requests that is required now",
      ({ components: { schemas } }) => {
        schemas.Question = { ...schemas.Question, required: ["model", "messages", "n"] };
      },
      /^chat, minimal: request: InvalidRequest: .*"n" is missing/,
    ],
    [
      "models without ids",
      ({ components: { schemas } }) => {
        schemas.Model = object({ owned_by: { type: "string" } }, ["owned_by"]);
      },
      /^listModels, minimal: refused: InvalidResponse: .*data\[0\]\.id/,
    ],
  ])("tells of %s", async (_, change, expected) => {
    expect(faultsOf(await tryDocument(small(change)))).toContainEqual(expect.stringMatching(expected));
  });

  test("gives the same for the same document and seed", async () => {
    const document = small(() => {});
    const first = await tryDocument(document, { seed: 3 });
    expect(first).toEqual(await tryDocument(document, { seed: 3 }));
  });
});
