/** Documents in the shapes that vendors give theirs, in words of our own: what each does otherwise, in as few schemas as show it. */
import { answer, json, list, object, ref, smallDocument } from "./small-document.ts";

type Document = ReturnType<typeof smallDocument>;

const text = { type: "string" };

/** The small document, with what a vendor does otherwise. */
const changed = (change: (document: Document) => void, version?: string) => () => {
  const document = smallDocument(version === undefined ? {} : { version });
  change(document);
  return document;
};

const message = object({ role: text, content: { type: ["string", "null"] } }, ["role"]);
const choice = (of: object) => list(object({ index: { type: "integer" }, message: { ...of } }, ["message"]));

export const vendorShapes: readonly [name: string, make: () => object][] = [
  [
    "Mistral's: events wrapped in data, content in parts, tool arguments as an object or a text",
    changed(({ paths, components: { schemas } }) => {
      schemas.Part = {
        oneOf: [ref("TextPart"), ref("ThinkPart")],
        discriminator: { propertyName: "type", mapping: { text: "#/components/schemas/TextPart" } },
      };
      schemas.TextPart = object({ type: { type: "string", const: "text", default: "text" }, text }, ["text"]);
      schemas.ThinkPart = object({ type: { const: "thinking" }, thinking: list(ref("TextPart")) }, [
        "type",
        "thinking",
      ]);
      schemas.Call = object(
        {
          id: { ...text, default: "null" },
          function: object(
            {
              name: text,
              arguments: {
                title: "Arguments",
                anyOf: [{ type: "object", additionalProperties: true }, text],
              },
            },
            ["name", "arguments"],
          ),
        },
        ["function"],
      );
      const said = object({
        content: { anyOf: [text, { type: "null" }, list(ref("Part"))], title: "Content" },
        tool_calls: { anyOf: [list(ref("Call")), { type: "null" }] },
      });
      schemas.Answer = {
        allOf: [ref("Base"), object({ choices: choice(said) }, ["choices"])],
        title: "Answer",
      };
      schemas.Base = object({ id: text, object: text, model: text, usage: ref("Usage") }, ["id", "usage"]);
      schemas.Event = object({ data: ref("Chunk") }, ["data"]);
      schemas.Chunk = object(
        { choices: list(object({ delta: said, finish_reason: { enum: ["stop", "error", null] } })) },
        ["choices"],
      );
      delete schemas.CreateChatCompletionStreamResponse;
      Object.assign(paths["/chat/completions"] ?? {}, {
        post: {
          requestBody: { content: json(ref("Question")) },
          responses: {
            "200": {
              description: "OK",
              content: { ...json(ref("Answer")), "text/event-stream": { schema: ref("Event") } },
            },
          },
        },
      });
    }),
  ],
  [
    "Together's: a list of models that is bare, and an event that may be [DONE]",
    changed(({ paths, components: { schemas } }) => {
      schemas.Models = list(ref("Model"));
      schemas.Event = object({ data: text }, ["data"]);
      schemas["Stream-Event"] = { oneOf: [ref("Chunk.Event"), ref("Stream-Sentinel")] };
      schemas["Chunk.Event"] = object({ data: ref("CreateChatCompletionStreamResponse") }, ["data"]);
      schemas["Stream-Sentinel"] = object(
        { data: { type: "string", title: "stream_signal", enum: ["[DONE]"] } },
        ["data"],
      );
      schemas.Answer = object({ choices: choice({ ...ref("Said"), nullable: true }) }, ["choices"]);
      schemas.Said = { allOf: [ref("Message"), { nullable: true }, { description: "What was said." }] };
      const post = Object(Reflect.get(paths["/chat/completions"] ?? {}, "post"));
      Object.assign(post, {
        responses: {
          "200": {
            description: "200",
            content: { ...json(ref("Answer")), "text/event-stream": { schema: ref("Stream-Event") } },
          },
          "429": { description: "Too many", content: json(ref("ErrorResponse")) },
        },
      });
    }, "3.0.3"),
  ],
  [
    "OpenRouter's: unions narrowed by unions, inline schemas, examples everywhere",
    changed(({ components: { schemas } }) => {
      const things = ["text", "image", "file"].map((type) =>
        object({ type: { type: "string", enum: [type] }, [type]: text }, ["type", type]),
      );
      schemas.Parts = list({ anyOf: things });
      schemas.Narrow = {
        allOf: [object({ parts: ref("Parts") }), object({ parts: list({ anyOf: [things[0], things[2]] }) })],
        example: { parts: [{ type: "text", text: "a" }] },
      };
      schemas.Answer = object(
        {
          choices: choice({
            allOf: [message, { properties: { parts: ref("Narrow") }, type: "object" }],
            example: {},
          }),
          error: { type: "null" },
        },
        ["choices"],
      );
    }),
  ],
  [
    "xAI's: everything nullable by a union, nothing inline, integers with formats",
    changed(({ components: { schemas } }) => {
      schemas.Said = object({
        content: { type: ["string", "null"] },
        refusal: { oneOf: [{ type: "null" }, text] },
      });
      schemas.Answer = object({
        choices: list(
          object({
            index: { type: "integer", format: "int32", minimum: 0 },
            message: { oneOf: [{ type: "null" }, ref("Said")] },
          }),
        ),
        usage: { oneOf: [{ type: "null" }, { ...ref("Usage"), description: "Tokens." }] },
      });
    }),
  ],
  [
    "TGI's: names of its language, a union of answers of which one is for streams",
    changed(({ components: { schemas } }) => {
      schemas["Vec.Said"] = object({ role: text, content: text }, ["role", "content"]);
      schemas.Called = object(
        {
          role: text,
          tool_calls: list(
            object({ id: text, function: object({ name: text, arguments: {} }, ["name", "arguments"]) }),
          ),
        },
        ["role", "tool_calls"],
      );
      schemas.Answer = object({ choices: choice({ oneOf: [ref("Vec.Said"), ref("Called")] }) }, ["choices"]);
      schemas.CreateChatCompletionStreamResponse = object(
        {
          choices: list(
            object({
              delta: { oneOf: [ref("Vec.Said"), ref("Called")] },
              finish_reason: { type: "string", nullable: true },
            }),
          ),
        },
        ["choices"],
      );
    }, "3.0.3"),
  ],
  [
    "DeepInfra's: an answer of which nothing is said, and parameters that may be null",
    changed(({ paths, components: { schemas } }) => {
      schemas.Answer = {};
      Object.assign(paths["/models"] ?? {}, {
        get: {
          parameters: [
            {
              in: "header",
              name: "xi-api-key",
              schema: { anyOf: [text, { type: "null" }], title: "Xi-Api-Key" },
            },
          ],
          responses: {
            ...answer({}),
            "422": { description: "422", content: json(ref("HTTPValidationError")) },
          },
        },
      });
      schemas.HTTPValidationError = object({
        detail: list(
          object({ loc: list({ anyOf: [text, { type: "integer" }] }), msg: text }, ["loc", "msg"]),
        ),
      });
    }),
  ],
  [
    "Moonshot's: a request for each model, told apart by its name",
    changed(({ components: { schemas } }) => {
      const question = (model: string, more: object) => ({
        allOf: [
          ref("BaseQuestion"),
          object({ model: { type: "string", enum: [model], default: model }, ...more }, ["model"]),
        ],
      });
      schemas.BaseQuestion = object(
        { messages: { ...list(ref("Message")), minItems: 1 }, stream: { type: "boolean" } },
        ["messages"],
      );
      schemas.Question = {
        oneOf: [
          question("small-1", {}),
          question("large-1", { thinking: object({ type: { enum: ["enabled", "disabled"] } }) }),
        ],
        discriminator: { propertyName: "model" },
      };
    }),
  ],
  [
    "llama-stack's: answer and event in one union, closed objects, an enum beside a text",
    changed(({ components: { schemas } }) => {
      const closed = (properties: Record<string, unknown>, required: string[]) => ({
        ...object(properties, required),
        additionalProperties: false,
      });
      schemas.Whole = closed(
        {
          id: text,
          choices: choice(closed({ content: { oneOf: [text, list(ref("Part"))] }, name: text }, [])),
          object: { type: "string", const: "chat.completion", default: "chat.completion" },
        },
        ["id", "choices", "object"],
      );
      schemas.Part = closed({ type: { type: "string", const: "text", default: "text" }, text }, [
        "type",
        "text",
      ]);
      schemas.Event = closed(
        {
          choices: list(
            closed({ delta: closed({ content: text }, []), finish_reason: text }, ["delta", "finish_reason"]),
          ),
          object: { const: "chat.completion.chunk" },
        },
        ["choices", "object"],
      );
      schemas.Answer = { oneOf: [ref("Whole"), ref("Event")], title: "Either, by `stream`." };
      schemas.Choice = { oneOf: [{ type: "string", enum: ["auto", "none"] }, text] };
    }),
  ],
];
