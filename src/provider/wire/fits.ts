/** A schema as a plain test, for the many values that fit it. */
import type * as z from "zod/mini";

/** `true` only where the schema admits the value; `false` also where only the schema itself can decide. */
export type Fits = (value: unknown) => boolean;

/**
 * zod/mini compiles nothing: it walks the schema, and copies the value, each time. The few kinds of schema that the loose
 * reading is made of are tested here by functions made once, at a tenth of that. What they do not know, zod decides, as it
 * finds the words for what does not fit.
 */
export function compileFits(schema: z.core.$ZodType): Fits {
  const { def } = schema._zod as unknown as { def: Def };
  // A bound, a format, or a conversion: more than its kind.
  if (def.checks?.length || def.check || def.coerce) return never;
  switch (def.type) {
    case "string":
      return isString;
    case "number":
      return Number.isFinite;
    case "boolean":
      return isBoolean;
    case "unknown":
      return always;
    case "nullable": {
      const fits = compileFits(def.innerType);
      return (value) => value === null || fits(value);
    }
    case "array":
      return arrayOf(compileFits(def.element));
    case "union": {
      const options = def.inclusive === false ? [] : def.options.map(compileFits);
      return (value) => options.some((fits) => fits(value));
    }
    case "object":
      return compileObject(def);
    default:
      return never;
  }
}

// What is read of zod's definitions.
type Def = { checks?: unknown[]; check?: string; coerce?: boolean } & (
  | { type: "string" | "number" | "boolean" | "unknown" }
  | { type: "nullable" | "optional"; innerType: z.core.$ZodType }
  | { type: "array"; element: z.core.$ZodType }
  | { type: "union"; options: z.core.$ZodType[]; inclusive?: boolean }
  | ObjectDef
);

interface ObjectDef {
  type: "object";
  shape: Record<string, z.core.$ZodType>;
  catchall?: z.core.$ZodType;
}

const always: Fits = () => true;
const never: Fits = () => false;
const isString: Fits = (value) => typeof value === "string";
const isBoolean: Fits = (value) => typeof value === "boolean";

function arrayOf(fits: Fits): Fits {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const item of value) if (!fits(item)) return false;
    return true;
  };
}

interface Member {
  key: string;
  optional: boolean;
  fits: Fits;
}

function compileObject({ shape, catchall }: ObjectDef): Fits {
  // Other members have to be of no account.
  if (defOf(catchall)?.type !== "unknown") return never;
  const members = Object.entries(shape).map(([key, type]): Member => {
    const def = defOf(type);
    return def?.type === "optional"
      ? { key, optional: true, fits: compileFits(def.innerType) }
      : { key, optional: false, fits: compileFits(type) };
  });
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    for (const { key, optional, fits } of members) {
      const member = (value as Record<string, unknown>)[key];
      if (member === undefined ? !optional || key in value : !fits(member)) return false;
    }
    return true;
  };
}

const defOf = (type: z.core.$ZodType | undefined) => type?._zod.def as Def | undefined;
