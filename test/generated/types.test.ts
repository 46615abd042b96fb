/**
 * What the run-time schemas give is what the generated types say. `npm run typecheck` fails when it is not; vitest only
 * runs the file.
 *
 * types.ts describes what may arrive at run time, which is more than the document says: members may be absent or null,
 * enums may have new values. So whatever fits a schema has the type of its role. wire.ts is the part of it that the adapter
 * reads; that the checks of a call admit exactly this is the matter of checks.test.ts.
 */
import { expectTypeOf, test } from "vitest";
import type * as z from "zod/mini";
import type { requestSchemas } from "../../src/generated/requests.ts";
import type { answerSchemas } from "../../src/generated/schemas.ts";
import type { components, paths } from "../../src/generated/types.ts";
import type * as Wire from "../../src/generated/wire.ts";

type Types = components["schemas"];
type Given<S extends Record<string, () => z.ZodMiniType>> = {
  [Name in keyof S]: z.infer<ReturnType<S[Name]>>;
};
type Answers = Given<typeof answerSchemas>;
type Requests = Given<typeof requestSchemas>;

test("what fits a schema has the type of the document", () => {
  expectTypeOf<Answers["ChatAnswer"]>().toExtend<Types["CreateChatCompletionResponse"]>();
  expectTypeOf<Answers["StreamChunk"]>().toExtend<Types["CreateChatCompletionStreamResponse"]>();
  expectTypeOf<Answers["ErrorAnswer"]>().toExtend<Types["ErrorResponse"]>();
  expectTypeOf<Answers["ModelList"]>().toExtend<Types["ListModelsResponse"]>();
  expectTypeOf<Answers["EmbeddingAnswer"]>().toExtend<Types["CreateEmbeddingResponse"]>();
});

test("and the type that the adapter reads, as has what the document describes", () => {
  expectTypeOf<Answers[keyof Wire.Answers]>().toExtend<Wire.Answers[keyof Wire.Answers]>();
  expectTypeOf<Types["CreateChatCompletionResponse"]>().toExtend<Wire.ChatAnswer>();
  expectTypeOf<Types["CreateChatCompletionStreamResponse"]>().toExtend<Wire.StreamChunk>();
  expectTypeOf<Types["CreateEmbeddingResponse"]>().toExtend<Wire.EmbeddingAnswer>();
  expectTypeOf<Types["ListModelsResponse"]>().toExtend<Wire.ModelList>();
});

test("what the document promises, but a call does without, is optional in the types", () => {
  expectTypeOf<Wire.Usage["total_tokens"]>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<Wire.ToolCall["id"]>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Types["CompletionUsage"]["total_tokens"]>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<Wire.AnswerMessage["content"]>().toEqualTypeOf<string | null | undefined>();
});

test("what the adapter does not read is not in its types", () => {
  expectTypeOf<Wire.ChatAnswer>().not.toHaveProperty("object");
  expectTypeOf<Types["CreateChatCompletionResponse"]>().toHaveProperty("object");
});

test("an enum of an answer admits texts that are not known yet, and still names the known ones", () => {
  type Reason = Wire.Choice["finish_reason"];
  expectTypeOf<string>().toExtend<Reason>();
  expectTypeOf<Reason>().not.toEqualTypeOf<string | null | undefined>();
});

test("what a request may be is checked against the same types", () => {
  // Tool calls are shared with the answers, whose types are wider than what may be sent.
  expectTypeOf<Requests["ChatRequest"]>().toExtend<Wire.ChatRequest>();
  expectTypeOf<Requests["EmbeddingRequest"]>().toEqualTypeOf<Wire.EmbeddingRequest>();
  expectTypeOf<Wire.ChatRequest["temperature"]>().toEqualTypeOf<number | null | undefined>();
});

test("an error of an operation is typed", () => {
  type Answers = paths["/chat/completions"]["post"]["responses"];
  type Failure = Exclude<keyof Answers, 200>;
  expectTypeOf<Failure>().not.toBeNever();
  expectTypeOf<Answers[Failure]["content"]["application/json"]>().toEqualTypeOf<Types["ErrorResponse"]>();
});
