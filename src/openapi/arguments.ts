/** Refuses what untyped code hands in: a `TypeError` that names the function, its argument, what was expected and what came. */
import { isObject, kindOf } from "../provider/base/values.ts";

type Kind = "text" | "list" | "object" | "function";

const FITS: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === "string",
  list: Array.isArray,
  object: isObject,
  function: (value) => typeof value === "function",
};

const ARTICLE: Record<Kind, string> = {
  text: "a text",
  list: "a list",
  object: "an object",
  function: "a function",
};

export function expectThat(
  fits: boolean,
  call: string,
  argument: string,
  expected: string,
  got: unknown,
): void {
  if (!fits) throw new TypeError(`${call}: expected ${argument} to be ${expected}, got ${kindOf(got)}`);
}

/** `members`: what it must have at least. */
export function expectObject(
  call: string,
  argument: string,
  value: unknown,
  members: Record<string, Kind> = {},
): void {
  expectThat(isObject(value), call, argument, "an object", value);
  for (const [name, kind] of Object.entries(members)) {
    const member: unknown = Reflect.get(Object(value), name);
    expectThat(FITS[kind](member), call, `${argument}.${name}`, ARTICLE[kind], member);
  }
}

/** A list of texts, or of objects. */
export function expectList(call: string, argument: string, value: unknown, of: "text" | "object"): void {
  expectThat(Array.isArray(value), call, argument, "a list", value);
  for (const [index, item] of Object.entries(Array.isArray(value) ? value : [])) {
    expectThat(FITS[of](item), call, `${argument}[${index}]`, ARTICLE[of], item);
  }
}

export function expectText(call: string, argument: string, value: unknown): void {
  expectThat(FITS.text(value), call, argument, ARTICLE.text, value);
}

/** One of some words. */
export function expectWord(call: string, argument: string, value: unknown, words: readonly string[]): void {
  expectThat(
    words.some((word) => word === value),
    call,
    argument,
    words.join(", "),
    value,
  );
}

/** An OpenAPI document as `readDocument` gives it. */
export function expectDocument(call: string, argument: string, value: unknown): void {
  expectObject(call, argument, value, { root: "object", version: "text", pointers: "object" });
}
