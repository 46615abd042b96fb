import { describe, expect, test } from "vitest";
import { select } from "../../src/generator/select.ts";
import { wireSchemas } from "../../src/generator/wire-schemas.ts";
import { list, object, ref, smallOpened } from "./small-document.ts";

const wireOf = (change: Parameters<typeof smallOpened>[0]) => wireSchemas(select(smallOpened(change)));
const answerWith =
  (message: Record<string, unknown>) => (document: { components: { schemas: Record<string, object> } }) => {
    document.components.schemas.Answer = object({ choices: list(object({ message })) });
  };

describe("of an answer only what the adapter reads is there", () => {
  test("and what it can do without may be absent or null, whatever the document requires", () => {
    const { schemas, roles } = wireOf((document) => {
      document.components.schemas.Model = object(
        { id: { type: "string", maxLength: 3 }, owned_by: { type: "string" }, secret: { type: "string" } },
        ["id", "owned_by", "secret"],
      );
    });
    expect(schemas.Model).toEqual({
      type: "object",
      required: ["id"],
      properties: { id: { type: "string" }, owned_by: { type: ["string", "null"] } },
    });
    expect(roles).toContain("Model");
  });

  test("also where the document says it inline", () => {
    const { schemas } = wireOf(
      answerWith(object({ content: { type: "string" }, mood: {} }, ["content", "mood"])),
    );
    expect(schemas.AnswerMessage).toEqual({
      type: "object",
      properties: { content: { type: ["string", "null"] } },
    });
    expect(schemas.Choice).toMatchObject({ required: ["message"] });
    expect(schemas.ChatAnswer?.properties?.choices).toMatchObject({ type: "array", minItems: 1 });
  });

  test("a new value of an enum may come, and more than one of several may fit", () => {
    const { schemas } = wireOf(
      answerWith(
        object({ content: { oneOf: [{ type: "string" }, { type: "integer" }] }, refusal: { enum: ["a"] } }),
      ),
    );
    expect(schemas.AnswerMessage?.properties).toEqual({
      content: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
      refusal: { anyOf: [{ enum: ["a"] }, { type: "string", "x-any-text": true }, { type: "null" }] },
    });
  });

  test("what is read whole is copied with all that it refers to, but for what contains itself", () => {
    const { schemas } = wireOf((document) => {
      answerWith(object({ content: list(ref("Part")) }))(document);
      document.components.schemas.Part = object({ text: { type: "string" }, inner: ref("Part") }, ["text"]);
    });
    expect(schemas.AnswerMessage?.properties?.content).toEqual({
      type: ["array", "null"],
      items: { type: "object", properties: { text: { type: ["string", "null"] }, inner: {} } },
    });
  });
});

describe("several forms", () => {
  test("those that the adapter could not go on with are left out", () => {
    const { schemas } = wireOf((document) => {
      document.components.schemas.Model = {
        oneOf: [
          object({ id: { type: "string" } }),
          object({ id: { type: "integer" }, name: {} }),
          object({ name: {} }),
          { type: "string" },
        ],
      };
    });
    expect(schemas.Model).toEqual({
      anyOf: [
        { type: "object", required: ["id"], properties: { id: { type: "string" } } },
        { type: "object", required: ["id"], properties: { id: { type: "number" }, name: {} } },
      ],
    });
  });

  test("of a tool call, those that are functions", () => {
    const { schemas } = wireOf(
      answerWith(
        object({
          tool_calls: list({
            anyOf: [
              object({ id: { type: "string" }, function: object({ name: { type: "string" } }) }),
              object({ id: { type: "string" }, custom: object({}) }),
            ],
          }),
        }),
      ),
    );
    expect(schemas.ToolCall).toMatchObject({ required: ["function"] });
  });
});

describe("what the document does not have is told", () => {
  test("a member", () => {
    const { missing } = wireOf(() => {});
    expect(missing).toContainEqual({
      role: "ChatAnswer",
      place: "choices[].message.refusal",
      isNeeded: false,
      // Where it could be added.
      owner: expect.stringMatching(/^\/components\/schemas\/\w+/),
    });
    expect(missing).not.toContainEqual(expect.objectContaining({ place: "choices[].message.content" }));
  });

  test("a member that the adapter needs costs the role", () => {
    const { missing, roles } = wireOf((document) => {
      document.components.schemas.Models = list(ref("Model"));
    });
    expect(missing).toContainEqual({ role: "ModelList", place: "", isNeeded: true });
    expect(roles).not.toContain("ModelList");
    expect(roles).toContain("ChatAnswer");
  });
});

test("the same part read in two ways has two names", () => {
  const { schemas } = wireOf((document) => {
    document.components.schemas.CreateChatCompletionStreamResponse = object({
      choices: list({}),
      usage: object({ prompt_tokens: { type: "string" } }),
    });
  });
  expect(schemas.Usage?.properties).toHaveProperty("total_tokens");
  expect(schemas.Usage2?.properties).toHaveProperty("prompt_tokens");
});
