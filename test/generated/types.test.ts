/**
 * What the run-time schemas give is what the generated types say. `npm run typecheck` fails when it is not; vitest only
 * runs the file.
 *
 * types.ts describes what may arrive at run time, which is more than the document says: optional members may be null, enums
 * may have new values, what is not read is unknown. So whatever fits a schema has the type of that name; the types leave
 * out unknown members. That the checks of a call admit exactly these types is the matter of checks.test.ts.
 */
import { expectTypeOf, test } from "vitest";
import type * as z from "zod/mini";
import type { requestSchemas } from "../../src/generated/requests.ts";
import type { answerSchemas } from "../../src/generated/schemas.ts";
import type { components, paths } from "../../src/generated/types.ts";

/**
 * The same to the compiler, and assignable both ways: identity alone (which is what expectTypeOf asks) does not tell
 * `a?: T` from `a?: T | undefined`, and assignability alone does not tell `unknown` from `any`.
 */
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? Identical<A, B> : false) : false;
const same = <A, B>(_: Same<A, B>): void => {};

type Types = components["schemas"];
type Answers = { [Name in keyof typeof answerSchemas]: z.infer<ReturnType<(typeof answerSchemas)[Name]>> };
type Requests = { [Name in keyof typeof requestSchemas]: z.infer<ReturnType<(typeof requestSchemas)[Name]>> };

test("every schema of the answers", () => {
  expectTypeOf<Answers>().toExtend<Pick<Types, keyof Answers>>();
});

test("those that the adapter reads, one by one, so that a failure names its schema", () => {
  expectTypeOf<Answers["CreateChatCompletionResponse"]>().toExtend<Types["CreateChatCompletionResponse"]>();
  expectTypeOf<Answers["ChatCompletionResponseMessage"]>().toExtend<Types["ChatCompletionResponseMessage"]>();
  expectTypeOf<Answers["ChatCompletionMessageToolCall"]>().toExtend<Types["ChatCompletionMessageToolCall"]>();
  expectTypeOf<Answers["CompletionUsage"]>().toExtend<Types["CompletionUsage"]>();
  expectTypeOf<Answers["CreateChatCompletionStreamResponse"]>().toExtend<
    Types["CreateChatCompletionStreamResponse"]
  >();
  expectTypeOf<Answers["ErrorResponse"]>().toExtend<Types["ErrorResponse"]>();
  expectTypeOf<Answers["ListModelsResponse"]>().toExtend<Types["ListModelsResponse"]>();
  expectTypeOf<Answers["CreateEmbeddingResponse"]>().toExtend<Types["CreateEmbeddingResponse"]>();
});

test("what the document promises, but a call does without, is optional in the types", () => {
  expectTypeOf<Types["CompletionUsage"]["total_tokens"]>().toEqualTypeOf<number | null | undefined>();
  expectTypeOf<Types["ChatCompletionMessageToolCall"]["id"]>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Types["CreateChatCompletionResponse"]["mcp_list_tools"]>().toEqualTypeOf<unknown>();
  expectTypeOf<
    Types["CreateChatCompletionResponse"]["choices"][number]["message"]["content"]
  >().toEqualTypeOf<string | null | undefined>();
});

test("the comparison tells a member that is optional from one that may be undefined", () => {
  same<{ a?: string }, { a?: string | undefined }>(false);
  same<{ a: { b?: string } }, { a: { b?: string | undefined } }>(false);
  same<{ a: string | null }, { a: string }>(false);
  same<{ a: "b" | (string & {}) }, { a: string }>(false);
});

test("an enum of an answer admits texts that are not known yet, and still names the known ones", () => {
  type Reason = Types["ChatCompletionChoice"]["finish_reason"];
  expectTypeOf<string>().toExtend<Reason>();
  expectTypeOf<Reason>().not.toEqualTypeOf<string | null | undefined>();
});

test("what a request may be is checked against the same types", () => {
  // Tool calls are shared with the answers, whose types are wider than what may be sent.
  expectTypeOf<Requests["CreateChatCompletionRequest"]>().toExtend<Types["CreateChatCompletionRequest"]>();
  same<Requests["CreateEmbeddingRequest"], Types["CreateEmbeddingRequest"]>(true);
  expectTypeOf<Types["CreateChatCompletionRequest"]["temperature"]>().toEqualTypeOf<
    number | null | undefined
  >();
});

test("an error of an operation is typed", () => {
  type Answers = paths["/chat/completions"]["post"]["responses"];
  expectTypeOf<Answers[429]["content"]["application/json"]>().toEqualTypeOf<Types["ErrorResponse"]>();
  expectTypeOf<keyof Answers>().toEqualTypeOf<
    200 | 400 | 401 | 403 | 404 | 413 | 422 | 424 | 429 | 498 | 500 | 502 | 503
  >();
});
