/**
 * Every function that the package exports, called as untyped code may call it: it does its work, or fails with an error that
 * its room documents. A new export is tried by itself.
 */
import { APICallError } from "@ai-sdk/provider";
import { afterAll, describe, expect, test } from "vitest";
import { libraries } from "../../scripts/bundles.ts";
import { LlmError } from "../../src/provider/base/error.ts";
import { isDocumented, meetsHostile, type Room } from "./documented-errors.ts";
import { GOOD, INSTANCES } from "./good-arguments.ts";
import { HOSTILE, ODD } from "./odd-values.ts";
import { outcomes, stopAll } from "./outcomes.ts";

afterAll(stopAll);

const rooms = await Promise.all(
  Object.entries(libraries)
    .filter(([name]) => !name.startsWith("default-exchange"))
    .map(async ([name, file]) => [name as Room, await import(/* @vite-ignore */ `../../${file}`)] as const),
);

const exported = rooms.flatMap(([room, module]) =>
  Object.entries(module as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === "function" && !isMadeHere(value) ? [[room, name, value] as const] : [],
  ),
);

/** Errors that only the room itself makes. */
function isMadeHere(value: { prototype?: unknown }): boolean {
  return value.prototype instanceof Error && value !== LlmError;
}

/** Lists of arguments in which one, or all, are odd. */
function* argumentsFor(
  room: Room,
  name: string,
  length: number,
): Generator<readonly [string, readonly unknown[]]> {
  const good = GOOD.get(name) ?? [];
  const most = Math.max(good.length, length, 1);
  for (const [kind, make] of meetsHostile(room) ? [...ODD, ...HOSTILE] : ODD) {
    for (let place = 0; place < most; place++) {
      const given = Array.from({ length: most }, (_, index) => (index === place ? make() : good[index]));
      yield [`${kind} as argument ${place + 1}`, given];
    }
    if (most > 1) yield [`${kind} as every argument`, Array.from({ length: most }, make)];
  }
  yield ["nothing", []];
}

test("every library of the package is tried", () => {
  expect(rooms.length).toBeGreaterThan(8);
  expect(exported.length).toBeGreaterThan(50);
});

describe.each(exported)("%s: %s", (room, name, run) => {
  test("fails, if it does, with an error that is documented", async () => {
    for (const [what, given] of argumentsFor(room, name, run.length)) {
      for (const error of await outcomes(run, given)) {
        expect(isDocumented(room, name, error), `${name} of ${what}: ${inWords(error)}`).toBe(true);
      }
    }
  });
});

const methods = INSTANCES.flatMap(([what, object]) => {
  const names = new Set<string>();
  for (let level = object; level !== Object.prototype; level = Object.getPrototypeOf(level))
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  for (const name of ["constructor", "close", "callOther"]) names.delete(name);
  return [...names].flatMap((name) => {
    const method: unknown = Reflect.get(object, name);
    return typeof method === "function" ? [[what, name, method.bind(object), method.length] as const] : [];
  });
});

describe.each(methods)("%s.%s", (_, name, run, length) => {
  test("fails, if it does, with LlmError", async () => {
    for (const [what, given] of argumentsFor("index", name, length)) {
      for (const error of await outcomes(run, given)) {
        expect(LlmError.is(error) || isOfSdk(error), `${name} of ${what}: ${inWords(error)}`).toBe(true);
      }
    }
  });
});

/** What `ai` looks for, with the `LlmError` as its cause. */
const isOfSdk = (error: unknown) =>
  APICallError.isInstance(error) && (error.cause === undefined || LlmError.is(error.cause));

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.stack ?? error.message}` : typeof error;
}
