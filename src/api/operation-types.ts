/** The types of a document's operations, from `paths` as `groq-provider generate` and openapi-typescript write it. */

type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace";

/** What tells an operation from a method that a path does not have. */
interface AnyOperation {
  /** By status. */
  responses: unknown;
}

/** Labels of all operations: `POST /audio/transcriptions`. */
export type Label<Paths> = {
  [Path in keyof Paths & string]: {
    [M in keyof Paths[Path] & Method]: Paths[Path][M] extends AnyOperation
      ? `${Uppercase<M>} ${Path}`
      : never;
  }[keyof Paths[Path] & Method];
}[keyof Paths & string];

type OperationAt<Paths, L> = L extends `${infer M} ${infer Path}`
  ? Path extends keyof Paths
    ? Lowercase<M> extends keyof Paths[Path]
      ? Paths[Path][Lowercase<M>]
      : never
    : never
  : never;

type ParametersOf<Operation, Place extends string> = Operation extends { parameters: infer Parameters }
  ? Place extends keyof Parameters
    ? Parameters[Place]
    : undefined
  : undefined;

type BodyOf<Operation> = "requestBody" extends keyof Operation ? Operation["requestBody"] : undefined;

/** By media type; also nothing where the body may be left out. */
type ContentOf<Operation> =
  BodyOf<Operation> extends infer Body
    ? Body extends { content: infer Content }
      ? Content
      : undefined
    : never;

type JsonType = `application/json${string}` | `application/${string}+json${string}`;
type FormType = "multipart/form-data" | "application/x-www-form-urlencoded";

type TypesLike<Content, Type extends string> = Extract<keyof Content, Type>;

/** What stands under the media types that fit; `never` where none does. */
type Under<Content, Type extends string> = Content[TypesLike<Content, Type>];

/** A member that is there, may be left out, or can't be given, as the operation has it. */
type Member<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [N in Name]?: undefined }
  : undefined extends Value
    ? { readonly [N in Name]?: Value | undefined }
    : { readonly [N in Name]: Value };

interface NoBody {
  readonly body?: undefined;
  readonly form?: undefined;
  readonly bytes?: undefined;
  readonly contentType?: undefined;
}

type Given<Members> = Omit<NoBody, keyof Members> & Readonly<Members>;

/** Of a body that several media types have, one is to be given. */
type OneBody<Content> =
  | (TypesLike<Content, JsonType> extends never ? never : Given<{ body: Under<Content, JsonType> }>)
  | (TypesLike<Content, FormType> extends never ? never : Given<{ form: Under<Content, FormType> }>)
  | (Exclude<keyof Content, JsonType | FormType> extends never
      ? never
      : Given<{
          bytes: Uint8Array | Blob | string;
          contentType: Exclude<keyof Content & string, JsonType | FormType>;
        }>);

type BodyMembers<Content> = [Content] extends [undefined]
  ? NoBody
  : undefined extends Content
    ? OneBody<NonNullable<Content>> | NoBody
    : OneBody<Content>;

/** What an operation is sent: parameters by their place, and its body. */
export type Input<Paths, L> = Member<"path", ParametersOf<OperationAt<Paths, L>, "path">> &
  Member<"query", ParametersOf<OperationAt<Paths, L>, "query">> &
  Member<"headers", ParametersOf<OperationAt<Paths, L>, "header">> &
  BodyMembers<ContentOf<OperationAt<Paths, L>>>;

type Success = 200 | 201 | 202 | 203 | 204 | 205 | 206 | "2XX";

type ResponsesOf<Operation> = Operation extends { responses: infer Responses }
  ? Extract<keyof Responses, Success> extends never
    ? "default" extends keyof Responses
      ? Responses["default"]
      : never
    : Responses[Extract<keyof Responses, Success>]
  : never;

type DataOf<Response> = Response extends { content: infer Content }
  ? {
      [Type in keyof Content]: Type extends JsonType
        ? Content[Type]
        : Type extends `text/${string}`
          ? string
          : Uint8Array;
    }[keyof Content]
  : undefined;

/** What an operation answers: JSON as its type, text as a string, anything else as bytes. */
export type Output<Paths, L> = DataOf<ResponsesOf<OperationAt<Paths, L>>>;

/** The JSON that an operation takes. */
export type JsonInput<Paths, L> = Under<NonNullable<ContentOf<OperationAt<Paths, L>>>, JsonType>;
