/**
 * The two readings of one emission. schemas.ts is written in terms of a `Kit`; `looseKit` makes of it what a call checks,
 * `strictKit` what the drift checker checks.
 *
 * Loose fails only where the adapter could not go on: unknown members pass, a member that is not needed may be absent or
 * null, an enum admits any text, an integer any number, and what the adapter does not read is not looked at.
 * Strict is the document to the letter. What it admits is a part of what loose admits, so it is given the same types:
 * those of types.ts, which describe what may arrive at run time.
 */
import * as z from "zod/mini";

type Type = z.core.$ZodType;
type Shape = Readonly<Record<string, Type>>;

export interface Kit {
  object<S extends Shape>(shape: S): z.ZodMiniObject<S, z.core.$strip>;
  /** A member that the document leaves optional. */
  optional<T extends Type>(type: T): z.ZodMiniExactOptional<z.ZodMiniNullable<T>>;
  /** A member that the document promises, but that the adapter can do without. */
  expected<T extends Type>(type: T): z.ZodMiniExactOptional<z.ZodMiniNullable<T>>;
  /** A member that the adapter does not read. Its schema is not even made unless it is looked at. */
  unread(type: () => Type, presence: "optional" | "required"): z.ZodMiniExactOptional<z.ZodMiniUnknown>;
  /** An enum that may grow. */
  open<const V extends readonly string[]>(
    values: V,
  ): z.ZodMiniType<V[number] | (string & {}), V[number] | (string & {})>;
  integer(): z.ZodMiniNumber<number>;
  /** Bounds, lengths and patterns. */
  within<T extends z.ZodMiniType>(type: T, ...checks: z.core.$ZodCheck<never>[]): T;
}

const isNullable = (type: Type): boolean => type._zod.def.type === "nullable";

const nullish: Kit["optional"] = (type) =>
  // A second layer of nullable would cost at every parse and change nothing.
  z.exactOptional(isNullable(type) ? (type as unknown as z.ZodMiniNullable<typeof type>) : z.nullable(type));

/** What a call checks. */
export const looseKit: Kit = {
  // The type leaves out the index signature, so that a misspelt member of an answer is an error of the compiler.
  object: (shape) => z.looseObject(shape) as unknown as z.ZodMiniObject<typeof shape, z.core.$strip>,
  optional: nullish,
  expected: nullish,
  unread: () => z.exactOptional(z.unknown()),
  open: () => z.string(),
  integer: () => z.number(),
  within: (type) => type,
};

/** What the drift checker checks. */
export const strictKit: Kit = {
  object: (shape) => z.strictObject(shape) as unknown as z.ZodMiniObject<typeof shape, z.core.$strip>,
  optional: (type) => z.exactOptional(type) as unknown as ReturnType<typeof nullish<typeof type>>,
  expected: (type) => type as unknown as ReturnType<typeof nullish<typeof type>>,
  unread: (type, presence) =>
    (presence === "required" ? type() : z.exactOptional(type())) as z.ZodMiniExactOptional<z.ZodMiniUnknown>,
  open: (values) => z.enum(values) as unknown as z.ZodMiniType<string, string>,
  integer: () => z.int(),
  within: (type, ...checks) =>
    type.check(...(checks as unknown as z.core.$ZodCheck<unknown>[])) as typeof type,
};

/** A function that makes its value at the first call: importing schemas costs nothing, and only what is used is made. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
