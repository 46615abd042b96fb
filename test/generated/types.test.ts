/**
 * What the run-time schemas give is what the generated types say, in both directions, for every schema that the adapter
 * reads. `npm run typecheck` fails when it is not; vitest only runs the file.
 *
 * Loose is compared, because it is what a call goes through, and types.ts describes exactly that: optional members may
 * be null, enums may have new values, what is not read is unknown. Unknown members pass too; the types leave them out.
 * Strict has the same types by construction, though it admits less.
 */
import { expect, expectTypeOf, test } from "vitest";
import type * as z from "zod/mini";
import type { requestSchemas } from "../../src/generated/requests.ts";
import { type Schemas, strictSchemas } from "../../src/generated/schemas.ts";
import type { components, paths } from "../../src/generated/types.ts";

/**
 * The same to the compiler, and assignable both ways: identity alone (which is what expectTypeOf asks) does not tell
 * `a?: T` from `a?: T | undefined`, and assignability alone does not tell `unknown` from `any`.
 */
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? Identical<A, B> : false) : false;
const same = <A, B>(_: Same<A, B>): void => {};

type Types = components["schemas"];
type Loose = { [Name in keyof Schemas]: z.infer<ReturnType<Schemas[Name]>> };
type Requests = { [Name in keyof typeof requestSchemas]: z.infer<ReturnType<(typeof requestSchemas)[Name]>> };

test("every schema of the answers", () => {
  same<Loose, Pick<Types, keyof Schemas>>(true);
});

test("those that the adapter reads, one by one, so that a failure names its schema", () => {
  same<Loose["CreateChatCompletionResponse"], Types["CreateChatCompletionResponse"]>(true);
  same<Loose["ChatCompletionChoice"], Types["ChatCompletionChoice"]>(true);
  same<Loose["ChatCompletionResponseMessage"], Types["ChatCompletionResponseMessage"]>(true);
  same<Loose["ChatCompletionMessageToolCall"], Types["ChatCompletionMessageToolCall"]>(true);
  same<Loose["CompletionUsage"], Types["CompletionUsage"]>(true);
  same<Loose["CreateChatCompletionStreamResponse"], Types["CreateChatCompletionStreamResponse"]>(true);
  same<Loose["ChatCompletionStreamResponseDelta"], Types["ChatCompletionStreamResponseDelta"]>(true);
  same<Loose["XGroq"], Types["XGroq"]>(true);
  same<Loose["ErrorResponse"], Types["ErrorResponse"]>(true);
  same<Loose["ListModelsResponse"], Types["ListModelsResponse"]>(true);
  same<Loose["Model"], Types["Model"]>(true);
  same<Loose["CreateEmbeddingResponse"], Types["CreateEmbeddingResponse"]>(true);
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

test("strict stands for loose", () => {
  expectTypeOf(strictSchemas).toEqualTypeOf<Schemas>();
  expect(Object.keys(strictSchemas)).toContain("CreateChatCompletionResponse");
});
